package import Wire

/// What an account of a Rocket.Chat server needs.
package struct RocketChatSettings: Equatable, Sendable {
    /// How the account proves who it is.
    package enum Credentials: Equatable, Sendable {
        case token(userID: String, authToken: String)
        case password(username: String, password: String)
    }

    package var baseURL: WebURL
    package var credentials: Credentials

    package init(baseURL: WebURL, credentials: Credentials) {
        self.baseURL = baseURL
        self.credentials = credentials
    }
}

extension ConnectorFacts {
    /// A ping is due every 30 s; two of them unanswered are a dead connection.
    package static let rocketChat = ConnectorFacts(
        id: "rocketchat", label: "Rocket.Chat",
        abilities: [.groups, .threads, .edits, .reactions, .typing, .idempotentSends, .replay], patience: .seconds(75),
        pace: PaceLimits(perChat: Pace(burst: 3, every: .seconds(1)), perAccount: Pace(burst: 5, every: .seconds(1))),
        typingTime: .seconds(8),
        // The server gives a message with a file an id of its own.
        files: FileLimits(defaultMegabytes: 20, sent: nil, areKnownAgain: false))
}

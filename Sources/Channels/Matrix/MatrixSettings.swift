package import Wire

/// What an account on a Matrix homeserver needs.
package struct MatrixSettings: Sendable {
    package enum Credentials: Sendable {
        case token(String)
        case password(user: String, password: String)
    }

    /// Whose invitations are accepted.
    package enum Joining: Sendable {
        case off, always
        /// Rooms by id or alias.
        case listed(Set<String>)
    }

    package let homeserver: WebURL
    package let credentials: Credentials
    package var deviceID: String?
    package var deviceName = "openclaw"
    package var joining = Joining.off

    package init(homeserver: WebURL, credentials: Credentials) {
        self.homeserver = homeserver
        self.credentials = credentials
    }
}

extension ConnectorFacts {
    /// A sync lasts 20 s; some of them missed are a dead connection. A homeserver knows our key again for half an hour.
    package static let matrix = ConnectorFacts(
        id: "matrix", label: "Matrix",
        abilities: [.groups, .threads, .edits, .reactions, .typing, .idempotentSends, .replay],
        patience: .seconds(95),
        pace: PaceLimits(
            perChat: Pace(burst: 5, every: .seconds(1)), perAccount: Pace(burst: 8, every: .milliseconds(500))),
        keyMemory: .seconds(1500), typingTime: .seconds(8), files: FileLimits(defaultMegabytes: 20, sent: nil))
}

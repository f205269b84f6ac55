import Platform

/// What the connector needs to know of an account.
package struct SlackSettings: Equatable, Sendable {
    /// How Slack brings us what happens.
    package enum Mode: String, CaseIterable, Sendable {
        /// Over WebSockets that we open.
        case socket
        /// By requests to a route of ours.
        case http
    }

    package static let defaultRoot = "https://slack.com/api"
    /// In HTTP mode: where Slack brings what happens.
    static let defaultPath = "/slack/events"
    package static let defaultMediaBytes = 1 << 30

    package var mode: Mode
    package var botToken: String
    /// For Socket Mode.
    package var appToken: String?
    /// For HTTP mode.
    package var signingSecret: String?
    /// Reads in the place of the bot, where it may read more.
    package var userToken: String?
    /// Up to and with `/api`.
    package var apiRoot: String
    package var unfurlLinks: Bool
    /// Whether what there is of an answer is shown by streams of Slack's own, where it has them.
    package var streams = true
    /// The largest file that is sent.
    package var mediaBytes: Int

    package init(
        mode: Mode = .socket, botToken: String, appToken: String? = nil, signingSecret: String? = nil,
        userToken: String? = nil, apiRoot: String = defaultRoot, unfurlLinks: Bool = false,
        mediaBytes: Int = defaultMediaBytes
    ) {
        self.mode = mode
        self.botToken = botToken
        self.appToken = appToken
        self.signingSecret = signingSecret
        self.userToken = userToken
        self.apiRoot = apiRoot
        self.unfurlLinks = unfurlLinks
        self.mediaBytes = mediaBytes
    }

    /// What can be told without asking Slack.
    func check() throws(ConnectorFault) {
        guard !botToken.isEmpty else {
            throw .lasting("there is no bot token", cure: "set channels.slack.botToken (xoxb-...)")
        }
        guard !botToken.hasPrefix("xapp-"), appToken?.hasPrefix("xoxb-") != true else {
            throw .lasting(
                "the bot token and the app token are in each other's place",
                cure: "botToken is the one that begins with xoxb-, appToken the one that begins with xapp-")
        }
        switch mode {
        case .socket:
            guard appToken?.isEmpty == false else {
                throw .lasting(
                    "Socket Mode needs an app token",
                    cure: "make an app-level token with connections:write and set channels.slack.appToken")
            }
        case .http:
            guard signingSecret?.isEmpty == false else {
                throw .lasting(
                    "HTTP mode needs the signing secret",
                    cure: "set channels.slack.signingSecret from the app's Basic Information")
            }
        }
    }

    /// The app that the app token belongs to: `xapp-1-A0123-...` says so.
    var appOfToken: String? {
        guard let parts = appToken?.split(separator: "-"), parts.count >= 3, parts[0] == "xapp" else { return nil }
        let id = String(parts[2])
        return id.hasPrefix("A") && SlackID.isValid(id) ? id : nil
    }
}

extension SlackSettings: CustomStringConvertible {
    /// Without the secrets.
    package var description: String { "slack, \(mode.rawValue) mode" }
}

extension ConnectorFacts {
    package static let slack = ConnectorFacts(
        id: "slack", label: "Slack", abilities: [.groups, .threads, .edits, .reactions, .replay, .streams],
        patience: .seconds(45), pace: PaceLimits(perChat: Pace(burst: 1, every: .seconds(1))),
        files: FileLimits(defaultMegabytes: 20, sent: 1 << 30),
        buttons: ButtonLimits(
            rows: 20, perRow: 5, text: 75, value: 2000, options: 100, optionValue: 75, message: 3000))
}

/// Slack's ids: of conversations, people, teams, apps.
enum SlackID {
    static let longest = 32

    static func isValid(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= longest && text.utf8.allSatisfy(ASCII.isLetterOrDigit)
    }
}

/// The name of a message in its conversation, which is the time it was sent: `1700000000.000100`.
struct SlackTime: Comparable {
    static let fractionDigits = 6

    let text: String
    private let microseconds: Int64

    init?(_ text: String) {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, (1...11).contains(parts[0].utf8.count), parts[1].utf8.count == Self.fractionDigits,
            parts.allSatisfy({ $0.utf8.allSatisfy(ASCII.isDigit) }), let seconds = Int64(parts[0]),
            let fraction = Int64(parts[1])
        else { return nil }
        self.text = text
        microseconds = seconds * 1_000_000 + fraction
    }

    var wall: WallTime { WallTime(nanoseconds: min(microseconds, Int64.max / 1000) * 1000) }

    static func < (a: SlackTime, b: SlackTime) -> Bool { a.microseconds < b.microseconds }
    static func == (a: SlackTime, b: SlackTime) -> Bool { a.microseconds == b.microseconds }
}

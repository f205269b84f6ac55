import Platform
package import Wire

/// What an account of Telegram's needs.
package struct TelegramSettings: Sendable {
    /// Where the bot's token is.
    package enum Token: Sendable {
        case text(String)
        /// In a file, which is read for each connection.
        case file(String)
    }

    static let defaultRoot = "https://api.telegram.org"

    package let account: ChannelAccount
    /// The way to its settings, for what people are told.
    package let path: String
    package var token: Token
    /// The server of the Bot API, without what stands before a method.
    package let root: WebURL
    /// Whether links are shown with a picture of where they lead.
    package var previewsLinks = true
    package var buttons = TelegramButtons.usual
    /// Where messages are brought; nil where they are asked for.
    var webhook: TelegramWebhook?
    /// The commands that a chat shows.
    var menu = TelegramMenu([:], gateway: [])

    package init(
        _ account: ChannelAccount = ChannelAccount(channel: "telegram"), path: String = "channels.telegram",
        token: Token, root: WebURL
    ) {
        self.account = account
        self.path = path
        self.token = token
        self.root = root
    }

    /// Such as `123456:AAF…`: it becomes a part of each address, so nothing else is let through.
    package static func isToken(_ text: String) -> Bool {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count == 2 && !parts[0].isEmpty && !parts[1].isEmpty
            && parts[0].utf8.allSatisfy { (48...57).contains($0) }
            && parts[1].utf8.allSatisfy {
                (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || $0 == 45 || $0 == 95
            }
    }
}

extension ConnectorFacts {
    /// A poll lasts half a minute at most; OpenClaw waits as long as this for one.
    package static let telegram = ConnectorFacts(
        id: "telegram", label: "Telegram",
        abilities: [.groups, .threads, .edits, .reactions, .typing, .polls, .replay],
        patience: .seconds(120),
        pace: PaceLimits(
            perChat: Pace(burst: 3, every: .seconds(1)), perAccount: Pace(burst: 30, every: .milliseconds(34))),
        typingTime: .seconds(4), pasteLength: 4000,
        files: FileLimits(defaultMegabytes: 100, sent: 50 << 20, caption: 1024),
        buttons: ButtonLimits(rows: 25, perRow: 4, text: 64, value: 64))
}

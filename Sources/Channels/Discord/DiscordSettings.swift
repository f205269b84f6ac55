import Platform
package import Wire

/// What an account of Discord's needs.
package struct DiscordSettings: Sendable {
    static let defaultRoot = "https://discord.com/api/v10"

    package let token: String
    /// Up to and with `/api/v10`.
    package let root: WebURL
    /// Whether the texts of others are asked for, which the app must be allowed.
    package var readsTexts = true
    package var suppressesEmbeds = true
    /// Whether the answer to a command of the menu is for who gave it alone.
    package var answersInPrivate = true
    /// What the menu shows.
    package var menu: [ChatCommand] = []

    package init(token: String, root: WebURL) {
        self.token = token
        self.root = root
    }

    /// Guilds, their messages and reactions, those of direct chats, and the texts.
    var intents: Int { 1 | 1 << 9 | 1 << 10 | 1 << 12 | 1 << 13 | (readsTexts ? 1 << 15 : 0) }
}

/// Discord's ids: numbers that grow with time.
struct Snowflake: Comparable, Hashable {
    /// The first millisecond of 2015.
    private static let epoch: Int64 = 1_420_070_400_000

    let number: UInt64

    /// The first of a moment.
    init?(_ time: WallTime) {
        let milliseconds = time.milliseconds - Self.epoch
        guard milliseconds > 0 else { return nil }
        number = UInt64(milliseconds) << 22
    }

    private init(number: UInt64) { self.number = number }

    init?(_ text: String) {
        guard let number = UInt64(text), number > 0, text.utf8.first != UInt8(ascii: "+") else { return nil }
        self.number = number
    }

    var text: String { "\(number)" }
    var time: WallTime { WallTime(milliseconds: Int64(number >> 22) + Self.epoch) }

    func earlier(by time: Duration) -> Snowflake {
        let step = UInt64(max(time.inNanoseconds / 1_000_000, 0)) << 22
        return Snowflake(number: number > step ? number - step : 1)
    }

    static func < (one: Snowflake, other: Snowflake) -> Bool { one.number < other.number }
}

extension ConnectorFacts {
    /// A heartbeat is due every 41 s; two of them missed are a dead connection.
    package static let discord = ConnectorFacts(
        id: "discord", label: "Discord",
        abilities: [.groups, .threads, .edits, .reactions, .typing, .polls, .idempotentSends, .replay],
        patience: .seconds(120),
        pace: PaceLimits(
            perChat: Pace(burst: 5, every: .seconds(1)), perAccount: Pace(burst: 40, every: .milliseconds(25))),
        keyMemory: .seconds(120), typingTime: .seconds(8), files: FileLimits(defaultMegabytes: 100, sent: 10 << 20),
        buttons: ButtonLimits(rows: 5, perRow: 5, text: 80, value: 100, options: 25, optionValue: 100))
}

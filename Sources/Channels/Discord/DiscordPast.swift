import Platform

/// What was said while nobody listened.
@LoopActor
struct DiscordPast {
    static let page = 100
    /// Pages of one chat.
    static let mostPages = 5
    /// What all of it may take; meanwhile nothing new is taken.
    static let time = Duration.seconds(30)
    private static let mostChats = 100

    struct Found {
        var messages: [JSON] = []
        /// Why that is not all.
        var lack: String?
    }

    /// The last message that was seen; nil when nothing is to be asked for.
    private(set) var since: Snowflake?
    /// Guilds of which it was not asked for yet.
    private var guilds: Set<String> = []
    private let api: DiscordAPI
    private let clock: any Clock
    private var deadline: Instant

    init(_ api: DiscordAPI, _ clock: any Clock) {
        self.api = api
        self.clock = clock
        deadline = clock.now
    }

    mutating func begin(since: Snowflake?, guilds: JSON?) {
        self.since = since
        self.guilds = since == nil ? [] : Set((guilds?.array ?? []).compactMap { $0["id"]?.string })
        deadline = clock.now + Self.time
    }

    /// Once: a guild is told again when it was away for a while, or is a new one.
    mutating func wants(guild: String?) -> Bool { guild.map { guilds.remove($0) != nil } ?? false }

    /// Those in which something was said since.
    func changed(_ chats: [JSON]) -> [String] {
        guard let since else { return [] }
        return chats.compactMap { chat -> (Snowflake, String)? in
            guard let last = chat["last_message_id"]?.string.flatMap(Snowflake.init), last > since,
                let id = chat["id"]?.string
            else { return nil }
            return (last, id)
        }.sorted { $0.0 > $1.0 }.prefix(Self.mostChats).map(\.1)
    }

    func read(_ chat: String) async -> Found {
        var found = Found()
        guard var after = since, Snowflake(chat) != nil else { return found }
        for _ in 0..<Self.mostPages {
            guard clock.now < deadline else {
                found.lack = "it is too much"
                return found
            }
            let page: [JSON]
            do throws(DiscordTrouble) {
                page = try await ask(chat, after)
            } catch .refused(403, _, _), .refused(404, _, _) {
                return found
            } catch {
                found.lack = error.fault.reason
                return found
            }
            // The newest comes first.
            found.messages += page.reversed()
            guard page.count == Self.page, let last = page.first?["id"]?.string.flatMap(Snowflake.init), last > after
            else { return found }
            after = last
        }
        found.lack = "there is more than \(Self.mostPages * Self.page) messages of it"
        return found
    }

    /// Once more when it may help: this is the only chance to read it.
    private func ask(_ chat: String, _ after: Snowflake) async throws(DiscordTrouble) -> [JSON] {
        var tries = 0
        while true {
            do throws(DiscordTrouble) {
                tries += 1
                let json = try await api.get(
                    "channels/\(chat)/messages", ["after": after.text, "limit": "\(Self.page)"])
                guard let page = json.array else { throw .strange("Discord's messages are no list", status: 200) }
                return page
            } catch {
                let wait: Duration
                switch error {
                case .slow(let after, _): wait = after
                case .refused(let status, _, _) where status < 500: throw error
                default: wait = .seconds(2)
                }
                guard tries < 3, clock.now + wait < deadline, !Task.isCancelled else { throw error }
                _ = await Suspension(clock).wait(until: clock.now + wait)
            }
        }
    }
}

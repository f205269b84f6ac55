import Platform

/// What was said while nobody listened.
@LoopActor
final class DiscordPast {
    static let page = 100
    /// Pages of one chat.
    static let mostPages = 5
    /// Chats of one guild.
    static let mostChats = 100
    /// What all of it may take; meanwhile nothing new is taken.
    static let time = Duration.seconds(30)
    /// What it may take of a guild that is told when that time is used up.
    private static let leastTime = Duration.seconds(5)
    /// People who are asked for in one go.
    private static let mostPeople = 50

    struct Found {
        var messages: [JSON] = []
        /// Why that is not all.
        var lack: String?
    }

    private let api: DiscordAPI
    private let clock: any Clock
    private var left = DiscordPast.time
    private var deadline: Instant
    private var people: [String: JSON] = [:]

    init(_ api: DiscordAPI, _ clock: any Clock) {
        self.api = api
        self.clock = clock
        deadline = clock.now
    }

    /// A session began.
    func begin() { left = Self.time }

    func open() { deadline = clock.now + max(left, Self.leastTime) }

    func close() {
        left = max(deadline - clock.now, .zero)
        people = [:]
    }

    /// The channels and threads of a guild that no session tells of.
    func chats(of guild: String) async throws(DiscordTrouble) -> [JSON] {
        let channels = try await list("guilds/\(guild)/channels")
        let threads = try await ask("guilds/\(guild)/threads/active")["threads"]?.array ?? []
        return channels + threads
    }

    /// Those in which something was said since, the youngest words first.
    static func changed(_ chats: [JSON], since: Snowflake) -> [String] {
        chats.compactMap { chat -> (Snowflake, String)? in
            guard let last = chat["last_message_id"]?.string.flatMap(Snowflake.init), last > since,
                let id = chat["id"]?.string, Snowflake(id) != nil
            else { return nil }
            return (last, id)
        }.sorted { $0.0 > $1.0 }.map(\.1)
    }

    /// What was said in a chat, oldest first, as an event would have it.
    func read(_ chat: String, since: Snowflake, guild: String?) async -> Found {
        var found = Found()
        var after = since
        for _ in 0..<Self.mostPages {
            guard clock.now < deadline else {
                found.lack = "it is too much"
                return found
            }
            let page: [JSON]
            do throws(DiscordTrouble) {
                page = try await list("channels/\(chat)/messages", ["after": after.text, "limit": "\(Self.page)"])
            } catch .refused(403, _, _), .refused(404, _, _) {
                return found
            } catch {
                found.lack = error.fault.reason
                return found
            }
            // The newest comes first.
            for message in page.reversed() { found.messages.append(await completed(message, guild)) }
            guard page.count == Self.page, let last = page.first?["id"]?.string.flatMap(Snowflake.init), last > after
            else { return found }
            after = last
        }
        found.lack = "there is more than \(Self.mostPages * Self.page) messages of it"
        return found
    }

    /// The past does not say in which guild it was, nor what its people are there.
    private func completed(_ message: JSON, _ guild: String?) async -> JSON {
        guard let guild else { return message }
        var message = message
        message["guild_id"] = .string(guild)
        guard message["webhook_id"] == nil, let author = message["author"]?["id"]?.string, Snowflake(author) != nil
        else { return message }
        if people[author] == nil, people.count < Self.mostPeople, clock.now < deadline {
            // Who has left is nobody there.
            people[author] = (try? await api.get("guilds/\(guild)/members/\(author)", within: .seconds(5))) ?? [:]
        }
        message["member"] = people[author]
        return message
    }

    private func list(
        _ path: String, _ query: KeyValuePairs<String, String> = [:]
    ) async throws(DiscordTrouble) -> [JSON] {
        guard let list = try await ask(path, query).array else { throw .strange("Discord's list is none", status: 200) }
        return list
    }

    /// Once more when it may help: this is the only chance to read it.
    private func ask(
        _ path: String, _ query: KeyValuePairs<String, String> = [:]
    ) async throws(DiscordTrouble) -> JSON {
        var tries = 0
        while true {
            do throws(DiscordTrouble) {
                tries += 1
                return try await api.get(path, query)
            } catch {
                guard tries < 3, let wait = error.pause, clock.now + wait < deadline, !Task.isCancelled else {
                    throw error
                }
                _ = await Suspension(clock).wait(until: clock.now + wait)
            }
        }
    }
}

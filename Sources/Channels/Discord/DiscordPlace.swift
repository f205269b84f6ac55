import Platform

/// How far Discord's stream was read: the session that can be taken up again, and what is still to be asked for because
/// no session told it.
struct DiscordPlace: Equatable {
    struct Session: Equatable {
        let id: String
        let url: String
        var sequence: Int
    }

    /// Direct chats that are remembered: no list of them can be had.
    static let mostChats = 100
    /// What is owed of the direct chats; guilds have numbers.
    static let direct = "@me"
    /// Of two chats the younger message may come first.
    private static let slack = Duration.seconds(60)

    /// What a session was asked to bring.
    private let intents: Int
    var session: Session?
    /// The newest message that was seen.
    private(set) var newest: Snowflake?
    /// When the first session began, as our clock had it: good enough until a message is seen.
    private var begun: Snowflake?
    /// Those with talk last come last.
    private(set) var directChats: [String] = []
    /// Where it is not known yet what was said, and after which message.
    private(set) var owed: [String: Snowflake] = [:]

    init(intents: Int) { self.intents = intents }

    /// An unreadable place is none: it cannot be read better next time.
    init(cursor: String?, intents: Int) {
        self.init(intents: intents)
        guard let cursor, let json = try? JSONParser.parse(cursor), json["v"]?.int == 1 else { return }
        if let id = json["session"]?.string, let url = json["url"]?.string, let sequence = json["seq"]?.int,
            json["intents"]?.int == intents
        {
            session = Session(id: id, url: url, sequence: sequence)
        }
        newest = json["newest"]?.string.flatMap(Snowflake.init)
        begun = json["begun"]?.string.flatMap(Snowflake.init)
        directChats = (json["chats"]?.array ?? []).compactMap(\.string).filter { Snowflake($0) != nil }
        for debt in json["owed"]?.object?.members ?? [] where Self.isPlace(debt.key) {
            owed[debt.key] = debt.value.string.flatMap(Snowflake.init)
        }
    }

    var cursor: String {
        var json: JSON = ["v": 1, "intents": JSON(intents), "chats": .array(directChats.map { .string($0) })]
        json["session"] = session.map { .string($0.id) }
        json["url"] = session.map { .string($0.url) }
        json["seq"] = session.map { JSON($0.sequence) }
        json["newest"] = newest.map { .string($0.text) }
        json["begun"] = begun.map { .string($0.text) }
        var debts = JSONObject()
        for (name, since) in owed { debts[name] = .string(since.text) }
        if !owed.isEmpty { json["owed"] = .object(debts) }
        return json.description
    }

    /// A message was seen, whoever it is from.
    mutating func note(_ id: Snowflake, directChat: String?) {
        newest = max(newest ?? id, id)
        begun = nil
        guard let directChat, directChats.last != directChat else { return }
        directChats.removeAll { $0 == directChat }
        directChats.append(directChat)
        if directChats.count > Self.mostChats { directChats.removeFirst() }
    }

    mutating func begin(_ now: WallTime) {
        if newest == nil, begun == nil { begun = Snowflake(now) }
    }

    /// A new session tells nothing of what was said before it, and nobody tells what is said in a guild that is away.
    mutating func owe(_ names: [String]) {
        guard let since = (newest ?? begun)?.earlier(by: Self.slack) else { return }
        for name in names where Self.isPlace(name) { owed[name] = min(owed[name] ?? since, since) }
    }

    private static func isPlace(_ name: String) -> Bool { name == direct || Snowflake(name) != nil }

    mutating func paid(_ name: String) { owed[name] = nil }
}

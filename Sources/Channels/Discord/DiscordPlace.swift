import Platform

/// How far Discord's stream was read: the session that can be taken up again, and the newest message that was seen, from
/// which on the past is asked for when it cannot.
struct DiscordPlace: Equatable {
    struct Session: Equatable {
        let id: String
        let url: String
        var sequence: Int
    }

    /// Direct chats that are remembered: no list of them can be had.
    static let mostChats = 100

    var session: Session?
    private(set) var newest: Snowflake?
    /// Those with talk last come last.
    private(set) var directChats: [String] = []

    init() {}

    /// An unreadable place is none: it cannot be read better next time.
    init(cursor: String?) {
        guard let cursor, let json = try? JSONParser.parse(cursor), json["v"]?.int == 1 else { return }
        if let id = json["session"]?.string, let url = json["url"]?.string, let sequence = json["seq"]?.int {
            session = Session(id: id, url: url, sequence: sequence)
        }
        newest = json["newest"]?.string.flatMap(Snowflake.init)
        directChats = (json["chats"]?.array ?? []).compactMap(\.string).filter { Snowflake($0) != nil }
    }

    var cursor: String {
        var json: JSON = ["v": 1, "chats": .array(directChats.map { .string($0) })]
        json["session"] = session.map { .string($0.id) }
        json["url"] = session.map { .string($0.url) }
        json["seq"] = session.map { JSON($0.sequence) }
        json["newest"] = newest.map { .string($0.text) }
        return json.description
    }

    /// A message was seen, whoever it is from.
    mutating func note(_ id: Snowflake, directChat: String?) {
        newest = max(newest ?? id, id)
        guard let directChat, directChats.last != directChat else { return }
        directChats.removeAll { $0 == directChat }
        directChats.append(directChat)
        if directChats.count > Self.mostChats { directChats.removeFirst() }
    }
}

import Platform

/// How far each conversation was read, kept with the messages: what was said while nobody listened is asked for from
/// there. A thread has a place of its own, because a channel's history does not show it.
struct SlackPlace: Equatable {
    /// A conversation, or one thread of it.
    struct Key: Hashable {
        let chat: String
        let thread: String?

        var text: String { thread.map { "\(chat)/\($0)" } ?? chat }

        init(_ chat: String, _ thread: String? = nil) {
            self.chat = chat
            self.thread = thread
        }

        init?(_ text: String) {
            let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard SlackID.isValid(parts[0]), parts.count == 1 || SlackTime(parts[1]) != nil else { return nil }
            self.init(parts[0], parts.count == 2 ? parts[1] : nil)
        }
    }

    struct Mark: Equatable {
        var last: SlackTime
        var kind: ChatKind
    }

    /// Conversations and threads that are remembered; the quietest are forgotten.
    static let most = 200

    /// When we last listened; nil for somebody who never did.
    var at: WallTime?
    private(set) var marks: [Key: Mark] = [:]

    init() {}

    /// An unreadable place is none: it cannot be read better next time.
    init(cursor: String?) {
        guard let cursor, let json = try? JSONParser.parse(cursor), json["v"]?.int == 1 else { return }
        at = json["at"]?.int.map { WallTime(milliseconds: Int64($0)) }
        for member in json["last"]?.object?.members.prefix(Self.most) ?? [] {
            guard let key = Key(member.key), let last = member.value[0]?.string.flatMap(SlackTime.init),
                let kind = member.value[1]?.string.flatMap(ChatKind.init(rawValue:))
            else { continue }
            marks[key] = Mark(last: last, kind: kind)
        }
    }

    var cursor: String {
        var last = JSONObject()
        for (key, mark) in marks.sorted(by: { $0.value.last < $1.value.last }) {
            last[key.text] = [.string(mark.last.text), .string(mark.kind.rawValue)]
        }
        var json: JSON = ["v": 1, "last": .object(last)]
        json["at"] = at.map { .int($0.milliseconds) }
        return json.description
    }

    /// What kind a conversation is, if that was told before.
    func kind(of chat: String) -> ChatKind? { marks[Key(chat)]?.kind }

    /// This was said: what comes after it is to be asked for.
    mutating func note(_ message: InboundMessage) {
        guard message.event == .said, let time = SlackTime(message.messageID) else { return }
        let place = message.place
        mark(Key(place.chat), time, place.kind)
        if let thread = place.thread { mark(Key(place.chat, thread), time, place.kind) }
        while marks.count > Self.most, let quietest = marks.min(by: { $0.value.last < $1.value.last }) {
            marks[quietest.key] = nil
        }
    }

    private mutating func mark(_ key: Key, _ time: SlackTime, _ kind: ChatKind) {
        if let known = marks[key], time < known.last { return }
        marks[key] = Mark(last: time, kind: kind)
    }
}

import Platform

/// How far a bot's updates were read, with what else must outlive a restart.
struct TelegramPlace: Equatable {
    struct Move: Equatable {
        let from: String
        let to: String
    }

    /// Groups that became others which are remembered.
    static let mostMoves = 100

    /// The first update that was not taken; nil where none ever was.
    var offset: Int?
    /// When we last had all there was.
    var at: WallTime?
    /// The newest last.
    private(set) var moves: [Move] = []

    init() {}

    /// An unreadable place is none: it cannot be read better next time. A mere number was one once.
    init(cursor: String?) {
        guard let cursor, let json = try? JSONParser.parse(cursor) else { return }
        offset = json.int
        guard json["v"]?.int == 1 else { return }
        offset = json["offset"]?.int
        at = json["at"]?.int.map { WallTime(milliseconds: Int64($0)) }
        for pair in json["moves"]?.array ?? [] {
            guard let ids = pair.array, ids.count == 2, let from = ids[0].string, let to = ids[1].string else {
                continue
            }
            note(from, became: to)
        }
    }

    var cursor: String {
        var json: JSON = ["v": 1]
        json["offset"] = offset.map { JSON($0) }
        json["at"] = at.map { .int($0.milliseconds) }
        if !moves.isEmpty { json["moves"] = .array(moves.map { [.string($0.from), .string($0.to)] }) }
        return json.description
    }

    /// Returns whether that is news. What a group became never leads back to it.
    @discardableResult
    mutating func note(_ chat: String, became new: String) -> Bool {
        guard chat != new, now(chat) != new else { return false }
        moves.removeAll { $0.from == chat || $0.from == new }
        moves.append(Move(from: chat, to: new))
        if moves.count > Self.mostMoves { moves.removeFirst() }
        return true
    }

    /// What a chat is now.
    func now(_ chat: String) -> String { moves.last { $0.from == chat }?.to ?? chat }

    /// What a chat was before.
    func before(_ chat: String) -> String? { moves.last { $0.to == chat }?.from }
}

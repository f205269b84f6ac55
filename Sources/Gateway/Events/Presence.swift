import Contract
import Platform

/// Who is there: the gateway itself, connected clients, and what reported itself (protocol.md section 7, system).
@LoopActor
final class Presence {
    static let limit = 200
    static let lifetime = Duration.seconds(300)
    /// A longer key is cut: it may be a text.
    static let keyBytes = 64
    /// The gateway's own entry.
    static let gatewayKey = "gateway"
    /// What clients say of themselves is sent to everyone, again and again; a longer text is cut.
    static let textBytes = 256

    /// What the key stands for.
    enum Kind: Sendable {
        /// Stays as long as the gateway or the client is there.
        case present
        /// Said something of itself and is believed for a while.
        case reported
    }

    private struct Entry {
        var kind: Kind
        var seen: Instant
        var json: JSONObject
    }

    private let clock: any Clock
    private var entries: [String: Entry] = [:]

    init(clock: any Clock) { self.clock = clock }

    /// Newest first.
    var json: JSON {
        forgetOld()
        return .array(entries.values.sorted { $0.seen > $1.seen }.map { .object($0.json) })
    }

    /// Adds or renews an entry; members that `entry` leaves out stay as they were.
    func note(_ key: String, _ kind: Kind, _ entry: JSON) {
        var json = entries[key]?.json ?? JSONObject()
        for member in entry.object?.members ?? [] { json[member.key] = member.value }
        json["ts"] = .int(clock.wall.milliseconds)
        let isKept = entries[key].map { $0.kind == .present } ?? false
        entries[key] = Entry(kind: isKept ? .present : kind, seen: clock.now, json: json)
        forgetOld()
        while entries.count > Self.limit {
            guard let oldest = entries.filter({ $0.value.kind == .reported }).min(by: { $0.value.seen < $1.value.seen })
            else { break }
            entries[oldest.key] = nil
        }
    }

    /// It went: the entry stays for its lifetime and says so.
    func leave(_ key: String, reason: String) {
        guard var entry = entries[key] else { return }
        entry.kind = .reported
        entry.seen = clock.now
        entry.json["reason"] = .string(reason)
        entry.json["ts"] = .int(clock.wall.milliseconds)
        entries[key] = entry
    }

    private func forgetOld() {
        let now = clock.now
        entries = entries.filter { $0.value.kind == .present || now - $0.value.seen <= Self.lifetime }
    }
}

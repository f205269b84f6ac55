import Contract
import Platform
import Store

/// Requests of webhooks that were done, so that one that is sent again is answered alike and not done twice. It outlives
/// the gateway: senders try again when a gateway restarts under their request.
@LoopActor
final class HookLedger {
    nonisolated static let lifetime = Duration.seconds(24 * 3600)
    /// Beyond, the oldest are forgotten.
    nonisolated static let limit = 500
    private nonisolated static let fact = "hooks.done"

    private struct Entry {
        let key: String
        let answer: String
        let time: WallTime
    }

    private let clock: any Clock
    private let log: Log
    /// Oldest first.
    private var entries: [Entry] = []
    private var store: Store?

    init(clock: any Clock, log: Log) {
        self.clock = clock
        self.log = log
    }

    var count: Int { entries.count }

    /// Takes up what was done before the gateway was started.
    func load(_ store: Store) async throws(StoreError) {
        let text = try await store.read { (read) throws(StoreError) in try read.fact(Self.fact) }
        for row in text.flatMap({ try? JSONParser.parse($0) })?.array ?? [] {
            guard let key = row[0]?.string, let answer = row[1]?.string, let time = row[2]?.int else { continue }
            entries.append(Entry(key: key, answer: answer, time: WallTime(milliseconds: Int64(time))))
        }
        self.store = store
        forgetOld()
    }

    /// Keys are hashed: they may be as long as a sender likes.
    static func key(_ path: String, _ id: String) -> String {
        Base64.url.encode(Array(SHA256.hash("\(path)\n\(id)").prefix(16)))
    }

    /// What the request was answered when it came first. Nil where it is the first, which is noted on the disk before this
    /// returns: whatever happens now, it is not done a second time.
    func answered(_ key: String, orNote answer: String) async throws(StoreError) -> String? {
        forgetOld()
        if let known = entries.first(where: { $0.key == key }) { return known.answer }
        entries.append(Entry(key: key, answer: answer, time: clock.wall))
        if entries.count > Self.limit { entries.removeFirst(entries.count - Self.limit) }
        do throws(StoreError) {
            try await keep()
        } catch {
            entries.removeAll { $0.key == key }
            throw error
        }
        return nil
    }

    /// It was not done after all, and may come again.
    func forget(_ key: String) async {
        entries.removeAll { $0.key == key }
        do throws(StoreError) { try await keep() } catch {
            log.warn("a request that was not done counts as done", ["reason": LogValue(error)])
        }
    }

    private func forgetOld() {
        let now = clock.wall
        entries.removeAll { now.nanoseconds - $0.time.nanoseconds > Self.lifetime.inNanoseconds }
    }

    private func keep() async throws(StoreError) {
        guard let store else { return }
        let text = JSON.array(
            entries.map { [.string($0.key), .string($0.answer), .int($0.time.milliseconds)] }
        ).description
        try await store.write { [time = clock.wall] (write) throws(StoreError) in
            try write.setFact(Self.fact, json: text, at: time)
        }
    }
}

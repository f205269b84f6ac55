import Platform

/// Runs by their ids: those under way, and for a while those that ended, so that what comes again is not done again.
@LoopActor
final class RunMemory {
    nonisolated static let lifetime = Duration.seconds(600)
    /// Ended runs; beyond, the oldest are forgotten.
    nonisolated static let limit = 1000

    private let clock: any Clock
    private var runs: [String: Run] = [:]
    /// Those that ended, oldest first.
    private var ended: [(id: String, at: Instant)] = []

    init(clock: any Clock) { self.clock = clock }

    var count: Int { runs.count }
    var active: [Run] { runs.values.filter { $0.result == nil } }

    func find(_ id: String) -> Run? {
        forgetOld()
        return runs[id]
    }

    func add(_ run: Run) {
        forgetOld()
        runs[run.id] = run
    }

    func noteEnd(of run: Run) {
        guard runs[run.id] === run else { return }
        ended.append((run.id, clock.now))
        forgetOld()
    }

    /// The next message with this id is a new one.
    func forget(_ run: Run) {
        if runs[run.id] === run { runs[run.id] = nil }
        ended.removeAll { $0.id == run.id }
    }

    private func forgetOld() {
        let now = clock.now
        var count = ended.prefix { now - $0.at >= Self.lifetime }.count
        count = max(count, ended.count - Self.limit)
        for entry in ended.prefix(count) { runs[entry.id] = nil }
        ended.removeFirst(count)
    }
}

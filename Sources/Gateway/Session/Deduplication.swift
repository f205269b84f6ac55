import Contract
import Platform

/// Remembers what requests with an idempotency key were answered, so that one that comes again does nothing twice
/// (protocol.md section 6).
@LoopActor
final class Deduplication {
    static let lifetime = Duration.seconds(300)
    static let limit = 1000
    static let sweepInterval = Duration.seconds(60)

    typealias Answer = Result<JSON, RPCError>

    /// How far a request has come that was seen before.
    enum Earlier {
        /// With the first answer that it was given, if any.
        case running(accepted: JSON?)
        case ended(Answer)
    }

    private final class Run {
        var accepted: JSON?
        var answer: Answer?
        var endedAt: Instant?
        var waiting: [Suspension] = []
    }

    private let clock: any Clock
    private var runs: [String: Run] = [:]
    private var sweepTimer: LoopTimer?

    init(clock: any Clock) { self.clock = clock }

    var count: Int { runs.count }

    static func key(_ method: String, _ key: String) -> String { "\(method):\(key)" }

    // MARK: Step by step, for answers in two phases

    /// What became of the same request before; nil when this is the first, which counts as running from now on.
    func begin(_ method: String, _ key: String) throws(RPCError) -> Earlier? {
        sweep()
        let name = Self.key(method, key)
        if let run = runs[name] { return run.answer.map { .ended($0) } ?? .running(accepted: run.accepted) }
        try makeRoom()
        runs[name] = Run()
        armSweep()
        return nil
    }

    /// The first answer, given while the request is still under way.
    func accepted(_ method: String, _ key: String, _ payload: JSON) {
        runs[Self.key(method, key)]?.accepted = payload
    }

    /// The last answer. One that asks to try again is not kept: the next try is a new one.
    func end(_ method: String, _ key: String, _ answer: Answer) {
        let name = Self.key(method, key)
        guard let run = runs[name] else { return }
        run.answer = answer
        run.endedAt = clock.now
        if case .failure(let error) = answer, error.isRetryable == true { runs[name] = nil }
        let waiting = run.waiting
        run.waiting = []
        for one in waiting { one.wake() }
    }

    /// The next request with this key is the first again.
    func forget(_ method: String, _ key: String) { runs[Self.key(method, key)] = nil }

    // MARK: All at once

    /// The answer of `work`, which runs once whoever asks, and goes on when the one who asked first has left. Those who
    /// ask meanwhile wait for the same answer.
    func answer(
        _ method: String, _ key: String, _ work: @escaping @LoopActor @Sendable () async throws(RPCError) -> JSON
    ) async throws(RPCError) -> JSON {
        switch try begin(method, key) {
        case .ended(let answer)?: return try answer.get()
        case .running?: break
        case nil:
            startTask { [weak self] in
                do throws(RPCError) {
                    let payload = try await work()
                    self?.end(method, key, .success(payload))
                } catch {
                    self?.end(method, key, .failure(error))
                }
            }
        }
        guard let run = runs[Self.key(method, key)] else { throw .unavailable("the request was forgotten") }
        let place = Suspension(clock)
        run.waiting.append(place)
        if run.answer == nil { _ = await place.wait() }
        run.waiting.removeAll { $0 === place }
        guard let answer = run.answer else { throw .unavailable("cancelled") }
        return try answer.get()
    }

    // MARK: Forgetting

    private func makeRoom() throws(RPCError) {
        guard runs.count >= Self.limit else { return }
        let ended = runs.compactMap { name, run in run.endedAt.map { (name, $0) } }
        guard let oldest = ended.min(by: { $0.1 < $1.1 }) else {
            throw RPCError(
                .unavailable, "too many requests at once: \(Self.limit) are under way",
                retryAfter: .milliseconds(500))
        }
        runs[oldest.0] = nil
    }

    private func sweep() {
        let now = clock.now
        guard runs.values.contains(where: { Self.isOld($0, now) }) else { return }
        runs = runs.filter { !Self.isOld($0.value, now) }
    }

    private static func isOld(_ run: Run, _ now: Instant) -> Bool {
        run.endedAt.map { now - $0 >= lifetime } ?? false
    }

    private func armSweep() {
        if sweepTimer == nil {
            sweepTimer = clock.makeTimer { [weak self] in
                guard let self else { return }
                sweep()
                if !runs.isEmpty { armSweep() }
            }
        }
        guard let sweepTimer, !sweepTimer.isArmed else { return }
        sweepTimer.arm(at: clock.now + Self.sweepInterval)
    }
}

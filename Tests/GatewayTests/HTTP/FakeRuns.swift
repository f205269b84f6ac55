import Agents
import Models
import Platform
import Support

@testable import Gateway

/// Runs that a test writes down: keeps what was asked and says what it is told to say.
@LoopActor
final class FakeRuns: AgentRunning {
    typealias Script = @LoopActor @Sendable (FakeRun) async -> Void

    private(set) var requests: [RunRequest] = []
    private(set) var aborted: [(id: String?, key: SessionKey?, reason: String)] = []
    private var active: [String: FakeRun] = [:]
    /// Runs whose scripts have come to their first wait: from then on the clock may move.
    private(set) var begun = 0
    var refusal: RunRefusal?
    var script: Script
    let clock: FakeClock

    init(_ clock: FakeClock, _ script: @escaping Script = { await $0.answer("Hello, there.") }) {
        self.clock = clock
        self.script = script
    }

    func start(_ request: RunRequest, observer: (any RunObserver)?) throws(RunRefusal) -> RunTicket {
        requests.append(request)
        if let refusal { throw refusal }
        let run = FakeRun(request, observer, clock)
        active[request.id] = run
        let script = script
        startTask {
            await run.say(.started(self.clock.wall))
            self.begun += 1
            await script(run)
            self.active[request.id] = nil
        }
        return RunTicket(id: request.id, isRepeat: false, acceptedAt: clock.wall)
    }

    func abort(_ id: String?, in key: SessionKey?, reason: String) -> [String] {
        aborted.append((id, key, reason))
        let meant = active.filter { id == nil ? $0.value.request.sessionKey == key : $0.key == id }
        for run in meant.values { run.isAborted = true }
        return meant.keys.sorted()
    }

    func result(of id: String, within time: Duration) async -> RunResult? { nil }
}

/// One run, as its script sees it.
@LoopActor
final class FakeRun {
    let request: RunRequest
    let clock: FakeClock
    private let observer: (any RunObserver)?
    var isAborted = false

    init(_ request: RunRequest, _ observer: (any RunObserver)?, _ clock: FakeClock) {
        self.request = request
        self.observer = observer
        self.clock = clock
    }

    /// Returns when the observer has taken it.
    func say(_ event: RunEvent) async { await observer?.take(event) }

    func end(_ ending: RunResult.Ending, _ text: String = "", usage: ModelUsage = ModelUsage()) async {
        await say(.finished(RunResult(ending, text: text, usage: usage, endedAt: clock.wall)))
    }

    func answer(_ pieces: String...) async {
        for piece in pieces { await say(.text(piece)) }
        await end(
            .answered(.stop), pieces.joined(),
            usage: ModelUsage(input: 11, output: 7, cacheRead: 5, cacheWrite: 3, thinking: 2))
    }

    func fail(_ kind: ModelError.Kind?, _ text: String = "it failed", retryAfter: Duration? = nil) async {
        await end(.failed(RunFailure(text, kind: kind, retryAfter: retryAfter)))
    }
}

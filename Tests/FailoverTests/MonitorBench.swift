import Platform
import Support

@testable import Failover

/// A monitor whose world is in the test's hand.
@LoopActor
final class MonitorBench {
    let clock = FakeClock()
    let world = FakeWorld()
    let monitor: FailoverMonitor
    var news: [FailoverNews] = []

    init(_ change: (inout FailoverRules) -> Void = { _ in }, memory: FailoverMemory? = nil) {
        var rules = FailoverRules(
            name: "vps2", priority: 1, major: 2026, above: [FailoverRules.Peer(name: "vps1", priority: 0)])
        rules.minSuspect = 1000
        change(&rules)
        let time = FailoverMonitor.time(clock.now, clock.wall)
        monitor = FailoverMonitor(
            FailoverMachine(rules, memory: memory, at: time), contact: world, witnesses: world, steps: world,
            shelf: world, clock: clock, sinceBoot: { [clock] in clock.now })
        monitor.onNews = { [weak self] in self?.news.append($0) }
    }

    var word: FailoverState.Word { monitor.machine.word }

    func pass(_ seconds: Double) async { await clock.advance(by: .milliseconds(Int64(seconds * 1000))) }

    /// Watching a node that is well.
    func begin() async {
        monitor.start()
        await pass(30)
    }
}

/// Nodes, witnesses, steps and disk, all at once, with what was asked of them in its order.
@LoopActor
final class FakeWorld: PeerReaching, WitnessAsking, FailoverSteps, FailoverKeeping {
    var answer = PeerAnswer(.answered(PeerFacts()))
    /// Whether probes are answered at all.
    var isSilent = false
    var witnesses = true
    var outcomes: [FailoverStep: StepOutcome] = [:]
    var log: [String] = []
    var written: [FailoverMemory] = []
    /// While it is set, the disk takes nothing.
    var isStuck = false
    private(set) var isClosed = false
    private(set) var hints: (@LoopActor (Int, LinkHint) -> Void)?
    private(set) var reports: [@LoopActor (PeerAnswer) -> Void] = []
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func probe(_ peer: Int, within time: Duration, report: @escaping @LoopActor (PeerAnswer) -> Void) {
        reports.append(report)
        if !isSilent { report(answer) }
    }

    func askToStandAside(_ peer: Int) async -> String? {
        log.append("stand aside")
        return nil
    }

    func follow(_ take: @escaping @LoopActor (Int, LinkHint) -> Void) { hints = take }

    func close() { isClosed = true }

    func anyAnswers(within time: Duration) async -> Bool {
        log.append("witness")
        return witnesses
    }

    func run(_ step: FailoverStep, within time: Milliseconds) async -> StepOutcome {
        log.append(step.word)
        return outcomes[step] ?? .done
    }

    func write(_ memory: FailoverMemory) async {
        if isStuck { await withCheckedContinuation { waiting.append($0) } }
        written.append(memory)
        log.append("written")
    }

    func unstick() {
        isStuck = false
        let all = waiting
        waiting = []
        for one in all { one.resume() }
    }
}

import Testing

@testable import Failover

/// A machine that is told things by hand, and what it asked for.
struct MachineBench {
    private(set) var machine: FailoverMachine
    private(set) var now: Milliseconds
    private(set) var actions: [FailoverAction] = []
    /// What each node above answers; nothing at all where nil.
    var answers: [ProbeResult?]
    var witness: Bool? = true
    /// Outcomes of steps; done, where there is none.
    var outcomes: [FailoverStep: StepOutcome] = [:]
    /// Steps that say nothing.
    var silent: Set<FailoverStep> = []
    var own: [String] = ["standby-bot"]
    /// What was written down last.
    private(set) var written: FailoverMemory?

    static let primary = FailoverRules.Peer(name: "vps1", priority: 0)

    static func rules(
        priority: Int = 1, above: [FailoverRules.Peer] = [primary], _ change: (inout FailoverRules) -> Void = { _ in }
    ) -> FailoverRules {
        var rules = FailoverRules(name: "vps2", priority: priority, major: 2026, above: above)
        change(&rules)
        return rules
    }

    init(_ rules: FailoverRules = rules(), memory: FailoverMemory? = nil, at now: Milliseconds = 1000) {
        self.now = now
        machine = FailoverMachine(rules, memory: memory, at: FailoverTime(now: now, wall: 0))
        answers = rules.above.map { _ in Self.well() }
    }

    /// Beside a primary that is well.
    static func watching(_ rules: FailoverRules = rules()) -> MachineBench {
        var bench = MachineBench(rules)
        bench.pass(30_000)
        #expect(bench.word == .watching)
        bench.forgetActions()
        return bench
    }

    static func well(
        boot: UInt64 = 1, uptime: Milliseconds = 1_000_000, role: PeerAnnouncement.Role = .primary,
        phase: PeerAnnouncement.Phase = .running, willAct: Bool = true, epoch: UInt64 = 0, priority: Int = 0,
        major: Int = 2026
    ) -> ProbeResult {
        .answered(
            PeerFacts(
                boot: boot, uptime: uptime,
                announcement: PeerAnnouncement(
                    role: role, phase: phase, willAct: willAct, epoch: epoch, priority: priority, major: major)))
    }

    var word: FailoverState.Word { machine.state.word }

    var alerts: [FailoverAlert] {
        actions.compactMap { if case .alert(let alert) = $0 { alert } else { nil } }
    }

    var steps: [FailoverStep] {
        actions.compactMap { if case .run(let step, _, _) = $0 { step } else { nil } }
    }

    var probes: Int {
        actions.count { if case .probe = $0 { true } else { false } }
    }

    mutating func forgetActions() { actions = [] }

    /// Tells it one thing and answers what it asks, at once or when its time is up.
    mutating func tell(_ input: FailoverInput) {
        var inputs = [input]
        while !inputs.isEmpty {
            let new = machine.take(inputs.removeFirst(), at: FailoverTime(now: now, wall: now))
            actions += new
            if new.contains(.persist) { written = machine.memory }
            for action in new { if let reply = reply(action) { inputs.append(reply) } }
        }
    }

    private var late: [(at: Milliseconds, FailoverInput)] = []

    private mutating func reply(_ action: FailoverAction) -> FailoverInput? {
        switch action {
        case .probe(let peer, let number, let time):
            switch answers[peer] {
            case nil: return nil
            case .failed(.timedOut)?:
                late.append((now + time, .probed(peer: peer, number: number, .failed(.timedOut))))
                return nil
            case let answer?: return .probed(peer: peer, number: number, answer)
            }
        case .askWitnesses(let number, _): return witness.map { .witnesses(number: number, anyAnswered: $0) }
        case .run(let step, let number, _):
            if silent.contains(step) { return nil }
            return .step(number: number, outcomes[step] ?? (step == .ownership ? .owns(own) : .done))
        case .acquireLease, .renewLease, .releaseLease, .askToStandAside, .alert, .record, .persist, .answer:
            return nil
        }
    }

    /// Lets time pass, with a tick whenever the machine asks for one.
    mutating func pass(_ time: Milliseconds) {
        let end = now + time
        while true {
            let next = min(machine.nextTick, late.map(\.at).min() ?? .max)
            guard next <= end else { break }
            now = max(now, next)
            if let position = late.firstIndex(where: { $0.at <= now }) {
                tell(late.remove(at: position).1)
            } else {
                tell(.tick)
            }
        }
        now = end
        tell(.tick)
    }

    /// Until that state, and how long it took; nil when it did not come.
    mutating func pass(atMost time: Milliseconds, until word: FailoverState.Word) -> Milliseconds? {
        let start = now
        while self.word != word {
            guard now - start < time else { return nil }
            pass(10)
        }
        return now - start
    }

    /// Time goes on and nothing runs.
    mutating func sleep(_ time: Milliseconds) { now += time }
}

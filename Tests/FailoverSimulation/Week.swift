package import Failover

/// A week of a standby beside a primary that is in use and never dies: whatever it takes over in it, it takes over for
/// nothing.
package struct Week {
    package let seed: UInt64
    package private(set) var probes = 0
    package private(set) var failedProbes = 0
    package private(set) var suspicions = 0
    /// When it took over.
    package private(set) var takeover: Milliseconds?

    private let isOurs: Bool
    private let length: Milliseconds
    private var machine: FailoverMachine
    private var schedule: Schedule
    private var chance: Chance
    private var now: Milliseconds = 0
    private var pending: [(at: Milliseconds, input: FailoverInput)] = []
    private var started = 0
    private let log: ((String) -> Void)?

    /// A node of ours says that it starts again, and is back after a second and a half; another says nothing.
    package init(
        seed: UInt64, isOurs: Bool, days: Int = 7, log: ((String) -> Void)? = nil,
        change: (inout FailoverRules) -> Void = { _ in }
    ) {
        self.seed = seed
        self.isOurs = isOurs
        self.log = log
        length = Schedule.day * Milliseconds(days)
        chance = Chance(seed: seed)
        schedule = Schedule(seed: seed ^ 0x2545_f491_4f6c_dd1d, days: days, restart: isOurs ? 1500 : 6000)
        var rules = FailoverRules(
            name: "standby", priority: 1, major: 2026, above: [FailoverRules.Peer(name: "primary", priority: 0)])
        change(&rules)
        machine = FailoverMachine(rules, at: FailoverTime(now: 0, wall: 0))
        for restart in schedule.restarts { tellOfRestart(schedule.handles(restart)) }
    }

    package mutating func run() {
        while takeover == nil {
            var next = machine.nextTick
            var position: Int?
            for (index, entry) in pending.enumerated() where entry.at <= next {
                if let position, pending[position].at <= entry.at { continue }
                next = entry.at
                position = index
            }
            guard next < length else { return }
            now = max(now, next)
            var input = FailoverInput.tick
            if let position { input = pending.remove(at: position).input }
            tell(input)
        }
    }

    private mutating func tell(_ input: FailoverInput) {
        if case .probed(_, _, .failed) = input { failedProbes += 1 }
        if let log {
            switch input {
            case .tick, .probed(_, _, .answered): break
            default: log("\(now) \(machine.word.rawValue): \(input)")
            }
        }
        for action in machine.take(input, at: FailoverTime(now: now, wall: now)) {
            switch action {
            case .probe(let peer, let number, let time): probe(peer, number, time)
            case .askWitnesses(let number, let time):
                let end = Exchange.time(at: now, &chance)
                pending.append(
                    (min(end, now + time), .witnesses(number: number, anyAnswered: end <= now + time)))
            case .run(.bringUp, _, _): takeover = now
            case .run(let step, let number, _):
                pending.append((now + 300, .step(number: number, step == .ownership ? .owns([]) : .done)))
            case .record(let transition):
                if transition.to == .suspect { suspicions += 1 }
                log?("\(now) \(transition.from.rawValue) -> \(transition.to.rawValue): \(transition.reason)")
            default: break
            }
        }
    }

    private mutating func probe(_ peer: Int, _ number: UInt32, _ time: Milliseconds) {
        probes += 1
        schedule.look(at: now)
        let exchange = Exchange(at: now, schedule, &chance)
        let isLate = exchange.time > now + time
        if isLate { pending.append((now + time, .probed(peer: peer, number: number, .failed(.timedOut)))) }
        let result: ProbeResult
        switch exchange.end {
        case .answered: result = .answered(facts(at: exchange.time))
        case .refused: result = .failed(.refused)
        case .closed: result = .failed(.closed)
        }
        if !isLate || exchange.end == .answered && exchange.time <= now + time + FailoverRules.lateAnswers {
            pending.append((exchange.time, .probed(peer: peer, number: number, result)))
        }
    }

    private func facts(at now: Milliseconds) -> PeerFacts {
        guard isOurs else { return PeerFacts() }
        let announcement = PeerAnnouncement(
            role: .primary, phase: .running, willAct: true, epoch: 0, priority: 0, major: 2026)
        let starts = schedule.starts(before: now)
        let since = starts > 0 ? schedule.restarts[starts - 1] + schedule.restart : -Schedule.day
        return PeerFacts(boot: UInt64(starts + 1), uptime: now - since, announcement: announcement)
    }

    /// The link tells of it, in order and not before it is there.
    private mutating func tellOfRestart(_ at: Milliseconds) {
        let arrival = Exchange.arrival(at, &chance)
        if isOurs {
            pending.append((arrival, .link(peer: 0, .shutdown(restartExpected: schedule.restart))))
        }
        pending.append((arrival + 1, .link(peer: 0, .closed)))
    }
}

package import Failover

/// One seed, run: real machines on a network, clocks and hosts that are made up, in time that only the queue knows.
package struct Simulation {
    package let seed: UInt64
    package private(set) var violation: Violation?
    package internal(set) var tally: Tally
    /// When it was over, or broken.
    package private(set) var now: Milliseconds = 0

    let scenario: Scenario
    let wrong: WrongRule?
    let isShell: Bool
    var chance: Chance
    var queue = EventQueue()
    var nodes: [SimulatedNode]
    var network = Network()
    var desk = LeaseDesk()
    /// Answers under way, used again and again.
    var answers = [Answer](repeating: Answer(), count: 64)
    var nextAnswer = 0
    var alarms = [Alarm](repeating: Alarm(), count: Alarm.count)
    /// Something that a promise depends on may have changed.
    var isChanged = true
    /// Some node may act from now on that might not before.
    private var isTold = true
    var lastLeaseEpoch: UInt64 = 0
    /// When a cut was over last.
    var healedAt: Milliseconds = -10_000_000
    private let log: ((String) -> Void)?

    /// What a node said of itself, on its way to whoever asked.
    struct Answer {
        var facts = PeerFacts()
        var start: Milliseconds = 0
    }

    /// `isPlain` draws two nodes and nothing that the shell rule has no notion of.
    package init(
        seed: UInt64, wrong: WrongRule? = nil, isPlain: Bool = false, isShell: Bool = false,
        log: ((String) -> Void)? = nil
    ) {
        self.seed = seed
        self.wrong = wrong
        self.isShell = isShell
        self.log = log
        scenario = Scenario(seed: seed, wrong: wrong, isPlain: isPlain || isShell)
        chance = Chance(seed: seed ^ 0x5851_f42d_4c95_7f2d)
        tally = Tally()
        nodes = []
        network.reset(scenario.weather, count: scenario.count)
        for index in 0..<scenario.count {
            let clock = NodeClock(offset: chance.between(0...1_000_000_000), drift: scenario.drifts[index])
            nodes.append(SimulatedNode(index, scenario.rules[index], clock: clock))
        }
        if let (node, other) = scenario.sharing { nodes[node].owns.append(nodes[other].owns[0]) }
        for index in nodes.indices { start(index) }
        for (position, fault) in scenario.faults.enumerated() {
            queue.push(Event(time: fault.time, kind: .fault, node: UInt8(fault.node), value: Int64(position)))
        }
    }

    package mutating func run() {
        tally.runs = 1
        while violation == nil {
            var next = queue.next
            var ticking: Int?
            for index in nodes.indices where nodes[index].tickAt < next {
                next = nodes[index].tickAt
                ticking = index
            }
            guard next <= scenario.length else { break }
            now = next
            tally.events += 1
            if let ticking {
                tick(ticking)
            } else if let event = queue.pop() {
                handle(event)
            }
            if isChanged { watch() }
            if isTold, scenario.needsLease { checkHolders() }
            isTold = false
        }
        tally.time = now
    }

    private mutating func tick(_ index: Int) {
        nodes[index].tickAt = .max
        tell(index, .tick)
        let isIdle = nodes[index].tickAt <= now
        nodes[index].idleTicks = isIdle ? nodes[index].idleTicks + 1 : 0
        if nodes[index].idleTicks > 20 { broke(.busy(node: index)) }
    }

    /// Tells a node something and does what it wants done.
    mutating func tell(_ index: Int, _ input: FailoverInput) {
        guard nodes[index].isRunning, nodes[index].isBrained else { return }
        if isTraced, input != .tick { trace(index, "<- \(input)") }
        isTold = true
        let actions = nodes[index].take(input, at: now)
        perform(index, actions)
        guard nodes[index].isRunning else { return }
        checkState(index)
    }

    mutating func broke(_ violation: Violation) {
        guard !isShell, self.violation == nil else { return }
        self.violation = violation
        if isTraced { log?("\(moment) \(violation)") }
    }

    // MARK: Trace

    var isTraced: Bool { log != nil }

    func trace(_ index: Int, _ text: @autoclosure () -> String) {
        guard let log else { return }
        let word =
            nodes[index].hasMachine
            ? nodes[index].machineWord.rawValue : nodes[index].isRunning ? "runs" : "off"
        log("\(moment) \(nodes[index].rules.name) \(word): \(text())")
    }

    private var moment: String {
        let rest = String(now % 1000)
        return "\(now / 1000).\(String(repeating: "0", count: 3 - rest.count))\(rest)"
    }
}

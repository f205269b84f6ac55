import Failover

/// A node: its process, what it runs, and what of it is up.
struct SimulatedNode {
    /// A probe as its driver knows it.
    struct Probe {
        var number: UInt32 = 0
        var isOpen = false
        var start: Milliseconds = 0
        var local: Milliseconds = 0
    }

    let index: Int
    let rules: FailoverRules
    /// What its channels' credentials look like from outside.
    var owns: [String]
    var clock: NodeClock
    /// What its calendar is off by.
    var wallOffset: Milliseconds = 0

    var machine: FailoverMachine
    /// Whether it is the machine that runs there.
    var hasMachine = false
    private(set) var machineWord = FailoverState.Word.watching
    private(set) var machineEpoch: UInt64 = 0
    private var nextTick: Milliseconds = 0
    var shell: ShellRule?
    var memory: FailoverMemory?
    /// Which start of it this is.
    var boot: UInt32 = 0
    var isRunning = false
    /// Nothing answers, not even to refuse.
    var isGone = false
    var startedAt: Milliseconds = 0
    var readyAt: Milliseconds = 0
    var suspendedUntil: Milliseconds = .min
    var tickAt: Milliseconds = .max
    var idleTicks = 0
    /// Nothing that is under way counts any more: it slept, or was cut off until now.
    private(set) var beginsAnew = false
    private static let awoken: Milliseconds = 2000

    /// Whether its channels are released.
    var isUp = false
    /// Whether they may be: since it was told to bring them up, until it has held them.
    var mayBeUp = false
    /// The step that is under way; its outcome is that of no other.
    var step: UInt32 = 0
    var word = FailoverState.Word.watching
    /// An operator ordered the promotion that is under way, or that it acts by.
    var isOrdered = false
    var isSwitchedOver = false
    var activeSince: Milliseconds = 0
    var epoch: UInt64 = 0
    /// When it brought its channels up, by its own clock and by the world's.
    var switches: [Milliseconds] = []
    /// It is told to resume: what it switched before counts no more.
    var isResuming = false
    /// Its last way to acting failed, and is no switch.
    var didNotComeUp = false
    var cutOffSince: Milliseconds = .max
    /// Since when it serves nobody; `max` while it does.
    var lostSince: Milliseconds = .max
    var servesSince: Milliseconds = 0
    /// When its clock was set forward last, or it ran on.
    var steppedAt: Milliseconds = -10_000
    /// Until then others may wait for what it announced.
    var patienceUntil: Milliseconds = .min

    var probes = [Probe](repeating: Probe(), count: Network.limit)
    var evidence = [Evidence](repeating: Evidence(), count: Network.limit)
    /// The nodes above whose credentials it was told of.
    var told: UInt8 = 0
    /// The nodes that hold a link to this one.
    var watchers: UInt8 = 0

    init(_ index: Int, _ rules: FailoverRules, clock: NodeClock) {
        self.index = index
        self.rules = rules
        self.clock = clock
        machine = FailoverMachine(rules, at: FailoverTime(now: 0, wall: 0))
        owns = [rules.name]
    }

    var isBrained: Bool { hasMachine || shell != nil }

    func isSuspended(at now: Milliseconds) -> Bool { suspendedUntil > now }

    func answers(at now: Milliseconds) -> Bool { isRunning && !isSuspended(at: now) }

    /// Whether people who write to it find it.
    func acts(at now: Milliseconds) -> Bool { isUp && (isRunning || !isGone) }

    /// What the machine says of itself. Asked for once, since each question to a copy copies it.
    mutating func look() {
        machineWord = machine.word
        machineEpoch = machine.epoch
        nextTick = machine.nextTick
    }

    mutating func announcement() -> PeerAnnouncement { machine.announcement }

    mutating func mayAct(at now: Milliseconds) -> Bool { machine.mayAct(at: clock.local(now)) }

    mutating func take(_ input: FailoverInput, at now: Milliseconds) -> [FailoverAction] {
        let local = clock.local(now)
        if hasMachine {
            beginsAnew = local - nextTick > Self.awoken || machineWord == .isolated
            let actions = machine.take(input, at: FailoverTime(now: local, wall: local + wallOffset))
            look()
            tickAt = max(clock.world(nextTick), now)
            return actions
        }
        guard shell != nil else { return [] }
        let actions = shell!.take(input, at: local)
        tickAt = max(clock.world(shell!.nextTick), now)
        return actions
    }
}

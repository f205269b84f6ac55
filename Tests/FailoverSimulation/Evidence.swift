import Failover

/// What a node was told of another, written down beside the machine and not by it.
struct Evidence {
    private(set) var failures = 0
    private(set) var successes = 0
    /// The start of the first failed probe, by the node's own clock.
    private(set) var since: Milliseconds = 0
    private(set) var standsAside = false
    private var hasRefused = false
    private var boot: UInt64 = 0
    private var starts: (Milliseconds, Milliseconds, Milliseconds, Milliseconds) = (.min, .min, .min, .min)

    /// The fewest failures in a row, and the shortest time since the first of them, that a takeover rests on.
    static let leastFailures = 3
    static let leastTimeOfOurs: Milliseconds = 2000
    static let leastTimeOfOthers: Milliseconds = 8000
    static let leastSuccesses = 5
    static let leastActive: Milliseconds = 60_000

    mutating func failed(_ failure: ProbeFailure, start: Milliseconds) {
        if failures == 0 { since = start }
        failures += 1
        successes = 0
        if failure != .timedOut { hasRefused = true }
    }

    mutating func answered(_ facts: PeerFacts, at now: Milliseconds) {
        failures = 0
        hasRefused = false
        standsAside = facts.announcement?.willAct == false
        let isWell = facts.announcement.map { $0.phase == .running && $0.willAct } ?? true
        successes = isWell ? successes + 1 : 0
        if let boot = facts.boot, boot != self.boot {
            if self.boot != 0 { starts = (starts.1, starts.2, starts.3, now) }
            self.boot = boot
        }
    }

    /// What it was told before it was cut off or asleep says nothing of what is now.
    mutating func beginAnew() {
        failures = 0
        hasRefused = false
    }

    /// An answer after its time counts unless the node has refused since, or answered another probe before.
    mutating func answeredLate(start: Milliseconds) {
        if failures > 0, start >= since, !hasRefused { failures = 0 }
    }

    /// Whether a takeover from that node may rest on this.
    func isEnough(at now: Milliseconds, isOurs: Bool) -> Bool {
        if failures == 0 { return standsAside || hasManyStarts(now) }
        if hasManyStarts(now) { return true }
        return failures >= Self.leastFailures
            && now - since >= (isOurs ? Self.leastTimeOfOurs : Self.leastTimeOfOthers)
    }

    private func hasManyStarts(_ now: Milliseconds) -> Bool { starts.0 != .min && now - starts.0 < 320_000 }
}

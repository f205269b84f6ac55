/// The switches of late: each doubles the wait before the next.
struct FlapHistory: Equatable, Sendable {
    /// When this node took over, the oldest first; as many as count.
    private(set) var switches: [Milliseconds] = []
    private(set) var steppedBack: Milliseconds?

    private static let limit = 8

    init() {}

    init(switches: [Milliseconds], steppedBack: Milliseconds?) {
        self.switches = Array(switches.sorted().suffix(Self.limit))
        self.steppedBack = steppedBack
    }

    mutating func tookOver(at now: Milliseconds) {
        switches.append(now)
        if switches.count > Self.limit { switches.removeFirst() }
    }

    /// It did not come up: that is a block, and no unrest.
    mutating func didNotTakeOver() { _ = switches.popLast() }

    mutating func steppedBack(at now: Milliseconds) { steppedBack = now }

    mutating func clear() { self = FlapHistory() }

    func count(_ rules: FailoverRules, at now: Milliseconds) -> Int {
        switches.count { now - $0 < rules.flapWindow }
    }

    /// The wait that the switches in the window have earned.
    func wait(_ rules: FailoverRules, at now: Milliseconds) -> Milliseconds {
        let count = count(rules, at: now)
        return count == 0 ? 0 : rules.holdDown << (min(count, Self.limit) - 1)
    }

    /// Before it this node does not take over again; the primary takes nothing over.
    func heldUntil(_ rules: FailoverRules, at now: Milliseconds) -> Milliseconds? {
        guard let steppedBack, !rules.isPrimary, count(rules, at: now) > 0 else { return nil }
        return steppedBack + wait(rules, at: now)
    }

    /// When the unrest is over: so many switches are then no longer in the window.
    func calmAt(_ rules: FailoverRules) -> Milliseconds? {
        guard switches.count >= FailoverRules.switchesBeforePause else { return nil }
        return switches[switches.count - FailoverRules.switchesBeforePause] + rules.flapWindow
    }
}

/// What a node knows of one above it.
struct PeerWatch: Equatable, Sendable {
    enum Verdict {
        /// It lives and does its part.
        case acts
        /// It lives, and says that it will not act.
        case standsAside
        case down
        case unsure
    }

    struct OpenProbe: Equatable, Sendable {
        let number: UInt32
        let start: Milliseconds
    }

    private(set) var failures = 0
    private(set) var successes = 0
    private(set) var lastFailure: ProbeFailure?
    private(set) var announcement: PeerAnnouncement?
    /// Nil while that is not known.
    var isOurs: Bool?
    /// Fingerprints of what it owns.
    var owns: [String] = []
    /// Whether it ever answered as itself.
    private(set) var isProven = false
    private(set) var isReady = true
    /// Set when its address turned out to be this node's own.
    private(set) var isMyself = false

    /// The start of the first failed probe, or of the first refused one.
    private var suspectSince: Milliseconds?
    private var hasRefused = false
    private var hasStopped = false
    private var patienceSince: Milliseconds?
    private var patienceEnd: Milliseconds?
    /// What is waited for is a start, and not the way down.
    private var waitsForStart = false
    private var progress = -1
    private var boot: UInt64?
    /// When it was seen to have started; the last few.
    private var starts: [Milliseconds] = []

    var open: OpenProbe?
    /// Probes whose time is up, the oldest first: an answer may still come.
    private var late: [OpenProbe] = []
    private static let lateLimit = 4
    var nextProbe: Milliseconds

    init(at now: Milliseconds) { nextProbe = now }

    var isFailing: Bool { failures > 0 }

    // MARK: Verdict

    func verdict(_ rules: FailoverRules, at now: Milliseconds) -> Verdict {
        if failures > 0 { return now >= downAt(rules) ? .down : .unsure }
        guard successes > 0 || announcement != nil else { return .unsure }
        if let announcement {
            if !announcement.willAct { return .standsAside }
            if announcement.phase != .running { return .unsure }
        }
        return .acts
    }

    /// From when on it is taken for down, as things are; never while too few probes failed.
    func downAt(_ rules: FailoverRules) -> Milliseconds {
        guard failures >= rules.failThreshold, let suspectSince else { return .max }
        let old = suspectSince + minSuspect(rules)
        guard let patienceEnd, lastFailure != .crashLoop else { return old }
        return max(old, patienceEnd)
    }

    private func minSuspect(_ rules: FailoverRules) -> Milliseconds {
        let usual =
            rules.minSuspect ?? (isOurs == true ? FailoverRules.minSuspectOurs : FailoverRules.minSuspectOther)
        // Somebody answers: whoever that is, it is no reason for haste.
        if let lastFailure, lastFailure.isForeign { return max(usual, FailoverRules.minSuspectOther) }
        return hasStopped && isOurs == true ? min(usual, FailoverRules.minSuspectStopped) : usual
    }

    // MARK: Probes

    mutating func failed(_ failure: ProbeFailure, start: Milliseconds) {
        successes = 0
        failures += 1
        lastFailure = failure
        if failure == .myself { isMyself = true }
        // Where the answer turns from none to a refusal, a restart has begun: its time counts from there, once.
        if suspectSince == nil || failure.isRefusal && !hasRefused { suspectSince = start }
        if failure.isRefusal { hasRefused = true }
    }

    /// Returns whether it counts as an answer: one that starts again and again does not.
    mutating func answered(_ facts: PeerFacts, at now: Milliseconds, start: Milliseconds, _ rules: FailoverRules)
        -> Bool
    {
        isProven = true
        isMyself = false
        isOurs = facts.announcement != nil
        isReady = facts.isReady
        announcement = facts.announcement
        noteBoot(facts, now)
        if isCrashLooping(now), (facts.uptime ?? 0) < FailoverRules.crashLoopUptime {
            failed(.crashLoop, start: start)
            return false
        }
        failures = 0
        lastFailure = nil
        suspectSince = nil
        hasRefused = false
        late.removeAll(keepingCapacity: true)
        switch facts.announcement?.phase {
        case .starting(let progress)?: extendPatience(progress: progress, at: now)
        case .draining?: extendPatience(at: now)
        case .running?, nil:
            if facts.announcement?.willAct == false {
                successes = 0
            } else {
                successes += 1
                // It is there; what happens to it now is something new. How often it may ask for patience goes on to count.
                if waitsForStart { patienceEnd = nil }
                if successes >= rules.recoverThreshold { endPatience() }
            }
            return true
        }
        successes = 0
        return true
    }

    /// The probe is over without an answer, so far.
    mutating func timedOut(_ probe: OpenProbe) {
        if late.count >= Self.lateLimit { late.removeFirst() }
        late.append(probe)
    }

    /// An answer after the probe's time: it was slow, and it lives. Returns whether that is news.
    mutating func answeredLate(_ number: UInt32) -> Bool {
        guard let position = late.firstIndex(where: { $0.number == number }) else { return false }
        let start = late[position].start
        late.removeFirst(position + 1)
        // One that refuses by now has died since; and what was asked before it fell silent says nothing of the silence.
        guard lastFailure == .timedOut, !hasRefused, start >= suspectSince ?? .min else { return false }
        failures = 0
        lastFailure = nil
        suspectSince = nil
        return true
    }

    /// What was believed of it says nothing any more.
    mutating func forget(at now: Milliseconds) {
        failures = 0
        successes = 0
        announcement = nil
        suspectSince = nil
        hasRefused = false
        open = nil
        late = []
        nextProbe = now
    }

    private mutating func noteBoot(_ facts: PeerFacts, _ now: Milliseconds) {
        guard let boot = facts.boot, boot != self.boot else { return }
        if self.boot != nil {
            starts.append(now)
            if starts.count > FailoverRules.crashLoopStarts { starts.removeFirst() }
        }
        self.boot = boot
        progress = -1
        hasStopped = false
    }

    private func isCrashLooping(_ now: Milliseconds) -> Bool {
        guard starts.count >= FailoverRules.crashLoopStarts else { return false }
        return now - starts[starts.count - FailoverRules.crashLoopStarts] < FailoverRules.crashLoopWindow
    }

    // MARK: Patience

    mutating func take(_ hint: LinkHint, at now: Milliseconds) {
        switch hint {
        case .opened: break
        case .closed: nextProbe = min(nextProbe, now)
        case .shutdown(let expected):
            if let expected {
                extendPatience(by: max(0, expected) + FailoverRules.restartMargin, at: now)
                waitsForStart = false
            } else {
                hasStopped = true
                patienceEnd = nil
            }
            nextProbe = min(nextProbe, now)
        case .starting(let progress): extendPatience(progress: progress, at: now)
        case .draining: extendPatience(at: now)
        }
    }

    private mutating func extendPatience(progress: Int, at now: Milliseconds) {
        // What does not get on is not waited for.
        guard progress > self.progress else { return }
        self.progress = progress
        waitsForStart = true
        extendPatience(at: now)
    }

    /// Never beyond the cap, which is counted from the first word until it is well.
    private mutating func extendPatience(by time: Milliseconds = FailoverRules.patienceStep, at now: Milliseconds) {
        let since = patienceSince ?? now
        patienceSince = since
        let end = min(now + min(time, FailoverRules.patienceCap), since + FailoverRules.patienceCap)
        patienceEnd = max(patienceEnd ?? end, end)
    }

    private mutating func endPatience() {
        patienceSince = nil
        patienceEnd = nil
        progress = -1
        hasStopped = false
    }
}

/// Milliseconds, of a monotonic clock or between two of its moments.
package typealias Milliseconds = Int64

/// A moment as the machine is told it. The calendar's is for records only: nothing is decided by it.
package struct FailoverTime: Equatable, Sendable {
    package var now: Milliseconds
    package var wall: Milliseconds

    package init(now: Milliseconds, wall: Milliseconds) {
        self.now = now
        self.wall = wall
    }
}

/// What a node's machine goes by.
package struct FailoverRules: Sendable {
    /// A node that acts before this one does.
    package struct Peer: Equatable, Sendable {
        package let name: String
        package let priority: Int

        package init(name: String, priority: Int) {
            self.name = name
            self.priority = priority
        }
    }

    package var name: String
    package var priority: Int
    /// The first number of this program's version.
    package var major: Int
    /// In the order of their priority; none for the primary.
    package var above: [Peer]

    package var interval: Milliseconds = 10_000
    package var suspectInterval: Milliseconds = 1000
    package var probeTimeout: Milliseconds = 1500
    package var failThreshold = 3
    package var recoverThreshold = 5
    /// Nil: as long as a restart takes, which depends on whose node it is.
    package var minSuspect: Milliseconds?
    package var needsWitness = true
    package var needsLease = false
    package var steps: [FailoverStep] = [.pull, .ownership, .bringUp]
    package var promoteDeadline: Milliseconds = 20_000
    package var returnsByItself = true
    package var minActive: Milliseconds = 60_000
    package var drainTime: Milliseconds = 15_000
    package var flapWindow: Milliseconds = 1_800_000
    package var holdDown: Milliseconds = 60_000

    package init(name: String, priority: Int, major: Int, above: [Peer]) {
        self.name = name
        self.priority = priority
        self.major = major
        self.above = above
    }

    package var isPrimary: Bool { above.isEmpty }
}

extension FailoverRules {
    /// How long the first failed probe must be ago: longer than such a node takes to start again.
    static let minSuspectOurs: Milliseconds = 3000
    static let minSuspectOther: Milliseconds = 8000
    /// After a node of ours said that it stops, and not that it comes back.
    static let minSuspectStopped: Milliseconds = 2000

    /// How much longer than announced a restart may take, a first stall of what has just started included.
    static let restartMargin: Milliseconds = 3000
    /// How long one sign of progress, or one word of draining, is waited for.
    static let patienceStep: Milliseconds = 10_000
    /// How long all that a node says of itself is believed without its being well.
    static let patienceCap: Milliseconds = 60_000

    /// So many starts in the window are a crash loop. One in it is well only when it has been up for a while.
    static let crashLoopStarts = 4
    static let crashLoopWindow: Milliseconds = 300_000
    static let crashLoopUptime: Milliseconds = 30_000

    /// How long a witness may take, and how long its answer holds.
    static let witnessTimeout: Milliseconds = 1500
    static let witnessAge: Milliseconds = 5000
    /// From one question to the next while nobody answers.
    static let witnessInterval: Milliseconds = 5000

    /// A driver that gives no result by this much after the deadline has lost it.
    static let lostAfter: Milliseconds = 1000
    /// This node was not running when it is woken so much later than it asked for.
    static let asleepAfter: Milliseconds = 2000

    /// For so long after a probe's time an answer is still waited for.
    package static let lateAnswers: Milliseconds = 3000

    static let blockedRetry: Milliseconds = 30_000
    static let ownershipRetry: Milliseconds = 5000
    static let standAsideTime: Milliseconds = 15_000
    static let holdTime: Milliseconds = 10_000
    static let leaseRenewal: Milliseconds = 2000
    static let leaseRetry: Milliseconds = 2000
    static let leaseTimeout: Milliseconds = 5000
    /// With so many switches in the window, the next one pauses.
    static let switchesBeforePause = 2
    /// What is left of a pause is written down this often.
    static let pauseWritten: Milliseconds = 60_000
}

/// Where a node stands, with what belongs to that.
package enum FailoverState: Equatable, Sendable {
    case watching
    case suspect
    case promoting(Promotion)
    case active(Activity)
    case draining(Draining)
    case isolated
    case paused(Pause)
    case blocked(Block)

    package enum Word: String, Sendable {
        case watching, suspect, promoting, active, draining, isolated, paused, blocked
    }

    package var word: Word {
        switch self {
        case .watching: .watching
        case .suspect: .suspect
        case .promoting: .promoting
        case .active: .active
        case .draining: .draining
        case .isolated: .isolated
        case .paused: .paused
        case .blocked: .blocked
        }
    }
}

/// A step that is under way.
package struct RunningStep: Equatable, Sendable {
    let step: FailoverStep
    let number: UInt32
    /// After it the machine goes on without an outcome.
    let deadline: Milliseconds
}

/// The way from watching to active.
package struct Promotion: Equatable, Sendable {
    enum Purpose: Equatable, Sendable {
        case takeOver(FailoverReason)
        /// Whatever the others do.
        case ordered
        /// Nothing is brought up at the end.
        case drill
    }

    /// What comes after the steps that can be gone back on.
    enum Last: Equatable, Sendable {
        /// Waiting for a witness, and for one more failed probe of each node that is down.
        case confirming
        case lease(number: UInt32, deadline: Milliseconds)
        case bringUp
    }

    let since: Milliseconds
    let deadline: Milliseconds
    let purpose: Purpose
    /// Whether a node above was well when it began.
    var isAgainstOthers = false
    var running: RunningStep?
    /// Steps that are still to come; bringing up is the last.
    var left: ArraySlice<FailoverStep>
    var last: Last?
    /// Peers whose probe failed again since it began.
    var confirmed: UInt32 = 0

    var reason: FailoverReason {
        switch purpose {
        case .takeOver(let reason): reason
        case .ordered: .ordered
        case .drill: .drill
        }
    }

    /// Nothing was brought up yet, so that it can be called off.
    var isReversible: Bool { last != .bringUp }
}

/// Acting for the others.
package struct Activity: Equatable, Sendable {
    let since: Milliseconds
    /// Began against others that were well: only an order ends it.
    var isSticky = false
    /// Making sure after a restart that what should be up is up.
    var ensuring: RunningStep?
    /// The lease's end; nil without one.
    var leaseEnd: Milliseconds?
    var renewAt: Milliseconds?
    var renewal: UInt32?
}

/// The way back.
package struct Draining: Equatable, Sendable {
    enum After: Equatable, Sendable {
        case watching
        case paused
        case blocked(BlockReason)
    }

    var running: RunningStep
    let reason: FailoverReason
    var after: After
    var isToldOf = false
}

/// Not acting by itself for a time.
package struct Pause: Equatable, Sendable {
    enum Cause: String, Equatable, Sendable { case flapping, ordered }

    let cause: Cause
    /// Nil: until somebody resumes.
    let until: Milliseconds?
    var writtenAt: Milliseconds
}

/// Refused, and tried again now and then.
package struct Block: Equatable, Sendable {
    let reason: BlockReason
    let retryAt: Milliseconds
}

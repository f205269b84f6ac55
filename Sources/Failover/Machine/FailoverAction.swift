/// What the machine wants done, in this order. Times are how long it may take.
package enum FailoverAction: Equatable, Sendable {
    case probe(peer: Int, number: UInt32, time: Milliseconds)
    case askWitnesses(number: UInt32, time: Milliseconds)
    case run(FailoverStep, number: UInt32, time: Milliseconds)
    case acquireLease(number: UInt32)
    case renewLease(epoch: UInt64, number: UInt32)
    case releaseLease(epoch: UInt64)
    /// The node above is to make way: a planned switch.
    case askToStandAside(peer: Int)
    case alert(FailoverAlert)
    case record(FailoverTransition)
    /// Write the memory down before anything that follows.
    case persist
    /// To whoever gave the command; nil when it is carried out.
    case answer(refusal: CommandRefusal?)
}

/// The steps of a promotion and of a demotion. None but the last two of a promotion can stop it.
package enum FailoverStep: UInt8, CaseIterable, Sendable {
    case pull, secrets, hook, ownership, bringUp
    case drain, hold

    /// Nil: what is left of the whole.
    var time: Milliseconds? {
        switch self {
        case .pull, .ownership: 2000
        case .secrets, .hook: 5000
        case .bringUp, .drain: nil
        case .hold: FailoverRules.holdTime
        }
    }

    package var word: String {
        switch self {
        case .pull: "pull"
        case .secrets: "secrets"
        case .hook: "hook"
        case .ownership: "ownership"
        case .bringUp: "bringUp"
        case .drain: "drain"
        case .hold: "hold"
        }
    }
}

/// What the owner is told.
package enum FailoverAlert: Equatable, Sendable {
    case tookOver(FailoverReason)
    case steppedBack(FailoverReason)
    case isolated
    case flapping
    case blocked(BlockReason)
    /// Somebody who is not that node answers on its address.
    case foreign(peer: String, ProbeFailure)
    /// The channels could not be held back, or the service not be stopped.
    case stillUp(String)
    case wouldNotStandAside(peer: String)

    package var text: String {
        switch self {
        case .tookOver(let reason): "took over: \(reason.text)"
        case .steppedBack(let reason): "stepped back: \(reason.text)"
        case .isolated: "this node reaches neither the others nor a witness; it will not take over"
        case .flapping: "switched too often; failover is paused until the unrest is over or somebody resumes it"
        case .blocked(let reason): "cannot take over: \(reason.text)"
        case .foreign(let peer, let failure): "\(peer) \(failure.text)"
        case .stillUp(let reason): "stepping back did not work, and is tried again: \(reason)"
        case .wouldNotStandAside(let peer): "\(peer) did not make way; nothing was switched"
        }
    }
}

/// Why a command is not carried out.
package enum CommandRefusal: Equatable, Sendable {
    case alreadyActive, notActive, notPaused, notWatching
    /// It is under way already.
    case busy
    /// A planned switch needs a node above that is well and one of ours.
    case nobodyToRelieve
    case primary

    package var text: String {
        switch self {
        case .alreadyActive: "this node is active already"
        case .notActive: "this node is not active"
        case .notPaused: "failover is neither paused nor blocked here"
        case .notWatching: "this node is not merely watching now"
        case .busy: "a switch is under way"
        case .nobodyToRelieve: "the primary is not a node of ours that is well"
        case .primary: "this node is the primary: there is nobody that it watches"
        }
    }
}

/// What the machine is told. `peer` is a position in the rules' list; numbers are those of the action that asked, so that
/// an answer which comes twice or too late is known as such.
package enum FailoverInput: Equatable, Sendable {
    case tick
    /// An answer that comes after the probe was reported as timed out is told as well: who is slow is not dead.
    case probed(peer: Int, number: UInt32, ProbeResult)
    case link(peer: Int, LinkHint)
    case witnesses(number: UInt32, anyAnswered: Bool)
    case step(number: UInt32, StepOutcome)
    case lease(number: UInt32, LeaseAnswer)
    case command(FailoverCommand)
    /// The channel credentials that a node above owns, as fingerprints.
    case owned(peer: Int, [String])
    /// Those of this node, as its configuration is now.
    case ownedHere([String])
}

/// What the open connection to a node tells. None of it is a verdict.
package enum LinkHint: Equatable, Sendable {
    case opened, closed
    case shutdown(restartExpected: Milliseconds?)
    case starting(progress: Int)
    case draining
}

/// How a step ended.
package enum StepOutcome: Equatable, Sendable {
    case done
    case failed(String)
    /// Of the ownership check: the fingerprints of this node's own channel credentials.
    case owns([String])
}

/// What whoever grants the lease said. A term ends at a moment of this node's clock.
package enum LeaseAnswer: Equatable, Sendable {
    case granted(epoch: UInt64, end: Milliseconds)
    case held
    case unreachable
}

/// What an operator orders.
package enum FailoverCommand: Equatable, Sendable {
    case promote, demote, switchover, resume, drill
    case pause(Milliseconds?)
}

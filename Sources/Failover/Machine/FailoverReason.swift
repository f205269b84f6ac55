import Platform

/// Why the state changed.
package enum FailoverReason: Equatable, Sendable {
    case started, restored
    case probeFailed(peer: String, ProbeFailure)
    /// All above are down or say that they will not act; the name is the first one's.
    case down(peer: String, ProbeFailure)
    case standsAside(peer: String)
    case ordered
    case well(peer: String)
    case noWitness, witnessAnswers
    case slept
    case stepsDone
    case drained
    case refused(BlockReason)
    case flapping
    case timeIsUp
    case tryAgain
    case leaseHeld, leaseLost
    case drill

    package var text: String {
        switch self {
        case .started: "started"
        case .restored: "as before the restart"
        case .probeFailed(let peer, let failure), .down(let peer, let failure): "\(peer) \(failure.text)"
        case .standsAside(let peer): "\(peer) will not act"
        case .ordered: "an operator's order"
        case .well(let peer): "\(peer) is well"
        case .noWitness: "no witness answers"
        case .witnessAnswers: "a witness answers again"
        case .slept: "this node was not running for a while"
        case .stepsDone: "all steps done"
        case .drained: "nothing runs any more"
        case .refused(let reason): reason.text
        case .flapping: "too many switches"
        case .timeIsUp: "its time is up"
        case .tryAgain: "tried again"
        case .leaseHeld: "somebody else holds the lease"
        case .leaseLost: "the lease ended"
        case .drill: "a drill"
        }
    }
}

/// Why this node may not act.
package enum BlockReason: Equatable, Sendable {
    /// The first number of the versions differs.
    case version(peer: String, theirs: Int, ours: Int)
    /// A channel credential is owned by both.
    case sharedChannel(peer: String)
    case samePriority(peer: String)
    /// Which credentials this node has could not be found out, and others told of theirs.
    case ownershipUnknown
    /// Its address leads to this node.
    case myself(peer: String)
    /// Somebody answers there who never proved to be that node.
    case unproven(peer: String)
    case bringUp(String)
    case leaseUnreachable

    package var text: String {
        switch self {
        case .version(let peer, let theirs, let ours): "\(peer) runs version \(theirs), this node \(ours)"
        case .sharedChannel(let peer): "a channel's credential is also \(peer)'s; each node needs its own"
        case .ownershipUnknown: "which channel credentials this node has could not be found out"
        case .samePriority(let peer): "\(peer) has the same priority as this node"
        case .myself(let peer): "the address of \(peer) leads to this node itself"
        case .unproven(let peer): "who answers at the address of \(peer) never proved to be it"
        case .bringUp(let reason): "it did not come up: \(reason)"
        case .leaseUnreachable: "whoever grants the lease does not answer"
        }
    }
}

/// A change of state, as it is kept and shown.
package struct FailoverTransition: Equatable, Sendable {
    package let wall: Milliseconds
    package let from: FailoverState.Word
    package let to: FailoverState.Word
    package let epoch: UInt64
    package let reason: String

    var json: JSON {
        [
            "at": .int(wall), "from": .string(from.rawValue), "to": .string(to.rawValue), "epoch": JSON(epoch),
            "reason": .string(reason),
        ]
    }

    init(wall: Milliseconds, from: FailoverState.Word, to: FailoverState.Word, epoch: UInt64, reason: String) {
        self.wall = wall
        self.from = from
        self.to = to
        self.epoch = epoch
        self.reason = reason
    }

    init?(_ json: JSON) {
        guard let wall = json["at"]?.int, let epoch = json["epoch"]?.uint64, let reason = json["reason"]?.string,
            let from = json["from"]?.string.flatMap(FailoverState.Word.init),
            let to = json["to"]?.string.flatMap(FailoverState.Word.init)
        else { return nil }
        self.init(wall: Int64(wall), from: from, to: to, epoch: epoch, reason: reason)
    }
}

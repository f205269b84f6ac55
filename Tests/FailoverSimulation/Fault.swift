import Failover

/// What befalls a node, and for how long.
struct Fault {
    enum Kind: UInt8, CaseIterable {
        /// The process ends; its host refuses connections.
        case crash
        /// The host is gone without a word.
        case vanish
        /// A clean stop; the length is announced when it is to come back.
        case stop, restart
        case suspend
        /// Cut off from everything: all nodes, the witness, whoever grants the lease.
        case cutOff
        /// Cut off from another node, in one direction or both.
        case oneWay, bothWays
        case noWitness
        /// Its calendar, or the clock that counts on, is set.
        case wallStep, clockStep
        case crashLoop
        case noDesk
        case command
    }

    var time: Milliseconds
    let kind: Kind
    let node: Int
    var other = 0
    var length: Milliseconds = 0
    var command: FailoverCommand?
}

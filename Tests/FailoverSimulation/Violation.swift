package import Failover

/// A promise that was broken. Nodes are named by their number.
package enum Violation: Equatable, Sendable, CustomStringConvertible {
    /// Took over without having seen enough.
    case hasty(node: Int, of: Int)
    /// Took over while it reached nothing at all.
    case actedCutOff(node: Int)
    /// Gave back before the node above was well for long enough, or before its own time.
    case gaveBackEarly(node: Int)
    case epochFell(node: Int)
    /// Its channels may be up, and it does not know; or it believes so, and they cannot be.
    case lostState(node: Int, FailoverState.Word)
    case memoryChanged(node: Int)
    case sharedChannel(node: Int, with: Int)
    case tooManySwitches(node: Int)
    /// Says that it switched too often, and did not.
    case pausedForNothing(node: Int)
    /// Both act and could know of each other, for longer than the bound.
    case overlap(Int, Int)
    /// Nobody acts, and this node could.
    case uncovered(node: Int)
    case twoHolders(Int, Int)
    /// Brought up before that was written down.
    case notWrittenDown(node: Int)
    case twoProbes(node: Int)
    /// Asks for ticks without end.
    case busy(node: Int)

    package var description: String {
        switch self {
        case .hasty(let node, let peer): "node \(node) took over from node \(peer) without having seen enough"
        case .actedCutOff(let node): "node \(node) took over while it was cut off from everything"
        case .gaveBackEarly(let node): "node \(node) gave back too early"
        case .epochFell(let node): "the epoch of node \(node) did not rise"
        case .lostState(let node, let word): "node \(node) is \(word.rawValue), which its channels are not"
        case .memoryChanged(let node): "the memory of node \(node) is not what was written"
        case .sharedChannel(let node, let other): "node \(node) brought up a channel that node \(other) owns"
        case .tooManySwitches(let node): "node \(node) took over more often than it may"
        case .pausedForNothing(let node): "node \(node) paused as flapping and had hardly switched"
        case .overlap(let a, let b): "nodes \(a) and \(b) act and could know of each other"
        case .uncovered(let node): "nobody acts, and node \(node) could"
        case .twoHolders(let a, let b): "nodes \(a) and \(b) may act under the lease at one moment"
        case .notWrittenDown(let node): "node \(node) brought up what was not written down"
        case .twoProbes(let node): "node \(node) has two probes of one node under way"
        case .busy(let node): "node \(node) asks for ticks without end"
        }
    }
}

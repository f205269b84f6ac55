import Contract
import Platform

/// Takes back everything that lets a node in and do something.
@LoopActor
final class NodeRemoval {
    private let registry: NodeRegistry
    private let pairings: NodePairings
    /// The pairing of devices, which decides who may connect.
    var roles: (any NodeRoleRevoking)?

    init(registry: NodeRegistry, pairings: NodePairings) {
        self.registry = registry
        self.pairings = pairings
    }

    /// Its role goes first: a node must not come back while the rest is undone.
    func remove(_ nodeID: String) async throws(RPCError) {
        guard pairings.book[nodeID] != nil || registry.client(nodeID) != nil else { throw .unknownNode }
        try await roles?.revokeNodeRole(of: nodeID)
        if pairings.book[nodeID] != nil { try await pairings.book.remove(nodeID) }
        pairings.removed(nodeID)
        registry.close(nodeID, .invalidated("node removed"))
    }
}

/// The pairing of devices, as far as nodes need it.
@LoopActor
protocol NodeRoleRevoking: AnyObject, Sendable {
    /// Takes back a device's right to come in as a node, if it has it.
    func revokeNodeRole(of device: String) async throws(RPCError)
}

import Contract
import Platform

/// `node.pair.request`.
struct NodePairRequestMethod: PromptMethod {
    static let contract = MethodContract.nodePairRequest
    let pairings: NodePairings

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        let nodeID = try request.text("nodeId", Self.contract)
        let asked = try pairings.ask(
            nodeID, NodeFacts(.object(request.params.object)),
            isSilent: request.params.field("silent").value?.bool ?? false, wantsToken: true)
        return .object(("status", "pending"), ("created", .bool(asked.isNew)), ("request", asked.request.json))
    }
}

/// `node.pair.list`.
struct NodePairListMethod: PromptMethod {
    static let contract = MethodContract.nodePairList
    let pairings: NodePairings

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        .object(
            ("pending", .array(pairings.waiting.map(\.json))),
            ("paired", .array(pairings.book.all.filter { $0.approval != nil }.map(\.pairedJSON))))
    }
}

/// `node.pair.approve`.
struct NodePairApproveMethod: WaitingMethod {
    static let contract = MethodContract.nodePairApprove
    let pairings: NodePairings

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        .json(try await pairings.approve(try request.text("requestId", Self.contract), by: request.client))
    }
}

/// `node.pair.reject`.
struct NodePairRejectMethod: PromptMethod {
    static let contract = MethodContract.nodePairReject
    let pairings: NodePairings

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        let rejected = try pairings.reject(try request.text("requestId", Self.contract))
        return .object(("requestId", .string(rejected.id)), ("nodeId", .string(rejected.nodeID)))
    }
}

/// `node.pair.verify`.
struct NodePairVerifyMethod: PromptMethod {
    static let contract = MethodContract.nodePairVerify
    let pairings: NodePairings

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        let nodeID = try request.text("nodeId", Self.contract)
        guard let record = pairings.verify(nodeID, try request.text("token", Self.contract)) else {
            return .object(("ok", false))
        }
        return .object(("ok", true), ("node", record.pairedJSON))
    }
}

/// `node.pair.remove`.
struct NodePairRemoveMethod: WaitingMethod {
    static let contract = MethodContract.nodePairRemove
    let nodes: NodeRemoval

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let nodeID = try request.text("nodeId", Self.contract)
        try await nodes.remove(nodeID)
        return .object(("nodeId", .string(nodeID)))
    }
}

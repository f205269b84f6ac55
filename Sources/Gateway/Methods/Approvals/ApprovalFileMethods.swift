import Contract
import Platform

/// `exec.approvals.get`.
struct ExecApprovalsGetMethod: WaitingMethod {
    static let contract = MethodContract.execApprovalsGet
    let file: ApprovalsFile

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply { .json(try await file.read().json) }
}

/// `exec.approvals.set`.
struct ExecApprovalsSetMethod: WaitingMethod {
    static let contract = MethodContract.execApprovalsSet
    let file: ApprovalsFile

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let new = try request.read(Self.contract) { (params) throws(JSONDecodingError) in
            try params.field("file").json()
        }
        return .json(try await file.write(new, baseHash: request.params.field("baseHash").value?.string).json)
    }
}

/// `exec.approvals.node.get`.
struct ExecApprovalsNodeGetMethod: WaitingMethod {
    static let contract = MethodContract.execApprovalsNodeGet
    let invoker: NodeInvoker

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        try await invoker.relayed("system.execApprovals.get", [:], try request.text("nodeId", Self.contract))
    }
}

/// `exec.approvals.node.set`.
struct ExecApprovalsNodeSetMethod: WaitingMethod {
    static let contract = MethodContract.execApprovalsNodeSet
    let invoker: NodeInvoker

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        var params: JSON = [:]
        params["file"] = request.params.field("file").value
        params["baseHash"] = request.params.field("baseHash").value
        return try await invoker.relayed(
            "system.execApprovals.set", params, try request.text("nodeId", Self.contract))
    }
}

extension NodeInvoker {
    /// What the node answers is the answer.
    fileprivate func relayed(_ name: String, _ params: JSON, _ nodeID: String) async throws(RPCError) -> Reply {
        let command = NodeInvocations.Command(name: name, params: params, idempotencyKey: UUIDText.random())
        return .json(try await relay(command, nodeID: nodeID).payload ?? [:])
    }
}

import Contract
import Platform

/// Makes sure that a node is told "this was approved" only when it was: for this command, on this node, by an approval
/// that its caller asked for. What a caller merely claims is never passed on.
@LoopActor
struct SystemRunGate {
    static let command = "system.run"

    let approvals: ExecApprovals

    /// The parameters as the node may have them.
    func checked(_ params: JSON?, nodeID: String, client: Client) throws(RPCError) -> JSON? {
        guard var params, params.object != nil else { return params }
        let claims = params["approved"]?.bool == true || params["approvalDecision"]?.string != nil
        params["approved"] = nil
        params["approvalDecision"] = nil
        guard claims else { return params }
        guard let id = params["runId"]?.string, let approval = approvals.find(id),
            let decision = approval.decision, decision.allows, !approval.isSpent
        else {
            throw Self.refusal("no approval in force has the id that runId names")
        }
        guard approval.requester == client.approvalIdentity else { throw Self.refusal("another client asked for it") }
        if let node = approval.request["nodeId"]?.string, node != nodeID {
            throw Self.refusal("it was given for another node")
        }
        guard Self.isSame(params, approval.request) else { throw Self.refusal("it was given for another command") }
        // Once means once; what is approved for always is the node's own rule from now on, and this run is covered too.
        approval.isSpent = true
        if let plan = approval.request["systemRunPlan"] {
            params["command"] = plan["argv"] ?? params["command"]
            params["cwd"] = plan["cwd"] ?? params["cwd"]
        }
        params["approved"] = true
        params["approvalDecision"] = .string(decision.rawValue)
        return params
    }

    /// Whether both speak of the same command in the same place.
    private static func isSame(_ params: JSON, _ request: JSON) -> Bool {
        let plan = request["systemRunPlan"]
        for key in ["cwd", "agentId", "sessionKey"] {
            guard params[key]?.string == (plan?[key] ?? request[key])?.string else { return false }
        }
        if let arguments = plan?["argv"] ?? request["commandArgv"] { return params["command"] == arguments }
        let text = params["rawCommand"]?.string ?? params["command"]?.array?.compactMap(\.string).joined(separator: " ")
        return text != nil && text == request["command"]?.string
    }

    private static func refusal(_ why: String) -> RPCError {
        .invalid("approval does not hold: \(why)", details: ["code": "APPROVAL_MISMATCH"])
    }
}

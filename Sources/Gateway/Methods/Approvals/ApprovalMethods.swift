import Contract
import Platform

/// `exec.approval.request`.
struct ExecApprovalRequestMethod: WaitingMethod {
    static let contract = MethodContract.execApprovalRequest
    let approvals: ExecApprovals

    /// What operators are shown. The environment is not: secrets live there.
    static let shown = [
        "command", "commandArgv", "cwd", "host", "nodeId", "security", "ask", "agentId", "resolvedPath", "sessionKey",
        "systemRunPlan", "warningText", "commandSpans",
    ]

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let params = request.params
        var shown: JSON = [:]
        for key in Self.shown { shown[key] = params.field(key).ifNotNull?.value }
        let time = params.field("timeoutMs").value?.int ?? WireFacts.approvalMilliseconds
        let approval = try approvals.ask(
            id: params.field("id").value?.string, shown, environment: params.field("env").value?.object,
            time: .milliseconds(time), by: request.client)
        if params.field("twoPhase").value?.bool == true { request.accept(approval.accepted) }
        try await approvals.ended(approval)
        return .json(approval.answer)
    }
}

/// `exec.approval.resolve`.
struct ExecApprovalResolveMethod: PromptMethod {
    static let contract = MethodContract.execApprovalResolve
    let approvals: ExecApprovals

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        guard let decision = ApprovalDecision(rawValue: try request.text("decision", Self.contract)) else {
            let words = ApprovalDecision.allCases.map(\.rawValue)
            throw .invalid("invalid decision", details: ["allowed": .array(words.map { .string($0) })])
        }
        try approvals.resolve(try request.text("id", Self.contract), decision, by: request.client)
        return .object(("ok", true))
    }
}

/// `exec.approval.list`.
struct ExecApprovalListMethod: PromptMethod {
    static let contract = MethodContract.execApprovalList
    let approvals: ExecApprovals

    func call(_ request: MethodRequest) throws(RPCError) -> Reply { .json(.array(approvals.pending.map(\.json))) }
}

/// `exec.approval.get`.
struct ExecApprovalGetMethod: PromptMethod {
    static let contract = MethodContract.execApprovalGet
    let approvals: ExecApprovals

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        let approval = try approvals.pending(try request.text("id", Self.contract), for: request.client)
        var json = approval.json
        json["commandText"] = approval.request["command"]
        json["allowedDecisions"] = .array(ApprovalDecision.allCases.map { .string($0.rawValue) })
        for key in ["host", "nodeId", "agentId"] { json[key] = approval.request[key] }
        return .json(json)
    }
}

/// `exec.approval.waitDecision`.
struct ExecApprovalWaitDecisionMethod: WaitingMethod {
    static let contract = MethodContract.execApprovalWaitDecision
    let approvals: ExecApprovals

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        guard let approval = approvals.find(try request.text("id", Self.contract)) else {
            throw .unknownApproval(nil, for: request.client)
        }
        try await approvals.ended(approval)
        return .json(approval.answer)
    }
}

/// Commands that wait for an operator's word, and the rules kept for them (protocol.md section 7, approvals).
extension MethodContract {
    private static let words = Shape.nullable(.string)

    /// The file as clients see it. What newer ones add is kept.
    private static let policy: [Shape.Field] = [
        .optional("security", .word(["deny", "allowlist", "full"])),
        .optional("ask", .word(["off", "on-miss", "always"])),
        .optional("askFallback", .word(["deny", "allowlist", "full"])), .optional("autoAllowSkills", .boolean),
    ]

    private static let approvalsFile = Shape.open(
        .required("version", .integer(1...1)),
        .optional("socket", .open(.optional("path", .string), .optional("token", .string))),
        .optional("defaults", .object(policy, isOpen: true)),
        .optional(
            "agents",
            .map(
                .object(
                    policy + [.optional("allowlist", .list(.open(.required("pattern", .text))))], isOpen: true))))

    private static let approvalsSnapshot = Shape.object(
        .required("path", .text), .required("exists", .boolean), .required("hash", .text),
        .required("file", approvalsFile))

    package static let execApprovalsGet = MethodContract(
        "exec.approvals.get", .scope(.admin), "the rules for programs that agents run on this machine",
        result: approvalsSnapshot)

    package static let execApprovalsSet = MethodContract(
        "exec.approvals.set", .scope(.admin), "replaces the rules; `baseHash` names those they were made from",
        params: .object(.required("file", approvalsFile), .optional("baseHash", .text)), result: approvalsSnapshot)

    package static let execApprovalsNodeGet = MethodContract(
        "exec.approvals.node.get", .scope(.admin), "the rules that a node keeps",
        params: .object(.required("nodeId", .text)))

    /// A node may have rules of its own shape: they are its to check.
    package static let execApprovalsNodeSet = MethodContract(
        "exec.approvals.node.set", .scope(.admin), "replaces the rules that a node keeps",
        params: .object(
            .required("nodeId", .text), .required("file", .map(.any)), .optional("baseHash", .text)))

    private static let decided = Shape.object(
        .optional("status", .word(["accepted"])), .required("id", .text),
        .optional("decision", .nullable(.word(["allow-once", "allow-always", "deny"]))),
        .required("createdAtMs", .natural), .required("expiresAtMs", .natural))

    private static let pendingApproval = Shape.open(
        .required("id", .text), .required("request", .open(.required("command", .string))),
        .required("createdAtMs", .natural), .required("expiresAtMs", .natural))

    package static let execApprovalRequest = MethodContract(
        "exec.approval.request", .scope(.approvals),
        "asks operators whether a command may run; answers when one has decided, with null when time is up",
        params: .object(
            .optional("id", .nullable(.text)), .required("command", .string), .optional("cwd", words),
            .optional("host", words), .optional("security", words), .optional("ask", words),
            .optional("agentId", words), .optional("resolvedPath", words), .optional("sessionKey", words),
            .optional("nodeId", words), .optional("commandArgv", .nullable(.list(.string))),
            .optional("systemRunPlan", .nullable(.map(.any))), .optional("env", .nullable(.map(.any))),
            .optional("warningText", words), .optional("commandSpans", .nullable(.list(.any))),
            .optional("unavailableDecisions", .nullable(.list(.string))), .optional("turnSourceChannel", words),
            .optional("turnSourceTo", words), .optional("turnSourceAccountId", words),
            .optional("turnSourceThreadId", .any), .optional("approvalReviewerDeviceIds", .nullable(.list(.string))),
            .optional("requireDeliveryRoute", .boolean), .optional("suppressDelivery", .boolean),
            .optional("timeoutMs", .integer(1...WireFacts.longestApprovalMilliseconds)),
            .optional("twoPhase", .boolean)),
        result: decided)

    package static let execApprovalResolve = MethodContract(
        "exec.approval.resolve", .scope(.approvals), "decides: allow-once, allow-always or deny",
        params: .object(.required("id", .text), .required("decision", .text)),
        result: .object(.required("ok", .boolean)))

    package static let execApprovalList = MethodContract(
        "exec.approval.list", .scope(.approvals), "what waits for a decision, oldest first",
        result: .list(pendingApproval))

    package static let execApprovalGet = MethodContract(
        "exec.approval.get", .scope(.approvals), "one of those that wait",
        params: .object(.required("id", .text)), result: pendingApproval)

    package static let execApprovalWaitDecision = MethodContract(
        "exec.approval.waitDecision", .scope(.approvals), "answers when it was decided, with null when time is up",
        params: .object(.required("id", .text)), result: decided)
}

extension WireFacts {
    /// How long an approval waits for its decision at most, and when nothing is said (protocol.md section 7).
    package static let longestApprovalMilliseconds = 86_400_000
    package static let approvalMilliseconds = 120_000
}

/// Nodes: devices that carry out commands (protocol.md sections 4 and 7, nodes).
extension MethodContract {
    /// Names, ids and the like that a node or an operator gives.
    private static let words = Shape.list(.string, 0...ConnectParams.listLimit)

    private static let nodeEntry = Shape.open(
        .required("nodeId", .text), .optional("displayName", .string), .optional("platform", .string),
        .optional("version", .string), .optional("coreVersion", .string), .optional("uiVersion", .string),
        .optional("deviceFamily", .string), .optional("modelIdentifier", .string), .optional("remoteIp", .string),
        .required("caps", .list(.string)), .required("commands", .list(.string)), .optional("pathEnv", .string),
        .optional("permissions", .map(.boolean)), .optional("connectedAtMs", .natural),
        .optional("lastSeenAtMs", .natural), .optional("lastSeenReason", .string),
        .optional("pendingRequestId", .string), .required("paired", .boolean), .required("connected", .boolean))

    package static let nodeList = MethodContract(
        "node.list", .scope(.read), "nodes that are known: connected ones first, then by name",
        result: .object(.required("ts", .natural), .required("nodes", .list(nodeEntry))))

    package static let nodeDescribe = MethodContract(
        "node.describe", .scope(.read), "one node, as `node.list` has it",
        params: .object(.required("nodeId", .text)),
        result: .open(
            .required("ts", .natural), .required("nodeId", .text), .required("caps", .list(.string)),
            .required("commands", .list(.string)), .required("paired", .boolean), .required("connected", .boolean)))

    package static let nodeRename = MethodContract(
        "node.rename", .scope(.pairing), "gives a node the name by which people know it",
        params: .object(.required("nodeId", .text), .required("displayName", .text)),
        result: .object(.required("nodeId", .text), .required("displayName", .text)))

    package static let nodeInvoke = MethodContract(
        "node.invoke", .scope(.write), "has a connected node carry out a command and answers with its result",
        params: .object(
            .required("nodeId", .text), .required("command", .text), .optional("params", .any),
            .optional("timeoutMs", .integer(0...WireFacts.longestInvokeMilliseconds)),
            .required("idempotencyKey", .text)),
        result: .object(
            .required("ok", .boolean), .required("nodeId", .text), .required("command", .text),
            .optional("payload", .any), .optional("payloadJSON", .string)))

    package static let nodeInvokeResult = MethodContract(
        "node.invoke.result", .node, "a node's answer to `node.invoke.request`",
        params: .object(
            .required("id", .text), .required("nodeId", .text), .required("ok", .boolean), .optional("payload", .any),
            .optional("payloadJSON", .nullable(.string)),
            .optional(
                "error",
                .nullable(
                    .open(.optional("code", .nullable(.string)), .optional("message", .nullable(.string)))))),
        result: .object(.required("ok", .boolean), .optional("ignored", .boolean)))

    package static let nodeEvent = MethodContract(
        "node.event", .node, "what happens on a node; the answer tells whether anything was done with it",
        params: .object(
            .required("event", .text), .optional("payload", .any), .optional("payloadJSON", .nullable(.string))),
        result: .object(
            .required("ok", .boolean), .required("event", .text), .required("handled", .boolean),
            .optional("reason", .string)))
}

/// What a node may do is asked for and approved (protocol.md section 7, nodes).
extension MethodContract {
    private static let pairRequest = Shape.open(
        .required("requestId", .text), .required("nodeId", .text), .required("ts", .natural))

    private static let pairedNode = Shape.open(.required("nodeId", .text), .required("approvedAtMs", .natural))

    package static let nodePairRequest = MethodContract(
        "node.pair.request", .scope(.pairing),
        "asks for a node's approval; protocol 4 asks by itself when one connects",
        params: .object(
            .required("nodeId", .text), .optional("displayName", .text), .optional("platform", .text),
            .optional("version", .text), .optional("coreVersion", .text), .optional("uiVersion", .text),
            .optional("deviceFamily", .text), .optional("modelIdentifier", .text), .optional("caps", words),
            .optional("commands", words), .optional("permissions", .map(.boolean)), .optional("remoteIp", .text),
            .optional("silent", .boolean)),
        result: .object(
            .required("status", .word(["pending"])), .required("created", .boolean),
            .required("request", pairRequest)))

    package static let nodePairList = MethodContract(
        "node.pair.list", .scope(.pairing), "requests that wait, and nodes that were approved",
        result: .object(.required("pending", .list(pairRequest)), .required("paired", .list(pairedNode))))

    package static let nodePairApprove = MethodContract(
        "node.pair.approve", .scope(.pairing),
        "approves a request; needs write when it has commands, admin when one of them runs programs",
        params: .object(.required("requestId", .text)),
        result: .object(.required("requestId", .text), .required("node", pairedNode)))

    package static let nodePairReject = MethodContract(
        "node.pair.reject", .scope(.pairing), "rejects a request",
        params: .object(.required("requestId", .text)),
        result: .object(.required("requestId", .text), .required("nodeId", .text)))

    package static let nodePairVerify = MethodContract(
        "node.pair.verify", .scope(.pairing), "whether a token is the one that a node was approved with",
        params: .object(.required("nodeId", .text), .required("token", .text)),
        result: .object(.required("ok", .boolean), .optional("node", pairedNode)))

    package static let nodePairRemove = MethodContract(
        "node.pair.remove", .scope(.pairing), "takes a node's approval and its role back, and ends its connections",
        params: .object(.required("nodeId", .text)),
        result: .object(.required("nodeId", .text)))
}

extension WireFacts {
    /// What `node.invoke` waits for a node at most, and when nothing is said (protocol.md section 7, nodes).
    package static let longestInvokeMilliseconds = 86_400_000
    package static let invokeMilliseconds = 30_000
}

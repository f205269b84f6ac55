import Contract
import Platform

/// `node.list`.
struct NodeListMethod: PromptMethod {
    static let contract = MethodContract.nodeList
    let registry: NodeRegistry

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        .object(("ts", registry.now), ("nodes", .array(registry.entries)))
    }
}

/// `node.describe`.
struct NodeDescribeMethod: PromptMethod {
    static let contract = MethodContract.nodeDescribe
    let registry: NodeRegistry

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        let nodeID = try request.text("nodeId", Self.contract)
        guard var entry = registry.entry(nodeID) else { throw .unknownNode }
        entry["ts"] = registry.now
        return .json(entry)
    }
}

/// `node.rename`.
struct NodeRenameMethod: WaitingMethod {
    static let contract = MethodContract.nodeRename
    let book: NodeBook

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let nodeID = try request.text("nodeId", Self.contract)
        let name = try request.read(Self.contract) { (params) throws(JSONDecodingError) in
            let field = params.field("displayName")
            let name = try field.string(maxBytes: NodeBook.nameBytes)
            guard name.contains(where: { !$0.isWhitespace }) else { throw field.mustBe("a name") }
            return name
        }
        _ = try await book.change(nodeID) { $0.name = name }
        return .object(("nodeId", .string(nodeID)), ("displayName", .string(name)))
    }
}

/// `node.invoke`.
struct NodeInvokeMethod: WaitingMethod {
    static let contract = MethodContract.nodeInvoke
    let invoker: NodeInvoker

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        var command = NodeInvocations.Command(
            name: try request.text("command", Self.contract), params: request.params.field("params").ifNotNull?.value,
            idempotencyKey: try request.text("idempotencyKey", Self.contract))
        // Zero stands for the usual time.
        if let time = request.params.field("timeoutMs").value?.int, time > 0 { command.time = .milliseconds(time) }
        let nodeID = try request.text("nodeId", Self.contract)
        return .json(try await invoker.invoke(command, nodeID: nodeID, by: request.client))
    }
}

/// `node.invoke.result`.
struct NodeInvokeResultMethod: PromptMethod {
    static let contract = MethodContract.nodeInvokeResult
    let invocations: NodeInvocations

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        let id = try request.text("id", Self.contract)
        guard try request.text("nodeId", Self.contract) == request.client.nodeID else {
            throw .invalid("nodeId mismatch")
        }
        let receipt = invocations.answered(id, by: request.client, Self.outcome(request.params))
        return receipt == .taken ? .object(("ok", true)) : .object(("ok", true), ("ignored", true))
    }

    private static func outcome(_ params: JSONReader) -> Result<NodeInvocations.Answer, RPCError> {
        guard params.field("ok").value?.bool == true else {
            let error = params.field("error").value
            return .failure(
                .nodeFailed(error?["message"]?.string ?? "node invoke failed", code: error?["code"]?.string))
        }
        let text = params.field("payloadJSON").value?.string
        let payload = text.flatMap { try? JSONParser.parse(Array($0.utf8).span) } ?? params.field("payload").value
        return .success(NodeInvocations.Answer(payload: payload, payloadJSON: text))
    }
}

/// `node.event`.
struct NodeEventMethod: WaitingMethod {
    static let contract = MethodContract.nodeEvent
    let events: NodeEvents

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let event = try request.text("event", Self.contract)
        var reply: JSON = ["ok": true, "event": .string(event)]
        var outcome = NodeEvents.Outcome.unhandled("payloadJSON-not-json")
        if let payload = Self.payload(request.params) {
            outcome = try await events.take(event, payload, from: request.client)
        }
        switch outcome {
        case .handled(let reason):
            reply["handled"] = true
            reply["reason"] = reason.map { .string($0) }
        case .unhandled(let reason):
            reply["handled"] = false
            reply["reason"] = .string(reason)
        }
        return .json(reply)
    }

    /// Null when there is none, nil when it is text that is no JSON.
    private static func payload(_ params: JSONReader) -> JSON? {
        guard let text = params.field("payloadJSON").value?.string else {
            return params.field("payload").value ?? .null
        }
        return try? JSONParser.parse(Array(text.utf8).span)
    }
}

extension MethodRequest {
    /// A parameter that the contract has as a string.
    func text(_ name: String, _ contract: MethodContract) throws(RPCError) -> String {
        try read(contract) { (params) throws(JSONDecodingError) in try params.field(name).string() }
    }
}

import Agents
import Contract
import Platform
import Wire

/// `POST /tools/invoke`: one tool, without a model (http.md section 4.3).
@LoopActor
struct ToolsEndpoint {
    static let bodyLimit = 2 << 20
    static let nameLimit = 128

    let run: RunEndpoint

    func answer() async throws(APIError) {
        let (services, exchange) = (run.services, run.exchange)
        let body = try await exchange.decoded { $0 }
        let fields = try RequestFields(body)
        let older = try fields.string("tool")
        guard let name = try fields.string("name") ?? older, !name.isEmpty, name.utf8.count <= Self.nameLimit
        else { throw .invalid("tools.invoke requires body.tool") }
        guard let tools = services.parts.tools else {
            throw .unavailable("the gateway is starting; try again shortly")
        }
        var arguments = JSONObject()
        if let field = fields.field("args") {
            arguments = try checked { () throws(JSONDecodingError) in try field.object().object }
        }
        let request = ToolInvokeRequest(
            tool: name, action: try fields.string("action"), arguments: arguments, sessionKey: try key(fields),
            isDryRun: try fields.bool("dryRun") ?? false, origin: try origin(),
            isOwner: run.caller.scopes.grants(.admin), idempotencyKey: try fields.string("idempotencyKey"))
        guard let outcome = await run.whileClientStays({ await tools.invoke(request) }) else { return }
        respond(name, outcome)
    }

    /// `main`, or nothing, is the agent's main session.
    private func key(_ fields: RequestFields) throws(APIError) -> SessionKey {
        let roster = run.services.roster
        let agent = try fields.string("agentId").flatMap { $0.isEmpty ? nil : $0 }
        let text = try fields.string("sessionKey").flatMap { $0.isEmpty || $0 == roster.mainKey ? nil : $0 }
        let key =
            try text.map { (text) throws(APIError) in try Self.key(text, agent ?? roster.defaultID) }
            ?? .main(agent ?? roster.defaultID)
        guard roster.agent(key.agentID) != nil else { throw .invalid("unknown agent id \"\(key.agentID)\"") }
        guard agent.map({ $0 == key.agentID }) ?? true else {
            throw .invalid("agentId: the session belongs to agent \"\(key.agentID)\"", param: "agentId")
        }
        return key
    }

    private static func key(_ text: String, _ agent: String) throws(APIError) -> SessionKey {
        do throws(SessionError) {
            return try SessionKey(text, defaultAgent: agent)
        } catch {
            throw .invalid("sessionKey: \(error)", param: "sessionKey")
        }
    }

    private func origin() throws(APIError) -> RunOrigin {
        let fields = run.exchange.request.fields
        return RunOrigin(
            channel: fields["x-openclaw-message-channel"] ?? "webchat", accountID: fields["x-openclaw-account-id"],
            to: fields["x-openclaw-message-to"], threadID: fields["x-openclaw-thread-id"])
    }

    private func respond(_ name: String, _ outcome: ToolInvokeOutcome) {
        let exchange = run.exchange
        switch outcome {
        case .done(let result): exchange.respond(["ok": true, "result": result])
        case .notAvailable: exchange.respond(Self.failure("not_found", "Tool not available: \(name)"), .notFound)
        case .needsApproval(let message):
            var body = Self.failure("forbidden", message)
            body["error"]?["requiresApproval"] = true
            exchange.respond(body, .forbidden)
        case .failed(let message): exchange.respond(Self.failure("tool_error", message), .badRequest)
        }
    }

    static func failure(_ type: String, _ message: String) -> JSON {
        ["ok": false, "error": ["type": .string(type), "message": .string(message)]]
    }
}

import Agents
import Contract
import Models
import Platform
import Wire

/// For which agent a request is, and in which of its conversations (http.md section 3).
struct AgentTarget: Sendable {
    private static let reserved = ["subagent:", "cron:", "acp:"]

    let key: SessionKey
    /// Whether the next request comes back to the same conversation.
    let isStable: Bool
    let origin: RunOrigin
    /// The model that answers instead of the agent's own.
    let model: ModelReference?
    /// Whether the caller owns the gateway.
    let isOwner: Bool
}

/// Finds the target out.
@LoopActor
struct TargetFinder {
    let services: APIServices
    let request: HTTPRequest
    let caller: HTTPCaller

    /// `namespace` is `openai` or `openresponses`; `id` names the conversation of a request that names none.
    func find(
        model: String?, user: String?, namespace: String, id: String, continuing earlier: SessionKey? = nil
    ) throws(APIError) -> AgentTarget {
        let named = try agent(model)
        let explicit = try header("x-openclaw-session-key")
        let user = user.flatMap { $0.isEmpty ? nil : $0 }
        let agent = named ?? services.roster.defaultID
        let key: SessionKey
        if let explicit {
            key = try self.key(explicit, agent: named)
        } else if let earlier {
            guard named.map({ $0 == earlier.agentID }) ?? true else {
                throw .invalid(
                    "previous_response_id: that response is agent \"\(earlier.agentID)\"'s, and the request is for another",
                    param: "previous_response_id", code: "previous_response_not_found")
            }
            key = earlier
        } else if let user {
            key = .api(namespace, agent, user: user)
        } else {
            key = .api(namespace, agent, id)
        }
        return AgentTarget(
            key: key, isStable: explicit != nil || earlier != nil || user != nil, origin: try origin(),
            model: try backend(), isOwner: caller.scopes.grants(.admin))
    }

    /// The agent that headers or the model's name mean; nil for the default one. Headers go before the name.
    func agent(_ model: String?) throws(APIError) -> String? {
        let alias = try header("x-openclaw-agent")
        if let id = try header("x-openclaw-agent-id") ?? alias {
            guard services.roster.agent(id) != nil else {
                throw .invalid("x-openclaw-agent-id: unknown agent id \"\(id)\"; /v1/models lists the agents")
            }
            return id
        }
        guard let model else { return nil }
        switch ModelName(model) {
        case .standard: return nil
        case .agent(let id):
            guard services.roster.agent(id) != nil else {
                throw .notFound("Model '\(model)' not found. /v1/models lists the agents.", code: "model_not_found")
            }
            return id
        case nil:
            if services.settings.lenientModel { return nil }
            throw .invalid("Invalid `model`. Use `openclaw` or `openclaw/<agentId>`.", param: "model")
        }
    }

    /// `x-openclaw-model`, for whoever may change things.
    func backend() throws(APIError) -> ModelReference? {
        guard let text = try header("x-openclaw-model") else { return nil }
        guard caller.scopes.grants(.admin) else {
            throw APIError(.forbidden, "forbidden", "missing scope: operator.admin", mayRetry: false)
        }
        guard let model = services.parts.models.model(text) else {
            throw .invalid("x-openclaw-model: no model \"\(text)\" is configured; `openclaw models list` names them")
        }
        return model
    }

    private func key(_ text: String, agent: String?) throws(APIError) -> SessionKey {
        let key: SessionKey
        do throws(SessionError) {
            key = try SessionKey(text, defaultAgent: agent ?? services.roster.defaultID)
        } catch {
            throw .invalid("x-openclaw-session-key: \(error)")
        }
        guard !AgentTarget.isReserved(key.rest) else {
            throw .invalid(
                "x-openclaw-session-key: subagent:, cron: and acp: are the gateway's own; use another beginning")
        }
        guard services.roster.agent(key.agentID) != nil else {
            throw .invalid("x-openclaw-session-key: unknown agent id \"\(key.agentID)\"")
        }
        guard agent.map({ $0 == key.agentID }) ?? true else {
            throw .invalid("x-openclaw-session-key belongs to agent \"\(key.agentID)\", and the request is for another")
        }
        return key
    }

    private func origin() throws(APIError) -> RunOrigin {
        RunOrigin(
            channel: try header("x-openclaw-message-channel") ?? "webchat",
            accountID: try header("x-openclaw-account-id"), to: try header("x-openclaw-message-to"),
            threadID: try header("x-openclaw-thread-id"))
    }

    private func header(_ name: String) throws(APIError) -> String? {
        guard let text = request.fields[name], !text.isEmpty else { return nil }
        // What is not UTF-8 would be another text with every reader.
        guard !text.unicodeScalars.contains("\u{fffd}") else { throw .invalid("\(name): not UTF-8") }
        return text
    }
}

extension AgentTarget {
    fileprivate static func isReserved(_ rest: String) -> Bool {
        let rest = rest.lowercased()
        return reserved.contains { rest.hasPrefix($0) || rest.contains(":\($0)") }
    }
}

/// What the name of a model in a request means.
enum ModelName: Equatable {
    /// The default agent, whichever it is.
    case standard
    case agent(String)

    static let idLimit = 64

    /// Nil for a name of another form.
    init?(_ text: String) {
        if text == "openclaw" || text == "openclaw/default" {
            self = .standard
            return
        }
        for prefix in ["openclaw/", "openclaw:", "agent:"] where text.hasPrefix(prefix) {
            let id = text.dropFirst(prefix.count)
            guard Self.isID(id) else { return nil }
            self = .agent(String(id))
            return
        }
        return nil
    }

    static func isID(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, isPlain(first), text.utf8.count <= idLimit else { return false }
        return text.utf8.allSatisfy { isPlain($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-") }
    }

    private static func isPlain(_ byte: UInt8) -> Bool { (97...122).contains(byte) || (48...57).contains(byte) }
}

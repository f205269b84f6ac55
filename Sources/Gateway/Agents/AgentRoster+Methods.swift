import Agents
import Contract
import Platform

extension AgentRoster {
    /// The agent that parameters name, by its id or by a session of its own; the default agent when they name none.
    func meant(_ params: JSONObject, _ contract: MethodContract) throws(RPCError) -> AgentSettings.Agent {
        let id = params["agentId"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        let owner = params["sessionKey"]?.string.flatMap { $0.isEmpty ? nil : agentID(ofSession: $0) }
        if let id, let owner, !id.hasSameBytes(as: owner) {
            throw .invalid(
                "invalid \(contract.name) params: agent \"\(id)\" does not match session key agent \"\(owner)\"")
        }
        let meant = id ?? owner ?? defaultID
        guard let agent = agent(meant) else { throw .invalid("unknown agent id \"\(meant)\"") }
        return agent
    }

    /// What sessions begin with (protocol.md section 7, sessions.list). A model is written `provider/name`; what is not
    /// configured is left out.
    var sessionDefaults: JSON {
        let parts = defaultModel?.split(separator: "/", maxSplits: 1).map(String.init) ?? []
        var defaults = JSON.object(JSONObject())
        if parts.count == 2 { defaults["modelProvider"] = .string(parts[0]) }
        defaults["model"] = parts.last.map { .string($0) }
        return defaults
    }

    /// `agents.list` as clients read it.
    var json: JSON {
        let rows = agents.map { agent -> JSON in
            var row: JSON = ["id": .string(agent.id)]
            row["name"] = agent.name.map { .string($0) }
            row["identity"] = agent.identity
            row["workspace"] = agent.workspace.map { .string($0) }
            row["model"] = (agent.model ?? defaultModel).map { ["primary": .string($0)] }
            return row
        }
        return [
            "defaultId": .string(defaultID), "mainKey": .string(mainKey), "scope": "per-sender",
            "agents": .array(rows),
        ]
    }
}

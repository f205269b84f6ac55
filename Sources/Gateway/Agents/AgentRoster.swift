import Contract
import Platform

/// The agents that the configuration names; without any there is one, the default.
@LoopActor
final class AgentRoster {
    /// One of them.
    struct Agent: Sendable, Equatable {
        let id: String
        var name: String?
        var workspace: String?
        var model: String?
        var identity: JSON?
    }

    private(set) var agents: [Agent]
    private(set) var defaultID: String
    /// The model of agents that name none; nil when none is configured.
    private(set) var defaultModel: String?
    let mainKey = "main"

    init(defaultID: String) {
        self.defaultID = defaultID
        agents = [Agent(id: defaultID)]
    }

    /// Takes over what a configuration says (`agents.list`, `agents.defaults`).
    func take(_ configuration: JSON) {
        let section = configuration["agents"]
        defaultModel = Self.model(section?["defaults"]?["model"])
        let listed = (section?["list"]?.array ?? []).compactMap { entry -> (agent: Agent, isDefault: Bool)? in
            guard let id = entry["id"]?.string, !id.isEmpty else { return nil }
            let agent = Agent(
                id: id, name: entry["name"]?.string, workspace: entry["workspace"]?.string,
                model: Self.model(entry["model"]), identity: entry["identity"].flatMap { $0.object == nil ? nil : $0 })
            return (agent, entry["default"]?.bool == true)
        }
        defaultID = listed.first { $0.isDefault }?.agent.id ?? listed.first?.agent.id ?? "main"
        agents = listed.isEmpty ? [Agent(id: defaultID)] : listed.map(\.agent)
    }

    /// A model is named alone, or as the first choice with others to fall back to.
    private static func model(_ value: JSON?) -> String? { value?.string ?? value?["primary"]?.string }

    func agent(_ id: String) -> Agent? { agents.first { $0.id.hasSameBytes(as: id) } }

    /// The agent that a session belongs to: `agent:<id>:…`; other keys are the default agent's.
    func agentID(ofSession key: String) -> String {
        let parts = key.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        return parts.count == 3 && parts[0] == "agent" && !parts[1].isEmpty ? String(parts[1]) : defaultID
    }

    /// The key under which a session is kept: `main` is the default agent's main session.
    func sessionKey(_ key: String) -> String { key == mainKey ? "agent:\(defaultID):\(mainKey)" : key }

    /// The agent that parameters name, by its id or by a session of its own; the default agent when they name none.
    func meant(_ params: JSONObject, _ contract: MethodContract) throws(RPCError) -> Agent {
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

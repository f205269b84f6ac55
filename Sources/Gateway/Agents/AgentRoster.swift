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

    var sessionDefaults: JSON { ["model": defaultModel.map { .string($0) } ?? .null, "contextTokens": nil] }
}

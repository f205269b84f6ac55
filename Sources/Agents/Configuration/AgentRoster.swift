package import Platform

/// The agents that the configuration names; without any there is one, the default.
@LoopActor
package final class AgentRoster {
    package private(set) var settings: AgentSettings
    package private(set) var queue = QueueSettings()
    package let mainKey = "main"
    /// Where agents work that name no place: the default agent here, each other in a place beside it.
    private let workspace: String
    private let home: String?

    package init(defaultID: String, workspace: String = "", home: String? = nil) {
        settings = AgentSettings(defaultID: defaultID)
        self.workspace = workspace
        self.home = home
    }

    package var agents: [AgentSettings.Agent] { settings.agents }
    package var defaultID: String { settings.defaultID }
    package var defaultModel: String? { settings.defaultModel }

    /// Takes over what a configuration says (`agents`, `messages`).
    package func take(_ configuration: JSON) {
        settings = AgentSettings(configuration)
        queue = QueueSettings(configuration)
    }

    package func agent(_ id: String) -> AgentSettings.Agent? { settings.agent(id) }

    /// The directory that an agent works in.
    package func workspace(of id: String) -> String {
        if let own = agent(id)?.workspace { return expanded(own) }
        let shared = settings.defaultWorkspace.map(expanded) ?? workspace
        return id.hasSameBytes(as: defaultID) ? shared : "\(shared)-\(id)"
    }

    private func expanded(_ path: String) -> String {
        guard let home, path == "~" || path.hasPrefix("~/") else { return path }
        return home + path.dropFirst()
    }

    // MARK: Sessions

    /// The agent that a session belongs to: `agent:<id>:…`; other keys are the default agent's.
    package func agentID(ofSession key: String) -> String { (try? self.key(key))?.agentID ?? defaultID }

    /// The key under which a session is kept: `main` is the default agent's main session.
    package func sessionKey(_ key: String) -> String { key == mainKey ? "\(SessionKey.main(defaultID))" : key }

    /// The same as a key. What is not written as one is a session of the default agent.
    package func key(_ text: String) throws(SessionError) -> SessionKey {
        try SessionKey(text, defaultAgent: defaultID)
    }
}

package import Platform

/// What `agents` says, read once for each configuration.
package struct AgentSettings: Sendable, Equatable {
    /// One agent.
    package struct Agent: Sendable, Equatable {
        package let id: String
        package var name: String?
        package var workspace: String?
        /// Its own first choice of a model.
        package var model: String?
        package var identity: JSON?
        /// Runs of this agent at once; nil where only the limit for all holds.
        package var maxConcurrent: Int?

        package init(id: String) { self.id = id }
    }

    /// For a whole run, where nobody says otherwise.
    package static let defaultTimeout = Duration.seconds(3600)
    /// Runs at once, over all sessions.
    package static let defaultMaxConcurrent = 32
    /// Tokens that are kept free for the answer before a conversation is made shorter.
    package static let defaultReserve = 20_000

    package private(set) var agents: [Agent]
    package private(set) var defaultID: String
    /// The model of agents that name none; nil when none is configured.
    package private(set) var defaultModel: String?
    package private(set) var defaultWorkspace: String?
    package private(set) var timeout = defaultTimeout
    package private(set) var maxConcurrent = defaultMaxConcurrent
    package private(set) var compactionReserve = defaultReserve
    /// Whether `builtin/operator` answers when no model does.
    package private(set) var operatorAnswers = true

    package init(defaultID: String) {
        self.defaultID = defaultID
        agents = [Agent(id: defaultID)]
    }

    /// `configuration` is the whole of it. Files of the first half of 2026 have agents in `list`, newer ones by name in
    /// `entries`.
    package init(_ configuration: JSON) {
        let section = configuration["agents"]
        let defaults = section?["defaults"]
        var listed = (section?["list"]?.array ?? []).compactMap { entry in
            entry["id"]?.string.map { ($0, entry) }
        }
        for member in section?["entries"]?.object?.members ?? [] { listed.append((member.key, member.value)) }
        var named: [(agent: Agent, isDefault: Bool)] = []
        for (id, entry) in listed where !id.isEmpty && !named.contains(where: { $0.agent.id.hasSameBytes(as: id) }) {
            named.append((Self.agent(id, entry), entry["default"]?.bool == true))
        }
        defaultID = named.first { $0.isDefault }?.agent.id ?? named.first?.agent.id ?? "main"
        agents = named.isEmpty ? [Agent(id: defaultID)] : named.map(\.agent)
        defaultModel = Self.model(defaults?["model"])
        defaultWorkspace = defaults?["workspace"]?.string
        if let seconds = defaults?["timeoutSeconds"]?.int, seconds > 0 { timeout = .seconds(seconds) }
        if let count = defaults?["maxConcurrent"]?.int, count > 0 { maxConcurrent = count }
        if let reserve = defaults?["compaction"]?["reserveTokens"]?.int, reserve >= 0 { compactionReserve = reserve }
        operatorAnswers = defaults?["operator"]?.bool ?? true
    }

    private static func agent(_ id: String, _ entry: JSON) -> Agent {
        var agent = Agent(id: id)
        agent.name = entry["name"]?.string
        agent.workspace = entry["workspace"]?.string
        agent.model = model(entry["model"])
        agent.identity = entry["identity"].flatMap { $0.object == nil ? nil : $0 }
        agent.maxConcurrent = entry["maxConcurrent"]?.int.flatMap { $0 > 0 ? $0 : nil }
        return agent
    }

    /// A model is named alone, or as the first choice with others to fall back to.
    private static func model(_ value: JSON?) -> String? { value?.string ?? value?["primary"]?.string }

    package func agent(_ id: String) -> Agent? { agents.first { $0.id.hasSameBytes(as: id) } }
}

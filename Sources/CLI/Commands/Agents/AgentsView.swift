import Agents
import Platform
import Settings

/// Agents as the configuration file has them, in either of its forms, and what leads to them.
@LoopActor
struct AgentsView {
    let snapshot: ConfigSnapshot
    let settings: AgentSettings

    /// What is written of one agent, and where.
    struct Entry {
        let pointer: JSONPointer
        let json: JSON
    }

    private nonisolated static let agents = JSONPointer(["agents"])

    init(_ snapshot: ConfigSnapshot) {
        self.snapshot = snapshot
        settings = AgentSettings(snapshot.config)
    }

    /// The entry of an agent in the file; nil for the default that is there without being named.
    nonisolated static func entry(_ id: String, in file: JSON) -> Entry? {
        if let json = file["agents"]?["entries"]?[id] {
            return Entry(pointer: agents.appending("entries").appending(id), json: json)
        }
        let list = file["agents"]?["list"]?.array ?? []
        guard let place = list.firstIndex(where: { $0["id"]?.string == id }) else { return nil }
        return Entry(pointer: agents.appending("list").appending("\(place)"), json: list[place])
    }

    /// Where a new agent is written: into the list where the file has one, else by its name.
    nonisolated static func addition(_ id: String, _ entry: JSON, to file: JSON) -> [ConfigEdit] {
        if let list = file["agents"]?["list"]?.array {
            var entry = entry
            entry["id"] = .string(id)
            return [.set(agents.appending("list"), .array(list + [entry]))]
        }
        return [.set(agents.appending("entries").appending(id), entry)]
    }

    nonisolated static func bindings(in file: JSON) -> [JSON] { file["bindings"]?.array ?? [] }

    func bindings(of id: String) -> [JSON] {
        Self.bindings(in: snapshot.config).filter { $0["agentId"]?.string == id }
    }

    func known(_ id: String, _ invocation: Invocation) throws(CommandFailure) -> AgentSettings.Agent {
        if let agent = settings.agent(id) { return agent }
        let near = NearestName.nearest(to: id, among: settings.agents.map(\.id)).map { "; did you mean \"\($0)\"?" }
        throw CommandFailure(
            .notGood, "unknown-agent", "no agent \"\(id.shown)\"\(near ?? "")",
            details: ["there are: " + settings.agents.map(\.id.shown).joined(separator: ", ")],
            next: ["\(invocation.program) agents list"])
    }

    func workspace(_ agent: AgentSettings.Agent, _ invocation: Invocation) -> String {
        let roster = AgentRoster(
            defaultID: settings.defaultID, workspace: invocation.instance.workspaceDirectory,
            home: invocation.environment["HOME"])
        roster.take(snapshot.config)
        return roster.workspace(of: agent.id)
    }

    func json(_ agent: AgentSettings.Agent, _ invocation: Invocation) -> JSON {
        var row: JSON = [
            "id": .string(agent.id), "default": .bool(agent.id == settings.defaultID),
            "workspace": .string(workspace(agent, invocation)), "bindings": .array(bindings(of: agent.id)),
        ]
        row["name"] = agent.name.map { .string($0) }
        row["model"] = (agent.model ?? settings.defaultModel).map { .string($0) }
        row["identity"] = agent.identity
        return row
    }
}

/// `telegram`, `telegram:work`: which messages an agent is to answer.
struct Binding: Hashable {
    let channel: String
    let account: String?

    init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard !parts[0].isEmpty, parts.allSatisfy({ $0 == $0.shown }), parts.count < 2 || !parts[1].isEmpty else {
            return nil
        }
        channel = parts[0].lowercased()
        account = parts.count > 1 ? parts[1] : nil
    }

    init?(json: JSON) {
        guard let channel = json["match"]?["channel"]?.string else { return nil }
        self.channel = channel
        account = json["match"]?["accountId"]?.string
    }

    var text: String { account.map { "\(channel):\($0)" } ?? channel }

    func json(_ agent: String) -> JSON {
        var match: JSON = ["channel": .string(channel)]
        match["accountId"] = account.map { .string($0) }
        return ["agentId": .string(agent), "match": match]
    }
}

extension Invocation {
    @LoopActor
    func agents() async throws(CommandFailure) -> AgentsView { AgentsView(try await configuration()) }
}

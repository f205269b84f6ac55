import Agents
import Contract
import Platform
import Settings

/// `skills.status`.
struct SkillsStatusMethod: WaitingMethod {
    static let contract = MethodContract.skillsStatus
    let roster: AgentRoster
    let tools: ToolServices

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let agent = try roster.meant(request.params.object, Self.contract)
        let shelf = tools.prompts.shelf(agentID: agent.id, workspace: tools.workspace(of: agent))
        let contents = await BlockingPool.shared.run { shelf.contents() }
        return .object(
            ("workspaceDir", .string(shelf.workspace)), ("managedSkillsDir", .string(shelf.managed)),
            ("skills", .array(contents.rows.map(\.json))),
            ("problems", .array(contents.problems.map { .string($0) })))
    }
}

/// `skills.bins`: programs that skills ask for, so that a node can tell which of them it has.
struct SkillsBinsMethod: WaitingMethod {
    static let contract = MethodContract.skillsBins
    let roster: AgentRoster
    let tools: ToolServices

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        var bins: Set<String> = []
        for agent in roster.agents {
            let shelf = tools.prompts.shelf(agentID: agent.id, workspace: tools.workspace(of: agent))
            let rows = await BlockingPool.shared.run { shelf.contents().rows }
            for row in rows where !row.isDisabled && !row.isBlocked {
                bins.formUnion(row.skill.requirements.bins + row.skill.requirements.anyBins)
            }
        }
        return .object(("bins", .array(bins.sorted().map { .string($0) })))
    }
}

/// `skills.update`: what the configuration says of a skill.
struct SkillsUpdateMethod: WaitingMethod {
    static let contract = MethodContract.skillsUpdate
    let configuration: LiveConfiguration

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let params = request.params.object
        let key = params["skillKey"]?.string ?? ""
        do throws(FileError) { _ = try StrictID(key) } catch {
            throw .invalid("invalid \(Self.contract.name) params: at /skillKey: must be a skill's key")
        }
        let place = JSONPointer(["skills", "entries", key])
        let base = await configuration.hashOfFile()
        let edits = try Self.edits(params, place)
        guard !edits.isEmpty else {
            throw .invalid("invalid \(Self.contract.name) params: one of enabled, apiKey, env must be given")
        }
        do throws(ConfigWriteError) {
            let outcome = try await configuration.write(.edits(edits), baseHash: base)
            return .object(
                ("ok", true), ("skillKey", .string(key)), ("config", outcome.snapshot.redacted[place] ?? [:]))
        } catch {
            throw RPCError(error)
        }
    }

    /// An empty text takes a value away.
    private static func edits(_ params: JSONObject, _ place: JSONPointer) throws(RPCError) -> [ConfigEdit] {
        func edit(_ pointer: JSONPointer, _ text: String) -> ConfigEdit {
            text.isEmpty ? .remove(pointer) : .set(pointer, .string(text))
        }
        var edits: [ConfigEdit] = []
        if let enabled = params["enabled"] { edits.append(.set(place.appending("enabled"), enabled)) }
        if let apiKey = params["apiKey"]?.string { edits.append(edit(place.appending("apiKey"), apiKey)) }
        for member in params["env"]?.object?.members ?? [] {
            edits.append(edit(place.appending("env").appending(member.key), member.value.string ?? ""))
        }
        return edits
    }
}

import Agents
import Contract
import Platform
import Settings

/// Writes agents to the configuration, in the form in which the file has them.
@LoopActor
struct AgentWriter {
    let configuration: LiveConfiguration
    let roster: AgentRoster

    /// Changes the entry of one agent; nil takes it out.
    func change(_ id: String, _ body: (JSON?) -> JSON?) async throws(RPCError) {
        let agents = try await written()
        var patch: JSON
        if let list = agents?["list"]?.array {
            patch = ["list": .array(Self.changed(list, id, body))]
        } else {
            var entries = JSON.object(JSONObject())
            // The agent that is there without being named must stay when another is.
            if agents?["entries"]?.object?.isEmpty ?? true, !id.hasSameBytes(as: roster.defaultID) {
                entries[roster.defaultID] = ["default": true]
            }
            entries[id] = body(agents?["entries"]?[id]) ?? .null
            patch = ["entries": entries]
        }
        try await write(["agents": patch])
    }

    private static func changed(_ list: [JSON], _ id: String, _ body: (JSON?) -> JSON?) -> [JSON] {
        var list = list
        let index = list.firstIndex { $0["id"]?.string?.hasSameBytes(as: id) == true }
        var new = body(index.map { list[$0] })
        new?["id"] = .string(id)
        switch (index, new) {
        case (let index?, let new?): list[index] = new
        case (let index?, nil): list.remove(at: index)
        case (nil, let new?): list.append(new)
        case (nil, nil): break
        }
        return list
    }

    private func written() async throws(RPCError) -> JSON? {
        do throws(ConfigRefusal) {
            return try await configuration.read().parsed["agents"]
        } catch {
            throw .invalid("invalid config; fix it before changing it", details: ["issues": .issues(of: error)])
        }
    }

    private func write(_ patch: JSON) async throws(RPCError) {
        let base = await configuration.hashOfFile()
        do throws(ConfigWriteError) {
            let outcome = try await configuration.write(.patch("\(patch)"), baseHash: base)
            if let refusal = outcome.refusal { throw .invalid(refusal, kept: nil) }
        } catch {
            throw RPCError(error)
        }
    }
}

/// `agents.create`.
struct AgentsCreateMethod: WaitingMethod {
    static let contract = MethodContract.agentsCreate
    let writer: AgentWriter

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let params = request.params.object
        let name = params["name"]?.string ?? ""
        guard let id = Self.id(of: name) else {
            throw .invalid("\"\(name.cut(to: 100))\" gives no agent id: it needs a letter or digit of a-z, 0-9")
        }
        guard writer.roster.agent(id) == nil else { throw .invalid("agent \"\(id)\" already exists") }
        try await writer.change(id) { _ in
            var entry: JSON = ["name": .string(name)]
            Self.apply(params, to: &entry)
            return entry
        }
        return .object(
            ("ok", true), ("agentId", .string(id)), ("name", .string(name)),
            ("workspace", .string(writer.roster.workspace(of: id))))
    }

    static let idLength = 64

    /// Lower case, and a dash for whatever an id cannot have.
    static func id(of name: String) -> String? {
        var id = ""
        for scalar in name.lowercased().unicodeScalars {
            let isPlain = ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar) || scalar == "_"
            if isPlain { id.unicodeScalars.append(scalar) } else if !id.hasSuffix("-"), !id.isEmpty { id += "-" }
        }
        while id.hasSuffix("-") || id.hasSuffix("_") { id.removeLast() }
        while id.hasPrefix("_") { id.removeFirst() }
        return id.isEmpty ? nil : String(id.prefix(idLength))
    }

    static func apply(_ params: JSONObject, to entry: inout JSON) {
        for key in ["workspace", "model"] { if let value = params[key]?.string { entry[key] = .string(value) } }
        for key in ["emoji", "avatar"] {
            guard let value = params[key]?.string else { continue }
            var identity = entry["identity"] ?? .object(JSONObject())
            identity[key] = .string(value)
            entry["identity"] = identity
        }
    }
}

/// `agents.update`.
struct AgentsUpdateMethod: WaitingMethod {
    static let contract = MethodContract.agentsUpdate
    let writer: AgentWriter

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let params = request.params.object
        let agent = try writer.roster.meant(params, Self.contract)
        try await writer.change(agent.id) { old in
            var entry = old ?? .object(JSONObject())
            if let name = params["name"]?.string { entry["name"] = .string(name) }
            AgentsCreateMethod.apply(params, to: &entry)
            return entry
        }
        return .object(("ok", true), ("agentId", .string(agent.id)))
    }
}

/// `agents.delete`. Its sessions and files stay where they are: what is deleted cannot be had back.
struct AgentsDeleteMethod: WaitingMethod {
    static let contract = MethodContract.agentsDelete
    let writer: AgentWriter

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let agent = try writer.roster.meant(request.params.object, Self.contract)
        guard !agent.id.hasSameBytes(as: writer.roster.defaultID) else {
            throw .invalid("\"\(agent.id)\" is the default agent and cannot be deleted")
        }
        let workspace = writer.roster.workspace(of: agent.id)
        try await writer.change(agent.id) { _ in nil }
        return .object(
            ("ok", true), ("agentId", .string(agent.id)), ("removedBindings", 0), ("deletedFiles", false),
            ("workspace", .string(workspace)))
    }
}

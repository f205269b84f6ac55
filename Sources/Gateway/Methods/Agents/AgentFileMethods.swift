import Agents
import Contract
import Platform

/// The files of an agent's workspace that operators may read and write over the protocol.
struct AgentFiles: Sendable {
    /// Bytes of one file.
    static let limit = 512 << 10
    static let names = [
        "AGENTS.md", "SOUL.md", "TOOLS.md", "IDENTITY.md", "USER.md", "HEARTBEAT.md", "BOOTSTRAP.md", "MEMORY.md",
    ]

    let workspace: String

    func check(_ name: String) throws(RPCError) {
        guard Self.names.contains(name) else {
            throw .invalid("unsupported file \"\(name.cut(to: 100))\"; one of \(Self.names.joined(separator: ", "))")
        }
    }

    /// Blocks.
    func row(_ name: String, withContent: Bool) throws(FileError) -> JSON {
        var row: JSON = ["name": .string(name), "path": .string("\(workspace)/\(name)"), "missing": true]
        guard let directory = try? SafeDirectory(workspace), let path = try? SafePath(name),
            let bytes = try? directory.read(path, limit: Self.limit, links: .within)
        else { return row }
        row["missing"] = false
        row["size"] = JSON(bytes.count)
        if withContent { row["content"] = .string(String(decoding: bytes, as: UTF8.self)) }
        return row
    }

    /// Blocks.
    func write(_ content: String, to name: String) throws(FileError) {
        try PrivateDirectory.create(workspace)
        try SafeDirectory(workspace).write(Array(content.utf8), to: SafePath(name))
    }
}

/// `agents.files.list`.
struct AgentsFilesListMethod: WaitingMethod {
    static let contract = MethodContract.agentsFilesList
    let roster: AgentRoster

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let agent = try roster.meant(request.params.object, Self.contract)
        let files = AgentFiles(workspace: roster.workspace(of: agent.id))
        let rows = await BlockingPool.shared.run {
            AgentFiles.names.compactMap { try? files.row($0, withContent: false) }
        }
        return .object(
            ("agentId", .string(agent.id)), ("workspace", .string(files.workspace)), ("files", .array(rows)))
    }
}

/// `agents.files.get`.
struct AgentsFilesGetMethod: WaitingMethod {
    static let contract = MethodContract.agentsFilesGet
    let roster: AgentRoster

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let agent = try roster.meant(request.params.object, Self.contract)
        let name = try request.text("name", Self.contract)
        let files = AgentFiles(workspace: roster.workspace(of: agent.id))
        try files.check(name)
        let row = await BlockingPool.shared.run { try? files.row(name, withContent: true) } ?? .null
        return .object(("agentId", .string(agent.id)), ("workspace", .string(files.workspace)), ("file", row))
    }
}

/// `agents.files.set`.
struct AgentsFilesSetMethod: WaitingMethod {
    static let contract = MethodContract.agentsFilesSet
    let roster: AgentRoster

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let agent = try roster.meant(request.params.object, Self.contract)
        let name = try request.text("name", Self.contract)
        let content = request.params.object["content"]?.string ?? ""
        let files = AgentFiles(workspace: roster.workspace(of: agent.id))
        try files.check(name)
        guard content.utf8.count <= AgentFiles.limit else {
            throw .invalid("\(name): \(content.utf8.count) bytes are more than the \(AgentFiles.limit) allowed")
        }
        do throws(FileError) {
            let row = try await BlockingPool.shared.run { () throws(FileError) in
                try files.write(content, to: name)
                return try files.row(name, withContent: false)
            }
            return .object(
                ("ok", true), ("agentId", .string(agent.id)), ("workspace", .string(files.workspace)), ("file", row))
        } catch {
            throw .unavailable("\(error)")
        }
    }
}

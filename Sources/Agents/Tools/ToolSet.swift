package import Models
package import Platform

/// All tools, and who has which. One explicit list; everything else about tools is read from it.
@LoopActor
package final class ToolSet: ToolProviding {
    package private(set) var all: [any Tool] = []
    /// The configuration as it is now.
    private var config: JSON

    package init(_ tools: [any Tool], config: JSON = [:]) {
        self.config = config
        add(tools)
    }

    /// Adds tools to the end of the list.
    package func add(_ tools: [any Tool]) {
        all += tools
        precondition(Set(all.map(\.name)).count == all.count, "two tools have one name")
    }

    /// Takes over what a configuration says (`tools`, `agents`, `gateway.tools`).
    package func take(_ config: JSON) { self.config = config }

    package func tools(for context: ToolContext, model: ModelReference?) -> [any Tool] {
        let policy = ToolPolicy(config, agentID: context.agentID, model: model)
        return all.filter { tool in (!tool.isForOwners || context.isOwner) && policy.allows(Self.entry(tool)) }
    }

    /// What the agent's part of the configuration leaves, whoever speaks.
    package func tools(ofAgent id: String) -> [any Tool] {
        let policy = ToolPolicy(config, agentID: id)
        return all.filter { policy.allows(Self.entry($0)) }
    }

    package func profile(ofAgent id: String) -> ToolProfile { ToolPolicy(config, agentID: id).profile }

    nonisolated static func entry(name: String, group: String) -> ToolPolicy.Entry { .init(name: name, group: group) }

    static func entry(_ tool: any Tool) -> ToolPolicy.Entry { entry(name: tool.name, group: tool.group) }

    /// Where a call comes from.
    package enum Door: Sendable {
        /// A client of the protocol, who has proven who it is and what it may.
        case socket
        /// `/tools/invoke`: a bearer of the token, more exposed.
        case http
    }

    /// Tools that no HTTP client has unless `gateway.tools.allow` names them: what runs things, writes, or acts for
    /// others. Names of tools that are not built here are on it so that they never appear by being built.
    package nonisolated static let deniedOverHTTP = [
        "exec", "process", "spawn", "shell", "write", "edit", "apply_patch", "fs_write", "fs_delete", "fs_move",
        "sessions_spawn", "sessions_send", "cron", "gateway", "nodes",
    ]

    /// The tool by that name, when the context has it and the door lets it through.
    package func tool(_ name: String, for context: ToolContext, through door: Door) -> (any Tool)? {
        guard let tool = tools(for: context, model: nil).first(where: { $0.name == name }) else { return nil }
        if door == .http, !isOpenOverHTTP(tool) { return nil }
        return tool
    }

    private func isOpenOverHTTP(_ tool: any Tool) -> Bool {
        let rules = config["gateway"]?["tools"]
        let entry = Self.entry(tool)
        func names(_ key: String) -> [String] { rules?[key]?.array?.compactMap(\.string) ?? [] }
        if ToolPolicy.contains(names("deny"), entry) { return false }
        // Only by its own name: a pattern must not open what nobody thought of.
        return !Self.deniedOverHTTP.contains(tool.name) || names("allow").contains(tool.name)
    }
}

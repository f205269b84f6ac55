package import Models
package import Platform

/// Which tools the configuration leaves to an agent. Pure: names go in and come out.
///
/// Every scope may only take away from what the one before left: profile, `tools`, `tools.byProvider`, the agent's own
/// `tools` and its `byProvider`. A deny counts wherever it stands.
package struct ToolPolicy: Sendable {
    /// A tool's name and its group.
    package struct Entry: Hashable, Sendable {
        package let name: String
        package let group: String

        package init(name: String, group: String) {
            self.name = name
            self.group = group
        }
    }

    /// One place of the configuration that speaks of tools.
    private struct Scope: Sendable {
        var profile: ToolProfile?
        var allow: [String]?
        var alsoAllow: [String] = []
        var deny: [String] = []

        fileprivate init(_ json: JSON?) {
            // A profile nobody knows must not stand for all tools.
            profile = json?["profile"]?.string.map { ToolProfile(rawValue: $0) ?? .minimal }
            allow = json?["allow"]?.array?.compactMap(\.string)
            if allow?.isEmpty == true { allow = nil }
            alsoAllow = json?["alsoAllow"]?.array?.compactMap(\.string) ?? []
            deny = json?["deny"]?.array?.compactMap(\.string) ?? []
        }
    }

    private let scopes: [Scope]
    /// The base: the agent's profile, else that of all agents.
    package let profile: ToolProfile

    package init(_ config: JSON, agentID: String, model: ModelReference? = nil) {
        let all = config["tools"]
        let own = Self.agent(agentID, in: config)?["tools"]
        var scopes = [Scope(all), Scope(own)]
        for part in [all, own] {
            guard let provider = Self.provider(part?["byProvider"], model) else { continue }
            scopes.append(Scope(provider))
        }
        profile = scopes[1].profile ?? scopes[0].profile ?? .full
        self.scopes = scopes
    }

    /// An agent's part of the configuration, in either of the forms in which agents are listed.
    package static func agent(_ id: String, in config: JSON) -> JSON? {
        let agents = config["agents"]
        return agents?["list"]?.array?.first { $0["id"]?.string == id } ?? agents?["entries"]?[id]
    }

    /// The most exact key counts: provider and model, then the provider.
    private static func provider(_ json: JSON?, _ model: ModelReference?) -> JSON? {
        guard let object = json?.object, let model else { return nil }
        let names = ["\(model)", model.model, model.provider].map { $0.lowercased() }
        for name in names {
            if let found = object.members.first(where: { $0.key.lowercased() == name }) { return found.value }
        }
        return nil
    }

    package func allows(_ tool: Entry) -> Bool {
        if scopes.contains(where: { Self.contains($0.deny, tool) }) { return false }
        // The agent's profile stands in place of that of all agents; a provider's narrows further.
        let base = scopes.prefix(2).flatMap(\.alsoAllow)
        guard profile.contains(tool) || Self.contains(base, tool) else { return false }
        for scope in scopes.dropFirst(2) {
            guard let own = scope.profile else { continue }
            guard own.contains(tool) || Self.contains(scope.alsoAllow, tool) else { return false }
        }
        return scopes.allSatisfy { scope in scope.allow.map { Self.contains($0 + scope.alsoAllow, tool) } ?? true }
    }

    /// Whether one of the names means the tool: its own name, `group:…`, or a pattern with `*`; without regard to case.
    package static func contains(_ names: [String], _ tool: Entry) -> Bool {
        names.contains { text in
            let name = ToolPolicy.canonical(text)
            if name.hasPrefix("group:") {
                let group = name.dropFirst(6)
                return group == tool.group || (group == "openclaw" && !ToolProfile.basics.contains(tool.group))
            }
            return PathPattern.wildcard(Array(name.utf8), Array(tool.name.utf8))
        }
    }

    private static func canonical(_ text: String) -> String {
        let name = text.lowercased()
        switch name {
        case "bash", "shell": return "exec"
        case "apply-patch": return "apply_patch"
        case "view_image": return "image"
        default: return name
        }
    }
}

/// A base to begin from.
package enum ToolProfile: String, CaseIterable, Sendable {
    case minimal, coding, messaging, full

    package var label: String {
        switch self {
        case .minimal: "Minimal"
        case .coding: "Coding"
        case .messaging: "Messaging"
        case .full: "Full"
        }
    }

    /// Groups that `group:openclaw` leaves out: what any agent program has.
    static let basics: Set<String> = ["fs", "runtime"]

    package func contains(_ tool: ToolPolicy.Entry) -> Bool {
        switch self {
        case .full: true
        case .minimal: tool.name == "session_status"
        case .coding: ["fs", "runtime", "web", "sessions", "memory"].contains(tool.group) || tool.name == "image"
        case .messaging:
            tool.group == "messaging"
                || ["sessions_list", "sessions_history", "sessions_send", "session_status"].contains(tool.name)
        }
    }
}

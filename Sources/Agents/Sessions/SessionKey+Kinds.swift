import Platform

/// How direct messages are kept apart (`session.dmScope`).
package enum DirectScope: String, CaseIterable, Sendable {
    case main
    case perPeer = "per-peer"
    case perChannelPeer = "per-channel-peer"
    case perAccountChannelPeer = "per-account-channel-peer"
}

extension SessionKey {
    /// Kinds of which there are rules: when a session is reset, what may be pruned.
    package enum Kind: Hashable, Sendable {
        case main, direct, group, thread
        /// A client of the HTTP API.
        case api
        case cron, hook, subagent, node, heartbeat
        case other
    }

    /// A person who writes to an agent, under the scope that the configuration says.
    package static func direct(
        _ agentID: String, channel: String, account: String = "default", peer: String, scope: DirectScope
    ) -> SessionKey {
        switch scope {
        case .main: main(agentID)
        case .perPeer: SessionKey(agentID: agentID, rest: "direct:\(peer)")
        case .perChannelPeer: SessionKey(agentID: agentID, rest: "\(channel):direct:\(peer)")
        case .perAccountChannelPeer: SessionKey(agentID: agentID, rest: "\(channel):\(account):direct:\(peer)")
        }
    }

    package static func group(_ agentID: String, channel: String, group: String, topic: String? = nil) -> SessionKey {
        let key = SessionKey(agentID: agentID, rest: "\(channel):group:\(group)")
        return topic.map { SessionKey(agentID: agentID, rest: "\(key.rest):topic:\($0)") } ?? key
    }

    package static func room(_ agentID: String, channel: String, room: String) -> SessionKey {
        SessionKey(agentID: agentID, rest: "\(channel):channel:\(room)")
    }

    /// A thread within the session that it branches off.
    package func thread(_ id: String) -> SessionKey { SessionKey(agentID: agentID, rest: "\(rest):thread:\(id)") }

    /// A request of an HTTP API (`openai`, `openresponses`) that belongs to nothing before it.
    package static func api(_ api: String, _ agentID: String, _ id: String) -> SessionKey {
        SessionKey(agentID: agentID, rest: "\(api):\(id)")
    }

    /// The requests of one `user` of an HTTP API.
    package static func api(_ api: String, _ agentID: String, user: String) -> SessionKey {
        // Any text may be a user; one that no key can hold is told apart by its hash.
        SessionKey(canonical: "agent:\(agentID):\(api)-user:\(user)")
            ?? SessionKey(agentID: agentID, rest: "\(api)-user:" + Hex.encode(SHA256.hash(user).prefix(16)))
    }

    package static func cron(_ agentID: String, job: String) -> SessionKey {
        SessionKey(agentID: agentID, rest: "cron:\(job)")
    }

    package static func hook(_ agentID: String, _ id: String) -> SessionKey {
        SessionKey(agentID: agentID, rest: "hook:\(id)")
    }

    package static func subagent(_ agentID: String, _ id: String) -> SessionKey {
        SessionKey(agentID: agentID, rest: "subagent:\(id)")
    }

    package static func node(_ agentID: String, _ nodeID: String) -> SessionKey {
        SessionKey(agentID: agentID, rest: "node-\(nodeID)")
    }

    private var parts: [Substring] { rest.split(separator: ":", omittingEmptySubsequences: false) }

    package var kind: Kind {
        if isMain { return .main }
        let parts = parts
        switch parts[0] {
        case "cron": return .cron
        case "hook": return .hook
        case "subagent", "acp": return .subagent
        case "heartbeat": return .heartbeat
        case "openai", "openai-user", "openresponses": return .api
        case "node": return .node
        default: break
        }
        if rest.hasPrefix("node-") { return .node }
        if parts.contains("thread") || parts.contains("topic") { return .thread }
        if parts.dropFirst().contains(where: { $0 == "group" || $0 == "channel" || $0 == "room" })
            || parts[0] == "group"
        {
            return .group
        }
        return parts.contains("direct") || parts.contains("dm") ? .direct : .other
    }

    /// The chat platform whose name the key has; nil where it names none.
    package var channel: String? {
        let parts = parts
        guard parts.count >= 3,
            ["direct", "dm", "group", "channel", "room"].contains(where: parts.dropFirst().contains)
        else { return nil }
        return String(parts[0])
    }

    /// Whether the session was made by the program for one piece of work, and nobody comes back to it by name.
    package var isDisposable: Bool {
        switch kind {
        case .cron, .hook, .subagent, .heartbeat: true
        case .api: !rest.hasPrefix("openai-user:")
        case .main, .direct, .group, .thread, .node, .other: false
        }
    }
}

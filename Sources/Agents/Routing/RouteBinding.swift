package import Platform

/// One entry of `bindings`: which agent answers what comes from where. All that it names must be so.
package struct RouteBinding: Equatable, Sendable {
    /// The place or person that a binding is about.
    package struct Peer: Equatable, Sendable {
        package let kind: RouteOrigin.Kind
        /// `*` for any of the kind.
        package let id: String
    }

    package let agentID: String
    package let channel: String
    /// Nil for the channel's default account, `*` for any.
    package let account: String?
    package let peer: Peer?
    /// A guild, a team: what the chat belongs to.
    package let space: String?
    package let roles: Set<String>
    package let directScope: DirectScope?
    package let groupScope: GroupScope?

    /// Nil when it names no agent and channel, or binds something else than a conversation.
    package init?(_ json: JSON) {
        let match = json["match"]
        guard let agent = json["agentId"]?.string, let channel = match?["channel"]?.string, !channel.isEmpty,
            json["type"]?.string ?? "route" == "route"
        else { return nil }
        agentID = agent.lowercased()
        self.channel = channel.lowercased()
        account = match?["accountId"]?.string?.lowercased()
        space = match?["guildId"]?.string ?? match?["teamId"]?.string
        roles = Set((match?["roles"]?.array ?? []).compactMap(\.string))
        if let peer = match?["peer"] {
            let word = peer["kind"]?.string ?? ""
            guard let kind = RouteOrigin.Kind(rawValue: word == "dm" ? "direct" : word), let id = peer["id"]?.string
            else {
                return nil
            }
            self.peer = Peer(kind: kind, id: id)
        } else {
            peer = nil
        }
        directScope = json["session"]?["dmScope"]?.string.flatMap(DirectScope.init(rawValue:))
        groupScope = json["session"]?["groupScope"]?.string.flatMap(GroupScope.init(rawValue:))
    }
}

/// How groups are kept apart (`session.groupScope`).
package enum GroupScope: String, CaseIterable, Sendable {
    case perGroup = "per-group"
    /// They share the agent's main session.
    case main
}

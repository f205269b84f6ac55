package import Platform

/// Which agent answers a message, and in which session: a pure function of the configuration.
package struct Routing: Equatable, Sendable {
    /// Where a message goes.
    package struct Route: Equatable, Sendable {
        package let agentID: String
        package let key: SessionKey
    }

    private let bindings: [RouteBinding]
    private let agents: Set<String>
    private let defaultAgent: String
    private let directScope: DirectScope
    private let groupScope: GroupScope
    /// `telegram:42` to the name under which that person is known everywhere.
    private let identities: [String: String]
    private let defaultAccounts: [String: String]

    package init(_ configuration: JSON, agents: [String], defaultAgent: String) {
        bindings = (configuration["bindings"]?.array ?? []).compactMap(RouteBinding.init)
        self.agents = Set(agents)
        self.defaultAgent = defaultAgent
        let session = configuration["session"]
        directScope = session?["dmScope"]?.string.flatMap(DirectScope.init(rawValue:)) ?? .main
        groupScope = session?["groupScope"]?.string.flatMap(GroupScope.init(rawValue:)) ?? .perGroup
        var identities: [String: String] = [:]
        for member in session?["identityLinks"]?.object?.members ?? [] {
            // The first that claims an identity has it.
            for peer in (member.value.array ?? []).compactMap(\.string) where identities[peer.lowercased()] == nil {
                identities[peer.lowercased()] = member.key
            }
        }
        self.identities = identities
        var accounts: [String: String] = [:]
        for member in configuration["channels"]?.object?.members ?? [] {
            accounts[member.key.lowercased()] = member.value["defaultAccount"]?.string?.lowercased()
        }
        defaultAccounts = accounts
    }

    package func route(_ origin: RouteOrigin) -> Route {
        let binding = binding(origin)
        let agent = binding?.agentID ?? defaultAgent
        let key =
            origin.kind == .direct
            ? direct(agent, origin, binding?.directScope ?? directScope)
            : group(agent, origin, binding?.groupScope ?? groupScope)
        return Route(agentID: agent, key: key)
    }

    // MARK: The agent

    /// The first of the most exact kind that fits.
    private func binding(_ origin: RouteOrigin) -> RouteBinding? {
        var best: (rank: Int, binding: RouteBinding)?
        for binding in bindings where agents.contains(binding.agentID) {
            guard let rank = rank(binding, origin), rank < best?.rank ?? .max else { continue }
            best = (rank, binding)
        }
        return best?.binding
    }

    /// How exact a binding is, the smallest number first; nil when it does not fit.
    private func rank(_ binding: RouteBinding, _ origin: RouteOrigin) -> Int? {
        guard binding.channel == origin.channel, fits(binding.account, origin) else { return nil }
        if let space = binding.space, space != origin.space { return nil }
        if !binding.roles.isEmpty, binding.roles.isDisjoint(with: origin.roles) { return nil }
        if let peer = binding.peer {
            guard peer.kind == origin.kind else { return nil }
            if peer.id == "*" { return 3 }
            return names(origin).firstIndex(of: peer.id)
        }
        if binding.space != nil { return binding.roles.isEmpty ? 5 : 4 }
        return binding.account == "*" ? 7 : 6
    }

    /// The names of a place, the most exact first: a topic, the chat, what a thread branched off.
    private func names(_ origin: RouteOrigin) -> [String?] {
        if origin.kind == .direct { return [origin.sender, origin.chat] }
        return [origin.thread.map { "\(origin.chat):topic:\($0)" }, origin.chat, origin.parent]
    }

    private func fits(_ wanted: String?, _ origin: RouteOrigin) -> Bool {
        guard let wanted else { return origin.account == defaultAccounts[origin.channel] ?? "default" }
        return wanted == "*" || wanted == origin.account
    }

    // MARK: The session

    private func direct(_ agent: String, _ origin: RouteOrigin, _ scope: DirectScope) -> SessionKey {
        let linked = identities["\(origin.channel):\(origin.sender)".lowercased()]
        // Whoever is known by one name has one session, whatever the channel.
        let scope = linked != nil && scope != .main ? .perPeer : scope
        return .direct(
            agent, channel: origin.channel, account: origin.account, peer: Self.word(linked ?? origin.sender),
            scope: scope)
    }

    private func group(_ agent: String, _ origin: RouteOrigin, _ scope: GroupScope) -> SessionKey {
        guard scope == .perGroup else { return .main(agent) }
        let chat = Self.word(origin.parent ?? origin.chat)
        if origin.kind == .group {
            return .group(agent, channel: origin.channel, group: chat, topic: origin.thread.map(Self.word))
        }
        let room = SessionKey.room(agent, channel: origin.channel, room: chat)
        return origin.thread.map { room.thread(Self.word($0)) } ?? room
    }

    /// An id as a session key can hold it; one that no key can hold is told apart by its hash.
    private static func word(_ id: String) -> String {
        let key = SessionKey(canonical: "agent:main:x:direct:\(id)")
        guard key != nil, id.utf8.count <= 200 else { return Hex.encode(SHA256.hash(id).prefix(16)) }
        return id
    }
}

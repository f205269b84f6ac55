import Agents
import Platform
import Testing

struct RoutingTests {
    private static let agents = ["main", "ops", "chat", "dev", "team"]

    private func routing(_ text: String) throws -> Routing {
        Routing(try JSON5Document(text).value, agents: Self.agents, defaultAgent: "main")
    }

    private func origin(
        _ channel: String, account: String = "default", _ kind: RouteOrigin.Kind, _ chat: String,
        thread: String? = nil, parent: String? = nil, space: String? = nil, sender: String = "s", roles: [String] = []
    ) -> RouteOrigin {
        var origin = RouteOrigin(channel, account: account, kind, chat, sender: sender)
        origin.thread = thread
        origin.parent = parent
        origin.space = space
        origin.roles = roles
        return origin
    }

    /// Every kind of binding at once, the least exact first: what is more exact wins wherever it stands.
    private static let all = """
        {bindings: [
            {agentId: 'chat', match: {channel: 'discord', accountId: '*'}},
            {agentId: 'ops', match: {channel: 'discord'}},
            {agentId: 'team', match: {channel: 'discord', accountId: '*', guildId: 'g'}},
            {agentId: 'dev', match: {channel: 'discord', accountId: '*', guildId: 'g', roles: ['r']}},
            {agentId: 'chat', match: {channel: 'discord', accountId: '*', peer: {kind: 'group', id: '*'}}},
            {agentId: 'ops', match: {channel: 'discord', accountId: '*', peer: {kind: 'channel', id: 'parent'}}},
            {agentId: 'dev', match: {channel: 'discord', accountId: '*', peer: {kind: 'channel', id: 'c'}}},
            {agentId: 'team', match: {channel: 'discord', accountId: '*', peer: {kind: 'dm', id: 'u'}}},
            {agentId: 'nobody', match: {channel: 'discord', accountId: '*', peer: {kind: 'channel', id: 'x'}}},
        ]}
        """

    @Test func theMostExactBindingWins() throws {
        let routing = try routing(Self.all)
        func agent(_ origin: RouteOrigin) -> String { routing.route(origin).agentID }
        #expect(agent(origin("discord", .direct, "d", sender: "u")) == "team")
        #expect(agent(origin("discord", .direct, "d")) == "ops")
        #expect(agent(origin("discord", account: "two", .direct, "d")) == "chat")
        #expect(agent(origin("discord", account: "two", .channel, "c", space: "g", roles: ["r"])) == "dev")
        #expect(
            agent(origin("discord", account: "two", .channel, "t", parent: "parent", space: "g", roles: ["r"])) == "ops"
        )
        #expect(agent(origin("discord", account: "two", .channel, "other", space: "g", roles: ["r"])) == "dev")
        #expect(agent(origin("discord", account: "two", .channel, "other", space: "g")) == "team")
        #expect(agent(origin("discord", account: "two", .group, "any")) == "chat")
        // An agent that is not there binds nothing.
        #expect(agent(origin("discord", account: "two", .channel, "x")) == "chat")
        #expect(agent(origin("slack", .channel, "c")) == "main")
    }

    @Test func ofTwoAlikeTheFirstWins() throws {
        let routing = try routing(
            "{bindings: [{agentId: 'ops', match: {channel: 'irc'}}, {agentId: 'dev', match: {channel: 'irc'}}]}")
        #expect(routing.route(origin("irc", .direct, "a")).agentID == "ops")
    }

    @Test func withoutAnAccountABindingMeansTheDefaultOne() throws {
        let routing = try routing(
            "{channels: {irc: {defaultAccount: 'libera'}}, bindings: [{agentId: 'ops', match: {channel: 'irc'}}]}")
        func agent(_ account: String) -> String {
            routing.route(origin("irc", account: account, .direct, "a")).agentID
        }
        #expect(agent("libera") == "ops" && agent("default") == "main")
    }

    @Test func sessionsOfDirectMessages() throws {
        let ann = origin("telegram", account: "two", .direct, "42", sender: "42")
        func key(_ text: String) throws -> String {
            "\(try routing(text).route(ann).key)"
        }
        #expect(try key("{}") == "agent:main:main")
        #expect(try key("{session: {dmScope: 'per-peer'}}") == "agent:main:direct:42")
        #expect(try key("{session: {dmScope: 'per-channel-peer'}}") == "agent:main:telegram:direct:42")
        #expect(try key("{session: {dmScope: 'per-account-channel-peer'}}") == "agent:main:telegram:two:direct:42")
        let links = "identityLinks: {ann: ['telegram:42', 'discord:7']}"
        #expect(try key("{session: {dmScope: 'per-channel-peer', \(links)}}") == "agent:main:direct:ann")
        #expect(try key("{session: {\(links)}}") == "agent:main:main")
        let scoped =
            "{bindings: [{agentId: 'ops', match: {channel: 'telegram', accountId: '*'}, session: {dmScope: 'per-peer'}}]}"
        #expect(try key(scoped) == "agent:ops:direct:42")
    }

    @Test func sessionsOfGroups() throws {
        let routing = try routing("{}")
        func key(_ origin: RouteOrigin) -> String { "\(routing.route(origin).key)" }
        #expect(key(origin("telegram", .group, "-100")) == "agent:main:telegram:group:-100")
        #expect(key(origin("telegram", .group, "-100", thread: "7")) == "agent:main:telegram:group:-100:topic:7")
        #expect(key(origin("discord", .channel, "5")) == "agent:main:discord:channel:5")
        #expect(
            key(origin("discord", .channel, "9", thread: "9", parent: "5"))
                == "agent:main:discord:channel:5:thread:9")
        let shared = try self.routing("{session: {groupScope: 'main'}}")
        #expect("\(shared.route(origin("telegram", .group, "-100")).key)" == "agent:main:main")
    }

    @Test(arguments: ["../../etc", "a:b/../c", " ", "x\u{202E}y", String(repeating: "z", count: 600)])
    func anIDThatNoKeyCanHoldIsHashed(_ id: String) throws {
        let routing = try routing("{session: {dmScope: 'per-peer'}}")
        let route = routing.route(origin("irc", .direct, id, sender: id))
        let peer = route.key.rest.dropFirst("direct:".count)
        #expect(peer.count == 32 && SessionKey(canonical: "\(route.key)") == route.key)
    }

    @Test func whatIsNoBindingIsLeftOut() {
        #expect(RouteBinding(["agentId": "a"]) == nil)
        #expect(RouteBinding(["agentId": "a", "type": "acp", "match": ["channel": "x"]]) == nil)
        #expect(
            RouteBinding(["agentId": "a", "match": ["channel": "x", "peer": ["kind": "room", "id": "1"]]]) == nil)
    }
}

import Agents
import Contract
import Platform
import Store
import Support
import Testing

@testable import Gateway

@Suite struct SessionMethodTests {
    @Test func untilTheStoreIsOpenThereIsNoAnswer() async throws {
        try await onLoop {
            let client = try await MethodBench().connect()
            for (method, params) in [
                ("sessions.list", [:]), ("sessions.patch", ["key": "main"]), ("sessions.delete", ["key": "x"]),
                ("usage.cost", [:]),
            ] as [(String, JSON)] {
                let answer = try await client.request(method, params)
                #expect(answer["error"]?["code"] == "UNAVAILABLE", "\(method)")
                #expect(answer["error"]?["retryable"] == true, "\(method)")
            }
        }
    }

    @Test func onlyThoseWhoFollowASessionHearOfIt() async throws {
        try await onLoop {
            let bench = try MethodBench()
            let (one, all, none) = (
                try await bench.connect(scopes: [.read]), try await bench.connect(scopes: [.read]),
                try await bench.connect(scopes: [.read])
            )
            #expect(
                try await one.call("sessions.messages.subscribe", ["key": "main"])
                    == ["subscribed": true, "key": "agent:main:main"])
            #expect(try await all.call("sessions.subscribe") == ["subscribed": true])
            bench.plane.hub.tell(.sessionMessage, ["n": 1], ofSession: "agent:main:main")
            bench.plane.hub.tell(.sessionMessage, ["n": 2], ofSession: "agent:main:other")
            _ = try await one.call("sessions.messages.unsubscribe", ["key": "main"])
            _ = try await all.call("sessions.unsubscribe")
            bench.plane.hub.tell(.sessionMessage, ["n": 3], ofSession: "agent:main:main")
            for client in [one, all, none] { _ = try await client.call("health") }
            #expect(one.events("session.message") == [["n": 1]])
            #expect(all.events("session.message") == [["n": 1], ["n": 2]])
            #expect(none.events("session.message") == [])
            #expect(one.frames.contains { $0["event"] == "session.message" && $0["seq"] == nil })
        }
    }

    @Test func aConnectionFollowsSoManySessionsAndNotMore() {
        var subscriptions = SessionSubscriptions()
        let taken = (0..<SessionSubscriptions.limit).map { subscriptions.add("\($0)") }
        #expect(taken.allSatisfy { $0 })
        let (more, again) = (subscriptions.add("one more"), subscriptions.add("0"))
        #expect((more, again) == (false, true))
        subscriptions.remove("0")
        let free = subscriptions.add("one more")
        #expect(free)
    }

    @Test func agentsAreThoseOfTheConfiguration() async throws {
        try await onLoop {
            let roster = AgentRoster(defaultID: "main")
            #expect(roster.agents == [AgentSettings.Agent(id: "main")])
            roster.take([
                "agents": [
                    "defaults": ["model": ["primary": "anthropic/claude-opus-4-6"]],
                    "list": [
                        ["id": "home", "identity": ["name": "Ada", "emoji": "🦉"]],
                        ["id": "work", "default": true, "model": "openai/gpt-5"],
                    ],
                ]
            ])
            #expect(roster.defaultID == "work")
            #expect(roster.sessionDefaults["modelProvider"] == "anthropic")
            #expect(roster.sessionDefaults["model"] == "claude-opus-4-6")
            #expect(roster.json["agents"]?[1]?["model"] == ["primary": "openai/gpt-5"])
            #expect(roster.agentID(ofSession: "agent:home:main") == "home")
            #expect(roster.agentID(ofSession: "main") == "work")
            #expect(roster.sessionKey("main") == "agent:work:main")
            let contract = MethodContract.agentIdentity
            let owner = try roster.meant(JSONObject([("sessionKey", "agent:home:x")]), contract)
            #expect(owner.id == "home")
            #expect(throws: RPCError.invalid("unknown agent id \"nobody\"")) {
                try roster.meant(JSONObject([("agentId", "nobody")]), contract)
            }
            #expect(throws: RPCError.self) {
                try roster.meant(JSONObject([("agentId", "work"), ("sessionKey", "agent:home:x")]), contract)
            }
            roster.take([:])
            #expect(roster.defaultID == "main")
        }
    }

    @Test func wakeWordsOutliveTheGateway() async throws {
        let scratch = ScratchDirectory()
        try await onLoop {
            let bench = try MethodBench()
            let writer = try await bench.connect(scopes: [.write])
            let node = try await bench.connect(role: .node)
            #expect(try await writer.refusal("voicewake.set", ["triggers": ["hi"]]).hasPrefix("UNAVAILABLE"))
            #expect(try await writer.call("voicewake.get")["triggers"] == ["openclaw", "claude", "computer"])
            let store = try await Store.open(at: scratch.path("s.sqlite"), schema: GatewaySchema.schema)
            try await bench.plane.attach(store)
            #expect(
                try await writer.call("voicewake.set", ["triggers": [" hey you ", ""]]) == ["triggers": ["hey you"]])
            try await turns { node.events("voicewake.changed").count == 2 }
            #expect(node.events("voicewake.changed")[0]["triggers"]?.array?.count == 3)
            #expect(node.events("voicewake.changed")[1] == ["triggers": ["hey you"]])
            let next = try MethodBench()
            try await next.plane.attach(store)
            #expect(try await next.connect().call("voicewake.get") == ["triggers": ["hey you"]])
            #expect(try await writer.call("voicewake.set", ["triggers": []])["triggers"]?.array?.count == 3)
            await store.close()
        }
    }

    @Test(arguments: [VoiceWake.limit - 1, VoiceWake.limit, VoiceWake.limit + 1])
    func wakeWordsAreFewAndShort(count: Int) {
        let words = VoiceWake.cleaned((0..<count).map { "\($0)" + String(repeating: "ä", count: 40) })
        #expect(words.count == min(count, 32))
        #expect(words.allSatisfy { $0.utf8.count <= 64 })
    }

    @Test func aBrowserCannotListenWithoutAPhone() async throws {
        try await onLoop {
            let bench = try MethodBench()
            let browser = try await bench.connect(scopes: [.write], mode: "webchat")
            #expect(try await browser.refusal("talk.mode", ["enabled": true]).hasPrefix("UNAVAILABLE talk disabled"))
            _ = try await bench.connect(role: .node, platform: "ios 18")
            let state = try await browser.call("talk.mode", ["enabled": true])
            #expect(state["phase"] == .null)
            #expect(try await browser.event("talk.mode") == state)
        }
    }

    @Test func secretsOfSpeechNeedTheirOwnScope() async throws {
        try await onLoop {
            let bench = try MethodBench()
            let reader = try await bench.connect(scopes: [.read])
            #expect(
                try await reader.refusal("talk.config", ["includeSecrets": true])
                    == "FORBIDDEN missing scope: operator.talk.secrets")
            _ = try await bench.connect(scopes: [.read, .talkSecrets]).call("talk.config", ["includeSecrets": true])
        }
    }

    @Test func eventsThatWaitAreFew() async throws {
        try await onLoop {
            let events = SystemEvents(clock: FakeClock(), log: Log(LogOutput(LogSettings()), subsystem: "test")) {
                "main"
            }
            for number in 0...SystemEvents.limit { events.add("\(number)") }
            events.add("\(SystemEvents.limit)")
            #expect(events.waiting.count == SystemEvents.limit)
            #expect(events.waiting.first == "1")
            events.add(String(repeating: "é", count: SystemEvents.textBytes))
            #expect(events.take(agent: "main").last?.utf8.count == SystemEvents.textBytes)
            #expect(events.waiting == [])
        }
    }
}

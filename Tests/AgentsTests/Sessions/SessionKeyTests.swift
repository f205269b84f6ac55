import Platform
import Testing

@testable import Agents

@Suite struct SessionKeyTests {
    @Test func isWrittenAsOpenClawWritesIt() {
        #expect("\(SessionKey.main("work"))" == "agent:work:main")
        #expect(SessionKey.main("work").isMain)
        #expect(!SessionKey(agentID: "work", rest: "cron:x").isMain)
    }

    @Test(arguments: [
        ("main", "agent:home:main"), ("MAIN", "agent:home:main"), (" main ", "agent:home:main"),
        ("agent:Work:main", "agent:work:main"), ("agent:work:telegram:group:-100:topic:7", nil),
        ("telegram:direct:42", "agent:home:telegram:direct:42"), ("cron:job", "agent:home:cron:job"),
        ("hook:one", "agent:home:hook:one"), ("node-desk", "agent:home:node-desk"),
        ("my own chat", "agent:home:my own chat"), ("agent:work:matrix:direct:@Ada:example.org", nil),
        ("agent:work:imessage:group:iMessage;+;chat42", nil), ("agent:work:whatsapp:group:1@g.us", nil),
    ])
    func isReadAsClientsWriteIt(text: String, key: String?) throws {
        #expect("\(try SessionKey(text, defaultAgent: "home"))" == key ?? text)
    }

    /// design/reliability.md 2.4, the row of ids that were paths.
    @Test(arguments: [
        "", " ", "agent::main", "agent:main:", "agent:main", "agent:", "agent:../x:main", "agent:a/b:main",
        "agent:main:..", "agent:main:../../etc/passwd", "agent:main:a/../b", "agent:main:/etc/passwd",
        "agent:main:a//b", "agent:main:a/", "agent:main:a\\..\\b", "..", "../x", "a:..:b", "agent:main:a\u{0}b",
        "agent:main:a\nb", "agent:main:a\u{1b}[31m", "agent:main:a\u{202e}b", "agent:main:a\u{200b}b",
        "agent:main:a\u{2028}b", "agent:m%2e:main", "agent:mäin:main", "agent:-x:main",
        "agent:" + String(repeating: "a", count: 65) + ":main",
    ])
    func whatCouldBeAPathIsNone(text: String) {
        #expect(throws: SessionError.self, "\(text.debugDescription)") { try SessionKey(text, defaultAgent: "main") }
    }

    @Test(arguments: [SessionKey.limit - 1, SessionKey.limit, SessionKey.limit + 1])
    func hasALimit(bytes: Int) {
        let text = "agent:main:" + String(repeating: "x", count: bytes - 11)
        #expect((SessionKey(canonical: text) != nil) == (bytes <= SessionKey.limit))
    }

    @Test(arguments: [AgentID.limit - 1, AgentID.limit, AgentID.limit + 1])
    func anAgentsIDHasALimit(bytes: Int) {
        #expect(AgentID.allows(String(repeating: "x", count: bytes)) == (bytes <= AgentID.limit))
    }

    @Test func directMessagesAreKeptApartAsConfigured() {
        func key(_ scope: DirectScope) -> String {
            "\(SessionKey.direct("a", channel: "telegram", account: "one", peer: "42", scope: scope))"
        }
        #expect(key(.main) == "agent:a:main")
        #expect(key(.perPeer) == "agent:a:direct:42")
        #expect(key(.perChannelPeer) == "agent:a:telegram:direct:42")
        #expect(key(.perAccountChannelPeer) == "agent:a:telegram:one:direct:42")
    }

    @Test func kindsAreKnownByTheirKeys() {
        let group = SessionKey.group("a", channel: "telegram", group: "-1")
        for (key, kind, channel, isDisposable) in [
            (SessionKey.main("a"), SessionKey.Kind.main, nil, false), (group, .group, "telegram", false),
            (SessionKey.group("a", channel: "telegram", group: "-1", topic: "7"), .thread, "telegram", false),
            (SessionKey.room("a", channel: "slack", room: "C1"), .group, "slack", false),
            (group.thread("9"), .thread, "telegram", false),
            (SessionKey.direct("a", channel: "signal", peer: "+49", scope: .perChannelPeer), .direct, "signal", false),
            (SessionKey.direct("a", channel: "signal", peer: "+49", scope: .perPeer), .direct, nil, false),
            (SessionKey.api("openai", "a", "u"), .api, nil, true),
            (SessionKey.api("openresponses", "a", "u"), .api, nil, true),
            (SessionKey.api("openai", "a", user: "u"), .api, nil, false),
            (SessionKey.cron("a", job: "j"), .cron, nil, true),
            (SessionKey.hook("a", "h"), .hook, nil, true), (SessionKey.subagent("a", "s"), .subagent, nil, true),
            (SessionKey.node("a", "n"), .node, nil, false),
            (SessionKey(agentID: "a", rest: "dashboard:x"), .other, nil, false),
        ] as [(SessionKey, SessionKey.Kind, String?, Bool)] {
            #expect(key.kind == kind, "\(key)")
            #expect(key.channel == channel, "\(key)")
            #expect(key.isDisposable == isDisposable, "\(key)")
            #expect(SessionKey(canonical: "\(key)") == key)
        }
    }

    @Test func anyUserOfTheAPIHasASession() {
        #expect("\(SessionKey.api("openai", "a", user: "ada@example.org"))" == "agent:a:openai-user:ada@example.org")
        for user in ["../x", "a\nb", "", String(repeating: "u", count: 1000)] {
            let key = SessionKey.api("openai", "a", user: user)
            #expect(SessionKey(canonical: "\(key)") == key)
            #expect(key == SessionKey.api("openai", "a", user: user))
            #expect(key != SessionKey.api("openai", "a", user: user + "x"))
        }
    }
}

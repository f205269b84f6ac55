import Agents
import Contract
import Models
import Platform
import Support
import Testing

@testable import Gateway

/// `sessions.*` on sessions that are there.
@Suite struct SessionsOnDiskTests {
    /// A bench with sessions of two agents, a second apart.
    @LoopActor
    private func sessions(_ body: (MethodBench, SessionShelf, BenchClient) async throws -> Void) async throws {
        let bench = try MethodBench()
        try await bench.begin("{ agents: { list: [{ id: 'main', default: true }, { id: 'work' }] } }")
        try await bench.openSessions()
        let shelf = try #require(bench.plane.agents.sessions.shelf)
        for text in ["agent:main:main", "agent:work:main", "agent:main:telegram:group:-1", "agent:main:dashboard:x"] {
            let key = try #require(SessionKey(canonical: text))
            await bench.clock.advance(by: .seconds(1))
            _ = try await shelf.open(key)
            try await shelf.append([entry("hello \(key.rest)", bench)], to: key)
        }
        try await body(bench, shelf, try await bench.connect())
        await bench.closeSessions()
    }

    @LoopActor
    private func entry(_ text: String, _ bench: MethodBench) -> TranscriptEntry {
        TranscriptEntry(id: UUIDText.random(), time: bench.clock.wall, .user([.text(text)], sender: nil))
    }

    @LoopActor
    private func answer(_ bench: MethodBench, tokens: Int, cost: Double?) -> TranscriptEntry {
        TranscriptEntry(
            id: UUIDText.random(), time: bench.clock.wall,
            .assistant(
                AssistantEntry(
                    [.text("yes"), .toolCall(ToolCall(id: "c", name: "read", argumentsText: "{}"))],
                    model: ModelReference("acme/big"), usage: ModelUsage(input: tokens, output: 1), cost: cost)))
    }

    private func patch(_ field: String, _ value: JSON) -> JSON {
        var params: JSON = ["key": "main", "label": "Other"]
        params[field] = value
        return params
    }

    private func keys(_ list: JSON) -> [String] { (list["sessions"]?.array ?? []).compactMap { $0["key"]?.string } }

    @Test func theListIsNewestFirstInPagesAndFiltered() async throws {
        try await onLoop {
            try await sessions { bench, shelf, client in
                let all = try await client.call("sessions.list", [:])
                let names = [
                    "agent:main:dashboard:x", "agent:main:telegram:group:-1", "agent:work:main", "agent:main:main",
                ]
                #expect(keys(all) == names)
                #expect(all["count"] == 4 && all["totalCount"] == 4 && all["hasMore"] == false)
                let page = try await client.call("sessions.list", ["limit": 2, "offset": 1])
                #expect(keys(page) == Array(names[1...2]))
                #expect(page["hasMore"] == true && page["nextOffset"] == 3)
                #expect(keys(try await client.call("sessions.list", ["agentId": "work"])) == [names[2]])
                #expect(keys(try await client.call("sessions.list", ["search": "TELEGRAM"])) == [names[1]])
                _ = try await client.call("sessions.patch", ["key": "main", "label": "Home"])
                #expect(keys(try await client.call("sessions.list", ["label": "Home"])) == [names[3]])
                await bench.clock.advance(by: .seconds(600))
                _ = try await client.call("sessions.patch", ["key": "main", "pinned": true])
                #expect(keys(try await client.call("sessions.list", ["activeMinutes": 5])) == [names[3]])
                _ = try await client.call("sessions.patch", ["key": .string(names[1]), "archived": true])
                #expect(!keys(try await client.call("sessions.list", [:])).contains(names[1]))
                #expect(keys(try await client.call("sessions.list", ["archived": true])) == [names[1]])
                let row = try await client.call(
                    "sessions.list",
                    ["search": "dashboard", "includeDerivedTitles": true, "includeLastMessage": true])["sessions"]?[0]
                #expect(
                    row?["derivedTitle"] == "hello dashboard:x" && row?["lastMessagePreview"] == "hello dashboard:x")
                #expect(row?["kind"] == "direct" && row?["hasActiveRun"] == false)
            }
        }
    }

    @Test(arguments: [63, 64, 65])
    func previewsOfTooManyKeysAreLeftOut(count: Int) async throws {
        try await onLoop {
            try await sessions { _, _, client in
                let preview = try await client.call(
                    "sessions.preview", ["keys": .array((0..<count).map { .string("k\($0)") })])
                #expect(preview["previews"]?.array?.count == min(count, SessionsPreviewMethod.keyLimit))
                #expect(preview["previews"]?[0] == ["key": "k0", "status": "missing", "items": []])
                let there = try await client.call("sessions.preview", ["keys": ["main"], "maxChars": 20])
                #expect(there["previews"]?[0]?["status"] == "ok")
                #expect(there["previews"]?[0]?["items"] == [["role": "user", "text": "hello main"]])
            }
        }
    }

    @Test func aSessionIsResolvedByOneThingAlone() async throws {
        try await onLoop {
            try await sessions { _, shelf, client in
                #expect(try await client.refusal("sessions.resolve", [:]).contains("is required"))
                #expect(
                    try await client.refusal("sessions.resolve", ["key": "a", "label": "b"]).contains("not several"))
                #expect(
                    try await client.refusal("sessions.resolve", ["label": "work"])
                        == "INVALID_REQUEST No session found: work")
                #expect(try await client.call("sessions.resolve", ["key": "x", "allowMissing": true]) == ["ok": false])
                let id = try #require(shelf.record(.main("work"))?.sessionID)
                #expect(
                    try await client.call("sessions.resolve", ["sessionId": .string(id)])
                        == ["ok": true, "key": "agent:work:main"])
                #expect(
                    try await client.call("sessions.resolve", ["key": "main"])
                        == ["ok": true, "key": "agent:main:main"])
            }
        }
    }

    @Test func badKeysAreRefusedEverywhere() async throws {
        try await onLoop {
            try await sessions { _, _, client in
                for key in ["agent:../x:main", "a/../b", "agent:main:\u{0}", "..", "agent:main:"] {
                    for method in [
                        "sessions.describe", "sessions.get", "sessions.patch", "sessions.reset", "sessions.delete",
                        "sessions.compact", "sessions.messages.subscribe", "sessions.usage.logs",
                    ] {
                        let refusal = try await client.refusal(method, ["key": .string(key)])
                        #expect(refusal.hasPrefix("INVALID_REQUEST"), "\(method) \(key.debugDescription): \(refusal)")
                    }
                }
                #expect(
                    try await client.refusal("sessions.patch", ["key": "agent:nobody:main"])
                        == "INVALID_REQUEST unknown agent id \"nobody\"")
            }
        }
    }

    @Test func choicesArePatchedWholeOrNotAtAll() async throws {
        try await onLoop {
            try await sessions { bench, shelf, client in
                let done = try await client.call(
                    "sessions.patch",
                    [
                        "key": "main", "label": "Home", "thinkingLevel": "HIGH", "verboseLevel": "on",
                        "responseUsage": "on", "execAsk": "always", "sendPolicy": "deny",
                    ])
                #expect(done["entry"]?["thinkingLevel"] == "high" && done["entry"]?["responseUsage"] == "tokens")
                for (field, value) in [
                    ("thinkingLevel", "much"), ("verboseLevel", "loud"), ("reasoningLevel", "x"),
                    ("elevatedLevel", "x"), ("execHost", "moon"), ("execSecurity", "x"), ("execAsk", "x"),
                    ("model", "no such model"),
                ] as [(String, JSON)] {
                    let refusal = try await client.refusal(
                        "sessions.patch", patch(field, value))
                    #expect(refusal.hasPrefix("INVALID_REQUEST"), "\(field): \(refusal)")
                }
                #expect(shelf.record(.main("main"))?.choices.label == "Home")
                #expect(
                    try await client.refusal("sessions.patch", ["key": "dashboard:x", "label": "Home"])
                        == "INVALID_REQUEST label already in use: Home")
                _ = try await client.call("sessions.patch", ["key": "main", "label": nil, "thinkingLevel": nil])
                #expect(shelf.record(.main("main"))?.choices.label == nil)
                #expect(shelf.record(.main("main"))?.choices.verbose == "on")
            }
        }
    }

    @Test(arguments: [SessionPatch.labelChars - 1, SessionPatch.labelChars, SessionPatch.labelChars + 1])
    func aLabelHasALimit(count: Int) async throws {
        try await onLoop {
            try await sessions { _, _, client in
                let label = String(repeating: "é", count: count)
                let answer = try await client.request("sessions.patch", ["key": "main", "label": .string(label)])
                #expect(answer["ok"]?.bool == (count <= SessionPatch.labelChars))
            }
        }
    }

    @Test func whatConcernsProgramsIsForAdministrators() async throws {
        try await onLoop {
            try await sessions { bench, _, _ in
                let writer = try await bench.connect(scopes: [.write])
                _ = try await writer.call("sessions.patch", ["key": "main", "label": "mine", "archived": false])
                for field in SessionPatch.adminFields {
                    var params: JSON = ["key": "main"]
                    params[field] = .null
                    #expect(
                        try await writer.refusal("sessions.patch", params)
                            == "FORBIDDEN missing scope: operator.admin", "\(field)")
                }
            }
        }
    }

    @Test func resetDeleteAndCompactDoWhatTheySay() async throws {
        try await onLoop {
            try await sessions { bench, shelf, client in
                let old = try #require(shelf.record(.main("main")))
                let reset = try await client.call("sessions.reset", ["key": "main", "reason": "new"])
                #expect(reset["entry"]?["sessionId"]?.string != old.sessionID)
                #expect(try await client.call("sessions.get", ["key": "main"])["messages"] == [])
                #expect(
                    try await client.refusal("sessions.delete", ["key": "main"])
                        == "INVALID_REQUEST Cannot delete the main session (agent:main:main).")
                let gone = try await client.call("sessions.delete", ["key": "dashboard:x"])
                #expect(gone["deleted"] == true && gone["archived"]?.array?.count == 1)
                #expect(try await client.call("sessions.delete", ["key": "dashboard:x"])["deleted"] == false)
                #expect(try await client.call("sessions.describe", ["key": "dashboard:x"])["session"] == .null)
                for number in 0..<5 { try await shelf.append([entry("\(number)", bench)], to: .main("work")) }
                let key: JSON = "agent:work:main"
                let compacted = try await client.call("sessions.compact", ["key": key, "maxLines": 2])
                #expect(compacted["compacted"] == true && compacted["kept"] == 2)
                #expect(try await client.call("sessions.get", ["key": key])["messages"]?.array?.count == 2)
                #expect(try await client.call("sessions.compact", ["key": key, "maxLines": 2])["compacted"] == false)
                #expect(try await client.call("sessions.compact", ["key": "x"])["reason"] == "no sessionId")
            }
        }
    }

    @Test func aModelsSummaryIsAskedForWhereThereIsOne() async throws {
        try await onLoop {
            try await sessions { bench, _, client in
                #expect(try await client.refusal("sessions.compact", ["key": "main"]).hasPrefix("UNAVAILABLE"))
                _ = try await client.call("sessions.messages.subscribe", ["key": "main"])
                bench.plane.sessions.summarize = { _ in true }
                #expect(try await client.call("sessions.compact", ["key": "main"])["compacted"] == true)
                let phases = client.events("session.operation").map { $0["phase"] ?? .null }
                #expect(phases == ["start", "end"])
            }
        }
    }

    @Test func whatIsStoredIsTold() async throws {
        try await onLoop {
            try await sessions { bench, shelf, client in
                let (one, all) = (try await bench.connect(scopes: [.read]), try await bench.connect(scopes: [.read]))
                _ = try await one.call("sessions.messages.subscribe", ["key": "main"])
                _ = try await all.call("sessions.subscribe")
                try await shelf.append([entry("news", bench)], to: .main("main"))
                try await shelf.append([entry("elsewhere", bench)], to: .main("work"))
                _ = try await client.call("sessions.patch", ["key": "main", "label": "Home"])
                _ = try await client.call("sessions.delete", ["key": "dashboard:x"])
                for listener in [one, all] { _ = try await listener.call("health") }
                let message = try #require(one.events("session.message").first)
                #expect(one.events("session.message").count == 1)
                #expect(message["sessionKey"] == "agent:main:main" && message["messageSeq"] == 2)
                #expect(message["message"]?["content"]?[0]?["text"] == "news")
                #expect(message["message"]?["__openclaw"]?["seq"] == 2)
                #expect(message["session"]?["key"] == "agent:main:main")
                #expect(all.events("session.message").count == 2)
                #expect(one.events("sessions.changed") == [])
                let changes = all.events("sessions.changed")
                #expect(
                    changes.map { $0["reason"] ?? $0["phase"] ?? .null } == ["message", "message", "patch", "delete"])
                #expect(changes[2]["label"] == "Home" && changes[3]["sessionKey"] == "agent:main:dashboard:x")
            }
        }
    }

    @Test func useIsCountedFromTheTranscripts() async throws {
        try await onLoop {
            try await sessions { bench, shelf, client in
                try await shelf.append([answer(bench, tokens: 10, cost: 0.5)], to: .main("main"))
                await bench.clock.advance(by: .seconds(86_400))
                try await shelf.append(
                    [answer(bench, tokens: 20, cost: nil), answer(bench, tokens: 5, cost: 0.25)], to: .main("work"))
                let cost = try await client.call("usage.cost", ["days": 7])
                #expect(cost["totals"]?["totalTokens"] == 38 && cost["totals"]?["totalCost"] == 0.75)
                #expect(cost["totals"]?["missingCostEntries"] == 1 && cost["daily"]?.array?.count == 2)
                let mine = try await client.call("usage.cost", ["days": 7, "agentId": "main"])
                #expect(mine["totals"]?["totalTokens"] == 11)
                #expect(try await client.call("usage.cost", ["days": 1])["totals"]?["totalTokens"] == 27)
                let usage = try await client.call("sessions.usage", ["days": 7])
                #expect(usage["aggregates"]?["byModel"]?[0]?["count"] == 3)
                #expect(usage["aggregates"]?["byAgent"]?.array?.count == 2)
                #expect(usage["aggregates"]?["tools"]?["totalCalls"] == 3)
                #expect(usage["sessions"]?[0]?["key"] == "agent:work:main")
                let series = try await client.call("sessions.usage.timeseries", ["key": "agent:work:main"])
                #expect(series["points"]?.array?.map { $0["cumulativeTokens"] ?? .null } == [21, 27])
                let logs = try await client.call("sessions.usage.logs", ["key": "agent:work:main", "limit": 2])
                #expect(logs["logs"]?.array?.map { $0["tokens"] ?? .null } == [21, 6])
                #expect(try await client.refusal("usage.cost", ["startDate": "tomorrow"]).contains("startDate"))
                #expect(
                    try await client.refusal("sessions.usage.logs", ["key": "nobody"]).contains("no session"))
            }
        }
    }

    @Test func statusAndHealthSayHowManyThereAre() async throws {
        try await onLoop {
            try await sessions { bench, _, client in
                let status = try await client.call("status")
                #expect(status["sessions"]?["count"] == 4)
                #expect(status["sessions"]?["recent"]?[0]?["key"] == "agent:main:dashboard:x")
                #expect(status["sessions"]?["byAgent"]?.array?.map { $0["count"] ?? .null } == [3, 1])
                await bench.clock.advance(by: .seconds(60))
                #expect(try await client.call("health")["sessions"]?["count"] == 4)
            }
        }
    }

    @Test func whoComesBackFindsAnArchivedSessionInTheList() async throws {
        try await onLoop {
            try await sessions { bench, shelf, client in
                _ = try await client.call("sessions.patch", ["key": "dashboard:x", "archived": true])
                let key = SessionKey(agentID: "main", rest: "dashboard:x")
                try await shelf.append([entry("again", bench)], to: key)
                #expect(keys(try await client.call("sessions.list", [:])).first == "\(key)")
            }
        }
    }

    @Test func cleaningUpSaysWhatItDid() async throws {
        try await onLoop {
            try await sessions { bench, shelf, client in
                _ = try await shelf.open(.cron("main", job: "old"))
                bench.clock.wall.nanoseconds += 31 * 86_400 * 1_000_000_000
                _ = try await client.call("sessions.patch", ["key": "main", "label": "still here"])
                shelf.settings.maintenance.isEnforced = false
                let told = try await client.call("sessions.cleanup", [:])
                #expect(told["applied"] == false && told["mode"] == "warn")
                #expect(told["removed"] == ["agent:main:cron:old"] && told["archived"] == ["agent:main:dashboard:x"])
                #expect(told["afterCount"] == 5)
                let done = try await client.call("sessions.cleanup", ["enforce": true])
                #expect(done["applied"] == true && done["afterCount"] == 4)
                #expect(keys(try await client.call("sessions.list", ["archived": true])) == ["agent:main:dashboard:x"])
            }
        }
    }
}

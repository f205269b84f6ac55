import Agents
import Channels
import Contract
import Models
import Platform
import Settings
import Support
import Testing

@testable import Gateway

/// Jobs over the WebSocket, from `cron.add` to what the model is asked and where its answer goes.
@Suite struct CronMethodTests {
    private static let models = """
        models: { providers: { p: { baseUrl: 'http://127.0.0.1:1/v1', models: [{ id: 'a' }, { id: 'b' }] } } },
        agents: { defaults: { model: 'p/a' } }
        """

    private static func withJobs(
        _ more: String = "",
        _ body: @escaping @LoopActor @Sendable (MethodBench, PushedModel, ScriptedPlatform) async throws -> Void
    ) async throws {
        try await onLoop {
            let (model, platform) = (PushedModel(), ScriptedPlatform())
            let configuration = ModelConfiguration(
                try JSON5Document("{ \(models) }").value, environment: { _ in nil })
            let desk = ModelDesk(configuration, clock: FakeClock(), sources: { _ in model })
            let bench = try MethodBench(models: desk, platforms: [platform.platform()])
            try await bench.begin("{ \(models)\(more) }")
            try await bench.openChannels()
            try await bench.calm()
            do {
                try await body(bench, model, platform)
            } catch {
                await bench.closeSessions()
                throw error
            }
            await bench.closeSessions()
        }
    }

    private static let turn: JSON = ["kind": "agentTurn", "message": "look around"]

    @Test func bothGenerationsOfAMomentAreTakenAndToldInBothWays() async throws {
        try await Self.withJobs { bench, _, _ in
            let client = try await bench.connect()
            let moment = bench.clock.wall.milliseconds + 3_600_000
            let iso = CalendarDate(WallTime(milliseconds: moment)).text()
            for schedule: JSON in [["kind": "at", "atMs": .int(moment)], ["kind": "at", "at": .string(iso)]] {
                let job = try await client.call("cron.add", ["name": "x", "schedule": schedule, "payload": Self.turn])
                #expect(job["schedule"]?["atMs"]?.int == Int(moment) && job["schedule"]?["at"]?.string == iso)
                #expect(job["state"]?["nextRunAtMs"]?.int == Int(moment) && job["deleteAfterRun"] == true)
                #expect(job["sessionTarget"] == "isolated" && job["delivery"]?["mode"] == "announce")
            }
            let status = try await client.call("cron.status")
            #expect(status["jobs"] == 2 && status["enabled"] == true && status["nextWakeAtMs"]?.int == Int(moment))
        }
    }

    @Test func aJobIsKeptWithAllThatSomebodyWroteAndChangedMemberByMember() async throws {
        try await Self.withJobs { bench, _, _ in
            let client = try await bench.connect()
            let job = try await client.call(
                "cron.add",
                [
                    "name": "Report", "description": "d", "someday": ["new": [1, 2]],
                    "schedule": ["kind": "cron", "expr": "0 9 * * 1-5", "tz": "Europe/Berlin", "note": "mine"],
                    "sessionTarget": "isolated", "wakeMode": "next-heartbeat",
                    "payload": [
                        "kind": "agentTurn", "message": "m", "deliver": true, "channel": "telegram", "to": "7",
                    ],
                ])
            let id = try #require(job["id"]?.string)
            #expect(job["someday"] == ["new": [1, 2]] && job["schedule"]?["note"] == "mine")
            #expect(job["delivery"] == ["mode": "announce", "channel": "telegram", "to": "7"])
            #expect(client.events("cron").map { $0["action"] } == ["added"])
            let changed = try await client.call(
                "cron.update",
                ["jobId": .string(id), "patch": ["payload": ["deliver": false], "description": nil, "id": "other"]])
            #expect(changed["payload"]?["message"] == "m" && changed["payload"]?["deliver"] == false)
            #expect(
                changed["id"]?.string == id && !changed.has("description") && changed["delivery"]?["mode"] == "none")
            #expect(
                try await client.refusal(
                    "cron.update", ["id": .string(id), "patch": ["schedule": ["kind": "cron", "expr": "0 0 30 2 *"]]]
                ).contains("never happens"))
            #expect(try await client.call("cron.get", ["id": .string(id)]) == changed)
            let off = try await client.call("cron.update", ["id": .string(id), "patch": ["enabled": false]])
            #expect(off["state"]?.has("nextRunAtMs") == false)
            #expect(try await client.call("cron.list")["jobs"] == [])
            let all = try await client.call("cron.list", ["includeDisabled": true, "query": "report"])
            // What there is none of is absent, never null.
            #expect(!all.has("nextOffset"))
            #expect(all["jobs"]?.array?.count == 1 && all["total"] == 1 && all["hasMore"] == false)
            #expect(
                try await client.call("cron.list", ["enabled": "disabled", "compact": true])["jobs"]?[0]?[
                    "scheduleKind"] == "cron")
            #expect(try await client.call("cron.remove", ["id": .string(id)]) == ["ok": true, "removed": true])
            #expect(try await client.refusal("cron.remove", ["id": .string(id)]).contains("unknown cron job id"))
        }
    }

    @Test(
        arguments: [
            (["schedule": ["kind": "every", "everyMs": 10], "payload": turn], "schedule.everyMs"),
            (["schedule": ["kind": "cron", "expr": "* * * *"], "payload": turn], "has 4 fields"),
            (["schedule": ["kind": "cron", "expr": "0 0 * * *", "tz": "Mars/Base"], "payload": turn], "Mars/Base"),
            (["schedule": ["kind": "at", "at": "2020-01-01T00:00:00Z"], "payload": turn], "has passed"),
            (["schedule": ["kind": "at", "at": "tomorrow"], "payload": turn], "schedule.at must be"),
            (["schedule": ["kind": "stream"], "payload": turn], "one of at, every, cron"),
            (["schedule": ["kind": "every", "everyMs": 60000], "payload": ["kind": "agentTurn"]], "payload.message"),
            (
                ["schedule": ["kind": "every", "everyMs": 60000], "payload": ["kind": "command", "argv": ["ls"]]],
                "payload.kind"
            ),
            (
                ["schedule": ["kind": "every", "everyMs": 60000], "sessionTarget": "main", "payload": turn],
                "takes a payload"
            ),
            (
                ["schedule": ["kind": "every", "everyMs": 60000], "payload": turn, "agentId": "nobody"],
                "unknown agent id"
            ),
        ] as [(JSON, String)])
    func whatIsNoJobIsRefusedWithTheReason(_ params: JSON, _ reason: String) async throws {
        try await Self.withJobs { bench, _, _ in
            let client = try await bench.connect()
            let refusal = try await client.refusal("cron.add", params)
            #expect(refusal.hasPrefix("INVALID_REQUEST") && refusal.contains(reason), "\(refusal)")
            let reader = try await bench.connect(scopes: [.read, .write])
            #expect(try await reader.refusal("cron.add", params).contains("operator.admin"))
        }
    }

    @Test func aRunAsksTheModelAndItsAnswerGoesToTheChat() async throws {
        try await Self.withJobs(", channels: { telegram: { token: 'one' } }") { bench, model, platform in
            let client = try await bench.connect()
            let job = try await client.call(
                "cron.add",
                [
                    "name": "News", "schedule": ["kind": "every", "everyMs": 3_600_000],
                    "payload": ["kind": "agentTurn", "message": "what is new?"],
                    "delivery": ["mode": "announce", "to": "telegram:7"],
                ])
            let id = try #require(job["id"]?.string)
            let asked = try await client.call("cron.run", ["id": .string(id)])
            #expect(asked["ran"] == true && asked["enqueued"] == true)
            try await turns { model.isAsked }
            #expect(try await client.call("cron.run", ["id": .string(id)])["reason"] == "already-running")
            #expect(try await client.call("cron.list")["jobs"]?[0]?["state"]?.has("runningAtMs") == true)
            model.push(.text("All is **well**."))
            model.push(.finish(.stop))
            try await turns { client.events("cron").contains { $0["action"] == "finished" } }
            #expect(platform.sent.count == 1 && platform.sent.first?.address.chat == "7")
            #expect(platform.sent.first?.text.contains("well") == true)
            let end = try #require(client.events("cron").last { $0["action"] == "finished" })
            #expect(end["status"] == "ok" && end["summary"] == "All is **well**." && end["runId"] == asked["runId"])
            let entry = try #require(try await client.call("cron.runs", ["id": .string(id)])["entries"]?[0])
            #expect(entry["deliveryStatus"] == "delivered" && entry["sessionKey"] == .string("agent:main:cron:\(id)"))
            #expect(entry["model"] == "p/a" && entry["status"] == "ok")
            #expect(try await client.call("cron.run", ["id": .string(id), "mode": "due"])["reason"] == "not-due")
        }
    }

    @Test func aJobInTheMainSessionIsASystemEventThere() async throws {
        try await Self.withJobs { bench, model, _ in
            let client = try await bench.connect()
            let moment = bench.clock.wall.milliseconds + 60_000
            let job = try await client.call(
                "cron.add",
                [
                    "schedule": ["kind": "at", "atMs": .int(moment)],
                    "payload": ["kind": "systemEvent", "text": "water the plants"],
                ])
            #expect(job["name"] == "water the plants" && job["sessionTarget"] == "main")
            await bench.clock.advance(by: .seconds(61))
            try await turns { model.isAsked }
            model.push(.text("Time to water the plants."))
            model.push(.finish(.stop))
            try await turns { client.events("cron").last?["action"] == "removed" }
            #expect(client.events("cron").map { $0["action"]?.string } == ["added", "started", "finished", "removed"])
            let history = try await client.call("chat.history", ["sessionKey": "main"])
            #expect("\(history)".contains("System event: water the plants"))
            #expect(try await client.call("cron.list", ["includeDisabled": true])["jobs"] == [])
            let runs = try await client.call("cron.runs", ["scope": "all"])
            #expect(runs["total"] == 1 && runs["entries"]?[0]?["status"] == "ok")
        }
    }

    @Test func anAnswerThatCannotBeDeliveredIsAnErrorThatIsSeen() async throws {
        try await Self.withJobs { bench, model, _ in
            let client = try await bench.connect()
            let job = try await client.call(
                "cron.add",
                [
                    "schedule": ["kind": "every", "everyMs": 3_600_000], "payload": Self.turn,
                    "delivery": ["mode": "announce", "channel": "telegram", "to": "7"],
                ])
            _ = try await client.call("cron.run", ["id": job["id"] ?? .null])
            try await turns { model.isAsked }
            model.push(.text("words"))
            model.push(.finish(.stop))
            try await turns { client.events("cron").last?["action"] == "finished" }
            let state = try await client.call("cron.get", ["id": job["id"] ?? .null])["state"]
            #expect(state?["lastStatus"] == "error" && state?["lastError"]?.string?.contains("not delivered") == true)
            #expect(state?["consecutiveErrors"] == 1)
        }
    }

    @Test func cronEnabledIsTakenOverWhileTheGatewayRuns() async throws {
        try await Self.withJobs { bench, _, _ in
            let client = try await bench.connect()
            _ = try await client.call(
                "cron.add", ["schedule": ["kind": "every", "everyMs": 60000], "payload": Self.turn])
            #expect(try await client.call("cron.status")["nextWakeAtMs"]?.int != nil)
            bench.file = "{ \(Self.models), cron: { enabled: false } }"
            _ = try await bench.configuration.reload()
            let status = try await client.call("cron.status")
            #expect(status["enabled"] == false && status["nextWakeAtMs"] == .null && status["jobs"] == 1)
        }
    }
}

import Agents
import Channels
import Contract
import Models
import Platform
import Store
import Support
import Testing

@testable import Gateway

/// Heartbeats through the whole gateway: when they come, what the model is told, and who hears of it.
@Suite struct HeartbeatServiceTests {
    /// A gateway whose model says what the test pushes, and a chat in memory.
    @LoopActor
    private final class Bench {
        let bench: MethodBench
        let model = PushedModel()
        let platform = ScriptedPlatform()

        init(_ heartbeat: String, more: String = "", workspace: String? = "- look at the mail") async throws {
            let configuration = ModelConfiguration(
                try JSON5Document(
                    """
                    { models: { providers: { p: { baseUrl: 'http://127.0.0.1:1/v1', models: [{ id: 'a' }] } } },
                      agents: { defaults: { model: 'p/a' } } }
                    """
                ).value, environment: { _ in nil })
            let model = model
            bench = try MethodBench(
                models: ModelDesk(configuration, clock: FakeClock(), sources: { _ in model }),
                platforms: [platform.platform()])
            try await bench.begin(
                """
                {models: {providers: {p: {baseUrl: 'http://127.0.0.1:1/v1', models: [{id: 'a'}]}}},
                 agents: {defaults: {model: 'p/a', heartbeat: \(heartbeat)}},
                 channels: {telegram: {token: 'one', allowFrom: ['7']}}\(more)}
                """)
            if let workspace {
                try await PrivateDirectory.create(bench.scratch.path("workspace"))
                bench.scratch.write(workspace, to: "workspace/HEARTBEAT.md")
            }
            try await bench.openChannels()
            bench.plane.heartbeats.begin()
            try await bench.calm()
        }

        var clock: FakeClock { bench.clock }
        var last: JSON? { bench.plane.heartbeats.heartbeats.last }

        func pass(_ time: Duration) async throws {
            await clock.advance(by: time)
            try await bench.calm()
        }

        /// The model's next answer, in one piece.
        func answer(_ text: String, number: Int) async throws {
            try await turns { self.model.requests == number }
            model.push(.text(text))
            model.push(.finish(.stop))
            try await bench.calm()
            try await turns { self.bench.plane.agents.runs.active().isEmpty }
            try await bench.calm()
        }

        func close() async {
            bench.plane.heartbeats.close()
            await bench.closeSessions()
        }
    }

    private func with(
        _ heartbeat: String, more: String = "", workspace: String? = "- look at the mail",
        _ body: @escaping @LoopActor @Sendable (Bench) async throws -> Void
    ) async throws {
        try await onLoop {
            let bench = try await Bench(heartbeat, more: more, workspace: workspace)
            do { try await body(bench) } catch {
                await bench.close()
                throw error
            }
            await bench.close()
        }
    }

    @Test func anAlertGoesToTheOwnerAndStandsInTheConversation() async throws {
        try await with("{every: '30m'}") { bench in
            let client = try await bench.bench.connect(scopes: [.admin, .read])
            try await bench.pass(.seconds(1799))
            #expect(bench.model.requests == 0)
            try await bench.pass(.seconds(1))
            try await bench.answer("The disk is nearly full.", number: 1)
            #expect(bench.model.lastText == HeartbeatSettings.standardPrompt)
            try await turns { !bench.platform.sent.isEmpty }
            #expect(bench.platform.sent.first?.text == "The disk is nearly full.")
            #expect(bench.platform.sent.first?.address.chat == "7")
            try await turns { bench.last != nil }
            let event = try await client.event("heartbeat")
            #expect(event["status"] == "sent" && event["channel"] == "telegram" && event["to"] == "7")
            #expect(event["preview"] == "The disk is nearly full." && event["agentId"] == "main")
            #expect(try await client.call("last-heartbeat")["status"] == "sent")
            #expect(client.events("chat").isEmpty, "no window shows what may be dropped")
            let history = try await client.call("chat.history", ["sessionKey": "main"])
            #expect(history["messages"]?.array?.map { $0["role"]?.string } == ["assistant"])
        }
    }

    @Test func anAcknowledgementIsDroppedAndLeavesNoTrace() async throws {
        try await with("{every: '30m'}") { bench in
            try await bench.pass(.seconds(1800))
            try await bench.answer("HEARTBEAT_OK", number: 1)
            #expect(bench.last?["status"] == "ok-token" && bench.last?["silent"] == true)
            #expect(bench.platform.sent.isEmpty)
            #expect(bench.bench.plane.agents.sessions.shelf?.record(.main("main")) == nil)
            try await bench.pass(.seconds(1800))
            try await bench.answer("", number: 2)
            #expect(bench.last?["status"] == "ok-empty")
        }
    }

    @Test func anEmptyDocumentAsksNoModel() async throws {
        try await with("{every: '30m'}", workspace: "# Heartbeat\n\n- [ ]\n") { bench in
            try await bench.pass(.seconds(1800))
            #expect(bench.model.requests == 0)
            #expect(bench.last?["status"] == "skipped" && bench.last?["reason"] == "empty-heartbeat-file")
        }
    }

    @Test func withoutSomebodyToTellNoModelIsAsked() async throws {
        try await with("{every: '30m', target: 'last'}") { bench in
            try await bench.pass(.seconds(1800))
            #expect(bench.last?["reason"] == "no-route" && bench.model.requests == 0)
        }
    }

    @Test func nobodyIsToldWhereNobodyIsToBe() async throws {
        try await with("{every: '30m', target: 'none'}") { bench in
            try await bench.pass(.seconds(1800))
            try await bench.answer("I tidied up.", number: 1)
            #expect(bench.platform.sent.isEmpty)
            #expect(bench.last?["status"] == "sent" && bench.last?["silent"] == true)
        }
    }

    @Test func aChannelIsWrittenToByItsName() async throws {
        try await with("{every: '1h', target: 'telegram', to: '42:topic:3'}") { bench in
            try await bench.pass(.seconds(3600))
            try await bench.answer("News.", number: 1)
            try await turns { !bench.platform.sent.isEmpty }
            #expect(bench.platform.sent.first?.address.chat == "42")
            #expect(bench.platform.sent.first?.address.thread == "3")
        }
    }

    @Test func directChatsCanBeLeftAlone() async throws {
        try await with("{every: '30m', directPolicy: 'block'}") { bench in
            try await bench.pass(.seconds(1800))
            #expect(bench.last?["reason"] == "dm-blocked" && bench.model.requests == 0)
        }
    }

    @Test func whatHappenedIsToldAndKeptUntilItWas() async throws {
        try await with("{every: '30m'}", workspace: "# empty\n") { bench in
            let client = try await bench.bench.connect(scopes: [.admin, .read, .write])
            _ = try await client.call("wake", ["mode": "next-heartbeat", "text": "The backup is done"])
            #expect(try await client.call("status")["queuedSystemEvents"] == ["The backup is done"])
            try await bench.pass(.seconds(1800))
            try await turns { bench.model.requests == 1 }
            #expect(bench.model.lastText?.hasPrefix("[What happened meanwhile]\n- The backup is done\n\n") == true)
            bench.model.fail(.badKey)
            try await turns { bench.last?["status"] == "failed" }
            #expect(bench.bench.plane.events.waiting == ["The backup is done"], "no model was told")
            try await bench.pass(.seconds(1800))
            try await bench.answer("HEARTBEAT_OK", number: 2)
            #expect(bench.bench.plane.events.waiting == [])
        }
    }

    @Test func whatHappenedIsToldInTheNextTurnAsWell() async throws {
        try await with("{every: '0m'}") { bench in
            let client = try await bench.bench.connect(scopes: [.admin, .read, .write])
            _ = try await client.call("wake", ["mode": "next-heartbeat", "text": "The backup is done"])
            _ = try await client.call("chat.send", ["sessionKey": "main", "message": "Hi", "idempotencyKey": "k"])
            try await bench.answer("Hello.", number: 1)
            #expect(bench.model.lastText == "Hi")
            #expect(bench.bench.plane.events.waiting == [])
        }
    }

    @Test func aBusySessionIsLeftAloneAndLookedAtAgain() async throws {
        try await with("{every: '30m', target: 'none'}") { bench in
            let client = try await bench.bench.connect(scopes: [.admin, .read, .write])
            _ = try await client.call("chat.send", ["sessionKey": "main", "message": "Hi", "idempotencyKey": "k"])
            try await turns { bench.model.requests == 1 }
            try await bench.pass(.seconds(1800))
            #expect(bench.model.requests == 1)
            bench.model.push(.text("Hello."))
            bench.model.push(.finish(.stop))
            try await turns { bench.model.requests == 2 }
            try await bench.answer("HEARTBEAT_OK", number: 2)
            #expect(bench.last?["status"] == "ok-token")
        }
    }

    @Test func outsideOfItsHoursNothingHappensUnlessSomebodyAsks() async throws {
        // The clock begins at 14:13 UTC.
        try await with(
            "{every: '1h', target: 'none', activeHours: {start: '08:00', end: '14:30', timezone: 'UTC'}}"
        ) { bench in
            try await bench.pass(.seconds(3700))
            #expect(bench.model.requests == 0)
            bench.bench.plane.heartbeats.ask("main")
            try await bench.answer("HEARTBEAT_OK", number: 1)
            bench.clock.wall.nanoseconds += 16 * 3_600_000_000_000
            try await bench.pass(.seconds(61))
            #expect(bench.model.requests == 1, "seven in the morning")
            bench.clock.wall.nanoseconds += 3_600_000_000_000
            try await bench.pass(.seconds(61))
            #expect(bench.model.requests == 2, "the next day's hours have begun")
        }
    }

    @Test func aGatewayThatStandsByDoesNotBeat() async throws {
        try await with("{every: '30m', target: 'none'}") { bench in
            bench.bench.plane.cron.mayStart = { false }
            bench.bench.plane.events.add("something")
            try await bench.pass(.seconds(4000))
            #expect(bench.model.requests == 0 && bench.last == nil)
            #expect(bench.bench.plane.events.waiting == ["something"])
            bench.bench.plane.cron.mayStart = { true }
            try await bench.pass(.seconds(1800))
            #expect(bench.model.requests == 1)
        }
    }

    @Test func aClockThatIsSetBackPutsNothingOff() async throws {
        try await with("{every: '30m', target: 'none'}") { bench in
            try await bench.pass(.seconds(1800))
            try await bench.answer("HEARTBEAT_OK", number: 1)
            bench.clock.wall.nanoseconds -= 7 * 86_400_000_000_000
            try await bench.pass(.seconds(61))
            try await bench.pass(.seconds(1800))
            try await bench.answer("HEARTBEAT_OK", number: 2)
        }
    }

    @Test func aGatewayThatActsButBeginsNothingByItselfDoesWhatItIsAsked() async throws {
        try await with("{every: '30m', target: 'none'}") { bench in
            bench.bench.plane.cron.mayStart = { false }
            bench.bench.plane.heartbeats.mayAct = { true }
            try await bench.pass(.seconds(4000))
            #expect(bench.model.requests == 0)
            bench.bench.plane.heartbeats.ask("main")
            try await bench.answer("HEARTBEAT_OK", number: 1)
        }
    }

    @Test func whoAsksWhileOneIsUnderWayGetsTheNext() async throws {
        try await with("{every: '0m', target: 'none'}") { bench in
            bench.bench.plane.heartbeats.ask("main")
            try await turns { bench.model.requests == 1 }
            bench.bench.plane.events.add("The oven is hot")
            bench.bench.plane.heartbeats.ask("main")
            try await bench.bench.calm()
            #expect(bench.model.requests == 1)
            bench.model.push(.text("HEARTBEAT_OK"))
            bench.model.push(.finish(.stop))
            try await turns { bench.model.requests == 2 }
            #expect(bench.model.lastText?.contains("- The oven is hot\n") == true)
            try await bench.answer("HEARTBEAT_OK", number: 2)
            try await bench.pass(.seconds(1800))
            #expect(bench.model.requests == 2)
        }
    }

    @Test func aGuestIsNotToldWhatWaitsForTheOwner() async throws {
        try await with("{every: '0m'}") { bench in
            bench.bench.plane.events.add("The safe is open")
            let client = try await bench.bench.connect(scopes: [.read, .write])
            _ = try await client.call("chat.send", ["sessionKey": "main", "message": "Hi", "idempotencyKey": "k"])
            try await bench.answer("Hello.", number: 1)
            #expect(bench.bench.plane.events.waiting == ["The safe is open"])
        }
    }

    @Test func theyAreSwitchedOffAndOn() async throws {
        try await with("{every: '30m', target: 'none'}") { bench in
            let client = try await bench.bench.connect()
            let row = { () async throws in try await client.call("status")["heartbeat"]?["agents"]?[0] }
            #expect(try await row()?["enabled"] == true)
            #expect(try await client.call("set-heartbeats", ["enabled": false])["enabled"] == false)
            #expect(try await row()?["enabled"] == false)
            try await bench.pass(.seconds(3600))
            #expect(bench.model.requests == 0)
            _ = try await client.call("set-heartbeats", ["enabled": true])
            try await bench.answer("HEARTBEAT_OK", number: 1)
        }
    }

    @Test func aJobForTheMainSessionMayWaitForIt() async throws {
        try await with("{every: '30m', target: 'none'}") { bench in
            let client = try await bench.bench.connect()
            _ = try await client.call(
                "cron.add",
                [
                    "name": "note", "schedule": ["kind": "every", "everyMs": 600_000], "sessionTarget": "main",
                    "wakeMode": "next-heartbeat", "payload": ["kind": "systemEvent", "text": "Ten minutes"],
                ])
            try await bench.pass(.seconds(600))
            #expect(bench.model.requests == 0)
            #expect(bench.bench.plane.events.waiting == ["Ten minutes"])
            try await bench.pass(.seconds(1199))
            try await bench.pass(.seconds(2))
            try await turns { bench.model.requests == 1 }
            #expect(bench.model.lastText?.contains("- Ten minutes\n") == true)
        }
    }

    @Test func whatWaitsAndWhenItWasLastOutliveTheGateway() async throws {
        try await onLoop {
            let scratch = ScratchDirectory()
            let store = try await Store.open(at: scratch.path("s.sqlite"), schema: GatewaySchema.schema)
            let clock = FakeClock()
            let log = Log(LogOutput(LogSettings(), clock: clock), subsystem: "test")
            let first = SystemEvents(clock: clock, log: log) { "main" }
            try await first.load(store)
            first.add("one")
            first.add("two", agent: "ops")
            for _ in 0..<8 {
                try await store.write { _ throws(StoreError) in }
                await clock.settle()
            }
            let second = SystemEvents(clock: clock, log: log) { "main" }
            try await second.load(store)
            #expect(second.waiting == ["one", "two"] && second.take(agent: "ops") == ["two"])
            #expect(second.take(agent: "main") == ["one"] && second.waiting == [])
            second.told(["two"], agent: "ops")
            for _ in 0..<8 {
                try await store.write { _ throws(StoreError) in }
                await clock.settle()
            }
            let third = SystemEvents(clock: clock, log: log) { "main" }
            try await third.load(store)
            #expect(third.waiting == ["one"], "nobody was told of that one before the end")
            await store.close()
        }
    }
}

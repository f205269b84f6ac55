import Agents
import Models
import Platform
import Support
import Testing

@testable import Gateway

@Suite struct RunDuringReloadTests {
    private static let before = """
        { gateway: { mode: 'local' },
          models: { providers: { p: { baseUrl: 'http://127.0.0.1:1/v1', models: [{ id: 'a' }] } } },
          agents: { defaults: { model: 'p/a' } } }
        """
    private static let after = """
        { gateway: { mode: 'local' },
          models: { providers: { q: { baseUrl: 'http://127.0.0.1:1/v1', models: [{ id: 'b' }] } } },
          agents: { defaults: { model: 'q/b' } } }
        """

    @Test func aRunEndsWithTheModelsItBeganWithAndTheNextHasTheNewOnes() async throws {
        try await onLoop {
            let (old, new) = (PushedModel(), PushedModel())
            let desk = ModelDesk(clock: FakeClock()) { $0.providers["q"] == nil ? old : new }
            let bench = try MethodBench(models: desk)
            try await bench.openSessions()
            try await bench.begin(Self.before)
            let client = try await bench.connect()
            _ = try await client.call("chat.send", ["sessionKey": "main", "message": "Hi", "idempotencyKey": "k1"])
            try await turns { old.isAsked }
            bench.file = Self.after
            let outcome = try await bench.configuration.reload()
            #expect(outcome.taken.contains("agents.defaults.model"))
            for event: ModelEvent in [
                .toolCallStart(index: 0, id: "c1", name: "session_status"), .toolCallArguments(index: 0, "{}"),
                .toolCallEnd(index: 0, seal: nil), .finish(.toolCalls),
            ] {
                old.push(event)
            }
            try await turns { old.requests == 2 }
            old.push(.text("done"))
            old.push(.finish(.stop))
            try await turns { client.events("chat").last?["state"] == "final" }
            #expect(new.requests == 0)
            _ = try await client.call("chat.send", ["sessionKey": "main", "message": "Hi", "idempotencyKey": "k2"])
            try await turns { new.isAsked }
            #expect(old.requests == 2)
            new.push(.text("new"))
            new.push(.finish(.stop))
            try await turns {
                client.events("chat").last?["runId"] == "k2" && client.events("chat").last?["state"] == "final"
            }
            await bench.closeSessions()
        }
    }
}

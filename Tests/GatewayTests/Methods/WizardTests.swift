import Contract
import Platform
import Support
import Testing

@testable import Gateway

@Suite struct WizardTests {
    @LoopActor
    private func next(_ client: BenchClient, _ id: JSON, _ step: String, _ value: JSON?) async throws -> JSON {
        var answer: JSON = ["stepId": .string(step)]
        answer["value"] = value
        return try await client.call("wizard.next", ["sessionId": id, "answer": answer])
    }

    @Test func theAnswersAreWrittenAtTheEnd() async throws {
        try await onLoop {
            let bench = try MethodBench()
            try await bench.begin("{\n  // mine\n  gateway: {},\n}\n")
            let client = try await bench.connect()
            let start = try await client.call("wizard.start")
            let id = try #require(start["sessionId"])
            #expect((start["done"], start["step"]?["type"]) == (false, "note"))
            #expect(try await client.refusal("wizard.start") == "UNAVAILABLE wizard already running")
            #expect(try await next(client, id, "welcome", nil)["step"]?["type"] == "select")
            #expect(try await next(client, id, "mode", "local")["step"]?["type"] == "text")
            #expect(try await next(client, id, "workspace", "~/agents")["step"]?["type"] == "confirm")
            #expect(bench.file?.contains("agents") == false)
            #expect(try await next(client, id, "write", true) == ["status": "done", "done": true])
            #expect(bench.file?.contains("// mine") == true)
            let config = try await client.call("config.get")["config"]
            #expect(config?["gateway"]?["mode"] == "local")
            #expect(config?["agents"]?["defaults"]?["workspace"] == "~/agents")
            #expect(try await client.call("wizard.status", ["sessionId": id]) == ["status": "done"])
            _ = try await client.call("wizard.start")
        }
    }

    @Test func whatIsGivenIsNotAskedFor() async throws {
        try await onLoop {
            let client = try await MethodBench().connect()
            let id = try #require(
                try await client.call("wizard.start", ["mode": "local", "workspace": "/work"])["sessionId"])
            #expect(try await next(client, id, "welcome", nil)["step"]?["id"] == "write")
            #expect(try await next(client, id, "write", false) == ["status": "cancelled", "done": true])
            #expect(try await client.call("config.get")["exists"] == false)
        }
    }

    @Test func wrongAnswersAreAskedForAgain() async throws {
        try await onLoop {
            let client = try await MethodBench().connect()
            let id = try #require(try await client.call("wizard.start", ["mode": "remote"])["sessionId"])
            let wrong: JSON = ["sessionId": id, "answer": ["stepId": "mode", "value": "local"]]
            #expect(
                try await client.refusal("wizard.next", wrong)
                    == "INVALID_REQUEST wizard step mismatch: welcome is asked now")
            _ = try await next(client, id, "welcome", nil)
            let http: JSON = ["sessionId": id, "answer": ["stepId": "url", "value": "http://x"]]
            #expect(try await client.refusal("wizard.next", http).contains("ws:// or wss://"))
            #expect(try await client.call("wizard.next", ["sessionId": id])["step"]?["id"] == "url")
            #expect(try await client.call("wizard.cancel", ["sessionId": id]) == ["status": "cancelled"])
            #expect(try await client.call("wizard.next", ["sessionId": id])["done"] == true)
            #expect(
                try await client.refusal("wizard.status", ["sessionId": "other"]) == "INVALID_REQUEST wizard not found")
        }
    }

    @Test func oneThatNobodyAnswersGivesWay() async throws {
        try await onLoop {
            let bench = try MethodBench()
            let client = try await bench.connect()
            _ = try await client.call("wizard.start")
            let desk = WizardDesk(configuration: bench.configuration)
            _ = try desk.start(mode: nil, workspace: nil)
            await bench.clock.advance(by: WizardDesk.patience - .nanoseconds(1))
            #expect(throws: RPCError.self) { try desk.start(mode: nil, workspace: nil) }
            await bench.clock.advance(by: .nanoseconds(1))
            _ = try desk.start(mode: nil, workspace: nil)
        }
    }
}

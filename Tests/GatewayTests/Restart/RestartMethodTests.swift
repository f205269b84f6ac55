import Platform
import Support
import Testing

@testable import Gateway

@Suite struct RestartMethodTests {
    @Test func whereNothingCanBeStartedThatIsSaid() async throws {
        try await onLoop {
            let client = try await MethodBench().connect()
            #expect(try await client.refusal("gateway.restart.request").contains("does not tell which file"))
            let preflight = try await client.call("gateway.restart.preflight")
            #expect(preflight["mode"]?.string == "none")
            #expect(preflight["pending"]?.bool == false)
        }
    }

    @Test func whoMeansAnEarlierStartHasWhatHeWanted() async throws {
        try await onLoop {
            let client = try await MethodBench().connect()
            let answer = try await client.call("gateway.restart.request", ["runId": "another", "mode": "safe"])
            #expect(answer["status"]?.string == "done")
        }
    }
}

import Contract
import Platform
import Support
import Testing

@testable import Gateway

/// What `config.patch` and `config.apply` say of the restart that a change takes or does not take.
@Suite struct ConfigRestartTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let mode: String
        let patch: String
        var restarts = false
        let answer: String
        let left: [String]

        var testDescription: String { "\(mode) \(patch)" }
    }

    private static let port = "{gateway: {port: 19100}}"
    private static let hosts = "{gateway: {allowedHosts: ['a']}}"

    private static let rows = [
        Row(mode: "hybrid", patch: port, restarts: true, answer: "restart", left: ["gateway.port"]),
        Row(mode: "hybrid", patch: hosts, answer: "hot", left: []),
        Row(
            mode: "hybrid", patch: "{gateway: {port: 19100, allowedHosts: ['a']}}", restarts: true, answer: "restart",
            left: ["gateway.port"]),
        Row(mode: "hot", patch: port, answer: "pending", left: ["gateway.port"]),
        Row(mode: "hot", patch: hosts, answer: "hot", left: []),
        Row(mode: "off", patch: hosts, answer: "pending", left: ["gateway.allowedHosts"]),
        Row(mode: "restart", patch: hosts, restarts: true, answer: "restart", left: ["gateway.allowedHosts"]),
        Row(mode: "hybrid", patch: "{meta: {lastTouchedVersion: '1'}}", answer: "none", left: []),
        Row(mode: "hybrid", patch: "{gateway: {port: 19099}}", answer: "none", left: []),
    ]

    @LoopActor
    private func bench(_ mode: String, _ means: RestartMeans? = .supervised) async throws -> MethodBench {
        let bench = try MethodBench(restarts: RestartDesk(means: means, clock: FakeClock()))
        bench.configuration.add(["gateway.allowedHosts"]) { _ in }
        try await bench.begin("{gateway: {mode: 'local', port: 19099, reload: {mode: '\(mode)'}}}")
        return bench
    }

    @LoopActor
    private func patch(_ bench: MethodBench, _ text: String) async throws -> JSON {
        let client = try await bench.connect()
        let hash = try await client.call("config.get")["hash"] ?? .null
        return try await client.call("config.patch", ["raw": .string(text), "baseHash": hash])
    }

    @Test(arguments: rows)
    func theAnswerIsThatOfThePlan(_ row: Row) async throws {
        try await onLoop {
            let bench = try await bench(row.mode)
            var asked = 0
            bench.configuration.requestRestart = { _ in asked += 1 }
            let answer = try await patch(bench, row.patch)
            #expect(MethodContract.configPatch.result.problems(answer) == [])
            #expect(answer["restart"]?["mode"]?.string == row.answer)
            #expect(answer["restart"]?["ok"]?.bool == row.restarts)
            #expect(asked == (row.restarts ? 1 : 0))
            #expect(answer["needsRestart"] == .array(row.left.map { .string($0) }))
        }
    }

    @Test func whatNobodyCanStartAnewWaits() async throws {
        try await onLoop {
            let answer = try await patch(try await bench("hybrid", nil), Self.port)
            #expect(answer["restart"]?["mode"]?.string == "pending")
            #expect(answer["restart"]?["ok"]?.bool == false)
            #expect(answer["restart"]?["reason"]?.string?.contains("gateway.port") == true)
        }
    }

    @Test func runsUnderWayAreNamed() async throws {
        try await onLoop {
            let restarts = RestartDesk(means: .supervised, clock: FakeClock())
            let bench = try MethodBench(restarts: restarts)
            restarts.work = { 1 }
            try await bench.begin("{gateway: {mode: 'local', port: 19099}}")
            let answer = try await patch(bench, Self.port)
            #expect(answer["restart"]?["mode"]?.string == "restart")
            #expect(answer["restart"]?["reason"]?.string?.contains("no run is under way") == true)
        }
    }

    @Test func aRestartThatIsOnItsWayIsToldToWhoChangesNothing() async throws {
        try await onLoop {
            let bench = try await bench("hybrid")
            _ = try await patch(bench, Self.port)
            let again = try await patch(bench, Self.port)
            #expect(again["noop"] == true)
            #expect(again["restart"]?["mode"]?.string == "restart")
            #expect(again["needsRestart"] == ["gateway.port"])
        }
    }
}

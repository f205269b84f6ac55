import Platform
import Settings
import Support
import Testing

@testable import Agents
@testable import Gateway

/// What `rescue.read` of the `gateway` tool tells of the profile that this gateway watches.
@Suite struct RescueReadTests {
    @LoopActor
    private func control(watching name: String?) async throws -> (GatewayControl, MethodBench, state: String) {
        let bench = try MethodBench()
        let watch = name.map { ", rescue: {watch: '\($0)'}" } ?? ""
        try await bench.begin("{gateway: {mode: 'local'}\(watch)}")
        let own = OwnFacts(
            facts: MethodBench.facts, health: bench.health, hub: bench.plane.hub, output: bench.output,
            clock: bench.clock)
        let control = GatewayControl(
            facts: MethodBench.facts, health: bench.health, own: own, configuration: bench.configuration,
            restarts: RestartDesk(means: nil, clock: bench.clock))
        return (control, bench, bench.configuration.instance.homeDirectory + "/.openclaw-\(name ?? "")")
    }

    @LoopActor
    private func problem(_ control: GatewayControl) async -> String {
        do throws(ToolProblem) {
            return "\(try await control.watched("config"))"
        } catch {
            return "\(error)"
        }
    }

    @Test func onlyAnotherProfileThatTheOwnerNamedIsReadAtAll() async throws {
        try await onLoop {
            let rows = [
                (nil, "rescue.watch is not set"), ("default", "this gateway's own profile"), ("../x", "rescue.watch: "),
            ]
            for (name, text) in rows {
                let (control, bench, _) = try await control(watching: name)
                defer { withExtendedLifetime(bench) {} }
                #expect(await problem(control).contains(text), "\(name ?? "none")")
            }
        }
    }

    @Test func itsConfigurationIsToldWithoutSecrets() async throws {
        try await onLoop {
            let (control, bench, state) = try await control(watching: "second")
            defer { withExtendedLifetime(bench) {} }
            try await PrivateDirectory.create(state)
            try await AtomicFile.write(
                Array("{gateway: {mode: 'local', port: 19789, auth: {token: 'a-token-of-the-second'}}}".utf8),
                to: state + "/openclaw.json")
            let told = try await control.watched("config")
            #expect(told["config"]?["gateway"]?["port"] == 19789)
            #expect(!told.description.contains("a-token-of-the-second"))
            try await AtomicFile.write(Array("{gateway: {port: 'x'}}".utf8), to: state + "/openclaw.json")
            let broken = try await control.watched("config")
            #expect(broken["valid"] == false)
            #expect(broken["problems"]?.array?.isEmpty == false)
        }
    }

    @Test func itsLogIsToldWithoutOurSecrets() async throws {
        try await onLoop {
            let (control, bench, state) = try await control(watching: "second")
            bench.output.redaction.register(all: ["a-secret-of-this-gateway"])
            try await PrivateDirectory.create(state + "/logs")
            try await AtomicFile.write(
                Array("{\"message\":\"first\"}\n{\"message\":\"a-secret-of-this-gateway came\"}\n".utf8),
                to: state + "/logs/gateway.log")
            let lines = try await control.watched("logs")["lines"]?.array?.compactMap(\.string) ?? []
            #expect(lines.count == 2)
            #expect(lines.last?.contains(" came") == true)
            #expect(!lines.joined().contains("a-secret-of-this-gateway"))
        }
    }

    @Test func whetherItRunsIsToldFromItsLock() async throws {
        try await onLoop {
            let (control, bench, state) = try await control(watching: "second")
            defer { withExtendedLifetime(bench) {} }
            #expect(try await control.watched("status")["started"] == false)
            try await PrivateDirectory.create(state)
            let outcome = try await FileLock.acquire(state + "/gateway.lock", as: .current())
            guard case .acquired(let lock) = outcome else {
                Issue.record("the lock is not free")
                return
            }
            let status = try await control.watched("status")
            #expect(status["pid"] == .int(Int64(HostFacts.processID)))
            #expect(status["processRuns"] == true)
            lock.release()
        }
    }
}

import Platform
import Support
import Testing

@testable import Supervision

/// A host of which only the files and the answers of systemctl are made up.
@LoopActor
private struct MadeUpHost {
    let scratch = ScratchDirectory()
    let runner = FakeProcessRunner()

    init() throws { try PrivateDirectory.create(scratch.path("run/systemd/system")) }

    func backend(root: Bool = false, _ more: [String: String] = [:]) -> SystemdBackend {
        var environment = ["PATH": "/bin", "HOME": scratch.path("h"), "OPENCLAW_GATEWAY_TOKEN": "very-secret"]
        environment.merge(more) { $1 }
        return SystemdBackend(
            SupervisionHost(
                environment: Environment(environment), runner: runner, userHome: scratch.path("h"), userName: "ada",
                userID: root ? 0 : 1000, root: scratch.path))
    }

    func wanted(_ kind: ServiceKind = .user) throws -> ServiceDescription {
        try description(profile: "rescue", kind: kind, home: scratch.path("h"))
    }

    /// What was run, `show` aside, which only looks.
    var commands: [String] {
        runner.requests.map { $0.arguments.joined(separator: " ") }.filter { !$0.contains(" show ") }
    }

    func answer(_ rule: @escaping (String) -> ProcessResult?) {
        runner.answer = { request in
            .success(rule(request.arguments.joined(separator: " ")) ?? ProcessResult(ending: .exited(0)))
        }
    }
}

@Suite struct SystemdBackendTests {
    private static let unit = "openclaw-gateway-rescue.service"

    @Test func anInstallationIsDoneOnce() async throws {
        try await onLoop {
            let host = try MadeUpHost()
            let first = try await host.backend().install(host.wanted())
            #expect(first.change == .created)
            #expect(first.path == host.scratch.path("h/.config/systemd/user/" + Self.unit))
            #expect(first.notes == ["it ends when you log out; to keep it: loginctl enable-linger ada"])
            #expect(host.commands == ["systemctl --user daemon-reload", "systemctl --user enable \(Self.unit)"])
            #expect(try await host.backend().install(host.wanted()).change == nil)
        }
    }

    @Test func noSecretReachesTheUnitOrSystemctl() async throws {
        try await onLoop {
            let host = try MadeUpHost()
            let outcome = try await host.backend().install(host.wanted())
            let text = String(decoding: try await FileReading.read(outcome.path, limit: 1 << 20), as: UTF8.self)
            #expect(text.contains("ExecStart="))
            #expect(!text.contains("very-secret"))
            #expect(!host.runner.requests.isEmpty)
            for request in host.runner.requests { #expect(!"\(request)".contains("very-secret")) }
        }
    }

    @Test func removingLeavesNothing() async throws {
        try await onLoop {
            let host = try MadeUpHost()
            let place = try host.wanted().place
            let path = try await host.backend().install(host.wanted()).path
            try await host.backend().remove(place)
            #expect(!FileReading.exists(path))
            #expect(host.commands.contains("systemctl --user disable --now \(Self.unit)"))
            try await host.backend().remove(place)
        }
    }

    @Test func aSystemServiceOfTheSameGatewayStopsAnInstallation() async throws {
        try await onLoop {
            let host = try MadeUpHost()
            let other = host.scratch.path("system-unit")
            let text = SystemdUnit.text(try host.wanted(.system))
            host.scratch.write(text, to: "system-unit")
            host.answer { command in
                guard command.hasPrefix("systemctl --system show") else { return nil }
                let facts = "LoadState=loaded\nActiveState=inactive\nFragmentPath=\(other)\n"
                return ProcessResult(ending: .exited(0), output: Array(facts.utf8))
            }
            await #expect(throws: SupervisionError.self) { try await host.backend().install(host.wanted()) }
            #expect(host.commands == [])
        }
    }

    @Test func whatMayNotChangeServicesIsToldWhy() async throws {
        try await onLoop {
            let host = try MadeUpHost()
            let external = host.backend(["OPENCLAW_SUPERVISOR_MODE": "external"])
            await #expect(throws: SupervisionError.external) { try await external.install(host.wanted()) }
            await #expect(throws: SupervisionError.needsRoot("a system service")) {
                try await host.backend().install(host.wanted(.system))
            }
            await #expect(throws: SupervisionError.rootHasNoSession) {
                try await host.backend(root: true).install(host.wanted())
            }
            #expect(host.commands == [])
        }
    }

    @Test func withoutASessionTheWayOutIsNamed() async throws {
        try await onLoop {
            let host = try MadeUpHost()
            let said = "Failed to connect to bus: No medium found"
            host.answer { _ in ProcessResult(ending: .exited(1), errorOutput: Array(said.utf8)) }
            await #expect(throws: SupervisionError.noSession(reason: said)) {
                try await host.backend().install(host.wanted())
            }
        }
    }

    @Test func aStateIsReadFromSystemctl() async throws {
        try await onLoop {
            let host = try MadeUpHost()
            _ = try await host.backend().install(host.wanted())
            host.answer { _ in
                let facts =
                    "LoadState=loaded\nActiveState=active\nUnitFileState=enabled\nMainPID=4121\nNRestarts=2\nFragmentPath=\n"
                return ProcessResult(ending: .exited(0), output: Array(facts.utf8))
            }
            let state = await host.backend().inspect(try host.wanted().place)
            #expect(state.condition == .running)
            #expect(state.processID == 4121)
            #expect(state.restarts == 2)
            #expect(state.isEnabled == true)
            #expect(state.lingers == false)
            let installed = try #require(state.installed)
            #expect(ServiceDrift.between(installed, try host.wanted()) == [])
        }
    }
}

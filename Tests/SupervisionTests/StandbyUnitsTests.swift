import Platform
import Settings
import Support
import Testing

@testable import Supervision

@Suite struct StandbyUnitsTests {
    private func units(
        _ home: String, kind: ServiceKind = .user, profile: String? = nil, gateway: String = "openclaw.service"
    ) throws -> StandbyUnits {
        var flags = Instance.Flags()
        flags.profile = profile
        let instance = try Instance(flags: flags, environment: ["HOME": home])
        let service = ServiceDescription(
            instance, kind: kind, binary: "/usr/local/bin/openclaw", port: 18789, version: "1",
            user: kind == .system ? "ada" : nil)
        return StandbyUnits(service, gateway: gateway)
    }

    /// A host with systemd, on which `runner` stands for systemctl.
    private func host(_ scratch: ScratchDirectory, _ runner: FakeProcessRunner, root: Bool = false) -> SupervisionHost {
        for name in ["run", "run/systemd", "run/systemd/system"] { scratch.makeDirectory(name) }
        return .made(by: runner, home: scratch.path, root: scratch.path, userID: root ? 0 : 501)
    }

    @Test func theMonitorIsEnabledAndTheGatewayIsNot() async throws {
        let scratch = ScratchDirectory()
        let units = try units(scratch.path)
        try await onLoop {
            let runner = FakeProcessRunner()
            let installation = StandbyInstallation(units, self.host(scratch, runner))
            let outcome = try await installation.install()
            #expect(outcome.change == .created && installation.isInstalled)
            let words = runner.requests.map { $0.arguments.dropFirst(2).joined(separator: " ") }
            #expect(
                words == [
                    "daemon-reload", "enable openclaw-health-monitor.service",
                    "restart openclaw-health-monitor.service",
                ])
            // A second time nothing is written, and what runs goes on.
            #expect(try await installation.install().change == nil)
            #expect(runner.requests.last?.arguments.suffix(2) == ["start", "openclaw-health-monitor.service"])
            #expect(try await installation.remove())
            #expect(!installation.isInstalled && scratch.names(in: ".config/systemd/user").isEmpty)
            #expect(try await !installation.remove())
        }
    }

    @Test func bothUnitsAreReadBackAsTheyWere() throws {
        let units = try units("/home/ada", profile: "two")
        #expect(units.monitorName == "openclaw-health-monitor-two.service")
        let monitor = SystemdUnit.read(units.monitorText, path: "/m")
        #expect(monitor.arguments == ["failover", "run"] && monitor.binary == units.service.binary)
        #expect(monitor.environment["OPENCLAW_PROFILE"] == "two")
        let gateway = SystemdUnit.read(units.gatewayText, path: "/g")
        #expect(gateway.arguments == ["gateway", "run", "--port", "18789"])
        #expect(ServiceDrift.between(gateway, units.service) == [])
    }

    @Test func aSecondOwnerIsRefused() async throws {
        let scratch = ScratchDirectory()
        let units = try units(scratch.path)
        for name in [".config", ".config/systemd", ".config/systemd/user", "etc", "etc/systemd", "etc/systemd/system"] {
            scratch.makeDirectory(name)
        }
        try await onLoop {
            let runner = FakeProcessRunner()
            let installation = StandbyInstallation(units, self.host(scratch, runner))
            for (file, owner) in [
                (".config/systemd/user/openclaw-gateway.service", "openclaw-gateway.service"),
                ("etc/systemd/system/openclaw-gateway.service", "openclaw-gateway.service"),
                ("etc/systemd/system/openclaw-health-monitor.service", "openclaw-health-monitor.service"),
                ("etc/systemd/system/openclaw.service", "openclaw.service"),
            ] {
                scratch.write("[Service]\n", to: file)
                var refusal: SupervisionError?
                do throws(SupervisionError) { _ = try await installation.install() } catch { refusal = error }
                guard case .ownedBy(owner, _, _)? = refusal else {
                    Issue.record("\(file): \(refusal.map { "\($0)" } ?? "installed")")
                    continue
                }
                scratch.delete(file)
            }
            #expect(runner.requests.isEmpty)
        }
    }

    @Test func aUnitThatAlwaysRunsIsNotTheMonitors() async throws {
        let scratch = ScratchDirectory()
        let units = try units(scratch.path, gateway: "openclaw-gateway.service")
        await #expect(throws: SupervisionError.self) {
            try await onLoop {
                try await StandbyInstallation(units, self.host(scratch, FakeProcessRunner())).install()
            }
        }
    }

    @Test func polkitLetsThatUserStartThatUnit() async throws {
        let scratch = ScratchDirectory()
        let units = try units(scratch.path, kind: .system)
        for name in ["etc", "etc/systemd", "etc/systemd/system"] { scratch.makeDirectory(name) }
        try await onLoop {
            let installation = StandbyInstallation(units, self.host(scratch, FakeProcessRunner(), root: true))
            let without = try await installation.install()
            #expect(without.notes.contains { $0.contains("polkit is not installed") })
            #expect(!FileReading.exists(scratch.path("etc/polkit-1")))
            for name in ["etc/polkit-1", "etc/polkit-1/rules.d"] { scratch.makeDirectory(name) }
            #expect(installation.preview.notes.isEmpty)
            #expect(try await installation.install().change == .created)
            let rule = scratch.read("etc/polkit-1/rules.d/50-openclaw-failover.rules") ?? ""
            #expect(rule.contains(#"action.lookup("unit") == "openclaw.service""#))
            #expect(rule.contains(#"subject.user == "ada""#))
            #expect(try await installation.remove())
            #expect(scratch.names(in: "etc/polkit-1/rules.d").isEmpty)
        }
    }
}

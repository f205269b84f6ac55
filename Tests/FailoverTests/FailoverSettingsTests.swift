import Platform
import Settings
import Support
import Testing
import Wire

@testable import Failover

@Suite struct FailoverSettingsTests {
    private static let schema = ConfigSchema(parts: [.failover, .configuration, .openClaw])

    private func settings(
        _ text: String, _ variables: [String: String] = [:], profile: String? = nil
    ) async throws -> FailoverSettings {
        let scratch = ScratchDirectory()
        let folder = profile.map { ".openclaw-\($0)" } ?? ".openclaw"
        scratch.makeDirectory(folder)
        scratch.write(text, to: folder + "/openclaw.json")
        let environment = Environment(variables.merging(["HOME": scratch.path]) { own, _ in own })
        var flags = Instance.Flags()
        flags.profile = profile
        let instance = try Instance(flags: flags, environment: environment)
        return try await onLoop {
            let loader = ConfigLoader(
                instance, environment: environment, schema: Self.schema, workingDirectory: nil)
            return try FailoverSettings(try await loader.load(), instance: instance)
        }
    }

    /// What is told of a configuration, a line each.
    private func problems(
        _ text: String, _ variables: [String: String] = [:], profile: String? = nil
    ) async -> [String] {
        do {
            _ = try await settings(text, variables, profile: profile)
            return []
        } catch let refusal as ConfigRefusal {
            return refusal.problems.map(\.text)
        } catch {
            return ["\(error)"]
        }
    }

    @Test func withoutAnythingThereIsNoFailover() async throws {
        let found = try await settings("{}")
        #expect(!found.isEnabled && found.mode == .split && found.role == .standby && found.priority == 1)
        #expect(found.peers.isEmpty && found.channels.isEmpty && !found.runsCron)
        #expect(found.check == FailoverSettings.Check())
        #expect(found.promotion == FailoverSettings.Promotion())
        #expect(found.demotion == FailoverSettings.Demotion())
        #expect(found.witnesses == [.defaultGateway, .nameServer])
        #expect(found.pushInterval == 300_000)
    }

    @Test func everyKeyIsTaken() async throws {
        let found = try await settings(
            """
            { failover: {
              enabled: true, mode: "split", role: "standby", priority: 2,
              peers: [{ url: "wss://b.test:1", priority: 1 }, { url: "ws://100.64.0.1:18789", token: "t0k", priority: 0 }],
              check: { intervalMs: 2000, suspectIntervalMs: 500, timeoutMs: 700, failThreshold: 4, minSuspectMs: 0,
                       recoverThreshold: 6 },
              witnesses: ["tcp:100.100.100.100:53", "dns", "https://example.test/up"],
              promote: { gitPull: false, secretsHost: "me@vault", warm: false, unit: "x.service", deadlineMs: 9000 },
              demote: { failback: "manual", minActiveMs: 1, drainMs: 2 },
              flap: { windowMs: 60000, holdDownMs: 3 },
              channels: ["discord"], cron: true, push: { intervalMs: 4000 }, hooks: { prePromote: "/bin/hook" },
              alert: { channel: "discord", to: "user:7", webhook: "https://hook.test/x" }
            } }
            """, ["PRIMARY_IP": "10.0.0.9", "FAIL_THRESHOLD": "9", "CHECK_INTERVAL": "99", "SECRETS_HOST": "other"])
        #expect(found.isEnabled && found.priority == 2 && found.runsCron)
        #expect(found.peers.map(\.place) == [.url("ws://100.64.0.1:18789"), .url("wss://b.test:1")])
        #expect(found.peers.first?.token == "t0k")
        #expect(found.above.count == 2)
        #expect(
            found.check
                == FailoverSettings.Check(
                    interval: 2000, suspectInterval: 500, timeout: 700, failThreshold: 4, minSuspect: 0,
                    recoverThreshold: 6))
        #expect(
            found.promotion
                == FailoverSettings.Promotion(
                    pullsWorkspace: false, secretsHost: "me@vault", isWarm: false, unit: "x.service", deadline: 9000,
                    hook: "/bin/hook"))
        #expect(
            found.demotion
                == FailoverSettings.Demotion(
                    failback: .manual, minActive: 1, drain: 2, flapWindow: 60000, holdDown: 3))
        #expect(found.witnesses.map(\.description) == ["tcp:100.100.100.100:53", "dns", "https://example.test"])
        #expect(found.alert == .init(channel: "discord", target: "user:7", webhook: "https://hook.test/x"))
        #expect(found.pushInterval == 4000)
    }

    @Test func theShellMonitorsVariablesCountWhereAKeyIsAbsent() async throws {
        let found = try await settings(
            "{ failover: { enabled: true } }",
            [
                "PRIMARY_IP": "100.64.0.1", "PRIMARY_PORT": "19000", "SECRETS_HOST": "vault", "FAIL_THRESHOLD": "5",
                "CHECK_INTERVAL": "7",
            ])
        #expect(found.peers.map(\.place) == [.url("ws://100.64.0.1:19000")])
        #expect(found.peers.map(\.priority) == [0])
        #expect(found.check.failThreshold == 5 && found.check.interval == 7000)
        #expect(found.promotion.secretsHost == "vault")
        let usual = try await settings("{}", ["PRIMARY_IP": "fd00::1"])
        #expect(usual.peers.map(\.place) == [.url("ws://[fd00::1]:18789")])
    }

    @Test(
        arguments: [
            ("PRIMARY_PORT", "0", "a whole number from 1 to 65535"),
            ("PRIMARY_PORT", "65536", "a whole number from 1 to 65535"),
            ("FAIL_THRESHOLD", "three", "a whole number from 1 to 100"),
            ("FAIL_THRESHOLD", "0", "a whole number from 1 to 100"),
            ("FAIL_THRESHOLD", "101", "a whole number from 1 to 100"),
            ("CHECK_INTERVAL", "10s", "a whole number from 1 to 3600"),
            ("CHECK_INTERVAL", "3601", "a whole number from 1 to 3600"),
            ("PRIMARY_IP", "not a host", "an IP address or the name of a host"),
        ])
    func aVariableThatMeansNothingIsNamed(name: String, value: String, allowed: String) async {
        let found = await problems(
            "{ failover: { enabled: true } }",
            [name: value].merging(["PRIMARY_IP": "100.64.0.1"]) { own, _ in own })
        #expect(found.first == "\(name): \"\(value)\" in the environment is not allowed; \(allowed)")
    }

    @Test func variablesAtTheirLimitsAreTaken() async throws {
        for (name, value) in [("PRIMARY_PORT", "65535"), ("FAIL_THRESHOLD", "100"), ("CHECK_INTERVAL", "3600")] {
            #expect(await problems("{}", [name: value, "PRIMARY_IP": "10.0.0.1"]).isEmpty, "\(name)")
        }
    }

    @Test func aProfileToWatchIsShortForTheLocalMode() async throws {
        let found = try await settings("{ rescue: { watch: 'default' } }", profile: "rescue")
        #expect(found.isEnabled && found.mode == .local && found.role == .standby)
        #expect(found.above.map(\.place) == [.profile("default")])
        #expect(found.witnesses.isEmpty)
    }

    @Test func bothFormsAreAnError() async {
        let both = await problems(
            "{ rescue: { watch: 'default' }, failover: { peers: [{ url: 'ws://x:1' }] } }", profile: "rescue")
        #expect(both == ["rescue.watch: \"default\" cannot stand beside `failover`: both say whom this node watches"])
        #expect(
            await problems("{ rescue: { watch: 'default' }, failover: { enabled: false } }", profile: "rescue") == [])
        #expect(
            await problems("{ rescue: { watch: 'rescue' } }", profile: "rescue") == [
                "rescue.watch: \"rescue\" is this profile itself; the name of another profile"
            ])
    }

    @Test(
        arguments: [
            (
                "{failover: {mode: 'exclusive'}}",
                "failover.mode: \"exclusive\" is not allowed; one of split, local"
            ),
            (
                "{failover: {check: {failThreshold: 0}}}",
                "failover.check.failThreshold: 0 is not allowed; a whole number from 1 to 100"
            ),
            (
                "{failover: {witnesses: ['udp:1.1.1.1:53']}}",
                "failover.witnesses[0]: \"udp:1.1.1.1:53\" is not allowed; \(Witness.allowed)"
            ),
            (
                "{failover: {witnesses: []}}",
                "failover.witnesses: an empty list is not allowed; at least one of \(Witness.allowed)"
            ),
            (
                "{failover: {enabled: true, role: 'primary', priority: 1}}",
                "failover.priority: 1 is not allowed; 0 for the primary"
            ),
            (
                "{failover: {enabled: true, priority: 0, peers: [{url: 'ws://x:1'}]}}",
                "failover.priority: 0 is not allowed; 1 or more for a standby"
            ),
            (
                "{failover: {enabled: true}}",
                "failover.peers: name nobody whom this standby could watch; a peer with a priority below 1"
            ),
            (
                "{failover: {enabled: true, peers: [{url: 'ws://x:1'}, {url: 'ws://y:1'}]}}",
                "failover.peers: the priority 1 of ws://y:1 is that of this node; one that no other node has"
            ),
            (
                "{failover: {peers: [{token: 'x'}]}}",
                "failover.peers[0].url: is not set; a URL that begins with ws:// or wss://"
            ),
            (
                "{failover: {promote: {secretsHost: '-oProxyCommand=x'}}}",
                "failover.promote.secretsHost: \"-oProxyCommand=x\" is not allowed; a host, or user@host"
            ),
        ])
    func whatIsWrongIsTold(text: String, message: String) async {
        #expect(await problems(text) == [message])
    }

    @Test(
        arguments: [
            ("gateway", true), ("dns", true), ("tcp:10.0.0.1:53", true), ("tcp:[fd00::1]:53", true),
            ("tcp:name.test:65535", true), ("http://10.0.0.1", true), ("tcp:fd00::1:53", false), ("tcp:a:0", false),
            ("tcp:a:65536", false), ("tcp::53", false), ("tcp:a", false), ("ws://a/", false), ("", false),
        ])
    func aWitnessIsRead(text: String, isOne: Bool) {
        #expect((Witness(text) != nil) == isOne)
        if let witness = Witness(text) { #expect(witness.description == text) }
    }
}

import Platform
import Settings
import Support
import Testing

@testable import Supervision

/// A Mac of which only the files and launchctl's answers are made up. launchctl holds one service, or none.
@LoopActor
private final class MadeUpMac {
    let scratch = ScratchDirectory()
    let runner = FakeProcessRunner()
    let clock = FakeClock()
    /// What `print` says; nil where the service is not loaded.
    var held: String?
    /// Polls that a service which was told to end is still there for.
    var lingering = 0
    var hasDesktop = true
    /// How often loading is refused first.
    var refusals = 0

    init() throws {
        try PrivateDirectory.create(scratch.path("bin"))
        scratch.write("", to: "bin/launchctl")
        runner.answer = { [unowned self] in .success(self.answer($0.arguments)) }
    }

    private func answer(_ words: [String]) -> ProcessResult {
        switch words[1] {
        case "print":
            if lingering > 0 {
                lingering -= 1
                if lingering == 0 { held = nil }
            }
            guard let held else { return ProcessResult(ending: .exited(hasDesktop ? 113 : 112)) }
            return ProcessResult(ending: .exited(0), output: Array(held.utf8))
        case "bootstrap":
            guard hasDesktop else { return ProcessResult(ending: .exited(125)) }
            if refusals > 0 {
                refusals -= 1
                return ProcessResult(
                    ending: .exited(5), errorOutput: Array("Bootstrap failed: 5: Input/output error".utf8))
            }
            held = "x = {\n\tstate = running\n\tpid = 7\n}\n"
        case "bootout":
            if lingering == 0 { held = nil } else { return ProcessResult(ending: .exited(36)) }
        case "print-disabled": return ProcessResult(ending: .exited(0), output: Array("".utf8))
        default: break
        }
        return ProcessResult(ending: .exited(0))
    }

    func backend(root: Bool = false, _ environment: [String: String] = [:]) -> LaunchdBackend {
        let all = ["OPENCLAW_GATEWAY_TOKEN": "very-secret", "HOME": scratch.path("h")].merging(environment) { $1 }
        return LaunchdBackend(
            .made(by: runner, all, home: scratch.path("h"), root: scratch.path, userID: root ? 0 : 501), clock: clock)
    }

    func wanted(_ kind: ServiceKind = .user, profile: String? = "rescue") throws -> ServiceDescription {
        try description(profile: profile, kind: kind, home: scratch.path("h"))
    }

    /// What was run, questions aside.
    var commands: [String] {
        runner.requests.map { $0.arguments.dropFirst().joined(separator: " ") }.filter { !$0.hasPrefix("print") }
    }
}

@Suite struct LaunchdBackendTests {
    private static let target = "gui/501/ai.openclaw.rescue"

    @Test func anInstallationIsDoneOnce() async throws {
        try await onLoop {
            let mac = try MadeUpMac()
            let first = try await mac.backend().install(mac.wanted())
            #expect(first.change == .created)
            #expect(first.path == mac.scratch.path("h/Library/LaunchAgents/ai.openclaw.rescue.plist"))
            #expect(mac.scratch.mode("h/Library/LaunchAgents/ai.openclaw.rescue.plist") == 0o644)
            #expect(FileReading.exists(try mac.wanted().instance.logDirectory))
            #expect(mac.commands == ["enable \(Self.target)"])
            #expect(try await mac.backend().install(mac.wanted()).change == nil)
        }
    }

    @Test func theCommandsOfAServicesLifeAreAsRecorded() async throws {
        let commands = try await onLoop {
            let mac = try MadeUpMac()
            let place = try mac.wanted().place
            _ = try await mac.backend().install(mac.wanted())
            for action in [ServiceAction.start, .restart, .stop, .start, .disable, .start] {
                try await mac.backend().control(action, place)
            }
            _ = await mac.backend().inspect(place)
            try await mac.backend().remove(place)
            return mac.runner.requests.map { request in
                request.arguments.map { String($0.replacing(mac.scratch.path, with: "ROOT")) }
            }
        }
        try await SupervisionFixture.expect(
            SupervisionFixture.listing(commands), isRecordedAs: "launchctl/commands")
    }

    @Test func startingAndStoppingLoadsAndUnloads() async throws {
        try await onLoop {
            let mac = try MadeUpMac()
            let place = try mac.wanted().place
            let path = try await mac.backend().install(mac.wanted()).path
            try await mac.backend().control(.start, place)
            #expect(mac.commands.last == "bootstrap gui/501 \(path)")
            #expect(await mac.backend().inspect(place).condition == .running)
            let count = mac.commands.count
            try await mac.backend().control(.start, place)
            #expect(mac.commands.count == count + 1, "it runs; only enabled again")
            try await mac.backend().control(.stop, place)
            #expect(mac.commands.last == "bootout \(Self.target)")
            #expect(await mac.backend().inspect(place).condition == .stopped)
            try await mac.backend().control(.disable, place)
            #expect(mac.commands.last == "disable \(Self.target)")
        }
    }

    @Test func aRestartIsOneCommandUnlessTheFileIsNewer() async throws {
        try await onLoop {
            let mac = try MadeUpMac()
            let wanted = try mac.wanted()
            _ = try await mac.backend().install(wanted)
            let environment = wanted.environment.map { "\t\t\($0.key) => \($0.value)\n" }.joined()
            let arguments = ([wanted.binary] + wanted.arguments).map { "\t\t\($0)\n" }.joined()
            let same =
                "x = {\n\tstate = running\n\targuments = {\n\(arguments)\t}\n\tenvironment = {\n\(environment)\t}\n}\n"
            mac.held = same
            #expect(try await mac.backend().install(wanted).notes == [])
            try await mac.backend().control(.restart, wanted.place)
            #expect(mac.commands.last == "kickstart -k \(Self.target)")
            mac.held = String(same.replacing("18789", with: "18790"))
            #expect(try await mac.backend().install(wanted).notes.count == 1)
            try await mac.backend().control(.restart, wanted.place)
            #expect(mac.commands.suffix(3).map { $0.split(separator: " ")[0] } == ["bootout", "enable", "bootstrap"])
        }
    }

    @Test func aServiceThatIsStillEndingIsWaitedFor() async throws {
        try await onLoop {
            let mac = try MadeUpMac()
            let place = try mac.wanted().place
            _ = try await mac.backend().install(mac.wanted())
            try await mac.backend().control(.start, place)
            mac.lingering = 4
            var isDone = false
            startTask {
                try? await mac.backend().control(.restart, place)
                isDone = true
            }
            try await turns { mac.commands.contains("bootout \(Self.target)") }
            #expect(!isDone)
            for _ in 0..<20 where !isDone { await mac.clock.advance(by: .milliseconds(200)) }
            #expect(isDone)
            #expect(mac.commands.last?.hasPrefix("bootstrap") == true)
        }
    }

    @Test func aStartWaitsForAnEndThatIsUnderWay() async throws {
        try await onLoop {
            let mac = try MadeUpMac()
            let place = try mac.wanted().place
            _ = try await mac.backend().install(mac.wanted())
            mac.held = "x = {\n\tstate = SIGTERMed\n\tpid = 7\n}\n"
            mac.lingering = 5
            var isDone = false
            startTask {
                try? await mac.backend().control(.start, place)
                isDone = true
            }
            for _ in 0..<20 where !isDone { await mac.clock.advance(by: .milliseconds(200)) }
            #expect(isDone)
            #expect(mac.commands.last?.hasPrefix("bootstrap") == true)
        }
    }

    @Test func loadingThatIsRefusedForAMomentIsTriedAgain() async throws {
        try await onLoop {
            let mac = try MadeUpMac()
            let place = try mac.wanted().place
            _ = try await mac.backend().install(mac.wanted())
            for refusals in [3, 1000] {
                mac.held = nil
                mac.refusals = refusals
                var ending: String?
                startTask {
                    do {
                        try await mac.backend().control(.start, place)
                        ending = "started"
                    } catch {
                        ending = "\(error)"
                    }
                }
                for _ in 0..<100 where ending == nil { await mac.clock.advance(by: .milliseconds(200)) }
                #expect(try #require(ending).contains(refusals == 3 ? "started" : "Input/output error"))
            }
        }
    }

    @Test func removingLeavesNothing() async throws {
        try await onLoop {
            let mac = try MadeUpMac()
            let place = try mac.wanted().place
            let path = try await mac.backend().install(mac.wanted()).path
            try await mac.backend().control(.start, place)
            try await mac.backend().remove(place)
            #expect(!FileReading.exists(path))
            #expect(mac.held == nil)
            #expect(await mac.backend().inspect(place).condition == .notInstalled)
            try await mac.backend().remove(place)
        }
    }

    @Test func withoutADesktopSessionTheWayOutIsNamed() async throws {
        try await onLoop {
            let mac = try MadeUpMac()
            mac.hasDesktop = false
            _ = try await mac.backend().install(mac.wanted())
            await #expect {
                try await mac.backend().control(.start, try mac.wanted().place)
            } throws: {
                "\($0)".contains("log in at the Mac's own screen")
            }
        }
    }

    @Test func twoOwnersAreRefused() async throws {
        try await onLoop {
            let mac = try MadeUpMac()
            try await PrivateDirectory.create(mac.scratch.path("Library/LaunchDaemons"))
            let daemon = "Library/LaunchDaemons/ai.openclaw.rescue.plist"
            mac.scratch.write(try LaunchdPlist.text(mac.wanted(.system)), to: daemon)
            await #expect {
                try await mac.backend().install(mac.wanted())
            } throws: {
                "\($0)".contains("sudo launchctl bootout system/ai.openclaw.rescue")
            }
            mac.scratch.delete(daemon)
            // A profile of this name has another label than the default one, which is called so.
            let plain = try await mac.backend().install(mac.wanted(profile: nil))
            let named = try await mac.backend().install(mac.wanted(profile: "gateway"))
            #expect(plain.path != named.path)
        }
    }

    @Test func aDaemonNeedsRootAUserAndAPlaceForItsOutput() async throws {
        try await onLoop {
            let mac = try MadeUpMac()
            await #expect(throws: SupervisionError.needsRoot("a launch daemon")) {
                try await mac.backend().install(mac.wanted(.system))
            }
            await #expect(throws: SupervisionError.rootHasNoSession) {
                try await mac.backend(root: true).install(mac.wanted())
            }
            await #expect {
                try await mac.backend(root: true).install(mac.wanted(.system))
            } throws: {
                "\($0)".contains("as ada: mkdir -p")
            }
            try await PrivateDirectory.create(try mac.wanted().instance.logDirectory)
            let outcome = try await mac.backend(root: true).install(mac.wanted(.system))
            #expect(outcome.path == mac.scratch.path("Library/LaunchDaemons/ai.openclaw.rescue.plist"))
            #expect(mac.commands == ["enable system/ai.openclaw.rescue"])
            let external = mac.backend(["OPENCLAW_SUPERVISOR_MODE": "external"])
            await #expect(throws: SupervisionError.external) { try await external.install(mac.wanted()) }
        }
    }

    @Test func noSecretReachesThePropertyListOrLaunchctl() async throws {
        try await onLoop {
            let mac = try MadeUpMac()
            let path = try await mac.backend().install(mac.wanted()).path
            try await mac.backend().control(.start, try mac.wanted().place)
            let text = String(decoding: try await FileReading.read(path, limit: 1 << 20), as: UTF8.self)
            #expect(!text.contains("very-secret"))
            for request in mac.runner.requests { #expect(!"\(request)".contains("very-secret")) }
        }
    }

    @Test func elsewhereThereIsNoLaunchd() async throws {
        try await onLoop {
            let mac = try MadeUpMac()
            mac.scratch.delete("bin/launchctl")
            #expect(await mac.backend().inspect(try mac.wanted().place).condition == .noManager)
            await #expect(throws: SupervisionError.self) { try await mac.backend().install(mac.wanted()) }
            #expect(mac.runner.requests.isEmpty)
        }
    }
}

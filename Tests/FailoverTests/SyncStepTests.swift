import Platform
import Settings
import Support
import Testing

@testable import Failover

@Suite struct SyncStepTests {
    @LoopActor
    private final class SlowStep: SyncStep {
        var begun = 0
        let outcome: Awaited<StepOutcome>

        init(_ clock: any Clock) { outcome = Awaited(clock) }

        func run(by deadline: Instant) async -> StepOutcome {
            begun += 1
            return await outcome.wait(until: deadline) ?? .failed("too slow")
        }
    }

    private func instance(_ scratch: ScratchDirectory, profile: String? = nil) throws -> Instance {
        var flags = Instance.Flags()
        flags.profile = profile
        return try Instance(flags: flags, environment: ["HOME": scratch.path])
    }

    private func failure(_ text: String, code: Int32 = 1) -> Result<ProcessResult, ProcessError> {
        .success(ProcessResult(ending: .exited(code), errorOutput: Array(text.utf8)))
    }

    // MARK: Again and again

    @Test func aStepIsRepeatedUntilItIsDrained() async throws {
        try await onLoop {
            let clock = FakeClock()
            let step = SlowStep(clock)
            step.outcome.bring(.done)
            let repeated = RepeatedStep("the pull", step, every: .seconds(300), limit: .seconds(60), clock: clock)
            var reports: [SyncReport] = []
            repeated.onReport = { reports.append($0) }
            let task = startTask { try await repeated.run() }
            await clock.settle()
            #expect(step.begun == 1)
            await clock.advance(by: .seconds(299))
            #expect(step.begun == 1)
            await clock.advance(by: .seconds(1))
            #expect(step.begun == 2)
            repeated.isWanted = { false }
            await clock.advance(by: .seconds(300))
            #expect(step.begun == 2 && reports.count == 2)
            repeated.drain()
            try await task.value
            #expect(repeated.report.failure == nil && repeated.report.lastSuccess != nil)
        }
    }

    @Test func whoCannotWaitLeavesItToGoOn() async throws {
        try await onLoop {
            let clock = FakeClock()
            let step = SlowStep(clock)
            let repeated = RepeatedStep("the pull", step, every: .seconds(300), limit: .seconds(60), clock: clock)
            let first = startTask { await repeated.run(by: clock.now + .seconds(2)) }
            await clock.settle()
            await clock.advance(by: .seconds(1))
            let second = startTask { await repeated.run(by: clock.now + .seconds(30)) }
            await clock.settle()
            await clock.advance(by: .seconds(1))
            let early = try await first.value
            #expect(early == .failed("the pull is still under way; it was not done since the start"))
            step.outcome.bring(.done)
            let late = try await second.value
            #expect(late == .done)
            #expect(step.begun == 1 && repeated.report.failures == 0)
        }
    }

    @Test func aTryEndsAtItsLimitAndIsToldAsFailed() async throws {
        try await onLoop {
            let clock = FakeClock()
            let step = SlowStep(clock)
            let repeated = RepeatedStep("the pull", step, every: .seconds(300), limit: .seconds(60), clock: clock)
            let task = startTask { await repeated.run(by: clock.now + .seconds(100)) }
            await clock.settle()
            await clock.advance(by: .seconds(60))
            let outcome = try await task.value
            #expect(outcome == .failed("too slow"))
            #expect(repeated.report.failures == 1 && repeated.report.failure == "too slow")
            let json = repeated.report.json(now: clock.wall)
            #expect(json["ok"] == false && json["failure"] == "too slow" && json["ageMs"] == nil)
        }
    }

    // MARK: Secrets

    @Test func secretsAreFetchedForTheirOwnerAlone() async throws {
        let scratch = ScratchDirectory()
        let instance = try instance(scratch)
        try await onLoop {
            let runner = FakeProcessRunner()
            let programs = SyncPrograms(
                ["HOME": scratch.path, "PATH": "/bin", "DISCORD_TOKEN": "s3cret", "SSH_AUTH_SOCK": "/agent"],
                runner: runner, clock: FakeClock())
            let copy = SecretsCopy("claw@vault", instance, programs)
            #expect(await copy.run(by: Instant(nanoseconds: 6_000_000_000)) == .done)
            let request = try #require(runner.requests.first)
            #expect(request.arguments.first == "rsync" && request.deadline == .seconds(5))
            #expect(request.arguments.contains("--chmod=D0700,F0600"))
            #expect(!request.arguments.contains { $0.hasPrefix("--delete") })
            #expect(
                request.arguments.suffix(3) == [
                    "--", "claw@vault:.openclaw/secrets/", scratch.path(".openclaw/secrets/"),
                ])
            #expect(
                request.environment == ["HOME": scratch.path, "PATH": "/bin", "LC_ALL": "C", "SSH_AUTH_SOCK": "/agent"])
            #expect(scratch.mode(".openclaw/secrets") == 0o700)
        }
    }

    private static let hasRsync = ["/usr/bin/rsync", "/usr/local/bin/rsync"].contains(where: FileReading.exists)

    /// With the real rsync, and an ssh that runs the command on this host.
    @Test(.enabled(if: hasRsync, "rsync is needed")) func filesComeOverAndNoneGo() async throws {
        let scratch = ScratchDirectory()
        let instance = try instance(scratch)
        for name in ["bin", "there", "there/deep", ".openclaw", ".openclaw/secrets"] { scratch.makeDirectory(name) }
        scratch.write("#!/bin/sh\nwhile [ \"$1\" != vault ]; do shift; done\nshift\nexec sh -c \"$*\"\n", to: "bin/ssh")
        try FileFacts.setMode(scratch.path("bin/ssh"), 0o755)
        scratch.write("new\n", to: "there/token")
        scratch.write("deep\n", to: "there/deep/token")
        scratch.link("there/link", to: "/etc/passwd")
        scratch.write("old\n", to: ".openclaw/secrets/token")
        scratch.write("ours\n", to: ".openclaw/secrets/only-here")
        try await onLoop {
            let programs = SyncPrograms(
                ["HOME": scratch.path, "PATH": "\(scratch.path("bin")):/usr/local/bin:/usr/bin:/bin"],
                runner: ChildProcess(), clock: EventLoop.shared)
            let copy = SecretsCopy("vault:\(scratch.path("there"))", instance, programs)
            #expect(await copy.run(by: EventLoop.shared.now + .seconds(30)) == .done)
        }
        #expect(scratch.read(".openclaw/secrets/token") == "new\n")
        #expect(scratch.read(".openclaw/secrets/deep/token") == "deep\n")
        #expect(scratch.read(".openclaw/secrets/only-here") == "ours\n")
        #expect(!scratch.names(in: ".openclaw/secrets").contains("link"))
        #expect(scratch.mode(".openclaw/secrets/token") == 0o600)
        #expect(scratch.mode(".openclaw/secrets/deep") == 0o700)
    }

    @Test func theSourceMayNameItsPath() throws {
        let scratch = ScratchDirectory()
        let rescue = try instance(scratch, profile: "rescue")
        #expect(SecretsCopy.source("vault", rescue) == "vault:.openclaw-rescue/secrets/")
        #expect(SecretsCopy.source("me@vault:/srv/secrets", rescue) == "me@vault:/srv/secrets/")
        #expect(SecretsCopy.source("[fd00::1]", rescue) == "[fd00::1]:.openclaw-rescue/secrets/")
        #expect(SecretsCopy.source("[fd00::1]:s/", rescue) == "[fd00::1]:s/")
    }

    @Test func faultsOfTheWayAreNamedWithTheirCure() async throws {
        let scratch = ScratchDirectory()
        let instance = try instance(scratch)
        let cases = [
            ("me@vault: Permission denied (publickey).\n", "ssh-copy-id"),
            ("Host key verification failed.\n", "connect once by hand with ssh"),
            ("rsync: change_dir \"/x\" failed: No such file or directory (2)\n", "keep the secrets in that directory"),
            ("bash: line 1: rsync: command not found\n", "install rsync on that host"),
            ("ssh: Could not resolve hostname vault: Name or service not known\n", "the name of the host is wrong"),
        ]
        try await onLoop {
            for (said, cure) in cases {
                let runner = FakeProcessRunner { _ in self.failure(said, code: 255) }
                let programs = SyncPrograms([:], runner: runner, clock: FakeClock())
                let outcome = await SecretsCopy("vault", instance, programs).run(by: Instant(nanoseconds: .max))
                guard case .failed(let reason) = outcome else {
                    Issue.record("\(said) was taken for success")
                    continue
                }
                #expect(reason.contains(cure), "\(reason)")
                #expect(reason.hasPrefix("secrets were not fetched from vault:.openclaw/secrets/: "))
            }
        }
    }

    // MARK: The operator's program

    @Test func theHookIsAProgramWithADeadline() async throws {
        let scratch = ScratchDirectory()
        let instance = try instance(scratch, profile: "two")
        scratch.write(
            "#!/bin/sh\necho \"$OPENCLAW_PROFILE $OPENCLAW_FAILOVER_STEP ${SECRET:-none}\" >\"$HOME/said\"\n",
            to: "good")
        scratch.write("#!/bin/sh\necho no dns entry >&2\nexit 3\n", to: "bad")
        for name in ["good", "bad"] { try FileFacts.setMode(scratch.path(name), 0o755) }
        try await onLoop {
            let programs = SyncPrograms(
                ["HOME": scratch.path, "PATH": "/usr/bin:/bin", "SECRET": "x"], runner: ChildProcess(),
                clock: EventLoop.shared)
            func run(_ name: String) async -> StepOutcome {
                await PromotionHook(scratch.path(name), instance, programs).run(by: EventLoop.shared.now + .seconds(20))
            }
            #expect(await run("good") == .done)
            #expect(scratch.read("said") == "two prePromote none\n")
            #expect(await run("bad") == .failed("\(scratch.path("bad")): exit code 3: no dns entry"))
            #expect(await run("none") == .failed("cannot run \(scratch.path("none")): there is no such file"))
        }
    }

    @Test func withoutTimeNothingIsBegun() async throws {
        let scratch = ScratchDirectory()
        let instance = try instance(scratch)
        try await onLoop {
            let runner = FakeProcessRunner()
            let clock = FakeClock()
            let programs = SyncPrograms([:], runner: runner, clock: clock)
            #expect(
                await PromotionHook("/h", instance, programs).run(by: clock.now) == .failed("no time was left for /h"))
            #expect(runner.requests.isEmpty)
        }
    }

    // MARK: What is told

    @Test func anAddressLosesItsPassword() {
        #expect(
            SyncText.reason("Cloning…\nfatal: unable to access 'https://me:ghp_x@git.test/a@b': failed\nhint: x\n")
                == "fatal: unable to access 'https://git.test/a@b': failed")
        #expect(SyncText.withoutUserInfo("ssh://a@h/x and https://t@h") == "ssh://h/x and https://h")
        #expect(SyncText.reason("one\ntwo\n") == "two")
        #expect(SyncText.reason(String(repeating: "x", count: 400)).count == SyncText.lengthLimit)
    }
}

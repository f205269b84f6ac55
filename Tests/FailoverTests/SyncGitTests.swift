import Platform
import Support
import Testing

@testable import Failover

/// The primary's pushes and the standby's pulls, with the real git: a bare repository between two workspaces.
@Suite struct SyncGitTests {
    /// A bare repository, and the workspaces of both nodes.
    @LoopActor
    private final class Pair {
        let scratch = ScratchDirectory()
        let programs: SyncPrograms
        let environment: [String: String]

        var primary: String { scratch.path("primary") }
        var standby: String { scratch.path("standby") }

        init() async throws {
            let path = Environment.process["PATH"] ?? "/usr/bin:/bin"
            environment = ["HOME": scratch.path, "PATH": path, "GIT_CONFIG_NOSYSTEM": "1"]
            programs = SyncPrograms(Environment(environment), runner: ChildProcess(), clock: EventLoop.shared)
            scratch.write("[init]\n\tdefaultBranch = main\n", to: ".gitconfig")
            try await git("init", "--quiet", "--bare", scratch.path("remote.git"))
            try await git("clone", "--quiet", scratch.path("remote.git"), primary)
            scratch.write("one\n", to: "primary/MEMORY.md")
            #expect(await push() == .done)
            try await git("clone", "--quiet", scratch.path("remote.git"), standby)
        }

        @discardableResult
        func git(_ words: String...) async throws -> String {
            let result = try await ChildProcess().run(
                ProcessRequest(["git"] + words, environment: environment, deadline: .seconds(30)))
            try #require(result.succeeded, "\(words): \(result.errorText)")
            return result.outputText
        }

        var deadline: Instant { EventLoop.shared.now + .seconds(30) }

        func push() async -> StepOutcome { await WorkspacePush(primary, programs, host: "one.test").run(by: deadline) }
        func pull() async -> StepOutcome { await WorkspaceCopy(standby, programs).run(by: deadline) }

        func log() async throws -> [String] {
            try await git("-C", scratch.path("remote.git"), "log", "--format=%an <%ae>", "main")
                .split(separator: "\n").map(String.init)
        }
    }

    private func reason(_ outcome: StepOutcome) -> String {
        if case .failed(let reason) = outcome { reason } else { "\(outcome)" }
    }

    @Test func whatChangedGoesOverAndNothingElseIsDone() async throws {
        try await onLoop {
            let pair = try await Pair()
            #expect(try await pair.log() == ["OpenClaw <openclaw@one.test>"])
            pair.scratch.write("two\n", to: "primary/MEMORY.md")
            pair.scratch.write("new\n", to: "primary/notes ö.md")
            #expect(await pair.push() == .done)
            #expect(await pair.pull() == .done)
            #expect(pair.scratch.read("standby/MEMORY.md") == "two\n")
            #expect(pair.scratch.read("standby/notes ö.md") == "new\n")
            // Nothing changed: no commit more.
            #expect(await pair.push() == .done)
            #expect(await pair.pull() == .done)
            #expect(try await pair.log().count == 2)
            // The user's own settings of git stay as they are.
            #expect(pair.scratch.read(".gitconfig") == "[init]\n\tdefaultBranch = main\n")
            #expect(pair.scratch.read("primary/.git/config")?.contains("user") == false)
        }
    }

    @Test func aHookOfTheRepositoryIsNotWaitedFor() async throws {
        try await onLoop {
            let pair = try await Pair()
            pair.scratch.write("#!/bin/sh\nexit 1\n", to: "primary/.git/hooks/pre-commit")
            try FileFacts.setMode(pair.scratch.path("primary/.git/hooks/pre-commit"), 0o755)
            pair.scratch.write("two\n", to: "primary/MEMORY.md")
            #expect(await pair.push() == .done)
            #expect(try await pair.log().count == 2)
        }
    }

    @Test func nothingIsForcedOverWhatOthersPushed() async throws {
        try await onLoop {
            let pair = try await Pair()
            pair.scratch.write("from the standby\n", to: "standby/MEMORY.md")
            #expect(await WorkspacePush(pair.standby, pair.programs, host: "two.test").run(by: pair.deadline) == .done)
            pair.scratch.write("from the primary\n", to: "primary/MEMORY.md")
            let refused = self.reason(await pair.push())
            #expect(refused.contains("the remote has commits that are not here, and nothing is forced"), "\(refused)")
            #expect(try await pair.log().first == "OpenClaw <openclaw@two.test>")
            #expect(pair.scratch.read("primary/MEMORY.md") == "from the primary\n")
        }
    }

    @Test func whatWasChangedOnTheStandbyIsNeitherLostNorMerged() async throws {
        try await onLoop {
            let pair = try await Pair()
            pair.scratch.write("mine\n", to: "standby/MEMORY.md")
            pair.scratch.write("two\n", to: "primary/MEMORY.md")
            #expect(await pair.push() == .done)
            let refused = self.reason(await pair.pull())
            #expect(refused.contains("stash --include-untracked"), "\(refused)")
            #expect(pair.scratch.read("standby/MEMORY.md") == "mine\n")
            try await pair.git("-C", pair.standby, "stash", "--include-untracked")
            #expect(await pair.pull() == .done)
            #expect(pair.scratch.read("standby/MEMORY.md") == "two\n")
        }
    }

    @Test func commitsOfBothAreNotMerged() async throws {
        try await onLoop {
            let pair = try await Pair()
            pair.scratch.write("mine\n", to: "standby/other.md")
            try await pair.git("-C", pair.standby, "add", "--all")
            try await pair.git(
                "-C", pair.standby, "-c", "user.name=x", "-c", "user.email=x@x", "commit", "--quiet", "-m", "mine")
            pair.scratch.write("two\n", to: "primary/MEMORY.md")
            #expect(await pair.push() == .done)
            let refused = self.reason(await pair.pull())
            #expect(refused.contains("commits here that the remote has not"), "\(refused)")
            #expect(pair.scratch.read("standby/other.md") == "mine\n")
        }
    }

    @Test func aMergeThatNobodyFinishedIsNotCommitted() async throws {
        try await onLoop {
            let pair = try await Pair()
            try await pair.git("-C", pair.primary, "switch", "--quiet", "-c", "side")
            pair.scratch.write("side\n", to: "primary/MEMORY.md")
            try await pair.git(
                "-C", pair.primary, "-c", "user.name=x", "-c", "user.email=x@x", "commit", "-qam", "side")
            try await pair.git("-C", pair.primary, "switch", "--quiet", "main")
            pair.scratch.write("two\n", to: "primary/MEMORY.md")
            #expect(await pair.push() == .done)
            _ = try? await ChildProcess().run(
                ProcessRequest(
                    ["git", "-C", pair.primary, "-c", "user.name=x", "-c", "user.email=x@x", "merge", "side"],
                    environment: pair.environment, deadline: .seconds(30)))
            let refused = self.reason(await pair.push())
            #expect(refused.contains("MEMORY.md is left over from a merge"), "\(refused)")
            #expect(try await pair.log().count == 2)
        }
    }

    @Test func brokenSetUpsAreNamedWithTheirCure() async throws {
        try await onLoop {
            let pair = try await Pair()
            func refusal(_ name: String) async -> String {
                self.reason(
                    await WorkspacePush(pair.scratch.path(name), pair.programs, host: "h").run(by: pair.deadline))
            }
            pair.scratch.makeDirectory("plain")
            #expect(await refusal("plain").contains("is no git repository; git clone it"))
            pair.scratch.makeDirectory("primary/inner")
            pair.scratch.write("x", to: "primary/inner/file")
            #expect(await refusal("primary/inner").contains("lies within another git repository"))
            try await pair.git("init", "--quiet", pair.scratch.path("alone"))
            #expect(await refusal("alone") == "done")
            pair.scratch.write("x", to: "alone/file")
            #expect(await refusal("alone").contains("has no remote; git -C"))
            try await pair.git("-C", pair.primary, "checkout", "--quiet", "--detach")
            #expect(await refusal("primary").contains("is on no branch"))
            #expect(await refusal("missing").contains("missing does not exist; git clone"))
        }
    }

    @Test func aRemoteThatIsGoneIsTold() async throws {
        try await onLoop {
            let pair = try await Pair()
            pair.scratch.move("remote.git", to: "gone.git")
            pair.scratch.write("two\n", to: "primary/MEMORY.md")
            #expect(self.reason(await pair.push()).contains("remote.git' does not appear to be a git repository"))
            #expect(self.reason(await pair.pull()).contains("the workspace was not pulled"))
            pair.scratch.move("gone.git", to: "remote.git")
            #expect(await pair.push() == .done)
            #expect(await pair.pull() == .done)
            #expect(pair.scratch.read("standby/MEMORY.md") == "two\n")
            let copy = WorkspaceCopy(pair.standby, pair.programs)
            let age = try #require(await copy.committed(by: pair.deadline))
            #expect(abs(age.seconds - WallTime.system().seconds) < 300)
        }
    }

    /// The ssh that git uses is the one that PATH has first.
    @Test func sshIsToldThatNobodySitsThere() async throws {
        try await onLoop {
            let pair = try await Pair()
            pair.scratch.makeDirectory("bin")
            pair.scratch.write(
                "#!/bin/sh\necho \"$@\" >\"$HOME/words\"\necho 'me@far.test: Permission denied (publickey).' >&2\nexit 255\n",
                to: "bin/ssh")
            try FileFacts.setMode(pair.scratch.path("bin/ssh"), 0o755)
            try await pair.git("-C", pair.standby, "remote", "set-url", "origin", "claw@far.test:work.git")
            let path = Environment.process["PATH"] ?? "/usr/bin:/bin"
            let programs = SyncPrograms(
                ["HOME": pair.scratch.path, "PATH": "\(pair.scratch.path("bin")):\(path)"], runner: ChildProcess(),
                clock: EventLoop.shared)
            let refused = self.reason(await WorkspaceCopy(pair.standby, programs).run(by: pair.deadline))
            #expect(refused.contains("ssh-copy-id"), "\(refused)")
            let words = pair.scratch.read("words") ?? ""
            #expect(words.contains("-o BatchMode=yes -o ConnectTimeout=5"), "\(words)")
        }
    }

    @Test func aProgramThatHangsIsTold() async throws {
        try await onLoop {
            let runner = FakeProcessRunner { request in
                .failure(.deadline(program: request.program, after: request.deadline, partial: nil))
            }
            let clock = FakeClock()
            let copy = WorkspaceCopy("/", SyncPrograms([:], runner: runner, clock: clock))
            let outcome = await copy.run(by: clock.now + .seconds(2))
            #expect(self.reason(outcome) == "the workspace was not pulled: git did not end within 2 s")
            #expect(runner.requests.first?.environment["GIT_TERMINAL_PROMPT"] == "0")
        }
    }
}

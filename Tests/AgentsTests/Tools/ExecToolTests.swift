import Platform
import Support
import Testing

@testable import Agents

/// Answers for an operator and keeps the questions.
@LoopActor
final class FakeApprovals: ExecApproving {
    var rules = ExecRules()
    var answer = ExecAnswer.denied
    private(set) var questions: [ExecQuestion] = []
    private(set) var kept: [ExecRules.Entry] = []

    func rules(of agentID: String) async throws(ToolProblem) -> ExecRules { rules }

    func ask(_ question: ExecQuestion) async throws(ToolProblem) -> ExecAnswer {
        questions.append(question)
        return answer
    }

    func remember(_ entry: ExecRules.Entry, for agentID: String) async throws(ToolProblem) {
        kept.append(entry)
        rules.allowlist.append(entry)
    }
}

@LoopActor
private struct ExecBench {
    let bench = ToolBench()
    let approvals = FakeApprovals()
    let clock = FakeClock()
    let starter: FakeProcessStarter
    let jobs: ExecJobs
    let services: ExecServices
    var exec: ExecTool { ExecTool(services) }
    var process: ProcessTool { ProcessTool(services) }

    init(
        _ config: JSON = [:], real: Bool = false,
        _ onStart: @escaping @LoopActor (FakeProcessStarter.Program) -> Void = { $0.finish() }
    ) {
        starter = FakeProcessStarter(onStart)
        let clock: any Clock = real ? EventLoop.shared : clock
        jobs = ExecJobs(real ? ProcessStarter() : starter, clock: clock)
        services = ExecServices(
            jobs: jobs, approvals: approvals,
            environment: [
                "PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "SOME_TOKEN": "x", "PLAIN": "the-secret-value-1",
            ], clock: clock
        ) { text in
            var redaction = Redaction()
            redaction.register("the-secret-value-1")
            return redaction.redact(text)
        }
        services.take(config)
    }
}

@Suite struct ExecToolTests {
    static let full: JSON = ["tools": ["exec": ["security": "full", "ask": "off"]]]

    @Test func aSkillsVariablesReachCommandsAndNeverSteerThem() async throws {
        try await onLoop {
            let exec = ExecBench(Self.full)
            exec.services.skillVariables = { context in
                [
                    ("A_KEY", "the-secret-value-1"), ("PATH", "/evil"), ("OPENCLAW_TOKEN", "t"),
                    ("AGENT", context.agentID),
                ]
            }
            _ = try await exec.bench.run(exec.exec, ["command": "ls"])
            let variables = try #require(exec.starter.programs.first).request.environment
            #expect(variables["A_KEY"] == "the-secret-value-1" && variables["AGENT"] == "main")
            #expect(variables["PATH"] == "/usr/bin:/bin" && variables["OPENCLAW_TOKEN"] == nil)
            #expect(variables["SOME_TOKEN"] == nil && variables["PLAIN"] == nil)
        }
    }

    @Test func aMissIsAskedForAndADenialHolds() async throws {
        try await onLoop {
            let exec = ExecBench()
            let said = try await exec.bench.refused(exec.exec, ["command": "ls -l"])
            #expect(said == "not run: an operator refused the command")
            #expect(exec.approvals.questions.map(\.command) == ["ls -l"])
            #expect(exec.approvals.questions[0].resolvedPath?.hasSuffix("/ls") == true)
            #expect(exec.starter.programs.isEmpty)
        }
    }

    @Test func whatIsOnTheListRunsWithoutAShell() async throws {
        try await onLoop {
            let exec = ExecBench { program in
                program.say("done\n")
                program.finish()
            }
            exec.approvals.rules.allowlist = [.init(pattern: "ls")]
            #expect(try await exec.bench.good(exec.exec, ["command": "ls 'a b'"]) == "done\n")
            let request = exec.starter.programs[0].request
            #expect(
                request.arguments.count == 2 && request.arguments[0].hasSuffix("/bin/ls")
                    && request.arguments[1] == "a b")
            #expect(request.directory == exec.bench.workspace && exec.approvals.questions.isEmpty)
            #expect(request.environment["SOME_TOKEN"] == nil && request.environment["PLAIN"] == nil)
            // The same program with a shell's help is another matter.
            _ = try await exec.bench.refused(exec.exec, ["command": "ls; id"])
            #expect(exec.approvals.questions.map(\.warning) == ["a shell runs this: it has an operator (| & ;)"])
        }
    }

    @Test func allowedForAlwaysIsKeptForTheseArguments() async throws {
        try await onLoop {
            let exec = ExecBench()
            exec.approvals.answer = .allowAlways
            _ = try await exec.bench.good(exec.exec, ["command": "ls -l"])
            #expect(
                exec.approvals.kept.count == 1
                    && exec.approvals.kept[0].argPattern == ExecRules.argumentMark(["ls", "-l"]))
            _ = try await exec.bench.good(exec.exec, ["command": "ls -l"])
            #expect(exec.approvals.questions.count == 1)
            _ = try await exec.bench.good(exec.exec, ["command": "ls -a"])
            #expect(exec.approvals.questions.count == 2)
            // What only a shell can run is allowed once, whatever was said.
            _ = try await exec.bench.good(exec.exec, ["command": "ls | wc"])
            #expect(exec.approvals.kept.count == 2)
            #expect(exec.starter.programs.last?.request.arguments == ["/bin/sh", "-c", "ls | wc"])
        }
    }

    @Test func denyRunsNothingAndAsksNobody() async throws {
        try await onLoop {
            let exec = ExecBench(["tools": ["exec": ["security": "deny", "ask": "always"]]])
            exec.approvals.rules.allowlist = [.init(pattern: "**")]
            let said = try await exec.bench.refused(exec.exec, ["command": "ls"])
            #expect(said.contains("switched off"))
            #expect(exec.approvals.questions.isEmpty && exec.starter.programs.isEmpty)
            // An agent's own setting goes before; a word nobody knows is the strictest.
            exec.services.take([
                "tools": ["exec": ["security": "full"]],
                "agents": ["list": [["id": "main", "tools": ["exec": ["security": "all"]]]]],
            ])
            #expect(try await exec.bench.refused(exec.exec, ["command": "ls"]).contains("switched off"))
        }
    }

    @Test func theDirectoryIsWithinTheWorkspace() async throws {
        try await onLoop {
            let exec = ExecBench(Self.full)
            exec.bench.makeDirectory("sub")
            exec.bench.link("link", to: "/etc")
            _ = try await exec.bench.good(exec.exec, ["command": "ls", "workdir": "sub"])
            #expect(exec.starter.programs[0].request.directory == exec.bench.workspace + "/sub")
            for place in ["..", "/etc", "link", "missing", "~"] {
                _ = try await exec.bench.refused(exec.exec, ["command": "ls", "workdir": .string(place)])
            }
            #expect(exec.starter.programs.count == 1)
        }
    }

    @Test func whatTakesLongGoesOnInTheBackground() async throws {
        try await onLoop {
            let exec = ExecBench(Self.full) { $0.say("first\n") }
            let call = startTask { try await exec.bench.good(exec.exec, ["command": "slow", "yieldMs": 1000]) }
            try await turns { exec.starter.programs.count == 1 && exec.clock.timers.next != nil }
            await exec.clock.advance(by: .seconds(1))
            let said = try await call.value
            let id = try #require(exec.services.jobs.jobs(of: "main").first?.id)
            #expect(said == "first\n\n[\(id) goes on in the background; see process poll, log, write, kill]")
            let program = exec.starter.programs[0]
            program.say("second\n")
            #expect(
                try await exec.bench.good(exec.process, ["action": "poll", "sessionId": .string(id)])
                    == "second\n\n[running]")
            #expect(
                try await exec.bench.refused(exec.process, ["action": "write", "sessionId": .string(id), "data": "x"])
                    .contains("reads nothing"))
            #expect(try await exec.bench.good(exec.process, ["action": "list"]).contains("running"))
            // Another agent's is not there.
            exec.bench.key = .main("other")
            #expect(
                try await exec.bench.refused(exec.process, ["action": "kill", "sessionId": .string(id)]).contains(
                    "there is no command"))
            exec.bench.key = .main("main")
            _ = try await exec.bench.good(exec.process, ["action": "kill", "sessionId": .string(id)])
            #expect(program.isAskedToEnd)
            #expect(
                try await exec.bench.good(
                    exec.process, ["action": "log", "sessionId": .string(id), "offset": 1, "limit": 1]
                ).hasPrefix("second\n"))
            _ = try await exec.bench.good(exec.process, ["action": "remove", "sessionId": .string(id)])
            #expect(try await exec.bench.good(exec.process, ["action": "list"]) == "no commands")
        }
    }

    @Test func aBackgroundCommandIsWrittenTo() async throws {
        try await onLoop {
            let exec = ExecBench(Self.full) { _ in }
            _ = try await exec.bench.good(exec.exec, ["command": "cat", "background": true])
            let id = try #require(exec.services.jobs.jobs(of: "main").first?.id)
            _ = try await exec.bench.good(
                exec.process, ["action": "write", "sessionId": .string(id), "data": "hello", "eof": true])
            #expect(exec.starter.programs[0].input == Array("hello".utf8) && exec.starter.programs[0].isInputClosed)
            await exec.jobs.endAll()
            #expect(exec.starter.programs[0].isAskedToEnd && exec.jobs.runningCount == 0)
            #expect(try await exec.bench.refused(exec.exec, ["command": "cat"]).contains("the gateway stops"))
        }
    }

    @Test func aCancelledRunEndsItsCommand() async throws {
        try await onLoop {
            let exec = ExecBench(Self.full) { _ in }
            let call = startTask { try await exec.bench.run(exec.exec, ["command": "slow"]) }
            try await turns { exec.starter.programs.count == 1 && exec.clock.timers.next != nil }
            call.cancel()
            await #expect(throws: CancellationError.self) { try await call.value }
            #expect(exec.starter.programs[0].isAskedToEnd)
        }
    }

    @Test func onlySoManyRunAtATime() async throws {
        try await onLoop {
            let exec = ExecBench(Self.full) { _ in }
            for _ in 0..<ExecJobs.runningLimit {
                _ = try await exec.bench.good(exec.exec, ["command": "cat", "background": true])
            }
            #expect(try await exec.bench.refused(exec.exec, ["command": "cat"]).contains("16 commands run already"))
            exec.starter.programs[0].finish()
            _ = try await exec.bench.good(exec.exec, ["command": "cat", "background": true])
        }
    }

    @Test func outputIsCutAndFreeOfSecrets() async throws {
        try await onLoop {
            let exec = ExecBench(Self.full) { program in
                program.say(String(repeating: "x", count: ExecTool.outputLimit))
                program.say("the-secret-value-1 end")
                program.finish(.ended(.exited(3)))
            }
            let output = try await exec.bench.run(exec.exec, ["command": "x"])
            #expect(output.isError && output.details?["exitCode"]?.int == 3)
            #expect(
                output.text.hasPrefix("[22 bytes before this are left out]")
                    && output.text.hasSuffix("[redacted] end\n[exit code 3]"))
        }
    }

    // MARK: Real programs

    @Test func aRealCommandRunsAndItsGroupIsEnded() async throws {
        try await onLoop {
            let exec = ExecBench(Self.full, real: true)
            #expect(
                try await exec.bench.good(exec.exec, ["command": "echo one; echo two >&2; pwd"]).contains(
                    exec.bench.workspace))
            #expect(try await exec.bench.good(exec.exec, ["command": "wc -c", "stdin": "12345"]).contains("5"))
            #expect(try await exec.bench.good(exec.exec, ["command": "env"]).contains("SOME_TOKEN") == false)
            let late = try await exec.bench.run(exec.exec, ["command": "sleep 60 & wait", "timeoutSeconds": 1])
            #expect(late.isError && late.text.contains("ended at its deadline"))
        }
    }

    @Test func aRealCommandReadsWhatIsWrittenAndDiesWithTheGateway() async throws {
        try await onLoop {
            let exec = ExecBench(Self.full, real: true)
            _ = try await exec.bench.good(exec.exec, ["command": "cat", "background": true])
            let job = try #require(exec.services.jobs.jobs(of: "main").first)
            _ = try await exec.bench.good(
                exec.process, ["action": "write", "sessionId": .string(job.id), "data": "ping\n"])
            #expect(
                try await exec.bench.good(
                    exec.process, ["action": "poll", "sessionId": .string(job.id), "timeout": 5000])
                    == "ping\n\n[running]")
            let process = try #require(job.process?.processID)
            await exec.jobs.endAll()
            #expect(!job.isRunning && !ProcessFacts.isRunning(process))
        }
    }
}

import Support
import Testing

@testable import Platform

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

private let environment = ["PATH": "/usr/bin:/bin"]

/// A request for a program of the system; the deadline is of a clock that does not move by itself.
private func request(_ arguments: String..., input: [UInt8] = []) -> ProcessRequest {
    ProcessRequest(arguments, environment: environment, input: input, deadline: .seconds(60))
}

private func script(_ text: String, input: [UInt8] = []) -> ProcessRequest {
    request("sh", "-c", text, input: input)
}

/// Whether a process runs; a zombie does not.
private func isAlive(_ process: Int32) -> Bool {
    guard kill(process, 0) == 0 else { return false }
    #if os(Linux)
    guard let status = try? FileReading.read("/proc/\(process)/stat", limit: 4096) else { return false }
    return !String(decoding: status, as: UTF8.self).contains(") Z ")
    #else
    return true
    #endif
}

@Suite struct ChildProcessTests {
    let scratch = ScratchDirectory()

    @Test func aProgramThatIsLetGoOfGoesOnByItself() async throws {
        let note = scratch.path + "/note"
        let process = try script("read x; echo $? > \(note).new; mv \(note).new \(note)").startApart()
        var status: Int32 = 0
        #expect(waitpid(process, &status, 0) == process)
        let text = String(decoding: try await FileReading.read(note, limit: 16), as: UTF8.self)
        #expect(text == "1\n", "it reads nothing")
        #expect(throws: ProcessError.self) { try request("no-such-program-anywhere").startApart() }
    }

    private func run(_ request: ProcessRequest) async throws -> ProcessResult {
        try await onLoop { try await ChildProcess(clock: FakeClock()).run(request) }
    }

    private func failure(_ request: ProcessRequest) async throws -> ProcessError? {
        try await onLoop {
            do throws(ProcessError) {
                _ = try await ChildProcess(clock: FakeClock()).run(request)
                return nil
            } catch {
                return error
            }
        }
    }

    /// The number that a script wrote into a file of the scratch directory.
    private func number(in file: String) -> Int32? {
        scratch.read(file).flatMap { $0.hasSuffix("\n") ? Int32($0.dropLast()) : nil }
    }

    @Test(arguments: ExitWatch.Method.allCases)
    func endingAndOutputsAreReported(_ method: ExitWatch.Method) async throws {
        let result = try await onLoop {
            try await ChildProcess(clock: FakeClock(), exitMethod: method).run(script("echo out; echo err >&2; exit 3"))
        }
        #expect(result.ending == .exited(3))
        #expect([result.outputText, result.errorText] == ["out\n", "err\n"])
        #expect(!result.succeeded && !result.isOutputTruncated && !result.isErrorTruncated)
        let killed = try await onLoop {
            try await ChildProcess(clock: FakeClock(), exitMethod: method).run(script("kill -KILL $$"))
        }
        #expect(killed.ending == .signalled(SIGKILL))
        #expect(killed.ending.description == "signal 9 (Killed)")
        #expect(try await run(request("true")).succeeded)
    }

    @Test func argumentsReachTheProgramUnchanged() async throws {
        let odd = ["a b", "$HOME", "`id`", "*", "\"'\\", "line\nbreak", "", "-x", "ü"]
        let result = try await run(
            ProcessRequest(["printf", "[%s]"] + odd, environment: environment, deadline: .seconds(60)))
        #expect(result.outputText == odd.map { "[\($0)]" }.joined())
    }

    @Test func theEnvironmentIsWhatWasGivenAndNoMore() async throws {
        var wanted = request("env")
        wanted.environment = ["PATH": "/usr/bin:/bin", "A": "1=2", "EMPTY": ""]
        let lines = try await run(wanted).outputText.split(separator: "\n").sorted()
        #expect(lines == ["A=1=2", "EMPTY=", "PATH=/usr/bin:/bin"])
    }

    @Test func theWorkingDirectoryIsTheOneAskedFor() async throws {
        var wanted = request("pwd")
        wanted.directory = scratch.path
        #expect(try await run(wanted).outputText == scratch.path + "\n")
        wanted.directory = scratch.path("none")
        #expect(
            try await failure(wanted)?.description
                == "cannot run pwd: its working directory \(scratch.path("none")) does not exist")
    }

    @Test func muchInputAndOutputPassAtOnce() async throws {
        let input = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        var wanted = request("cat", input: input)
        wanted.outputLimit = input.count
        let result = try await run(wanted)
        #expect(result.output == input)
        #expect(!result.isOutputTruncated)
    }

    @Test func aProgramThatDoesNotReadItsInputIsNoFailure() async throws {
        let input = [UInt8](repeating: 1, count: 1_000_000)
        #expect(try await run(request("true", input: input)).succeeded)
        #expect(try await run(script("cat")).output.isEmpty)
    }

    @Test(arguments: [(999, false), (1000, false), (1001, true), (300_000, true)])
    func outputBeyondTheLimitIsDroppedAndSaid(_ size: Int, _ isTruncated: Bool) async throws {
        for channel in ["1", "2"] {
            var wanted = script("head -c \(size) /dev/zero >&\(channel); echo done > \(scratch.path("end"))")
            wanted.outputLimit = 1000
            wanted.errorLimit = 1000
            let result = try await run(wanted)
            #expect(result.succeeded)
            #expect(scratch.read("end") == "done\n")
            let (kept, flag) =
                channel == "1"
                ? (result.output, result.isOutputTruncated) : (result.errorOutput, result.isErrorTruncated)
            #expect(kept.count == min(size, 1000))
            #expect(flag == isTruncated)
        }
    }

    @Test func aProgramThatCannotRunIsExplained() async throws {
        scratch.write("no program", to: "text")
        scratch.write("#!/none/sh\n", to: "orphan")
        scratch.write("no program", to: "odd")
        chmod(scratch.path("orphan"), 0o755)
        chmod(scratch.path("odd"), 0o755)
        scratch.makeDirectory("directory")
        let table: [(String, String)] = [
            (
                "no-such-program",
                "cannot run no-such-program: it is not in PATH (/usr/bin:/bin); install it or name it by its full path"
            ),
            (scratch.path("none"), "cannot run \(scratch.path("none")): there is no such file"),
            (scratch.path("text"), "cannot run \(scratch.path("text")): this user may not execute it"),
            (scratch.path("directory"), "cannot run \(scratch.path("directory")): it is not a regular file"),
            (
                scratch.path("orphan"),
                "cannot run \(scratch.path("orphan")): the interpreter in its first line does not exist"
            ),
            (scratch.path("odd"), "cannot run \(scratch.path("odd")): it is neither a program nor a script with #!"),
            ("", "cannot run : no program was named"),
        ]
        for (program, text) in table { #expect(try await failure(request(program))?.description == text) }
        #expect(
            try await failure(request("true", "a\u{0}b"))?.description
                == "cannot run true: an argument or variable contains a NUL character")
        var wanted = request("true")
        wanted.environment["A=B"] = "1"
        #expect(
            try await failure(wanted)?.description
                == "cannot run true: the name of a variable is empty or contains \"=\"")
    }

    @Test func programsOfTheWorkingDirectoryAreFoundOnlyByTheirPath() async throws {
        scratch.write("#!/bin/sh\necho mine\n", to: "mine")
        chmod(scratch.path("mine"), 0o755)
        var wanted = request("mine")
        wanted.directory = scratch.path
        for search in [":/bin", ".", "", "/bin:", "./:/bin"] {
            wanted.environment["PATH"] = search
            #expect(try await failure(wanted) == .notFound(program: "mine", searched: search))
        }
        wanted.arguments = ["./mine"]
        #expect(try await run(wanted).outputText == "mine\n")
        wanted.arguments = ["mine"]
        wanted.environment["PATH"] = "/none:\(scratch.path):/bin"
        #expect(try await run(wanted).outputText == "mine\n")
    }

    #if os(Linux)
    @Test func nothingOfOursIsInherited() async throws {
        // Such a descriptor would come from a library that does not know close-on-exec.
        let leaked = open("/dev/null", O_RDONLY)
        defer { close(leaked) }
        // The fourth is the one with which ls reads the directory.
        #expect(try await run(request("ls", "/proc/self/fd")).outputText == "0\n1\n2\n3\n")
        let signals = try await run(request("grep", "-E", "Sig(Blk|Ign)", "/proc/self/status")).outputText
        // 32 and 33 belong to the C library, which leaves them ignored in everything that it spawns.
        let own = signals.replacing("0000000180000000", with: "0000000000000000")
        #expect(own == "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n")
        #expect(try await run(script("kill -PIPE $$; echo alive")).ending == .signalled(SIGPIPE))
    }
    #endif

    @Test func theDeadlineEndsTheWholeGroupPolitely() async throws {
        let scratch = scratch
        try await onLoop {
            let clock = FakeClock()
            let text = """
                trap 'echo asked; exit 7' TERM
                sleep 1000 & echo $! > \(scratch.path("grandchild"))
                echo begun; echo $$ > \(scratch.path("child")); wait
                """
            let task = startTask { () -> ProcessError? in
                do throws(ProcessError) {
                    _ = try await ChildProcess(clock: clock).run(script(text))
                    return nil
                } catch {
                    return error
                }
            }
            try await turns { number(in: "child") != nil && clock.timers.count == 1 }
            let grandchild = try #require(number(in: "grandchild"))
            await clock.advance(by: .seconds(60) - .nanoseconds(1))
            #expect(isAlive(grandchild))
            await clock.advance(by: .nanoseconds(1))
            let error = try await task.value
            guard case .deadline(_, _, let partial) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(partial?.outputText == "begun\nasked\n")
            #expect(partial?.ending == .exited(7))
            #expect(error?.description == "sh did not end within 60.0 seconds and was stopped")
            try await turns { !isAlive(grandchild) }
            #expect(kill(try #require(number(in: "child")), 0) == -1)
            #expect(clock.timers.count == 0)
        }
    }

    @Test(arguments: ExitWatch.Method.allCases)
    func whoIgnoresThePoliteSignalIsKilledAfterTheGrace(_ method: ExitWatch.Method) async throws {
        let scratch = scratch
        try await onLoop {
            let clock = FakeClock()
            let text = """
                trap '' TERM
                sh -c 'echo $$ > \(scratch.path("grandchild")); while :; do sleep 1; done' &
                echo $$ > \(scratch.path("child")); while :; do sleep 1; done
                """
            let task = startTask { () -> ProcessError? in
                do throws(ProcessError) {
                    _ = try await ChildProcess(clock: clock, exitMethod: method).run(script(text))
                    return nil
                } catch {
                    return error
                }
            }
            try await turns {
                number(in: "child") != nil && number(in: "grandchild") != nil && clock.timers.count == 1
            }
            let child = try #require(number(in: "child"))
            let grandchild = try #require(number(in: "grandchild"))
            await clock.advance(by: .seconds(60) + ChildProcess.terminationGrace - .nanoseconds(1))
            #expect(isAlive(child) && isAlive(grandchild))
            await clock.advance(by: .nanoseconds(1))
            guard case .deadline(_, _, let partial) = try await task.value else {
                Issue.record("no deadline")
                return
            }
            #expect(partial?.ending == .signalled(SIGKILL))
            try await turns { !isAlive(grandchild) }
            #expect(kill(child, 0) == -1)
        }
    }

    @Test func aGrandchildThatKeepsThePipesDoesNotHoldTheResult() async throws {
        let scratch = scratch
        try await onLoop {
            let clock = FakeClock()
            let task = startTask {
                try await ChildProcess(clock: clock).run(
                    script(
                        "sleep 1000 & echo $! > \(scratch.path("grandchild")); echo mine; echo $$ > \(scratch.path("child"))"
                    ))
            }
            try await turns { number(in: "child").map { kill($0, 0) != 0 } ?? false }
            await clock.advance(by: ChildProcess.drainGrace - .nanoseconds(1))
            #expect(clock.timers.count == 1)
            await clock.advance(by: .nanoseconds(1))
            let result = try await task.value
            #expect(result.succeeded)
            #expect(result.outputText == "mine\n")
            // It was started on purpose and lives on.
            let grandchild = try #require(number(in: "grandchild"))
            #expect(isAlive(grandchild))
            kill(grandchild, SIGKILL)
        }
    }

    @Test func cancellationEndsTheProgram() async throws {
        let scratch = scratch
        try await onLoop {
            let clock = FakeClock()
            let task = startTask { () -> ProcessError? in
                do throws(ProcessError) {
                    _ = try await ChildProcess(clock: clock).run(
                        script("echo $$ > \(scratch.path("child")); exec sleep 1000"))
                    return nil
                } catch {
                    return error
                }
            }
            try await turns { number(in: "child") != nil }
            task.cancel()
            let error = try await task.value
            #expect(error == .cancelled(program: "sh"))
            #expect(kill(try #require(number(in: "child")), 0) == -1)
            let early = startTask { try await ChildProcess(clock: clock).run(request("sleep", "1000")) }
            early.cancel()
            await #expect(throws: ProcessError.cancelled(program: "sleep")) { try await early.value }
            #expect(clock.timers.count == 0)
        }
    }

    @Test func manyRunSideBySide() async throws {
        try await onLoop {
            let runner = ChildProcess(clock: FakeClock())
            let tasks = (0..<24).map { number in startTask { try await runner.run(script("echo \(number)")) } }
            for (number, task) in tasks.enumerated() {
                let result = try await task.value
                #expect(result.outputText == "\(number)\n")
            }
        }
    }

    @Test func aLockOfOursIsNotTheProgramsAsWell() async throws {
        let (scratch, path) = (scratch, scratch.path("lock"))
        guard case .acquired(let lock) = try await FileLock.acquire(path, as: .current()) else {
            Issue.record("not acquired")
            return
        }
        try await onLoop {
            let task = startTask {
                try await ChildProcess(clock: FakeClock()).run(
                    script("echo $$ > \(scratch.path("child")); exec sleep 1000"))
            }
            try await turns { number(in: "child") != nil }
            lock.release()
            guard case .acquired = try await FileLock.acquire(path, as: .current()) else {
                Issue.record("the child has it")
                return
            }
            task.cancel()
            _ = try? await task.value
        }
    }

    #if os(Linux)
    /// The lock is the kernel's and so another program's too, and a killed owner leaves nothing behind.
    @Test func aKilledOwnersLockIsFreeAtOnce() async throws {
        let (scratch, path) = (scratch, scratch.path("lock"))
        try await onLoop {
            let task = startTask {
                try await ChildProcess(clock: FakeClock()).run(
                    request("flock", path, "sh", "-c", "echo $PPID > \(scratch.path("owner")); exec sleep 1000"))
            }
            try await turns { number(in: "owner") != nil }
            guard case .heldBy = try await FileLock.acquire(path, as: .current()) else {
                Issue.record("two owners")
                return
            }
            task.cancel()
            _ = try? await task.value
            guard case .acquired = try await FileLock.acquire(path, as: .current()) else {
                Issue.record("still held")
                return
            }
        }
    }
    #endif
}

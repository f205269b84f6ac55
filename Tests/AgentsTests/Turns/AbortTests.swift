import Models
import Platform
import Support
import Testing

@testable import Agents

@Suite struct AbortTests {
    @Test func whatWasSaidIsKept() async throws {
        try await onLoop {
            let bench = try RunBench(["a": [.stuck([.text("So far")])]])
            let follower = try bench.send("Hi", id: "k")
            await bench.clock.settle()
            #expect(bench.runs.abort("k", in: nil, reason: "rpc") == ["k"])
            await bench.clock.settle()
            #expect(follower.result?.word == "aborted rpc")
            #expect(follower.result?.text == "So far")
            #expect(bench.models.abandoned == 1)
            #expect(bench.words() == ["user: Hi", "assistant(aborted): So far"])
            #expect(bench.sessions.records[RunBench.main]?.abortedLastRun == true)
            #expect(bench.runs.abort("k", in: nil, reason: "rpc") == [])
        }
    }

    @Test func anAttemptThatHangsIsGivenUpAtOnce() async throws {
        try await onLoop {
            let bench = try RunBench(["a": [.silent]])
            let follower = try bench.send("Hi", id: "k")
            await bench.clock.settle()
            _ = bench.runs.abort(nil, in: RunBench.main, reason: "stop")
            await bench.clock.settle()
            #expect(follower.result?.word == "aborted stop")
        }
    }

    @Test func aSessionsAbortEndsWhatWaitsAsWell() async throws {
        try await onLoop {
            let bench = try RunBench(["a": [.stuck([.text("x")])]])
            let all = try ["one", "two", "three"].map { try bench.send($0) }
            let other = try bench.send("four", key: SessionKey(agentID: "main", rest: "other"))
            await bench.clock.settle()
            #expect(bench.runs.abort(nil, in: RunBench.main, reason: "rpc").count == 3)
            await bench.clock.settle()
            #expect(all.map { $0.result?.word } == Array(repeating: "aborted rpc", count: 3))
            #expect(other.result == nil)
            #expect(bench.models.asked.count == 2)
        }
    }

    @Test func aToolIsEndedAndItsCallAnswered() async throws {
        try await onLoop {
            let bench = try RunBench(["a": [ScriptedModels.calls([("c1", "slow", "{}"), ("c2", "slow", "{}")])]])
            let tally = Tally()
            bench.tools.add("slow") { [clock = bench.clock] _ async throws(CancellationError) in
                tally.started += 1
                try await clock.sleep(for: .seconds(1000))
                return ToolOutput("ok")
            }
            let follower = try bench.send("Hi", id: "k")
            await bench.clock.settle()
            _ = bench.runs.abort("k", in: nil, reason: "rpc")
            await bench.clock.settle()
            #expect(follower.result?.word == "aborted rpc")
            #expect(tally.started == 1)
            #expect(
                bench.words() == [
                    "user: Hi", "assistant(tool_calls): ",
                    "result(c1, error): The run ended before this was done.",
                    "result(c2, error): The run ended before this was done.",
                ])
        }
    }

    @Test func aRunHasItsTime() async throws {
        try await onLoop {
            let bench = try RunBench(["a": [.stuck([.text("x")])]], "agents: { defaults: { timeoutSeconds: 60 } }")
            let follower = try bench.send("Hi")
            await bench.clock.advance(by: .seconds(59))
            #expect(follower.result == nil)
            await bench.clock.advance(by: .seconds(2))
            #expect(follower.result?.word == "aborted timeout")
        }
    }

    @Test func aGatewayThatStopsLetsRunsEndAndKeepsWhatWaits() async throws {
        try await onLoop {
            let bench = try RunBench(["a": [.stuck([.text("x")])]])
            let (first, second) = (try bench.send("one"), try bench.send("two"))
            await bench.clock.settle()
            let drain = startTask { await bench.runs.drain(within: .seconds(5)) }
            await bench.clock.settle()
            #expect(second.result?.word == "aborted restart")
            #expect(bench.words() == ["user: one", "user: two"])
            #expect(throws: RunRefusal.notReady("stops")) { try bench.send("three") }
            bench.models.release()
            await bench.clock.settle()
            #expect(first.result?.word == "answered stop")
            try await drain.value
        }
    }

    @Test func atTheDeadlineTheRestIsEnded() async throws {
        try await onLoop {
            let bench = try RunBench(["a": [.stuck([.text("x")])]])
            let first = try bench.send("one")
            await bench.clock.settle()
            let drain = startTask { await bench.runs.drain(within: .seconds(5)) }
            await bench.clock.advance(by: .seconds(6))
            #expect(first.result?.word == "aborted restart")
            #expect(bench.words() == ["user: one", "assistant(aborted): x"])
            try await drain.value
        }
    }
}

/// Counts what a test's closures do.
@LoopActor
final class Tally {
    var started = 0
}

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
            try await turns { follower.text == "So far" }
            #expect(bench.runs.abort("k", in: nil, reason: "rpc") == ["k"])
            try await turns { follower.result != nil }
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
            try await turns { follower.result != nil }
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
            try await turns { all.allSatisfy { $0.result != nil } }
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
            try await turns { tally.started == 1 }
            _ = bench.runs.abort("k", in: nil, reason: "rpc")
            try await turns { follower.result != nil }
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
            try await turns { follower.text == "x" }
            await bench.clock.advance(by: .seconds(59))
            #expect(follower.result == nil)
            await bench.clock.advance(by: .seconds(2))
            try await turns { follower.result != nil }
            #expect(follower.result?.word == "aborted timeout")
        }
    }

    @Test func aGatewayThatStopsLetsRunsEndAndKeepsWhatWaits() async throws {
        try await onLoop {
            let bench = try RunBench(["a": [.stuck([.text("x")])]])
            let (first, second) = (try bench.send("one"), try bench.send("two"))
            try await turns { first.text == "x" }
            let drain = startTask { await bench.runs.drain(within: .seconds(5)) }
            try await turns { second.result != nil }
            #expect(second.result?.word == "aborted restart")
            #expect(bench.words() == ["user: one", "user: two"])
            #expect(throws: RunRefusal.notReady("stops")) { try bench.send("three") }
            bench.models.release()
            try await turns { first.result != nil }
            #expect(first.result?.word == "answered stop")
            try await drain.value
        }
    }

    @Test func atTheDeadlineTheRestIsEnded() async throws {
        try await onLoop {
            let bench = try RunBench(["a": [.stuck([.text("x")])]])
            let first = try bench.send("one")
            try await turns { first.text == "x" }
            let drain = startTask { await bench.runs.drain(within: .seconds(5)) }
            try await turns { bench.runs.closed != nil }
            await bench.clock.advance(by: .seconds(6))
            try await turns { first.result != nil }
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

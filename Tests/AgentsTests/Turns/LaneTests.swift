import Models
import Platform
import Support
import Testing

@testable import Agents

@Suite struct LaneTests {
    private static let other = SessionKey(agentID: "main", rest: "other")

    @LoopActor
    private func stuckBench(_ extra: String = "messages: {}", after: [ScriptedModels.Step] = []) throws -> RunBench {
        try RunBench(["a": [.stuck([.text("first")])] + (after.isEmpty ? [ScriptedModels.says("next")] : after)], extra)
    }

    @Test func aSecondMessageWaitsForTheFirst() async throws {
        try await onLoop {
            let bench = try stuckBench()
            let first = try bench.send("one")
            let second = try bench.send("two")
            await bench.clock.settle()
            #expect(bench.models.asked == ["a"])
            #expect(second.words == [])
            #expect(bench.runs.waitingCount(in: RunBench.main) == 1)
            bench.models.release()
            #expect(try await bench.end(of: second).text == "next")
            #expect(first.result?.text == "first")
            #expect(bench.words() == ["user: one", "assistant(stop): first", "user: two", "assistant(stop): next"])
        }
    }

    @Test func anotherSessionDoesNotWait() async throws {
        try await onLoop {
            let bench = try stuckBench()
            _ = try bench.send("one")
            let second = try bench.send("two", key: Self.other)
            #expect(try await bench.end(of: second).text == "next")
        }
    }

    @Test func interruptEndsWhatRuns() async throws {
        try await onLoop {
            let bench = try stuckBench("messages: { queue: { mode: 'interrupt' } }")
            let first = try bench.send("one")
            await bench.clock.settle()
            let second = try bench.send("two")
            #expect(try await bench.end(of: second).text == "next")
            #expect(first.result?.word == "aborted interrupt")
            #expect(bench.models.abandoned == 1)
            #expect(
                bench.words() == ["user: one", "assistant(aborted): first", "user: two", "assistant(stop): next"])
        }
    }

    @Test func collectPutsWhatWaitsIntoOneRun() async throws {
        try await onLoop {
            let bench = try stuckBench("messages: { queue: { mode: 'collect', debounceMs: 1000 } }")
            let first = try bench.send("one")
            try await turns { first.text == "first" }
            let others = try ["two", "three", "four"].map { try bench.send($0) }
            bench.models.release()
            try await turns { first.result != nil }
            await bench.clock.advance(by: .milliseconds(900))
            #expect(bench.models.asked == ["a"])
            await bench.clock.advance(by: .milliseconds(200))
            try await turns { others.allSatisfy { $0.result != nil } }
            #expect(bench.models.asked == ["a", "a"])
            #expect(others.map { $0.result?.word } == Array(repeating: "answered stop", count: 3))
            #expect(others.map(\.text) == ["next", "", ""])
            #expect(
                bench.words().suffix(4) == ["user: two", "user: three", "user: four", "assistant(stop): next"])
        }
    }

    @Test func fromElsewhereNothingIsCollected() async throws {
        try await onLoop {
            let bench = try stuckBench("messages: { queue: { mode: 'collect' } }")
            let first = try bench.send("one")
            try await turns { first.text == "first" }
            _ = try bench.send("two")
            let third = try bench.send("three") { $0.origin = RunOrigin(channel: "telegram", to: "42") }
            bench.models.release()
            _ = try await bench.end(of: third)
            #expect(bench.models.asked.count == 3)
        }
    }

    @Test func steeringJoinsBetweenTools() async throws {
        try await onLoop {
            let calls = ScriptedModels.calls([("c1", "slow", "{}"), ("c2", "slow", "{}")])
            let bench = try RunBench(["a": [calls, ScriptedModels.says("done")]])
            let place = Suspension(bench.clock)
            bench.tools.add("slow") { _ async throws(CancellationError) in
                _ = await place.wait()
                return ToolOutput("ok")
            }
            let first = try bench.send("work")
            await bench.clock.settle()
            let second = try bench.send("rather that")
            await bench.clock.settle()
            place.wake()
            let result = try await bench.end(of: first)
            #expect(result.text == "done")
            #expect(second.words == ["started", "finished answered stop"])
            #expect(
                bench.words() == [
                    "user: work", "assistant(tool_calls): ", "result(c1): ok",
                    "result(c2, error): Not done: a newer message came. Read it first.", "user: rather that",
                    "assistant(stop): done",
                ])
            #expect(bench.models.asked.count == 2)
        }
    }

    @Test func withoutToolsSteeringGetsARunOfItsOwn() async throws {
        try await onLoop {
            let bench = try stuckBench()
            _ = try bench.send("one")
            let second = try bench.send("two")
            bench.models.release()
            #expect(try await bench.end(of: second).text == "next")
        }
    }

    @Test func aMessagesOwnWishGoesBeforeTheChannels() {
        let queue = QueueSettings(["messages": ["queue": ["mode": "collect", "byChannel": ["telegram": "interrupt"]]]])
        #expect(queue.mode(asked: nil, session: nil, channel: "webchat") == .collect)
        #expect(queue.mode(asked: nil, session: nil, channel: "telegram") == .interrupt)
        #expect(queue.mode(asked: nil, session: "followup", channel: "telegram") == .followup)
        #expect(queue.mode(asked: "queue", session: "followup", channel: "telegram") == .steer)
        #expect(queue.mode(asked: "nonsense", session: nil, channel: "x") == .collect)
    }

    @Test(arguments: ["new", "old", "summarize"])
    func beyondTheCapSomethingGivesWay(drop: String) async throws {
        try await onLoop {
            let bench = try stuckBench("messages: { queue: { mode: 'followup', cap: 2, drop: '\(drop)' } }")
            _ = try bench.send("one")
            await bench.clock.settle()
            let (two, three) = (try bench.send("two"), try bench.send("three"))
            if drop == "new" {
                #expect(throws: RunRefusal.queueFull(limit: 2)) { try bench.send("four") }
                bench.models.release()
                #expect(try await bench.end(of: three).word == "answered stop")
                #expect(two.result?.word == "answered stop")
                return
            }
            let four = try bench.send("four")
            await bench.clock.settle()
            #expect(two.result?.word.hasPrefix("failed dropped: more than 2 messages waited") == true)
            bench.models.release()
            _ = try await bench.end(of: four)
            let told = bench.models.requests[1].messages.flatMap(\.parts).compactMap(\.text).joined()
            #expect(told.contains("- two") == (drop == "summarize"))
            #expect(!bench.words().contains("user: two"))
        }
    }

    @Test(arguments: [1, 2, 3])
    func soManyRunAtOnce(limit: Int) async throws {
        try await onLoop {
            let bench = try RunBench(
                ["a": [.stuck([.text("x")])]], "agents: { defaults: { maxConcurrent: \(limit) } }")
            let all = try (0..<3).map { try bench.send("hi", key: SessionKey(agentID: "main", rest: "s\($0)")) }
            await bench.clock.settle()
            #expect(bench.models.asked.count == limit)
            #expect(all.filter { $0.words.isEmpty }.count == 3 - limit)
            bench.models.release()
            for one in all { #expect(try await bench.end(of: one).word == "answered stop") }
            #expect((bench.runs.slots.count, bench.runs.slots.waitingCount) == (0, 0))
        }
    }

    @Test func oneAgentsLimitHoldsUpNoOther() async throws {
        try await onLoop {
            let bench = try RunBench(
                ["a": [.stuck([.text("x")])]],
                "agents: { entries: { main: { default: true, maxConcurrent: 1 }, work: {} } }")
            _ = try bench.send("hi", key: SessionKey(agentID: "main", rest: "s1"))
            let second = try bench.send("hi", key: SessionKey(agentID: "main", rest: "s2"))
            let third = try bench.send("hi", key: SessionKey(agentID: "work", rest: "s3"))
            await bench.clock.settle()
            #expect(second.words.isEmpty && !third.words.isEmpty)
            #expect(bench.runs.abort("r2", in: nil, reason: "rpc") == ["r2"])
            await bench.clock.settle()
            #expect(second.result?.word == "aborted rpc")
            #expect(bench.runs.slots.waitingCount == 0)
            bench.models.release()
            #expect(try await bench.end(of: third).word == "answered stop")
        }
    }

    // MARK: Repeats

    @Test func theSameIdIsTheSameRun() async throws {
        try await onLoop {
            let bench = try stuckBench()
            let first = try bench.send("one", id: "k")
            await bench.clock.settle()
            let late = Follower()
            let again = try bench.runs.start(bench.request("one", id: "k"), observer: late)
            #expect(again.isRepeat)
            bench.models.release()
            _ = try await bench.end(of: first)
            #expect(late.words == ["finished answered stop"])
            #expect(bench.models.asked == ["a"])
            let ended = Follower()
            #expect(try bench.runs.start(bench.request("one", id: "k"), observer: ended).isRepeat)
            await bench.clock.settle()
            #expect(ended.words == ["finished answered stop"])
            await bench.clock.advance(by: RunMemory.lifetime)
            #expect(try !bench.runs.start(bench.request("one", id: "k"), observer: nil).isRepeat)
        }
    }

    @Test(arguments: [RunMemory.limit - 1, RunMemory.limit, RunMemory.limit + 1])
    func soManyEndedRunsAreRemembered(count: Int) async throws {
        try await onLoop {
            let clock = FakeClock()
            let memory = RunMemory(clock: clock)
            for number in 0..<count {
                let request = RunRequest(
                    id: "r\(number)", sessionKey: .main("main"), message: [.text("x")],
                    origin: RunOrigin(channel: "x"), isOwner: false)
                let run = Run(request, mode: .followup, acceptedAt: clock.wall, watchers: [])
                memory.add(run)
                await run.finish(RunResult(.answered(.stop), endedAt: clock.wall))
                memory.noteEnd(of: run)
            }
            #expect(memory.count == min(count, RunMemory.limit))
            #expect((memory.find("r0") == nil) == (count > RunMemory.limit))
        }
    }

    @Test func whoWaitsForARunLearnsItsEnd() async throws {
        try await onLoop {
            let bench = try stuckBench()
            _ = try bench.send("one", id: "k")
            let (short, long) = (Tally(), Tally())
            startTask {
                let result = await bench.runs.result(of: "k", within: .seconds(1))
                #expect(result?.word == nil)
                short.started = 1
            }
            startTask {
                let result = await bench.runs.result(of: "k", within: .seconds(3000))
                #expect(result?.text == "first")
                long.started = 1
            }
            for _ in 0..<100 where short.started == 0 { await bench.clock.advance(by: .seconds(1)) }
            #expect((short.started, long.started) == (1, 0))
            bench.models.release()
            try await turns { long.started == 1 }
            #expect(await bench.runs.result(of: "nobody", within: .seconds(100)) == nil)
        }
    }
}

import Models
import Platform
import Support
import Testing

@testable import Agents

@Suite struct ToolTurnTests {
    /// The gateway was killed between a tool's call and its result. The next turn must not be refused for that: a model
    /// that gets a call without a result answers nothing any more.
    @Test func noOrphanToolCallReachesAModel() async throws {
        try await onLoop {
            let shelf = try await ShelfBench()
            _ = try await shelf.shelf.open(mainKey)
            try await shelf.shelf.append(
                [shelf.user("read a"), shelf.call("c1"), shelf.result("c1"), shelf.call("c2")], to: mainKey)
            try await shelf.restart(closing: false)
            let bench = try RunBench(["a": [ScriptedModels.says("as I said")]], on: shelf)
            let follower = try bench.send("and now?")
            for _ in 0..<2000 where follower.result == nil {
                await BlockingPool.shared.run {}
                await bench.clock.settle()
            }
            #expect(follower.text == "as I said")
            let told = try #require(bench.models.requests.first).messages.flatMap(\.parts)
            var open: [String] = []
            for part in told {
                if case .toolCall(let call) = part { open.append(call.id) }
                if case .toolResult(let result) = part {
                    #expect(open.first == result.callID, "each result right behind its call")
                    open.removeAll { $0 == result.callID }
                }
            }
            #expect(open.isEmpty && told.contains { if case .toolCall = $0 { true } else { false } })
            await shelf.end()
        }
    }

    @Test func callsAreRunInTheirOrderAndEachResultIsStored() async throws {
        try await onLoop {
            let bench = try RunBench([
                "a": [
                    ScriptedModels.calls(
                        [("c1", "echo", "{\"n\":1}"), ("c2", "echo", "{\"n\":2}")], saying: "Let me see. "),
                    ScriptedModels.says("Done"),
                ]
            ])
            bench.tools.add("echo") { call async throws(CancellationError) in
                call.report(["half": true])
                return ToolOutput("got \(call.arguments["n"] ?? .null)")
            }
            let follower = try bench.send("Hi")
            let result = try await bench.end(of: follower)
            #expect(
                follower.words == [
                    "started", "answering p/a", "text Let me see. ", "tool echo", "progress {\"half\":true}",
                    "tool end",
                    "tool echo", "progress {\"half\":true}", "tool end", "answering p/a", "text Done",
                    "finished answered stop",
                ])
            #expect(
                bench.words() == [
                    "user: Hi", "assistant(tool_calls): Let me see. ", "result(c1): got 1", "result(c2): got 2",
                    "assistant(stop): Done",
                ])
            #expect(result.text == "Let me see. Done")
            #expect(result.usage == ModelUsage(input: 20, output: 10))
            #expect(bench.models.requests.allSatisfy { $0.tools.map(\.name) == ["echo"] })
        }
    }

    @Test func whatCannotBeRunIsToldToTheModel() async throws {
        try await onLoop {
            let bench = try RunBench([
                "a": [
                    ScriptedModels.calls([("c1", "ecco", "{}"), ("c2", "echo", "{broken")]), ScriptedModels.says("Ah"),
                ]
            ])
            bench.tools.add("echo") { _ async throws(CancellationError) in ToolOutput("never") }
            #expect(try await bench.ask("Hi").text == "Ah")
            #expect(bench.words()[2] == "result(c1, error): There is no tool ecco. Did you mean echo?")
            #expect(bench.words()[3] == "result(c2, error): The arguments of echo are not a JSON object.")
        }
    }

    @Test func aClientsToolsGoBackToTheClient() async throws {
        try await onLoop {
            let bench = try RunBench(["a": [ScriptedModels.calls([("c1", "echo", "{}"), ("c2", "theirs", "{}")])]])
            bench.tools.add("echo") { _ async throws(CancellationError) in ToolOutput("ok") }
            let result = try await bench.ask("Hi") {
                $0.options.clientTools = [ToolDefinition(name: "theirs", description: "", parameters: [:])]
            }
            #expect(result.word == "client tools [\"theirs\"]")
            #expect(bench.words().suffix(1) == ["result(c1): ok"])
            #expect(bench.models.requests[0].tools.map(\.name) == ["echo", "theirs"])
        }
    }

    @Test func aModelThatTurnsInCirclesIsStopped() async throws {
        try await onLoop {
            let bench = try RunBench(["a": [ScriptedModels.calls([("c", "echo", "{}")])]])
            let tally = Tally()
            bench.tools.add("echo") { _ async throws(CancellationError) in
                tally.started += 1
                return ToolOutput("same")
            }
            let result = try await bench.ask("Hi")
            #expect(result.word == "failed stopped: the model made the same call of echo again and again")
            #expect(tally.started == ToolLoop.refusedAfter)
            #expect(bench.models.asked.count == ToolLoop.endedAfter)
        }
    }

    @Test(arguments: [ToolLoop.refusedAfter - 1, ToolLoop.refusedAfter, ToolLoop.refusedAfter + 1])
    func theSameCallIsMadeSoOften(count: Int) {
        var loop = ToolLoop()
        let call = ToolCall(id: "c", name: "t", argumentsText: "{}")
        for _ in 0..<count where loop.refusal(call) == nil { loop.note(call, [.text("same")]) }
        #expect((loop.refusal(call) != nil) == (count >= ToolLoop.refusedAfter))
        loop.note(call, [.text("other")])
        #expect(loop.refusal(call) == nil)
    }

    @Test func roundsAreLimitedAndTheLastIsWithoutTools() async throws {
        try await onLoop {
            let steps = (0..<Turn.roundLimit).map { ScriptedModels.calls([("c\($0)", "echo", "{\"n\":\($0)}")]) }
            let bench = try RunBench(["a": steps])
            bench.tools.add("echo") { call async throws(CancellationError) in ToolOutput("\(call.arguments["n"] ?? 0)")
            }
            let result = try await bench.ask("Hi")
            #expect(result.word.hasPrefix("failed the model called tools \(Turn.roundLimit) times"))
            #expect(bench.models.requests.count == Turn.roundLimit)
            #expect(bench.models.requests.last?.toolChoice == ToolChoice.none)
            #expect(bench.models.requests.dropLast().allSatisfy { $0.toolChoice == .auto })
        }
    }

    @Test(arguments: [Turn.resultBytes - 1, Turn.resultBytes, Turn.resultBytes + 1])
    func aResultFillsNoWindow(bytes: Int) {
        let parts = Turn.cut([.text(String(repeating: "x", count: bytes))])
        #expect((parts[0].text?.hasSuffix("[cut: 1 bytes more]") == true) == (bytes > Turn.resultBytes))
    }
}

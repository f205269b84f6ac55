import Models
import Platform
import Support
import Testing

@testable import Agents

@Suite struct TurnTests {
    @Test func aMessageIsStoredThenAskedThenStoredAgainAndThenDone() async throws {
        try await onLoop {
            let bench = try RunBench(["a": [ScriptedModels.says("Hello there")]])
            let follower = try bench.send("Hi")
            let result = try await bench.end(of: follower)
            #expect(
                follower.words == ["started", "answering p/a", "text Hello there", "finished answered stop"])
            #expect(bench.words() == ["user: Hi", "assistant(stop): Hello there"])
            #expect((result.text, result.model?.description, result.sessionID) == ("Hello there", "p/a", "s1"))
            #expect(result.usage == ModelUsage(input: 10, output: 5))
            #expect(bench.sessions.records[RunBench.main]?.origin == RunOrigin(channel: "webchat"))
        }
    }

    @Test func theConversationSoFarGoesAlong() async throws {
        try await onLoop {
            let bench = try RunBench(["a": [ScriptedModels.says("One"), ScriptedModels.says("Two")]])
            _ = try await bench.ask("first")
            _ = try await bench.ask("second")
            let messages = try #require(bench.models.requests.last?.messages)
            #expect(messages.map(\.role) == [.user, .assistant, .user])
            #expect(messages.flatMap(\.parts).compactMap(\.text) == ["first", "One", "second"])
            #expect(messages.last?.endsCache == true)
        }
    }

    @Test func nothingIsAskedOfAModelWhenTheMessageCannotBeStored() async throws {
        try await onLoop {
            let bench = try RunBench(["a": [ScriptedModels.says("Hello")]])
            bench.sessions.failure = .notStored("no space left on the disk")
            let result = try await bench.ask("Hi")
            #expect(result.word == "failed the session could not be stored: no space left on the disk")
            #expect(bench.models.asked == [])
        }
    }

    @Test func anAnswerThatCannotBeStoredIsNoAnswer() async throws {
        try await onLoop {
            let bench = try RunBench(["a": [ScriptedModels.says("Hello")]])
            bench.sessions.beforeAppend = { [sessions = bench.sessions] entries in
                if case .assistant = entries[0].content { sessions.failure = .notStored("full") }
            }
            let result = try await bench.ask("Hi")
            #expect(result.word == "failed the session could not be stored: full")
            #expect(bench.models.asked == ["a"])
        }
    }

    @Test func withoutAModelTheGatewaySaysHowToAddOne() async throws {
        try await onLoop {
            let bench = try RunBench([:], chain: [])
            let result = try await bench.ask("Hi")
            #expect(result.word == "answered stop")
            #expect(result.model == BuiltinOperator.reference)
            #expect(result.text.contains("openclaw models set "))
            #expect(bench.words().first == "user: Hi")
            #expect(bench.words().count == 2)
        }
    }

    @Test func itCanBeSwitchedOff() async throws {
        try await onLoop {
            let bench = try RunBench([:], chain: [], "agents: { defaults: { operator: false } }")
            let result = try await bench.ask("Hi")
            #expect(result.word.hasPrefix("failed No language model is configured yet"))
        }
    }

    /// Each fault of one model, with another behind it.
    @Test(arguments: [
        ModelError.Kind.rateLimited, .overloaded, .server, .timeout, .stall, .cutStream, .brokenAnswer, .billing,
        .badKey, .unreachable, .unknownModel,
    ])
    func afterAFaultTheNextModelAnswers(kind: ModelError.Kind) async throws {
        try await onLoop {
            let bench = try RunBench(
                ["a": [.refused(kind)], "b": [ScriptedModels.says("From b")]], chain: ["a", "q/b"])
            let follower = try bench.send("Hi")
            let result = try await bench.end(of: follower)
            #expect(result.word == "answered stop")
            #expect(result.model?.description == "q/b")
            #expect(follower.words == ["started", "answering q/b", "text From b", "finished answered stop"])
        }
    }

    @Test func aBreakBeforeAnythingWasSeenIsNotSeen() async throws {
        try await onLoop {
            let bench = try RunBench(
                [
                    "a": [.breaks([.started(id: nil, model: nil)], .cutStream)],
                    "b": [ScriptedModels.says("From b")],
                ], chain: ["a", "b"])
            let result = try await bench.ask("Hi")
            #expect(result.text == "From b")
        }
    }

    @Test(arguments: [ModelError.Kind.cutStream, .stall, .brokenAnswer, .server])
    func afterABreakInMidstreamNothingElseIsPutBehindIt(kind: ModelError.Kind) async throws {
        try await onLoop {
            let bench = try RunBench(
                ["a": [.breaks([.text("Half an ")], kind)], "b": [ScriptedModels.says("Other")]], chain: ["a", "b"])
            let follower = try bench.send("Hi")
            let result = try await bench.end(of: follower)
            #expect(result.word.hasPrefix("failed No model answered.\np/a: \(kind.words)"))
            #expect(follower.text == "Half an ")
            #expect(result.text == "Half an ")
            #expect(bench.models.asked == ["a"])
            #expect(bench.words() == ["user: Hi", "assistant(error): Half an "])
        }
    }

    @Test func whenAllAreDownTheGatewayNamesEachAndWhy() async throws {
        try await onLoop {
            let bench = try RunBench(
                ["a": [.refused(.badKey)], "b": [.refused(.rateLimited, .seconds(4000))]], chain: ["a", "q/b"])
            let result = try await bench.ask("Hi")
            #expect(result.model == BuiltinOperator.reference)
            #expect(result.text.contains("p/a: the key was refused"))
            #expect(result.text.contains("q/b: too many requests"))
            #expect(result.text.contains("Try again in 4000 s."))
        }
    }

    @Test func programsAreToldOfTheFailureInstead() async throws {
        try await onLoop {
            let bench = try RunBench(["a": [.refused(.rateLimited, .seconds(4000))]])
            let result = try await bench.ask("Hi") { $0.options.fallsBackOnOperator = false }
            guard case .failed(let failure) = result.ending else { return #expect(Bool(false), "\(result.word)") }
            #expect((failure.kind, failure.retryAfter) == (.rateLimited, .seconds(4000)))
        }
    }

    @Test func aShortRetryAfterIsWaitedForWhereNobodyElseCanBeAsked() async throws {
        try await onLoop {
            let bench = try RunBench(["a": [.refused(.rateLimited, .seconds(2)), ScriptedModels.says("Late")]])
            let result = try await bench.ask("Hi")
            #expect((result.text, bench.models.asked) == ("Late", ["a", "a"]))
        }
    }

    @Test func noModelTakesTheGatewaysWordsForItsOwn() async throws {
        try await onLoop {
            let bench = try RunBench(["a": [.refused(.badRequest), ScriptedModels.says("Yes")]])
            _ = try await bench.ask("first")
            _ = try await bench.ask("/whoami")
            _ = try await bench.ask("second")
            let texts = bench.models.requests.last?.messages.flatMap(\.parts).compactMap(\.text)
            #expect(texts == ["first", "second"])
        }
    }

    @Test func thinkingIsToldAndKept() async throws {
        try await onLoop {
            let bench = try RunBench(["a": [.answer([.thinking("Hm"), .text("So"), .finish(.stop)])]])
            let follower = try bench.send("Hi") { $0.options.thinking = .high }
            _ = try await bench.end(of: follower)
            #expect(follower.words.contains("thinking Hm"))
            #expect(bench.models.requests.first?.thinking == .high)
        }
    }

    @Test func aBlockedSessionTakesNothing() async throws {
        try await onLoop {
            let bench = try RunBench(["a": [ScriptedModels.says("Hello")]])
            _ = try await bench.sessions.open(RunBench.main)
            _ = try await bench.sessions.update(RunBench.main) { $0.choices.sendPolicy = "deny" }
            #expect(try await bench.ask("Hi").word == "failed send blocked by session policy")
            #expect(bench.words() == [])
        }
    }

    @Test func aClientsOwnConversationTakesTheTranscriptsPlace() async throws {
        try await onLoop {
            let bench = try RunBench(["a": [ScriptedModels.says("Yes")]])
            _ = try await bench.ask("question") {
                $0.options.history = [ModelMessage(.user, "before"), ModelMessage(.assistant, "answer")]
                $0.options.isRecorded = false
            }
            let texts = bench.models.requests.last?.messages.flatMap(\.parts).compactMap(\.text)
            #expect(texts == ["before", "answer", "question"])
            #expect(bench.words() == [])
        }
    }

    @Test func theRunWaitsForASlowReader() async throws {
        try await onLoop {
            let bench = try RunBench(["a": [.answer([.text("a"), .text("b"), .finish(.stop)])]])
            let follower = Follower()
            let gate = Suspension(bench.clock)
            follower.gate = gate
            _ = try bench.runs.start(bench.request("Hi"), observer: follower)
            await bench.clock.settle()
            #expect(follower.words == ["started"])
            gate.wake()
            await bench.clock.settle()
            #expect(follower.words.count == 2)
            follower.gate = nil
            gate.wake()
            #expect(try await bench.end(of: follower).text == "ab")
        }
    }
}

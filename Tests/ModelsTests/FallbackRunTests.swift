import Platform
import Support
import Testing

@testable import Models

private let good: [ModelEvent] = [
    .started(id: "1", model: "v"), .text("Hi"), .usage(ModelUsage(input: 1)), .finish(.stop),
]

private struct RunDidNotEnd: Error {}

@LoopActor
private struct RunBench {
    let providers: ScriptedProviders
    let cooldowns: CooldownTable
    var compaction: Compaction?

    init(_ steps: [String: [ScriptedProviders.Step]]) {
        providers = ScriptedProviders(steps)
        cooldowns = CooldownTable(providers.clock)
    }

    /// All models have the same keys, unless `own` says otherwise.
    func run(_ models: String..., keys: [String] = ["k"], own: [String: String] = [:]) -> FallbackRun {
        let candidates = models.map { model in
            ModelCandidate(
                ModelReference(provider: "p", model: model), ModelTarget(model),
                profiles: own[model].map { [$0] } ?? keys)
        }
        return FallbackRun(
            .hello, candidates, sources: providers, cooldowns: cooldowns, compaction: compaction,
            clock: providers.clock)
    }

    /// Runs to the end, letting time pass whenever nothing else happens.
    func outcome(_ run: FallbackRun) async throws -> (answer: ModelAnswer, error: ModelError?) {
        let stream = ModelStream(run)
        var answer = ModelAnswer()
        var outcome: ModelError??
        startTask {
            do throws(ModelError) {
                while let event = try await stream.next() { answer.add(event) }
                outcome = .some(nil)
            } catch {
                outcome = error
            }
        }
        for _ in 0..<200 {
            await providers.clock.settle()
            if let outcome { return (answer, outcome) }
            await providers.clock.advance(by: .seconds(1))
        }
        throw RunDidNotEnd()
    }
}

@Suite struct FallbackRunTests {
    @Test func theFirstModelAnswersAndSaysSo() async throws {
        try await onLoop {
            let bench = RunBench(["a": [.answer(good)], "b": [.answer(good)]])
            let run = bench.run("a", "b")
            let stream = ModelStream(run)
            var events: [ModelEvent] = []
            while let event = try await stream.next() { events.append(event) }
            #expect(events == [.answering(ModelReference(provider: "p", model: "a"))] + good)
            #expect(bench.providers.asked == ["a@k"] && run.answeredBy?.model == "a")
            #expect(run.attempts.map(\.error) == [nil])
        }
    }

    @Test func anotherAnswersWhenTheFirstDoesNot() async throws {
        try await onLoop {
            for kind in ModelError.Kind.allCases {
                let bench = RunBench(["a": [.refused(kind)], "b": [.answer(good)]])
                let (answer, error) = try await bench.outcome(bench.run("a", "b", own: ["b": "other"]))
                if [.cancelled, .refusal, .badRequest].contains(kind) {
                    #expect(error?.kind == kind && answer.parts.isEmpty && bench.providers.asked == ["a@k"], "\(kind)")
                } else {
                    #expect(error == nil && answer.text == "Hi" && answer.answeredBy?.model == "b", "\(kind)")
                }
            }
        }
    }

    @Test func aBadKeyIsNotTriedWithAnotherModel() async throws {
        try await onLoop {
            for kind in [ModelError.Kind.badKey, .billing] {
                let bench = RunBench(["a": [.refused(kind)], "b": [.answer(good)]])
                let (_, error) = try await bench.outcome(bench.run("a", "b"))
                #expect(error?.kind == kind && bench.providers.asked == ["a@k"])
            }
        }
    }

    @Test func nothingIsAskedAgainOnceSomethingWasDelivered() async throws {
        try await onLoop {
            let seen: [ModelEvent] = [
                .text("x"), .thinking("x"), .toolCallStart(index: 0, id: "c", name: "f"),
                .thinkingSeal(Seal(.anthropicMessages, "s")),
            ]
            for event in seen {
                for kind in ModelError.Kind.allCases {
                    let bench = RunBench(["a": [.breaks([event], kind)], "b": [.answer(good)]])
                    let (answer, error) = try await bench.outcome(bench.run("a", "b"))
                    #expect(error?.kind == kind && bench.providers.asked == ["a@k"], "\(event) \(kind)")
                    #expect(answer.answeredBy?.model == "a" && answer.text != "Hi")
                }
            }
        }
    }

    @Test func whatWasHeldBackOfAFailedAttemptIsNotDelivered() async throws {
        try await onLoop {
            let early: [ModelEvent] = [.started(id: "lost", model: "lost"), .usage(ModelUsage(input: 99))]
            let bench = RunBench(["a": [.breaks(early, .stall)], "b": [.answer(good)]])
            let run = bench.run("a", "b")
            let (answer, _) = try await bench.outcome(run)
            #expect(answer.id == "1" && answer.usage.input == 1)
            // It cost something all the same.
            #expect(run.attempts.first?.usage.input == 99)
        }
    }

    @Test func keysAreTriedBeforeModels() async throws {
        try await onLoop {
            let bench = RunBench(["a@k1": [.refused(.badKey)], "a@k2": [.answer(good)], "b": [.answer(good)]])
            let (answer, _) = try await bench.outcome(bench.run("a", "b", keys: ["k1", "k2"]))
            #expect(bench.providers.asked == ["a@k1", "a@k2"] && answer.answeredBy?.model == "a")
            // The refused key is not tried again by the next run.
            _ = try await bench.outcome(bench.run("a", "b", keys: ["k1", "k2"]))
            #expect(bench.providers.asked.last == "a@k2" && bench.providers.asked.count == 3)
        }
    }

    @Test func aModelThatCoolsIsLeftOutUntilItHasCooled() async throws {
        try await onLoop {
            let bench = RunBench(["a": [.refused(.rateLimited), .answer(good)], "b": [.answer(good)]])
            _ = try await bench.outcome(bench.run("a", "b"))
            _ = try await bench.outcome(bench.run("a", "b"))
            #expect(bench.providers.asked == ["a@k", "b@k", "b@k"])
            await bench.providers.clock.advance(by: .seconds(30))
            _ = try await bench.outcome(bench.run("a", "b"))
            #expect(bench.providers.asked.last == "a@k")
        }
    }

    @Test func ifAllCoolTheSoonestIsAsked() async throws {
        try await onLoop {
            let bench = RunBench([
                "a": [.refused(.rateLimited, .seconds(900)), .answer(good)],
                "b": [.refused(.rateLimited, .seconds(600)), .answer(good)],
            ])
            let (_, error) = try await bench.outcome(bench.run("a", "b"))
            #expect(error?.kind == .rateLimited && error?.retryAfter == .seconds(600))
            let (answer, _) = try await bench.outcome(bench.run("a", "b"))
            #expect(answer.answeredBy?.model == "b" && bench.providers.asked == ["a@k", "b@k", "b@k"])
        }
    }

    @Test func theVendorsTimeIsWaitedAndNoLonger() async throws {
        try await onLoop {
            let bench = RunBench(["a": [.refused(.rateLimited, .seconds(7)), .answer(good)]])
            let start = bench.providers.clock.now
            let (answer, _) = try await bench.outcome(bench.run("a"))
            #expect(answer.text == "Hi" && bench.providers.clock.now - start == .seconds(7))
        }
    }

    @Test func aLongConversationIsMadeShorterOnce() async throws {
        try await onLoop {
            for short in [true, false] {
                var bench = RunBench(["a": [.refused(.contextOverflow)], "b": [.answer(good)]])
                var compactions = 0
                bench.compaction = { request in
                    compactions += 1
                    var request = request
                    request.messages = [ModelMessage(.user, "short")]
                    return short ? request : nil
                }
                let (answer, _) = try await bench.outcome(bench.run("a", "b"))
                #expect(compactions == 1 && answer.answeredBy?.model == "b")
                #expect(bench.providers.asked == (short ? ["a@k", "a@k", "b@k"] : ["a@k", "b@k"]))
                #expect((bench.providers.requests.last?.messages[0] == ModelMessage(.user, "short")) == short)
            }
        }
    }

    @Test func aRefusalIsAnErrorUnlessSomethingWasSaid() async throws {
        try await onLoop {
            let bench = RunBench(["a": [.answer([.finish(.refusal)])], "b": [.answer(good)]])
            let found1 = try await bench.outcome(bench.run("a", "b")).error?.kind
            #expect(found1 == .refusal)
            #expect(bench.providers.asked == ["a@k"])
            let later = RunBench(["a": [.answer([.text("x"), .finish(.refusal)])]])
            let found2 = try await later.outcome(later.run("a")).answer.finish
            #expect(found2 == .refusal)
        }
    }

    @Test func cancelEndsEachKindOfWait() async throws {
        try await onLoop {
            let waits: [(ScriptedProviders.Step, String)] = [
                (.silent, "for the answer"), (.refused(.rateLimited, .seconds(50)), "for the vendor's time"),
                (.stuck([.text("x")]), "within the answer"),
            ]
            for (step, name) in waits {
                let bench = RunBench(["a": [step]])
                let stream = ModelStream(bench.run("a"))
                var error: ModelError?
                startTask {
                    do throws(ModelError) { while try await stream.next() != nil {} } catch let failure {
                        error = failure
                    }
                }
                await bench.providers.clock.settle()
                #expect(error == nil && !bench.providers.asked.isEmpty, "\(name)")
                stream.cancel()
                try await turns { error != nil }
                #expect(error == .cancelled, "\(name)")
                try await turns { bench.providers.waiting == 0 }
                #expect(bench.providers.asked.count == 1, "\(name)")
            }
        }
    }

    @Test func aRunEndsWhateverHappens() async throws {
        try await onLoop {
            for seed in UInt64(0)..<200 {
                var random = SeededRandom(seed: seed)
                let kinds = ModelError.Kind.allCases.filter { $0 != .cancelled }
                var steps: [String: [ScriptedProviders.Step]] = [:]
                for model in ["a", "b", "c"] {
                    steps[model] = (0..<6).map { _ in
                        let kind = kinds.randomElement(using: &random)!
                        switch Int.random(in: 0..<8, using: &random) {
                        case 0: return .answer(good)
                        case 1: return .breaks([.text("half")], kind)
                        default: return .refused(kind, Bool.random(using: &random) ? .seconds(3) : nil)
                        }
                    }
                }
                let bench = RunBench(steps)
                let run = bench.run("a", "b", "c", keys: ["k1", "k2"])
                let (answer, error) = try await bench.outcome(run)
                #expect(bench.providers.asked.count <= FallbackPolicy().attemptLimit, "seed \(seed)")
                #expect(["", "Hi", "half"].contains(answer.text), "seed \(seed): \(answer.text)")
                #expect((error == nil) == (answer.finish != nil), "seed \(seed)")
                #expect(run.attempts.count == bench.providers.asked.count, "seed \(seed)")
            }
        }
    }
}

import Contract
import Platform
import Support
import Testing

@testable import Gateway

@Suite struct DeduplicationTests {
    /// Work that ends when it is told to.
    @LoopActor
    final class Work {
        private(set) var runs = 0
        private var waiting: [CheckedContinuation<Result<JSON, RPCError>, Never>] = []

        func run() async throws(RPCError) -> JSON {
            runs += 1
            return try await withCheckedContinuation { waiting.append($0) }.get()
        }

        func count() { runs += 1 }

        func end(_ answer: Result<JSON, RPCError>) {
            for one in waiting { one.resume(returning: answer) }
            waiting = []
        }
    }

    @Test func thoseWhoAskMeanwhileGetTheSameAnswer() async throws {
        try await onLoop {
            let (once, work) = (Deduplication(clock: FakeClock()), Work())
            let ask = { @LoopActor @Sendable () async throws -> JSON in
                try await once.answer("send", "k") { () throws(RPCError) in try await work.run() }
            }
            let first = startTask { try await ask() }
            let second = startTask { try await ask() }
            try await turns { work.runs == 1 }
            await turnEnd()
            work.end(.success(["n": 1]))
            #expect(try await first.value == ["n": 1])
            #expect(try await second.value == ["n": 1])
            #expect(try await ask() == ["n": 1])
            #expect(work.runs == 1)
        }
    }

    @Test func anotherKeyAndAnotherMethodRunAnew() async throws {
        try await onLoop {
            let once = Deduplication(clock: FakeClock())
            for (method, key) in [("send", "a"), ("send", "b"), ("poll", "a")] {
                let answer = try await once.answer(method, key) { .string(method + key) }
                #expect(answer == .string(method + key))
            }
            #expect(once.count == 3)
        }
    }

    @Test func whoLeavesDoesNotEndTheWork() async throws {
        try await onLoop {
            let (once, work) = (Deduplication(clock: FakeClock()), Work())
            let first = startTask {
                try await once.answer("node.invoke", "k") { () throws(RPCError) in try await work.run() }
            }
            try await turns { work.runs == 1 }
            first.cancel()
            await #expect(throws: RPCError.unavailable("cancelled")) { try await first.value }
            let again = startTask {
                try await once.answer("node.invoke", "k") { () throws(RPCError) in try await work.run() }
            }
            await turnEnd()
            work.end(.success(true))
            #expect(try await again.value == true)
            #expect(work.runs == 1)
        }
    }

    @Test func aFailureIsKeptUnlessItAsksToTryAgain() async throws {
        try await onLoop {
            let once = Deduplication(clock: FakeClock())
            let work = Work()
            for _ in 0..<2 {
                await #expect(throws: RPCError.invalid("no")) {
                    try await once.answer("send", "final") { () throws(RPCError) in
                        work.count()
                        throw .invalid("no")
                    }
                }
            }
            #expect(work.runs == 1)
            let busy = RPCError(.unavailable, "busy", retryAfter: .seconds(1))
            await #expect(throws: busy) {
                try await once.answer("send", "later") { () throws(RPCError) in throw busy }
            }
            let next = try await once.answer("send", "later") { true }
            #expect(next == true)
        }
    }

    @Test func answersInTwoPhasesAreRepeatedAsFarAsTheyGot() async throws {
        try await onLoop {
            let once = Deduplication(clock: FakeClock())
            #expect(try !once.isKnown("agent", "k"))
            guard case .running(accepted: nil)? = try once.begin("agent", "k") else { throw NotThere("running") }
            once.accepted("agent", "k", ["status": "accepted"])
            guard case .running(accepted: .some(let accepted))? = try once.begin("agent", "k") else {
                throw NotThere("accepted")
            }
            #expect(accepted == ["status": "accepted"])
            once.end("agent", "k", .success(["status": "ok"]))
            guard case .ended(.success(let final))? = try once.begin("agent", "k") else {
                throw NotThere("ended")
            }
            #expect(final == ["status": "ok"])
        }
    }

    @Test func answersAreForgottenAfterTheirLifetimeAndRunningOnesAreNot() async throws {
        try await onLoop {
            let clock = FakeClock()
            let once = Deduplication(clock: clock)
            _ = try once.begin("agent", "running")
            _ = try await once.answer("send", "done") { true }
            await clock.advance(by: Deduplication.lifetime - .milliseconds(1))
            #expect(once.count == 2)
            await clock.advance(by: Deduplication.sweepInterval)
            #expect(once.count == 1)
            #expect(try once.isKnown("agent", "running"))
            once.end("agent", "running", .success(true))
            await clock.advance(by: Deduplication.lifetime + Deduplication.sweepInterval)
            #expect(once.count == 0)
            #expect(clock.timers.count == 0)
        }
    }

    @Test func atTheLimitTheOldestAnswerGivesWay() async throws {
        try await onLoop {
            let clock = FakeClock()
            let once = Deduplication(clock: clock)
            for number in 0..<Deduplication.limit {
                clock.wall.nanoseconds += 1
                await clock.advance(by: .milliseconds(1))
                _ = try await once.answer("send", "\(number)") { true }
            }
            #expect(once.count == Deduplication.limit)
            _ = try await once.answer("send", "more") { true }
            #expect(once.count == Deduplication.limit)
            #expect(try once.isKnown("send", "1"))
            #expect(try !once.isKnown("send", "0"))
        }
    }

    @Test func whileAllAreUnderWayAnotherOneIsRefused() async throws {
        try await onLoop {
            let once = Deduplication(clock: FakeClock())
            for number in 0..<(Deduplication.limit - 1) { _ = try once.begin("agent", "\(number)") }
            #expect(try !once.isKnown("agent", "last"))
            #expect(throws: RPCError.self) { try once.begin("agent", "one more") }
        }
    }
}

private struct NotThere: Error {
    let what: String
    init(_ what: String) { self.what = what }
}

extension Deduplication {
    /// Begins it if it is not.
    fileprivate func isKnown(_ method: String, _ key: String) throws(RPCError) -> Bool {
        try begin(method, key).map { _ in true } ?? false
    }
}

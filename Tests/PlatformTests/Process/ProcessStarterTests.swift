import Support
import Testing

@testable import Platform

/// Programs that are followed while they run; what they share with those run to their end is in `ChildProcessTests`.
@Suite struct ProcessStarterTests {
    @LoopActor final class Heard {
        var output: [UInt8] = []
        var outcome: ProcessOutcome?
        private var waiting: CheckedContinuation<Void, Never>?

        func take(_ event: ProcessEvent) {
            switch event {
            case .output(let bytes): output += bytes
            case .ended(let outcome): self.outcome = outcome
            }
            waiting?.resume()
            waiting = nil
        }

        func until(_ condition: @LoopActor (Heard) -> Bool) async {
            while !condition(self), outcome == nil { await withCheckedContinuation { waiting = $0 } }
        }
    }

    @LoopActor private func start(
        _ arguments: [String], input: [UInt8] = [], acceptsInput: Bool = true, _ heard: Heard
    ) async throws -> any StartedProcess {
        let request = ProcessRequest(
            arguments, environment: ["PATH": "/usr/bin:/bin"], input: input, deadline: .seconds(60))
        return try await ProcessStarter(clock: FakeClock()).start(request, acceptsInput: acceptsInput) {
            heard.take($0)
        }
    }

    @Test func whatIsWrittenIsReadInOrderAndThenTheInputEnds() async throws {
        try await onLoop {
            let heard = Heard()
            let cat = try await start(["cat"], input: Array("one ".utf8), heard)
            #expect(cat.write(Array("two ".utf8)))
            await heard.until { $0.output == Array("one two ".utf8) }
            #expect(cat.write(Array("three".utf8)))
            cat.closeInput()
            #expect(!cat.write([1]))
            await heard.until { $0.outcome != nil }
            #expect(heard.output == Array("one two three".utf8))
            #expect(heard.outcome == .ended(.exited(0)))
        }
    }

    @Test func whatItIsBegunWithIsGivenWhole() async throws {
        try await onLoop {
            let heard = Heard()
            let input = [UInt8](repeating: 7, count: PipeWriter.limit + 1)
            _ = try await start(["cat"], input: input, acceptsInput: false, heard)
            await heard.until { $0.outcome != nil }
            #expect(heard.output == input)
        }
    }

    @Test func aProgramThatDoesNotReadIsKeptNoMoreThanTheLimit() async throws {
        try await onLoop {
            let heard = Heard()
            let sleeper = try await start(["sleep", "600"], heard)
            #expect(sleeper.write([UInt8](repeating: 7, count: PipeWriter.limit - 1)))
            #expect(!sleeper.write([7, 7]))
            #expect(sleeper.write([7]))
            #expect(!sleeper.write([7]))
            sleeper.end()
            await heard.until { $0.outcome != nil }
            #expect(heard.outcome == .stopped)
        }
    }
}

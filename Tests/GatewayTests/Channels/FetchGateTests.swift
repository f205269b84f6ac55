import Platform
import Support
import Testing

@testable import Gateway

@Suite struct FetchGateTests {
    /// Tries to go in, and says so when it is.
    @LoopActor
    private final class Guest {
        private(set) var isIn = false
        private(set) var task: Task<Void, any Error>?

        init(_ gate: FetchGate) {
            task = startTask { self.isIn = await gate.enter() }
        }
    }

    @Test func soManyAreInAndTheOthersComeInTurn() async throws {
        try await onLoop {
            let clock = FakeClock()
            let gate = FetchGate(2, clock: clock)
            let guests = (0..<4).map { _ in Guest(gate) }
            await clock.settle()
            #expect(guests.map(\.isIn) == [true, true, false, false])
            gate.leave()
            await clock.settle()
            #expect(guests.map(\.isIn) == [true, true, true, false])
            for _ in 0..<3 { gate.leave() }
            try await guests[3].task?.value
            #expect(guests[3].isIn && gate.free == 2)
        }
    }

    @Test func whoGivesUpTakesNoPlace() async throws {
        try await onLoop {
            let clock = FakeClock()
            let gate = FetchGate(1, clock: clock)
            let guests = (0..<3).map { _ in Guest(gate) }
            await clock.settle()
            guests[1].task?.cancel()
            try await guests[1].task?.value
            gate.leave()
            // Cancelled in the turn in which it was its turn.
            guests[2].task?.cancel()
            try await guests[2].task?.value
            if guests[2].isIn { gate.leave() }
            #expect(guests[0].isIn && !guests[1].isIn && gate.free == 1)
        }
    }
}

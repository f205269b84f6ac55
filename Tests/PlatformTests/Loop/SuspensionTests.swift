import Platform
import Support
import Testing

@Suite struct SuspensionTests {
    @Test func aCancellationThatComesLateDoesNotEndTheNextWait() async throws {
        try await onLoop {
            let place = Suspension(FakeClock())
            let first = startTask { await place.wait() }
            await loopTurn()
            // All in one turn: the first is woken, the second waits, and then the first is cancelled.
            place.wake()
            let second = startTask { await place.wait() }
            first.cancel()
            await loopTurn()
            #expect(place.isWaiting)
            place.wake()
            let wakes = [try await first.value, try await second.value]
            #expect(wakes == [.event, .event])
        }
    }

    @Test func whateverComesFirstEndsTheWaitAndNothingIsLeftArmed() async throws {
        try await onLoop {
            let clock = FakeClock()
            let place = Suspension(clock)
            let deadline = clock.now + .seconds(1)
            let late = startTask { await place.wait(until: deadline) }
            await clock.settle()
            await clock.advance(by: .seconds(1))
            let past = startTask { await place.wait(until: deadline) }
            let cancelled = startTask { await place.wait(until: clock.now + .seconds(1)) }
            await clock.settle()
            cancelled.cancel()
            await clock.settle()
            let woken = startTask { await place.wait(until: clock.now + .seconds(1)) }
            await clock.settle()
            place.wake()
            place.wake()
            let wakes = [try await late.value, try await past.value, try await cancelled.value, try await woken.value]
            #expect(wakes == [.deadline, .deadline, .cancelled, .event])
            #expect(clock.timers.count == 0)
            #expect(!place.isWaiting)
        }
    }
}

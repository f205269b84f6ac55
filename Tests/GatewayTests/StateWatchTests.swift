import Platform
import Support
import Testing

@testable import Gateway

@Suite struct StateWatchTests {
    @LoopActor final class Place {
        var isThere = true
    }

    @Test func aStateDirectoryThatGoesIsToldAndSoIsItsReturn() async throws {
        try await onLoop {
            let clock = FakeClock()
            let health = GatewayHealth(version: "1", clock: clock)
            health.phase = .running
            let place = Place()
            let watch = StateWatch(
                health: health, log: Log(LogOutput(LogSettings(level: .error), clock: clock), subsystem: "test"),
                clock: clock, isInPlace: { place.isThere })
            watch.start()
            await clock.advance(by: StateWatch.interval)
            try await turns { clock.timers.count > 0 }
            #expect(health.isReady)
            place.isThere = false
            await clock.advance(by: StateWatch.interval)
            try await turns { !health.isReady }
            #expect(health.failingParts == ["state"])
            place.isThere = true
            try await turns { clock.timers.count > 0 }
            await clock.advance(by: StateWatch.interval)
            try await turns { health.isReady }
            watch.stop()
            #expect(clock.timers.count == 0)
        }
    }
}

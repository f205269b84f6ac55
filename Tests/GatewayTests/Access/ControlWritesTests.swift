import Contract
import Platform
import Support
import Testing

@testable import Gateway

@Suite struct ControlWritesTests {
    @Test func threeInAMinuteAndNotAFourth() async throws {
        try await onLoop {
            let clock = FakeClock()
            let writes = ControlWrites(clock: clock)
            for _ in 0..<ControlWrites.limit {
                try writes.admit("config.patch", from: "a")
                await clock.advance(by: .seconds(10))
            }
            let refusal = RPCError(
                .unavailable, "too many changes: config.patch may be called 3 times in a minute",
                details: ["method": "config.patch", "limit": "3 per 60s"], retryAfter: .seconds(30))
            #expect(throws: refusal) { try writes.admit("config.patch", from: "a") }
            try writes.admit("config.patch", from: "b")
            await clock.advance(by: .seconds(30) - .nanoseconds(1))
            #expect(throws: RPCError.self) { try writes.admit("config.apply", from: "a") }
            await clock.advance(by: .nanoseconds(1))
            try writes.admit("config.apply", from: "a")
            #expect(throws: RPCError.self) { try writes.admit("config.apply", from: "a") }
        }
    }

    @Test func oneOfTooManyClientsIsForgotten() async throws {
        try await onLoop {
            let clock = FakeClock()
            let writes = ControlWrites(clock: clock)
            for number in 0...ControlWrites.clientLimit {
                for _ in 0..<ControlWrites.limit { try writes.admit("config.patch", from: "\(number)") }
                await clock.advance(by: .microseconds(1))
            }
            #expect(throws: RPCError.self) { try writes.admit("config.patch", from: "1") }
            try writes.admit("config.patch", from: "0")
        }
    }
}

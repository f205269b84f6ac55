import Platform
import Support
import Testing

@testable import Models

private func error(_ kind: ModelError.Kind, _ retryAfter: Duration? = nil) -> ModelError {
    ModelError(kind, provider: "p", retryAfter: retryAfter)
}

@Suite struct CooldownTableTests {
    @Test func cooldownsGrowAndEnd() async throws {
        try await onLoop {
            for (kind, steps) in [
                (.rateLimited, [30, 60, 300, 300]), (.overloaded, [10, 30, 60, 60]),
                (.badKey, [600, 1200, 2400, 3600, 3600]), (.billing, [18_000, 36_000, 72_000]),
            ] as [(ModelError.Kind, [Int64])] {
                let clock = FakeClock()
                let table = CooldownTable(clock)
                for seconds in steps {
                    table.failed(profile: "a", model: "m", error(kind))
                    let cooldown = table.cooldown(profile: "a", model: "m")
                    #expect(cooldown?.until == clock.now + .seconds(seconds) && cooldown?.reason == kind)
                    await clock.advance(by: .seconds(seconds) - .nanoseconds(1))
                    #expect(table.cooldown(profile: "a", model: "m") != nil)
                    await clock.advance(by: .nanoseconds(1))
                    #expect(table.cooldown(profile: "a", model: "m") == nil)
                }
            }
        }
    }

    @Test func aLimitIsTheModelsAndABadKeyIsEverybodys() async throws {
        try await onLoop {
            let table = CooldownTable(FakeClock())
            table.failed(profile: "a", model: "m", error(.rateLimited))
            #expect(table.cooldown(profile: "a", model: "n") == nil)
            #expect(table.cooldown(profile: "b", model: "m") == nil)
            table.failed(profile: "a", model: "m", error(.badKey))
            #expect(table.cooldown(profile: "a", model: "n")?.reason == .badKey)
            table.succeeded(profile: "a", model: "n")
            #expect(table.cooldown(profile: "a", model: "n") == nil)
            #expect(table.cooldown(profile: "a", model: "m")?.reason == .rateLimited)
        }
    }

    @Test func theVendorsOwnTimeCountsAndNothingShortensIt() async throws {
        try await onLoop {
            let clock = FakeClock()
            let table = CooldownTable(clock)
            table.failed(profile: "a", model: "m", error(.rateLimited, .seconds(700)))
            let until = clock.now + .seconds(700)
            #expect(table.cooldown(profile: "a", model: "m")?.until == until)
            table.failed(profile: "a", model: "m", error(.overloaded))
            #expect(table.cooldown(profile: "a", model: "m")?.until == until)
        }
    }

    @Test func whatSaysNothingOfTheNextRequestCoolsNothing() async throws {
        try await onLoop {
            let table = CooldownTable(FakeClock())
            for kind in [ModelError.Kind.contextOverflow, .refusal, .badRequest, .cancelled] {
                table.failed(profile: "a", model: "m", error(kind))
            }
            #expect(table.count == 0)
        }
    }

    @Test func aDayWithoutFailureForgets() async throws {
        try await onLoop {
            let clock = FakeClock()
            let table = CooldownTable(clock)
            for _ in 0..<3 { table.failed(profile: "a", model: "m", error(.rateLimited)) }
            await clock.advance(by: CooldownTable.failureWindow)
            table.failed(profile: "a", model: "m", error(.rateLimited))
            #expect(table.cooldown(profile: "a", model: "m")?.until == clock.now + .seconds(30))
        }
    }

    @Test func entriesAreLimited() async throws {
        try await onLoop {
            let table = CooldownTable(FakeClock())
            for number in 0...CooldownTable.entryLimit {
                table.failed(profile: "a", model: "\(number)", error(.rateLimited, .seconds(number + 1)))
                #expect(table.count == min(number + 1, CooldownTable.entryLimit))
            }
            // The one that ends first is gone.
            #expect(table.cooldown(profile: "a", model: "0") == nil)
            #expect(table.cooldown(profile: "a", model: "1") != nil)
        }
    }
}

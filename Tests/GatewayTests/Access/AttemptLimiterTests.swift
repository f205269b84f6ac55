import Platform
import Support
import Testing

@testable import Gateway

/// reliability.md section 2.3, and "ClawJacked": guessing has an end, wherever it comes from.
@Suite struct AttemptLimiterTests {
    static func credential(_ number: Int) -> SecretDigest { SecretDigest(of: "wrong-\(number)") }

    @Test func tenFailuresInAMinuteLockOutForFive() async throws {
        try await onLoop {
            let clock = FakeClock()
            let limiter = AttemptLimiter(clock: clock)
            let limit = AccessSettings.Limit()
            for number in 0..<limit.attempts - 1 { limiter.failed("a", Self.credential(number), limit) }
            #expect(limiter.lockout(of: "a") == nil)
            limiter.failed("a", Self.credential(99), limit)
            #expect(limiter.lockout(of: "a") == limit.lockout)
            #expect(limiter.lockout(of: "b") == nil)
            await clock.advance(by: limit.lockout - .seconds(1))
            #expect(limiter.lockout(of: "a") == .seconds(1))
            await clock.advance(by: .seconds(1))
            #expect(limiter.lockout(of: "a") == nil)
            limiter.failed("a", Self.credential(0), limit)
            #expect(limiter.lockout(of: "a") == nil)
        }
    }

    @Test func failuresAreForgottenAfterTheWindow() async throws {
        try await onLoop {
            let clock = FakeClock()
            let limiter = AttemptLimiter(clock: clock)
            let limit = AccessSettings.Limit()
            for number in 0..<limit.attempts - 1 { limiter.failed("a", Self.credential(number), limit) }
            await clock.advance(by: limit.window + .seconds(1))
            limiter.failed("a", Self.credential(99), limit)
            #expect(limiter.lockout(of: "a") == nil)
        }
    }

    @Test func theSameWrongCredentialCountsOnce() async throws {
        try await onLoop {
            let limiter = AttemptLimiter(clock: FakeClock())
            let limit = AccessSettings.Limit()
            for _ in 0..<limit.attempts * 3 { limiter.failed("a", Self.credential(7), limit) }
            #expect(limiter.lockout(of: "a") == nil)
            for number in 0..<limit.attempts - 1 { limiter.failed("a", Self.credential(100 + number), limit) }
            #expect(limiter.lockout(of: "a") != nil)
        }
    }

    @Test func aFloodOfPlacesKeepsThoseThatAreLockedOut() async throws {
        try await onLoop {
            let clock = FakeClock()
            let limiter = AttemptLimiter(clock: clock)
            let limit = AccessSettings.Limit()
            for number in 0..<limit.attempts { limiter.failed("guesser", Self.credential(number), limit) }
            for place in 0..<AttemptLimiter.placeLimit + 10 {
                limiter.failed("p\(place)", Self.credential(0), limit)
            }
            #expect(limiter.lockout(of: "guesser") != nil)
        }
    }
}

/// reliability.md 2.4, oc#2475: digests of one length, whatever is compared.
@Suite struct SecretDigestTests {
    @Test func lengthsAndBeginningsMakeNoDifference() {
        let secret = SecretDigest(of: "correct horse battery staple")
        #expect(secret.matches("correct horse battery staple"))
        for wrong in [
            "", "c", "correct horse battery stapl", "correct horse battery staple ",
            String(repeating: "x", count: 9999),
        ] {
            #expect(!secret.matches(wrong))
        }
    }

    @Test func whiteSpaceIsNoSecret() {
        #expect(SecretDigest(configured: nil) == nil)
        #expect(SecretDigest(configured: "") == nil)
        #expect(SecretDigest(configured: " \t\n") == nil)
        #expect(SecretDigest(configured: "x") != nil)
    }
}

@Suite struct DashboardCodesTests {
    @Test func aCodeIsGoodOnceAndForAWhile() async throws {
        try await onLoop {
            let clock = FakeClock()
            let codes = DashboardCodes(clock: clock)
            let code = codes.issue()
            #expect(!codes.redeem(code + "x"))
            #expect(codes.redeem(code))
            #expect(!codes.redeem(code))
            let late = codes.issue()
            await clock.advance(by: DashboardCodes.lifetime)
            #expect(!codes.redeem(late))
            let intime = codes.issue()
            await clock.advance(by: DashboardCodes.lifetime - .milliseconds(1))
            #expect(codes.redeem(intime))
        }
    }

    @Test func theOldestGivesWayAtTheLimit() async throws {
        try await onLoop {
            let codes = DashboardCodes(clock: FakeClock())
            let first = (0..<DashboardCodes.limit).map { _ in codes.issue() }
            #expect(codes.redeem(first[0]))
            _ = codes.issue()
            _ = codes.issue()
            #expect(!codes.redeem(first[1]))
            #expect(codes.redeem(first[2]))
        }
    }
}

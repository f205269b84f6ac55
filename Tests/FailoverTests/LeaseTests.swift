import Platform
import Support
import Testing

@testable import Failover

@Suite struct LeaseTests {
    /// A gate on a clock that the test moves.
    @LoopActor
    private struct Bench {
        let clock = FakeClock()

        func gate() -> ActionGate { ActionGate { [clock] in clock.now } }

        func end(in time: Duration) -> Instant { clock.now + time }
    }

    @Test func nothingPassesBeforeATermIsGranted() async throws {
        try await onLoop {
            let bench = Bench()
            #expect(!bench.gate().mayAct)
        }
    }

    @Test func aTermThatEndedLetsNothingPass() async throws {
        try await onLoop {
            let bench = Bench()
            let gate = bench.gate()
            gate.open(LeaseTerm(epoch: 1, end: bench.end(in: .seconds(7))))
            #expect(gate.mayAct && gate.mayAct(under: 1))
            await bench.clock.advance(by: .milliseconds(6999))
            #expect(gate.mayAct)
            await bench.clock.advance(by: .milliseconds(1))
            #expect(!gate.mayAct)
        }
    }

    @Test func epochsOnlyRise() async throws {
        try await onLoop {
            let bench = Bench()
            let gate = bench.gate()
            #expect(gate.open(LeaseTerm(epoch: 3, end: nil)))
            #expect(!gate.open(LeaseTerm(epoch: 2, end: nil)))
            #expect(gate.epoch == 3)
            #expect(gate.open(LeaseTerm(epoch: 4, end: nil)))
            #expect(!gate.mayAct(under: 3) && gate.mayAct(under: 4))
        }
    }

    @Test func aRenewalThatComesLateOpensNothingThatWasClosed() async throws {
        try await onLoop {
            let bench = Bench()
            let gate = bench.gate()
            gate.open(LeaseTerm(epoch: 1, end: bench.end(in: .seconds(7))))
            gate.close()
            #expect(!gate.open(LeaseTerm(epoch: 1, end: bench.end(in: .seconds(9)))))
            #expect(!gate.mayAct)
        }
    }

    @Test func aRenewalThatWasOvertakenShortensNothing() async throws {
        try await onLoop {
            let bench = Bench()
            let gate = bench.gate()
            gate.open(LeaseTerm(epoch: 1, end: bench.end(in: .seconds(7))))
            #expect(gate.open(LeaseTerm(epoch: 1, end: bench.end(in: .seconds(9)))))
            #expect(!gate.open(LeaseTerm(epoch: 1, end: bench.end(in: .seconds(8)))))
            await bench.clock.advance(by: .milliseconds(8500))
            #expect(gate.mayAct)
        }
    }

    @Test func aNodeThatSharesNothingAlwaysHoldsItsLease() async throws {
        try await onLoop {
            let lease = HeldLease(after: 6)
            let term = try await lease.acquire()
            #expect(term.epoch == 7 && term.isValid(at: Instant(nanoseconds: .max)))
            #expect(try await lease.renew(7) == term)
            #expect(try await lease.acquire().epoch == 8)
            await #expect(throws: LeaseError.held) { try await lease.renew(7) }
        }
    }

    @Test func theClockThatCountsSuspendedTimeIsNotBehind() async throws {
        try await onLoop {
            let earlier = Instant.monotonic()
            #expect(Instant.sinceBoot() >= earlier)
        }
    }
}

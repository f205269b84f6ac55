import Platform
import Support
import Testing

@testable import Failover

@LoopActor
@Suite struct LeaseTests {
    private let clock = FakeClock()

    private func gate() -> ActionGate { ActionGate { [clock] in clock.now } }

    private func end(in time: Duration) -> Instant { clock.now + time }

    @Test func nothingPassesBeforeATermIsGranted() {
        #expect(!gate().mayAct)
    }

    @Test func aTermThatEndedLetsNothingPass() async {
        let gate = gate()
        gate.open(LeaseTerm(epoch: 1, end: end(in: .seconds(7))))
        #expect(gate.mayAct && gate.mayAct(under: 1))
        await clock.advance(by: .milliseconds(6999))
        #expect(gate.mayAct)
        await clock.advance(by: .milliseconds(1))
        #expect(!gate.mayAct)
    }

    @Test func epochsOnlyRise() {
        let gate = gate()
        #expect(gate.open(LeaseTerm(epoch: 3, end: nil)))
        #expect(!gate.open(LeaseTerm(epoch: 2, end: nil)))
        #expect(gate.epoch == 3)
        #expect(gate.open(LeaseTerm(epoch: 4, end: nil)))
        #expect(!gate.mayAct(under: 3) && gate.mayAct(under: 4))
    }

    @Test func aRenewalThatComesLateOpensNothingThatWasClosed() {
        let gate = gate()
        gate.open(LeaseTerm(epoch: 1, end: end(in: .seconds(7))))
        gate.close()
        #expect(!gate.open(LeaseTerm(epoch: 1, end: end(in: .seconds(9)))))
        #expect(!gate.mayAct)
    }

    @Test func aRenewalThatWasOvertakenShortensNothing() async {
        let gate = gate()
        gate.open(LeaseTerm(epoch: 1, end: end(in: .seconds(7))))
        #expect(gate.open(LeaseTerm(epoch: 1, end: end(in: .seconds(9)))))
        #expect(!gate.open(LeaseTerm(epoch: 1, end: end(in: .seconds(8)))))
        await clock.advance(by: .milliseconds(8500))
        #expect(gate.mayAct)
    }

    @Test func aNodeThatSharesNothingAlwaysHoldsItsLease() async throws {
        let lease = HeldLease(after: 6)
        let term = try await lease.acquire()
        #expect(term.epoch == 7 && term.isValid(at: Instant(nanoseconds: .max)))
        #expect(try await lease.renew(7) == term)
        #expect(try await lease.acquire().epoch == 8)
        await #expect(throws: LeaseError.held) { try await lease.renew(7) }
    }

    @Test func theClockThatCountsSuspendedTimeIsNotBehind() {
        #expect(Instant.sinceBoot() >= Instant.monotonic())
    }
}

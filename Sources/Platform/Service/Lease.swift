#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The right to act, for a time: of several nodes only its holder sends, polls and starts jobs.
@LoopActor
package protocol Lease: AnyObject, Sendable {
    /// Takes it, if nobody else has it. A term that follows another one has a higher epoch.
    func acquire() async throws(LeaseError) -> LeaseTerm

    /// The same epoch for longer.
    func renew(_ epoch: UInt64) async throws(LeaseError) -> LeaseTerm

    /// Lets the next one have it at once.
    func release(_ epoch: UInt64) async
}

/// What was granted.
package struct LeaseTerm: Hashable, Sendable {
    package let epoch: UInt64
    /// When its holder stops, on the clock that counts suspended time; nil for a right that nobody else can have.
    package let end: Instant?

    package init(epoch: UInt64, end: Instant?) {
        self.epoch = epoch
        self.end = end
    }

    package func isValid(at now: Instant) -> Bool { end.map { now < $0 } ?? true }
}

/// Why there is no term.
package enum LeaseError: Error, Equatable, Sendable {
    /// Somebody else holds it.
    case held
    /// Whoever grants it does not answer.
    case unreachable(String)
}

/// The lease of a node that shares nothing with another one: always had, and a new epoch each time it is taken.
@LoopActor
package final class HeldLease: Lease {
    private var epoch: UInt64

    /// `epoch` is the last one that was given out.
    package init(after epoch: UInt64 = 0) { self.epoch = epoch }

    package func acquire() async throws(LeaseError) -> LeaseTerm {
        epoch += 1
        return LeaseTerm(epoch: epoch, end: nil)
    }

    package func renew(_ epoch: UInt64) async throws(LeaseError) -> LeaseTerm {
        guard epoch == self.epoch else { throw .held }
        return LeaseTerm(epoch: epoch, end: nil)
    }

    package func release(_ epoch: UInt64) async {}
}

/// What every send, poll and start of a job passes. Chat platforms cannot check an epoch, so the gate is on our side.
@LoopActor
package final class ActionGate {
    /// The highest that was let through.
    package private(set) var epoch: UInt64 = 0
    private var term: LeaseTerm?
    private let now: @LoopActor () -> Instant

    package init(now: @escaping @LoopActor () -> Instant = { Instant.sinceBoot() }) { self.now = now }

    package var mayAct: Bool { term.map { $0.isValid(at: now()) } ?? false }

    /// Whether what was begun under `epoch` may go on.
    package func mayAct(under epoch: UInt64) -> Bool { epoch == self.epoch && mayAct }

    /// Lets pass until the term ends. An answer that comes late changes nothing: its epoch is past, or it ends sooner
    /// than what is known, or the gate was closed since.
    @discardableResult
    package func open(_ term: LeaseTerm) -> Bool {
        let isNew = term.epoch > epoch
        guard isNew || term.epoch == epoch && isLonger(term) else { return false }
        epoch = term.epoch
        self.term = term
        return true
    }

    private func isLonger(_ other: LeaseTerm) -> Bool {
        guard let term, let end = term.end else { return false }
        return other.end.map { $0 > end } ?? true
    }

    package func close() { term = nil }
}

extension Instant {
    /// As `monotonic`, with the time in which the machine was suspended: a lease goes on running then.
    package static func sinceBoot() -> Instant {
        #if canImport(Glibc)
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
        #else
        return monotonic()
        #endif
    }
}

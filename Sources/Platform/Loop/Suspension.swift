/// One place for a task to wait at, used again and again: resumed by an event, by the wait's deadline or by the task's
/// cancellation, whichever comes first. A wait allocates nothing.
@LoopActor
package final class Suspension {
    package enum Wake: Sendable { case event, deadline, cancelled }

    private let clock: any Clock
    private var continuation: UnsafeContinuation<Wake, Never>?
    /// Tells the cancellation of an earlier wait from one of the present wait.
    private var round: UInt64 = 0
    private var timer: LoopTimer?

    package nonisolated init(_ clock: any Clock) { self.clock = clock }

    package var isWaiting: Bool { continuation != nil }

    /// The caller looks at what it waits for before and after; a wake-up in between is not remembered.
    package func wait(until deadline: Instant? = nil) async -> Wake {
        precondition(continuation == nil, "two tasks wait at the same place")
        if let deadline, deadline <= clock.now { return Task.isCancelled ? .cancelled : .deadline }
        round &+= 1
        let present = round
        return await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                if Task.isCancelled { return continuation.resume(returning: .cancelled) }
                self.continuation = continuation
                if let deadline { arm(deadline) }
            }
        } onCancel: {
            // From any thread, and perhaps before the wait has begun.
            startTask { if self.round == present { self.resume(.cancelled) } }
        }
    }

    /// Resumes whoever waits.
    package func wake() { resume(.event) }

    private func arm(_ deadline: Instant) {
        let timer = timer ?? clock.makeTimer { [weak self] in self?.resume(.deadline) }
        self.timer = timer
        timer.arm(at: deadline)
    }

    private func resume(_ wake: Wake) {
        guard let continuation else { return }
        self.continuation = nil
        timer?.cancel()
        continuation.resume(returning: wake)
    }
}

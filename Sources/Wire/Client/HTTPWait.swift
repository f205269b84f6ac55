import Platform

/// One task that waits for one event. The event, a deadline or the task's cancellation ends it, whichever is first;
/// what comes later finds nothing to do.
@LoopActor
final class HTTPWait {
    private enum State {
        case fresh
        case waiting(CheckedContinuation<HTTPClientError?, Never>)
        case ended(HTTPClientError?)
    }

    private var state = State.fresh

    /// Suspends until `end`. Returns why it ended early, if it did.
    func value(until deadline: HTTPDeadline?, _ clock: any Clock) async -> HTTPClientError? {
        if Task.isCancelled { end(.cancelled) }
        var timer: LoopTimer?
        if let deadline, case .fresh = state {
            timer = clock.makeTimer { self.end(deadline.error) }
            timer?.arm(at: deadline.at)
        }
        defer { timer?.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if case .ended(let error) = state {
                    continuation.resume(returning: error)
                } else {
                    state = .waiting(continuation)
                }
            }
        } onCancel: {
            startTask { self.end(.cancelled) }
        }
    }

    /// Returns whether this was what ended it.
    @discardableResult
    func end(_ error: HTTPClientError? = nil) -> Bool {
        switch state {
        case .fresh: state = .ended(error)
        case .waiting(let continuation):
            state = .ended(error)
            continuation.resume(returning: error)
        case .ended: return false
        }
        return true
    }
}

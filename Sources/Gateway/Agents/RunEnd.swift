import Agents
import Platform

/// Waits for a run's end, for as long as it takes; nil when the task was cancelled, and the run goes on.
@LoopActor
final class RunEnd: RunObserver {
    private let end: Awaited<RunResult>

    init(_ clock: any Clock) { end = Awaited(clock) }

    func take(_ event: RunEvent) async {
        if case .finished(let result) = event { end.bring(result) }
    }

    func result() async -> RunResult? { await end.wait() }
}

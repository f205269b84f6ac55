package import Platform

/// The run loop of the test process, on a thread of its own.
private let loopThread: OperatingThread = {
    Signals.ignoreFailedWrites()
    do {
        return try OperatingThread(name: "loop") { EventLoop.shared.run() }
    } catch {
        fatalError("no thread for the run loop: \(error)")
    }
}()

/// Runs a test's body on the loop and returns when it is done.
package func onLoop<Value: Sendable>(_ body: @escaping @LoopActor @Sendable () async throws -> Value) async throws
    -> Value
{
    _ = loopThread
    return try await startTask(body).value
}

/// Lets the loop run until `condition` holds: turn by turn, without waiting for time to pass. Fails after a number of
/// turns that no correct test comes near.
@LoopActor
package func turns(until condition: @LoopActor () -> Bool) async throws {
    for _ in 0..<100_000 {
        if condition() { return }
        await turnEnd()
        await BlockingPool.shared.run {}
    }
    throw TurnsExhausted()
}

/// Returns after the present turn of the loop: what it flushes is out then.
@LoopActor
package func turnEnd(of loop: EventLoop = .shared) async {
    await withCheckedContinuation { loop.atTurnEnd(TurnEnd($0)) }
}

private final class TurnEnd: TurnEndHandler {
    private let continuation: CheckedContinuation<Void, Never>

    init(_ continuation: CheckedContinuation<Void, Never>) { self.continuation = continuation }

    func turnEnded() { continuation.resume() }
}

package struct TurnsExhausted: Error {
    package init() {}
}

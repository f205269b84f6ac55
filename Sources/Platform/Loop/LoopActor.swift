/// Everything that belongs to the run loop's thread: connections, sessions, services. The loop is its executor.
@globalActor
package final actor LoopActor {
    package static let shared = LoopActor()

    package nonisolated var unownedExecutor: UnownedSerialExecutor { EventLoop.shared.asUnownedSerialExecutor() }

    /// Runs `body` at once, for callers that the compiler does not know to be on the loop: callbacks of C libraries and
    /// of the loop itself. Traps anywhere else. The standard library has this for instances and the main actor only.
    package nonisolated static func assumeIsolated<Value, Failure: Error>(
        _ body: @LoopActor () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        precondition(EventLoop.shared.isCurrent, "not on the run loop's thread")
        return try withoutActuallyEscaping(body) { (escapable) throws(Failure) -> Value in
            // The isolation is part of the type only; the calling convention is the same.
            let plain = unsafeBitCast(escapable, to: (() throws(Failure) -> Value).self)
            return try plain()
        }
    }
}

/// Starts a task on the loop. Every task of the product starts here: a plain `Task` would resume through the
/// system's thread pool each time and cost up to forty times as much.
@discardableResult
package func startTask<Value: Sendable>(
    _ body: @escaping @LoopActor @Sendable () async throws -> Value
) -> Task<Value, any Error> {
    EventLoop.shared.taskStarted()
    return Task(executorPreference: EventLoop.shared) { try await counted(body) }
}

@LoopActor
private func counted<Value: Sendable>(_ body: @LoopActor @Sendable () async throws -> Value) async throws -> Value {
    defer { EventLoop.shared.taskEnded() }
    return try await body()
}

/// Starts programs and follows them while they run. The real one is `ProcessStarter`.
@LoopActor
package protocol ProcessStarting: Sendable {
    /// Returns when the program runs; `onEvent` hears the rest. `deadline` and `input` of the request hold, its limits
    /// of output do not: who hears the output keeps of it what is wanted.
    func start(
        _ request: ProcessRequest, acceptsInput: Bool, onEvent: @escaping @LoopActor (ProcessEvent) -> Void
    ) async throws(ProcessError) -> any StartedProcess
}

/// A program that runs.
@LoopActor
package protocol StartedProcess: AnyObject, Sendable {
    var processID: Int32 { get }
    /// Queues bytes for the program to read. False when it reads no more, or was started without input.
    func write(_ bytes: [UInt8]) -> Bool
    /// The program's input ends after what is queued.
    func closeInput()
    /// Ends the program's whole group: asks, and makes it after a while.
    func end()
}

/// What a running program does.
package enum ProcessEvent: Hashable, Sendable {
    /// Either of its outputs, as it comes.
    case output([UInt8])
    /// The last one.
    case ended(ProcessOutcome)
}

/// How a program that was followed came to its end.
package enum ProcessOutcome: Hashable, Sendable {
    case ended(ProcessEnding)
    /// It did not end by itself before its deadline.
    case timedOut
    /// Someone ended it.
    case stopped
    /// The kernel would not tell.
    case lost
}

/// Starts real programs, each in a process group of its own.
package final class ProcessStarter: ProcessStarting {
    private let clock: any Clock

    package nonisolated init(clock: any Clock = EventLoop.shared) { self.clock = clock }

    package func start(
        _ request: ProcessRequest, acceptsInput: Bool, onEvent: @escaping @LoopActor (ProcessEvent) -> Void
    ) async throws(ProcessError) -> any StartedProcess {
        Signals.ignoreFailedWrites()
        let child = try await BlockingPool.shared.run { () throws(ProcessError) in
            try SpawnedChild.start(request, keepsInput: acceptsInput)
        }
        let tell: @LoopActor (UnsafeRawBufferPointer) -> Void = { onEvent(.output(Array($0))) }
        let life = ChildLife(
            child, input: request.input, keepsInput: acceptsInput, leftovers: .ended, clock: clock,
            deadline: clock.now + request.deadline, onOutput: tell, onErrorOutput: tell)
        life.onOver = { onEvent(.ended($0.outcome)) }
        ExitWatch(child.process) { life.exited() }
        return life
    }
}

extension ChildLife.End {
    fileprivate var outcome: ProcessOutcome {
        switch cause {
        case .deadline: .timedOut
        case .asked: .stopped
        case nil: ending.map { .ended($0) } ?? .lost
        }
    }
}

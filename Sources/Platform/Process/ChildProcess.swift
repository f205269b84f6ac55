/// Runs programs as children of this process.
package struct ChildProcess: ProcessRunner {
    /// Time between the polite signal and the one that cannot be ignored.
    package static let terminationGrace = Duration.seconds(3)
    /// How long output is awaited from those who still hold the pipes after the program itself has ended.
    package static let drainGrace = Duration.milliseconds(500)
    /// How long a killed program is awaited; one that hangs in the kernel may take for ever.
    package static let killGrace = Duration.seconds(5)

    private let clock: any Clock
    private let exitMethod: ExitWatch.Method

    @LoopActor package init(clock: any Clock = EventLoop.shared) {
        self.init(clock: clock, exitMethod: .descriptor)
    }

    init(clock: any Clock, exitMethod: ExitWatch.Method) {
        self.clock = clock
        self.exitMethod = exitMethod
    }

    package func run(_ request: ProcessRequest) async throws(ProcessError) -> ProcessResult {
        if !request.input.isEmpty { Signals.ignoreFailedWrites() }
        let deadline = clock.now + request.deadline
        let child = try await BlockingPool.shared.run { () throws(ProcessError) in try SpawnedChild.start(request) }
        let (output, errorOutput) = (CappedOutput(request.outputLimit), CappedOutput(request.errorLimit))
        let life = ChildLife(
            child, input: request.input, leftovers: .kept, clock: clock, deadline: deadline,
            onOutput: { output.take($0) }, onErrorOutput: { errorOutput.take($0) })
        ExitWatch(child.process, exitMethod) { life.exited() }
        let end = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                life.onOver = { continuation.resume(returning: $0) }
                if Task.isCancelled { life.end() }
            }
        } onCancel: {
            startTask { life.end() }
        }
        let result = end.ending.map { ending in
            ProcessResult(
                ending: ending, output: output.bytes, errorOutput: errorOutput.bytes,
                isOutputTruncated: output.isTruncated, isErrorTruncated: errorOutput.isTruncated)
        }
        let program = request.program
        switch end.cause {
        case .asked: throw .cancelled(program: program)
        case .deadline: throw .deadline(program: program, after: request.deadline, partial: result)
        case nil:
            if let failure = end.failure { throw .system(failure, program: program) }
            guard let result else { throw .cancelled(program: program) }
            return result
        }
    }
}

/// What a program writes, up to a limit; the rest is dropped.
@LoopActor
private final class CappedOutput {
    private(set) var bytes: [UInt8] = []
    private(set) var isTruncated = false
    private let limit: Int

    init(_ limit: Int) { self.limit = limit }

    func take(_ more: UnsafeRawBufferPointer) {
        let kept = min(more.count, limit - bytes.count)
        bytes.append(contentsOf: more[..<kept])
        if kept < more.count { isTruncated = true }
    }
}

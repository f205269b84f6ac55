#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

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
        let life = ChildLife(child, request, clock, deadline)
        ExitWatch(child.process, exitMethod) { life.exited() }
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                life.awaitOutcome(continuation)
                if Task.isCancelled { life.cancel() }
            }
        } onCancel: {
            startTask { life.cancel() }
        }
        return try outcome.get()
    }
}

/// One child from its start until it is reaped and its output read.
@LoopActor
private final class ChildLife {
    private enum Phase {
        case running
        /// Asked to end, and later made to.
        case terminating, killed
        /// Ended; others may hold its pipes.
        case draining
        case over
    }

    private let child: SpawnedChild
    private let request: ProcessRequest
    private let clock: any Clock
    private var phase = Phase.running
    private var input: PipeWriter?
    private var output: PipeReader?
    private var errorOutput: PipeReader?
    private var timer: LoopTimer?
    /// What ended it, when that was us.
    private var cause: ((ProcessResult?) -> ProcessError)?
    private var ending: ProcessEnding?
    private var continuation: CheckedContinuation<Result<ProcessResult, ProcessError>, Never>?

    init(_ child: SpawnedChild, _ request: ProcessRequest, _ clock: any Clock, _ deadline: Instant) {
        self.child = child
        self.request = request
        self.clock = clock
        timer = clock.timer { [unowned self] in timeIsUp() }
        output = PipeReader(child.output, limit: request.outputLimit) { [unowned self] in pipeEnded() }
        errorOutput = PipeReader(child.errorOutput, limit: request.errorLimit) { [unowned self] in pipeEnded() }
        if let descriptor = child.input { input = PipeWriter(descriptor, request.input) }
        timer?.arm(at: deadline)
    }

    func awaitOutcome(_ continuation: CheckedContinuation<Result<ProcessResult, ProcessError>, Never>) {
        self.continuation = continuation
    }

    func cancel() {
        guard phase == .running else { return }
        let program = request.program
        cause = { _ in .cancelled(program: program) }
        terminate()
    }

    private func timeIsUp() {
        switch phase {
        case .running:
            let (program, deadline) = (request.program, request.deadline)
            cause = { .deadline(program: program, after: deadline, partial: $0) }
            terminate()
        case .terminating:
            phase = .killed
            signal(SIGKILL)
            timer?.arm(at: clock.now + ChildProcess.killGrace)
        case .killed, .draining: finish()
        case .over: break
        }
    }

    private func terminate() {
        phase = .terminating
        signal(SIGTERM)
        timer?.arm(at: clock.now + ChildProcess.terminationGrace)
    }

    /// To the whole group, and to the program should it have left the group. Only before it is reaped: afterwards its
    /// number may mean another.
    private func signal(_ number: Int32) {
        kill(-child.process, number)
        kill(child.process, number)
    }

    func exited() {
        // What the program started and left behind goes with it when it was made to end, but not otherwise.
        if phase == .terminating || phase == .killed || (phase == .over && cause != nil) { signal(SIGKILL) }
        ending = reap()
        guard phase != .over else { return }
        phase = .draining
        timer?.arm(at: clock.now + ChildProcess.drainGrace)
        pipeEnded()
    }

    /// Nil when someone else was quicker: a parent that had us ignore SIGCHLD makes the kernel reap by itself.
    private func reap() -> ProcessEnding? {
        var status: Int32 = 0
        while waitpid(child.process, &status, 0) < 0 {
            if errno == EINTR { continue }
            let (error, program) = (SystemError.last("waitpid"), request.program)
            cause = cause ?? { _ in .system(error, program: program) }
            return nil
        }
        return status & 0x7f == 0 ? .exited(status >> 8 & 0xff) : .signalled(status & 0x7f)
    }

    private func pipeEnded() {
        guard phase == .draining, output?.isOpen == false, errorOutput?.isOpen == false else { return }
        finish()
    }

    private func finish() {
        phase = .over
        timer?.cancel()
        input?.close()
        output?.finish()
        errorOutput?.finish()
        let result = ending.map { ending in
            ProcessResult(
                ending: ending, output: output?.bytes ?? [], errorOutput: errorOutput?.bytes ?? [],
                isOutputTruncated: output?.isTruncated ?? false, isErrorTruncated: errorOutput?.isTruncated ?? false)
        }
        let outcome: Result<ProcessResult, ProcessError>
        if let cause {
            outcome = .failure(cause(result))
        } else if let result {
            outcome = .success(result)
        } else {
            outcome = .failure(.cancelled(program: request.program))
        }
        continuation?.resume(returning: outcome)
        continuation = nil
    }
}

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// One child from its start until it is reaped and its output read: its deadline, the polite signal, the one that cannot
/// be ignored, and what is left in its pipes then.
@LoopActor
final class ChildLife: StartedProcess {
    /// Why it was made to end.
    enum Cause {
        case deadline, asked
    }

    /// How it ended.
    struct End {
        /// Nil when it ended by itself.
        let cause: Cause?
        /// Nil when the kernel does not tell, or does not even end it.
        let ending: ProcessEnding?
        /// Why the kernel does not tell.
        let failure: SystemError?
    }

    /// What becomes of programs that it started and left behind in its group. When it was made to end they end as well.
    enum Leftovers {
        /// It may start services, as programs of ours do.
        case kept
        /// Nobody would ever end them.
        case ended
    }

    private enum Phase {
        case running
        /// Asked to end, and later made to.
        case terminating, killed
        /// Ended; others may hold its pipes.
        case draining
        case over
    }

    private let child: SpawnedChild
    private let leftovers: Leftovers
    private let clock: any Clock
    private var phase = Phase.running
    private var input: PipeWriter?
    private var outputs: [PipeReader] = []
    private var timer: LoopTimer?
    private var cause: Cause?
    private var ending: ProcessEnding?
    private var failure: SystemError?
    /// Hears the end, once.
    var onOver: (@LoopActor (End) -> Void)?

    /// `bytes` is what it is given to read, and all of it unless `keepsInput`. Whoever watches for its exit calls `exited`.
    init(
        _ child: SpawnedChild, input bytes: [UInt8], keepsInput: Bool = false, leftovers: Leftovers, clock: any Clock,
        deadline: Instant, onOutput: @escaping @LoopActor (UnsafeRawBufferPointer) -> Void,
        onErrorOutput: @escaping @LoopActor (UnsafeRawBufferPointer) -> Void
    ) {
        self.child = child
        self.leftovers = leftovers
        self.clock = clock
        timer = clock.timer { [weak self] in self?.timeIsUp() }
        outputs = [(child.output, onOutput), (child.errorOutput, onErrorOutput)].map { descriptor, onBytes in
            PipeReader(descriptor, onBytes: onBytes) { [weak self] in self?.pipeEnded() }
        }
        if let descriptor = child.input {
            input = PipeWriter(descriptor, bytes)
            if !keepsInput { input?.finish() }
        }
        timer?.arm(at: deadline)
    }

    var processID: Int32 { child.process }

    func write(_ bytes: [UInt8]) -> Bool { phase == .running && input?.add(bytes) == true }

    func closeInput() { input?.finish() }

    func end() {
        guard phase == .running else { return }
        cause = .asked
        terminate()
    }

    private func timeIsUp() {
        switch phase {
        case .running:
            cause = .deadline
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
        if leftovers == .ended || cause != nil { signal(SIGKILL) }
        reap()
        guard phase != .over else { return }
        phase = .draining
        timer?.arm(at: clock.now + ChildProcess.drainGrace)
        pipeEnded()
    }

    /// Fails when someone else was quicker: a parent that had us ignore SIGCHLD makes the kernel reap by itself.
    private func reap() {
        var status: Int32 = 0
        while waitpid(child.process, &status, 0) < 0 {
            if errno == EINTR { continue }
            failure = .last("waitpid")
            return
        }
        ending = status & 0x7f == 0 ? .exited(status >> 8 & 0xff) : .signalled(status & 0x7f)
    }

    private func pipeEnded() {
        guard phase == .draining, outputs.allSatisfy({ !$0.isOpen }) else { return }
        finish()
    }

    private func finish() {
        phase = .over
        timer?.cancel()
        input?.close()
        for output in outputs { output.finish() }
        let hearer = onOver
        onOver = nil
        hearer?(End(cause: cause, ending: ending, failure: failure))
    }
}

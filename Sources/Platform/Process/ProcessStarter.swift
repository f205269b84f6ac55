#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

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
        let running = RunningChild(child, request, isInputOpen: acceptsInput, clock, onEvent)
        ExitWatch(child.process) { running.exited() }
        return running
    }
}

/// A child from its start until it is reaped and its output read.
@LoopActor
private final class RunningChild: StartedProcess {
    private enum Phase {
        case running
        /// Asked to end, and later made to.
        case terminating, killed
        /// Ended; others may hold its pipes.
        case draining
        case over
    }

    private let child: SpawnedChild
    private let clock: any Clock
    private var onEvent: (@LoopActor (ProcessEvent) -> Void)?
    private var phase = Phase.running
    private var input: InputQueue?
    private var outputs: [OutputPipe] = []
    private var timer: LoopTimer?
    private var cause: ProcessOutcome?
    private var ending: ProcessEnding?

    init(
        _ child: SpawnedChild, _ request: ProcessRequest, isInputOpen: Bool, _ clock: any Clock,
        _ onEvent: @escaping @LoopActor (ProcessEvent) -> Void
    ) {
        self.child = child
        self.clock = clock
        self.onEvent = onEvent
        let timer = clock.timer { [weak self] in self?.timeIsUp() }
        self.timer = timer
        if let descriptor = child.input {
            let queue = InputQueue(descriptor)
            input = queue
            _ = queue.add(request.input)
            if !isInputOpen { queue.finish() }
        }
        for descriptor in [child.output, child.errorOutput] {
            outputs.append(
                OutputPipe(descriptor) { [weak self] in
                    self?.onEvent?(.output($0))
                } onEnd: { [weak self] in
                    self?.pipeEnded()
                })
        }
        timer.arm(at: clock.now + request.deadline)
    }

    var processID: Int32 { child.process }

    func write(_ bytes: [UInt8]) -> Bool { phase == .running && input?.add(bytes) == true }

    func closeInput() { input?.finish() }

    func end() {
        guard phase == .running else { return }
        cause = .stopped
        terminate()
    }

    private func timeIsUp() {
        switch phase {
        case .running:
            cause = .timedOut
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

    /// To the whole group. Only before the child is reaped: afterwards its number may mean another.
    private func signal(_ number: Int32) {
        kill(-child.process, number)
        kill(child.process, number)
    }

    func exited() {
        // What the program left behind in its group goes with it: nobody would ever end it. `ChildProcess` leaves it,
        // for it runs programs of ours that start services.
        kill(-child.process, SIGKILL)
        ending = reap()
        guard phase != .over else { return }
        phase = .draining
        timer?.arm(at: clock.now + ChildProcess.drainGrace)
        pipeEnded()
    }

    private func reap() -> ProcessEnding? {
        var status: Int32 = 0
        while waitpid(child.process, &status, 0) < 0 {
            if errno != EINTR { return nil }
        }
        return status & 0x7f == 0 ? .exited(status >> 8 & 0xff) : .signalled(status & 0x7f)
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
        let outcome = cause ?? ending.map { .ended($0) } ?? .lost
        let last = onEvent
        onEvent = nil
        last?(.ended(outcome))
    }
}

/// Hands on what a program writes, as it comes.
@LoopActor
private final class OutputPipe: PollHandler {
    /// A program that writes without end must not keep the loop from others.
    private static let readsPerTurn = 4

    private(set) var isOpen = true
    private let descriptor: Int32
    private let onBytes: @LoopActor ([UInt8]) -> Void
    private let onEnd: @LoopActor () -> Void

    init(
        _ descriptor: Int32, onBytes: @escaping @LoopActor ([UInt8]) -> Void, onEnd: @escaping @LoopActor () -> Void
    ) {
        self.descriptor = descriptor
        self.onBytes = onBytes
        self.onEnd = onEnd
        EventLoop.shared.watch(descriptor, .read, self)
    }

    func pollReady(_ readiness: Readiness) {
        guard drain() else { return }
        close()
        onEnd()
    }

    private func drain() -> Bool {
        let memory = EventLoop.shared.readBuffer.memory
        for _ in 0..<Self.readsPerTurn {
            let count = readDescriptor(descriptor, memory)
            if count > 0 {
                onBytes(Array(memory[..<count]))
            } else if count == 0 {
                return true
            } else if errno == EAGAIN || errno == EWOULDBLOCK {
                return false
            } else if errno != EINTR {
                return true
            }
        }
        return false
    }

    /// Takes what is there and listens no longer.
    func finish() {
        guard isOpen else { return }
        _ = drain()
        close()
    }

    private func close() {
        guard isOpen else { return }
        isOpen = false
        EventLoop.shared.unwatch(descriptor)
        closeDescriptor(descriptor)
    }
}

/// What a program is yet to read.
@LoopActor
private final class InputQueue: PollHandler {
    /// A program that does not read must not fill our memory.
    static let limit = 1 << 20

    private let descriptor: Int32
    private var bytes: [UInt8] = []
    private var isOpen = true
    private var isWatched = false
    private var endsWhenEmpty = false

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    func add(_ more: [UInt8]) -> Bool {
        guard isOpen, !endsWhenEmpty, bytes.count + more.count <= Self.limit else { return false }
        bytes += more
        if !bytes.isEmpty, !isWatched {
            isWatched = true
            EventLoop.shared.watch(descriptor, .write, self)
        }
        return true
    }

    func finish() {
        endsWhenEmpty = true
        if bytes.isEmpty { close() }
    }

    func pollReady(_ readiness: Readiness) {
        let count = bytes.withUnsafeBytes { writeDescriptor(descriptor, $0) }
        if count > 0 {
            bytes.removeFirst(count)
            if bytes.isEmpty { endsWhenEmpty ? close() : unwatch() }
        } else if errno != EAGAIN, errno != EWOULDBLOCK, errno != EINTR {
            // It reads no more, which is its own affair.
            close()
        }
    }

    private func unwatch() {
        guard isWatched else { return }
        isWatched = false
        EventLoop.shared.unwatch(descriptor)
    }

    func close() {
        guard isOpen else { return }
        isOpen = false
        bytes = []
        unwatch()
        closeDescriptor(descriptor)
    }
}

import Synchronization

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// What the operating system asks of the process.
package enum ProcessSignal: Int32, CaseIterable, Sendable {
    case terminate, interrupt, hangUp, user1
    /// Of the terminal: its size, and that the shell takes it back or gives it again.
    case windowChanged, stop, continued

    /// What every program of ours hears.
    package static let usual: [ProcessSignal] = [.terminate, .interrupt, .hangUp, .user1]

    var number: Int32 {
        switch self {
        case .terminate: SIGTERM
        case .interrupt: SIGINT
        case .hangUp: SIGHUP
        case .user1: SIGUSR1
        case .windowChanged: SIGWINCH
        case .stop: SIGTSTP
        case .continued: SIGCONT
        }
    }
}

/// Where the signal handler writes; -1 until `Signals` listens. A handler may only touch what is safe at any moment.
private let signalPipe = Atomic<Int32>(-1)

/// Turns signals into calls on the loop, through a pipe: the handler itself only writes one byte.
@LoopActor
package final class Signals: PollHandler {
    private let readEnd: Int32
    private let kinds: [ProcessSignal]
    private let onSignal: @LoopActor (ProcessSignal) -> Void

    /// Starts to listen. One instance per process.
    package init(
        _ kinds: [ProcessSignal] = ProcessSignal.usual, _ onSignal: @escaping @LoopActor (ProcessSignal) -> Void
    ) throws(SystemError) {
        let ends = try makePipe()
        readEnd = ends.read
        self.kinds = kinds
        self.onSignal = onSignal
        signalPipe.store(ends.write, ordering: .relaxed)
        EventLoop.shared.watch(readEnd, .read, self)
        for one in kinds { install(one) }
        Self.mask(kinds, SIG_UNBLOCK)
    }

    /// Hears no more. The process is on its way out then, and a further signal must not change how it ends.
    package func stop() {
        for one in kinds { signal(one.number, SIG_IGN) }
        EventLoop.shared.unwatch(readEnd)
        closeDescriptor(signalPipe.exchange(-1, ordering: .relaxed))
        closeDescriptor(readEnd)
    }

    /// Hears no more, for a program that takes our place. From here on a signal waits until that program listens; the
    /// wish for a restart alone is ignored meanwhile. Returns what came in before.
    package func leave() -> [ProcessSignal] {
        Self.mask(kinds, SIG_BLOCK)
        for one in kinds { signal(one.number, one == .user1 ? SIG_IGN : SIG_DFL) }
        EventLoop.shared.unwatch(readEnd)
        let late = pending
        closeDescriptor(signalPipe.exchange(-1, ordering: .relaxed))
        closeDescriptor(readEnd)
        return late
    }

    /// Of the thread that calls. The loop's thread alone takes signals, so that one which comes while another program
    /// takes our place is kept by the system for that program.
    nonisolated static func mask(_ kinds: [ProcessSignal], _ how: Int32) {
        var set = sigset_t()
        sigemptyset(&set)
        for one in kinds { sigaddset(&set, one.number) }
        pthread_sigmask(how, &set, nil)
    }

    private func install(_ one: ProcessSignal) {
        var action = sigaction()
        let handler: @convention(c) (Int32) -> Void = { number in
            let saved = errno
            var byte = UInt8(truncatingIfNeeded: number)
            _ = write(signalPipe.load(ordering: .relaxed), &byte, 1)
            errno = saved
        }
        #if canImport(Glibc)
        action.__sigaction_handler.sa_handler = handler
        #else
        action.__sigaction_u.__sa_handler = handler
        #endif
        action.sa_flags = SA_RESTART
        sigaction(one.number, &action, nil)
    }

    package func pollReady(_ readiness: Readiness) {
        for one in pending { onSignal(one) }
    }

    private var pending: [ProcessSignal] {
        var bytes: [UInt8] = Array(repeating: 0, count: 64)
        let count = read(readEnd, &bytes, bytes.count)
        return bytes.prefix(max(0, count)).compactMap { byte in
            ProcessSignal.allCases.first { $0.number == Int32(byte) }
        }
    }

    /// A write to a closed connection, or one beyond the size that the service manager allows a file, must be an error at
    /// the call, not the end of the process.
    package nonisolated static func ignoreFailedWrites() {
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
    }
}

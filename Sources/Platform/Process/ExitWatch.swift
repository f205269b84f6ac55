#if canImport(Glibc)
import CLinux
import Glibc
#else
import Darwin
#endif

/// Tells on the loop when a child process has ended. The child stays a zombie until it is reaped, so that its number
/// cannot mean another process yet.
@LoopActor
final class ExitWatch: PollHandler {
    enum Method: CaseIterable, Sendable {
        /// A descriptor that is readable when the process has ended: Linux from 5.3.
        case descriptor
        /// A thread that waits.
        case thread
    }

    private let onExit: @LoopActor () -> Void
    private var descriptor: Int32 = -1

    /// Lives until the process ends.
    @discardableResult
    init(_ process: pid_t, _ method: Method = .descriptor, onExit: @escaping @LoopActor () -> Void) {
        self.onExit = onExit
        #if os(Linux)
        if method == .descriptor { descriptor = cl_pidfd_open(process) }
        #endif
        if descriptor >= 0 { EventLoop.shared.watch(descriptor, .read, self) } else { waitOnThread(process) }
    }

    func pollReady(_ readiness: Readiness) {
        EventLoop.shared.unwatch(descriptor)
        closeDescriptor(descriptor)
        onExit()
    }

    private func waitOnThread(_ process: pid_t) {
        let wait: @Sendable () -> Void = { [self] in
            var information = siginfo_t()
            while waitid(P_PID, id_t(process), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {}
            startTask { self.onExit() }
        }
        do {
            _ = try OperatingThread(name: "wait") {
                // Nobody joins it.
                pthread_detach(pthread_self())
                wait()
            }
        } catch {
            // Without a thread there is the pool: one of its few is then taken until the program ends.
            BlockingPool.shared.submit(wait)
        }
    }
}

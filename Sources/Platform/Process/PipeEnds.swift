#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Collects what a program writes, up to a limit; the rest is read and dropped.
@LoopActor
final class PipeReader: PollHandler {
    /// A program that writes without end must not keep the loop from others.
    private static let readsPerTurn = 4

    private(set) var bytes: [UInt8] = []
    private(set) var isTruncated = false
    private(set) var isOpen = true
    private let descriptor: Int32
    private let limit: Int
    private let onEnd: @LoopActor () -> Void

    init(_ descriptor: Int32, limit: Int, onEnd: @escaping @LoopActor () -> Void) {
        self.descriptor = descriptor
        self.limit = limit
        self.onEnd = onEnd
        EventLoop.shared.watch(descriptor, .read, self)
    }

    func pollReady(_ readiness: Readiness) {
        let end = drain()
        guard end else { return }
        close()
        onEnd()
    }

    /// Takes what is there now. Returns whether no more can come.
    private func drain() -> Bool {
        let memory = EventLoop.shared.readBuffer.memory
        for _ in 0..<Self.readsPerTurn {
            let count = readDescriptor(descriptor, memory)
            if count > 0 {
                let kept = min(count, limit - bytes.count)
                bytes.append(contentsOf: memory[..<kept])
                if kept < count { isTruncated = true }
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

/// Hands a program its input and closes.
@LoopActor
final class PipeWriter: PollHandler {
    private let descriptor: Int32
    private var bytes: [UInt8]
    private var written = 0
    private var isOpen = true

    init(_ descriptor: Int32, _ bytes: [UInt8]) {
        self.descriptor = descriptor
        self.bytes = bytes
        EventLoop.shared.watch(descriptor, .write, self)
    }

    func pollReady(_ readiness: Readiness) {
        let count = bytes.withUnsafeBytes {
            writeDescriptor(descriptor, UnsafeRawBufferPointer(rebasing: $0[written...]))
        }
        if count > 0 {
            written += count
            if written == bytes.count { close() }
        } else if errno != EAGAIN, errno != EWOULDBLOCK, errno != EINTR {
            // It reads no more, which is its own affair.
            close()
        }
    }

    func close() {
        guard isOpen else { return }
        isOpen = false
        bytes = []
        EventLoop.shared.unwatch(descriptor)
        closeDescriptor(descriptor)
    }
}

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Hands on what a program writes, as it comes.
@LoopActor
final class PipeReader: PollHandler {
    /// A program that writes without end must not keep the loop from others.
    private static let readsPerTurn = 4

    private(set) var isOpen = true
    private let descriptor: Int32
    private let onBytes: @LoopActor (UnsafeRawBufferPointer) -> Void
    private let onEnd: @LoopActor () -> Void

    init(
        _ descriptor: Int32, onBytes: @escaping @LoopActor (UnsafeRawBufferPointer) -> Void,
        onEnd: @escaping @LoopActor () -> Void
    ) {
        self.descriptor = descriptor
        self.onBytes = onBytes
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
                onBytes(UnsafeRawBufferPointer(rebasing: memory[..<count]))
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

/// Hands a program what it is to read.
@LoopActor
final class PipeWriter: PollHandler {
    /// What may wait beside what it was begun with: a program that does not read must not fill our memory.
    static let limit = 1 << 20

    private let descriptor: Int32
    private var bytes: [UInt8] = []
    private var written = 0
    private var isOpen = true
    private var isWatched = false
    private var endsWhenEmpty = false

    init(_ descriptor: Int32, _ bytes: [UInt8]) {
        self.descriptor = descriptor
        queue(bytes)
    }

    /// False when that is more than may wait, or nothing more is taken.
    func add(_ more: [UInt8]) -> Bool {
        guard isOpen, !endsWhenEmpty, bytes.count - written + more.count <= Self.limit else { return false }
        queue(more)
        return true
    }

    /// Closes after what is queued.
    func finish() {
        endsWhenEmpty = true
        if written == bytes.count { close() }
    }

    private func queue(_ more: [UInt8]) {
        bytes.removeFirst(written)
        written = 0
        bytes += more
        guard !bytes.isEmpty, !isWatched else { return }
        isWatched = true
        EventLoop.shared.watch(descriptor, .write, self)
    }

    func pollReady(_ readiness: Readiness) {
        let count = bytes.withUnsafeBytes {
            writeDescriptor(descriptor, UnsafeRawBufferPointer(rebasing: $0[written...]))
        }
        if count > 0 {
            written += count
            if written == bytes.count { endsWhenEmpty ? close() : unwatch() }
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
        (bytes, written) = ([], 0)
        unwatch()
        closeDescriptor(descriptor)
    }
}

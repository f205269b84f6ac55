#if canImport(Glibc)
import CLinux
import Glibc
#else
import Darwin
#endif

/// A connected TCP or unix socket.
package final class SocketStream: HalfClosing {
    package let descriptor: Int32
    private var isOpen = true

    /// Takes over a connected, non-blocking descriptor.
    package init(descriptor: Int32) { self.descriptor = descriptor }

    package func read(into memory: UnsafeMutableRawBufferPointer) throws(StreamError) -> ReadResult {
        guard isOpen else { throw .closed }
        while true {
            let count = recv(descriptor, memory.baseAddress, memory.count, 0)
            if count > 0 { return .bytes(count) }
            if count == 0 { return .end }
            if errno == EAGAIN || errno == EWOULDBLOCK { return .blocked }
            if errno != EINTR { throw .system(.last("recv")) }
        }
    }

    package func write(_ bytes: Span<UInt8>) throws(StreamError) -> Int {
        guard isOpen else { throw .closed }
        while true {
            let count = bytes.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Self.sendFlags) }
            if count >= 0 { return count }
            if errno == EAGAIN || errno == EWOULDBLOCK { return 0 }
            if errno != EINTR { throw .system(.last("send")) }
        }
    }

    package func watch(_ interest: Readiness, _ handler: any PollHandler) {
        guard isOpen else { return }
        EventLoop.shared.watch(descriptor, interest, handler)
    }

    package func finishWriting() {
        if isOpen { shutdown(descriptor, Int32(SHUT_WR)) }
    }

    package func close() {
        guard isOpen else { return }
        isOpen = false
        EventLoop.shared.unwatch(descriptor)
        closeDescriptor(descriptor)
    }

    /// The descriptor itself, for whoever goes on with it (TLS over a proxy's tunnel). This object is then closed.
    package func detach() -> Int32 {
        precondition(isOpen)
        isOpen = false
        EventLoop.shared.unwatch(descriptor)
        return descriptor
    }

    isolated deinit { close() }

    #if os(Linux)
    private static let sendFlags = Int32(MSG_NOSIGNAL)
    #else
    private static let sendFlags: Int32 = 0
    #endif
}

/// `close`, out of the way of methods of that name.
func closeDescriptor(_ descriptor: Int32) {
    #if canImport(Glibc)
    _ = Glibc.close(descriptor)
    #else
    _ = Darwin.close(descriptor)
    #endif
}

/// One attempt to connect, under way.
@LoopActor
package protocol ConnectAttempt: AnyObject {
    /// Gives up and closes. Nobody is told.
    func cancel()
}

/// Makes attempts; tests put black holes in its place.
@LoopActor
package protocol Connecting: AnyObject, Sendable {
    /// Starts an attempt. `whenDone` is called once, later, unless the attempt is cancelled. Throws what is known at
    /// once, such as a network that cannot be reached.
    func connect(
        to address: SocketAddress, whenDone: @escaping @LoopActor (Result<SocketStream, SystemError>) -> Void
    ) throws(SystemError) -> any ConnectAttempt
}

/// Connects through the operating system.
package final class SystemConnecting: Connecting {
    package nonisolated static let shared = SystemConnecting()

    nonisolated init() {}

    package func connect(
        to address: SocketAddress, whenDone: @escaping @LoopActor (Result<SocketStream, SystemError>) -> Void
    ) throws(SystemError) -> any ConnectAttempt {
        SocketAttempt(try Socket.startConnecting(to: address), whenDone)
    }
}

private final class SocketAttempt: ConnectAttempt, PollHandler {
    private var descriptor: Int32
    private let whenDone: @LoopActor (Result<SocketStream, SystemError>) -> Void

    init(_ descriptor: Int32, _ whenDone: @escaping @LoopActor (Result<SocketStream, SystemError>) -> Void) {
        self.descriptor = descriptor
        self.whenDone = whenDone
        EventLoop.shared.watch(descriptor, .write, self)
    }

    func pollReady(_ readiness: Readiness) {
        guard descriptor >= 0 else { return }
        if let error = Socket.connectionError(descriptor) {
            cancel()
            whenDone(.failure(error))
        } else {
            EventLoop.shared.unwatch(descriptor)
            let stream = SocketStream(descriptor: descriptor)
            descriptor = -1
            whenDone(.success(stream))
        }
    }

    func cancel() {
        guard descriptor >= 0 else { return }
        EventLoop.shared.unwatch(descriptor)
        closeDescriptor(descriptor)
        descriptor = -1
    }
}

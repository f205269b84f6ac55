#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A connection just accepted.
package struct AcceptedSocket {
    package let stream: SocketStream
    package let peer: SocketAddress?
}

/// A listening socket that hands over what it accepts.
@LoopActor
package final class Listener: PollHandler {
    /// Connections accepted per turn: a flood of new ones must not keep the present ones waiting.
    static let acceptsPerTurn = 64

    package let address: SocketAddress
    private let descriptor: Int32
    private let onAccept: @LoopActor (AcceptedSocket) -> Void
    private let onExhausted: @LoopActor (SystemError) -> Void
    /// Given up when descriptors run out, so that waiting connections can be accepted and closed at once. Otherwise
    /// they would stay readable for ever and the loop would spin.
    private var spare: Int32
    private var isOpen = true

    /// `inherited`: a socket that listens there already. A paused one accepts from `resume` on.
    package init(
        _ address: SocketAddress, inherited: Int32? = nil, isPaused: Bool = false,
        onAccept: @escaping @LoopActor (AcceptedSocket) -> Void,
        onExhausted: @escaping @LoopActor (SystemError) -> Void = { _ in }
    ) throws(SystemError) {
        if let inherited { descriptor = inherited } else { descriptor = try Socket.listen(address) }
        self.address = Socket.localAddress(of: descriptor) ?? address
        self.onAccept = onAccept
        self.onExhausted = onExhausted
        spare = open("/dev/null", O_RDONLY | O_CLOEXEC)
        if !isPaused { resume() }
    }

    package func pollReady(_ readiness: Readiness) {
        for _ in 0..<Self.acceptsPerTurn {
            guard isOpen else { return }
            do throws(SystemError) {
                guard let (accepted, peer) = try Socket.accept(descriptor) else { return }
                if case .unix = address {} else { Socket.withoutDelay(accepted) }
                onAccept(AcceptedSocket(stream: SocketStream(descriptor: accepted), peer: peer))
            } catch {
                guard error.code == EMFILE || error.code == ENFILE else { return }
                turnAway()
                onExhausted(error)
                return
            }
        }
    }

    /// Accepts one connection on the spare descriptor and closes it: its peer learns at once that there is no room.
    private func turnAway() {
        guard spare >= 0 else { return }
        closeDescriptor(spare)
        if let one = try? Socket.accept(descriptor) { closeDescriptor(one.descriptor) }
        spare = open("/dev/null", O_RDONLY | O_CLOEXEC)
    }

    /// Accepts, those who wait first.
    package func resume() {
        if isOpen { EventLoop.shared.watch(descriptor, .read, self) }
    }

    /// Accepts no more: who connects waits.
    package func pause() {
        if isOpen { EventLoop.shared.unwatch(descriptor) }
    }

    /// Gives the socket away, which goes on listening. Nil when it was closed.
    package func surrender() -> Int32? {
        guard isOpen else { return nil }
        isOpen = false
        EventLoop.shared.unwatch(descriptor)
        if spare >= 0 { closeDescriptor(spare) }
        return descriptor
    }

    /// Takes no more connections. Those accepted live on.
    package func close() {
        guard isOpen else { return }
        isOpen = false
        EventLoop.shared.unwatch(descriptor)
        closeDescriptor(descriptor)
        if spare >= 0 { closeDescriptor(spare) }
        if case .unix(let path) = address { unlink(path) }
    }

    isolated deinit { close() }
}

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// What a program leaves to the one that takes its place in the same process: its lock and the sockets on which it
/// listens. Who connects meanwhile waits in the kernel's queue.
package struct Handover: Hashable, Sendable {
    package static let variable = "OPENCLAW_HANDOVER"

    package let lock: Int32
    package let listeners: [Int32]

    package init(lock: Int32, listeners: [Int32]) {
        self.lock = lock
        self.listeners = listeners
    }

    /// What was left to this process, once: neither a second start in it nor its children are to go by those numbers.
    package static func taken(from environment: Environment) -> Handover? {
        guard let text = environment[variable] else { return nil }
        unsetenv(variable)
        return Handover(text)
    }

    /// The variable's value for the next program of this process.
    package func text(process: Int32 = ProcessFacts.own) -> String {
        "\(process):\(lock):" + listeners.map { "\($0)" }.joined(separator: ",")
    }

    /// Nil for what another process left: the numbers mean nothing here then.
    package init?(_ text: String, process: Int32 = ProcessFacts.own) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "\(process)", let lock = Int32(parts[1]), lock > 2 else { return nil }
        let listeners = parts[2].split(separator: ",").map { Int32($0) }
        guard listeners.allSatisfy({ ($0 ?? 0) > 2 }) else { return nil }
        self.init(lock: lock, listeners: listeners.compactMap { $0 })
    }

    /// Lets the next program of this process have them, and no other: programs that are started from now on inherit
    /// them too, so this comes last.
    package func keepOpen() { for one in [lock] + listeners { _ = fcntl(one, F_SETFD, 0) } }

}

/// Sockets that listen since before this program began, until someone takes them.
@LoopActor
package final class InheritedListeners {
    private var waiting: [(address: SocketAddress, descriptor: Int32)] = []

    package nonisolated init() {}

    /// From here on no child of ours inherits them.
    package init(_ handover: Handover) {
        for one in handover.listeners where Socket.isListening(one) {
            guard let address = Socket.localAddress(of: one) else { continue }
            _ = fcntl(one, F_SETFD, FD_CLOEXEC)
            waiting.append((address, one))
        }
    }

    /// The socket that listens there; with port 0, on any port.
    package func take(_ address: SocketAddress) -> Int32? {
        let place = waiting.firstIndex { one in
            one.address == address || (address.port == 0 && one.address.withPort(0) == address)
        }
        return place.map { waiting.remove(at: $0).descriptor }
    }

    /// Nobody listens on the others any more.
    package func closeRest() {
        for one in waiting { closeDescriptor(one.descriptor) }
        waiting = []
    }
}

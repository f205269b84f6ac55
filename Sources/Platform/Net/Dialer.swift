/// Where a connection is to lead, and how it is secured.
package struct DialTarget: Sendable, CustomStringConvertible {
    package enum Place: Hashable, Sendable {
        case host(String, port: UInt16)
        case unix(path: String)
    }

    package let place: Place
    /// Nil for a plain connection.
    package var tls: TLSClientContext?
    /// The name that the certificate must carry, if it is not the host.
    package var serverName: String?

    package init(_ place: Place, tls: TLSClientContext? = nil, serverName: String? = nil) {
        self.place = place
        self.tls = tls
        self.serverName = serverName
    }

    package var description: String {
        switch place {
        case .host(let host, let port): host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): path
        }
    }
}

/// A connection that is ready for use.
package struct DialedConnection {
    package let stream: any HalfClosing
    /// The other end: the server's or its proxy's.
    package let address: SocketAddress
    package let isProxied: Bool

    /// The same stream, when it is secured: tells certificate and protocol.
    @LoopActor package var tls: TLSStream? { stream as? TLSStream }
}

/// Makes connections: name, address, proxy, TLS, all before one deadline. What fails or is cancelled on the way leaves
/// nothing open.
@LoopActor
package final class Dialer {
    private let resolver: any Resolver
    private let connecting: any Connecting
    private let clock: any Clock
    private let proxies: ProxySettings

    package nonisolated init(
        resolver: any Resolver = SystemResolver.shared, connecting: any Connecting = SystemConnecting.shared,
        proxies: ProxySettings = .none, clock: any Clock = EventLoop.shared
    ) {
        self.resolver = resolver
        self.connecting = connecting
        self.proxies = proxies
        self.clock = clock
    }

    package func dial(_ target: DialTarget, by deadline: Instant?) async throws(DialError) -> DialedConnection {
        do throws(StreamError) {
            // Before anything is open: this may take a while the first time.
            try await target.tls?.prepare()
        } catch {
            throw .insecure(target: target.description, error)
        }
        let proxy = try proxy(for: target)
        var (socket, address) = try await connect(target, proxy, deadline)
        if let proxy {
            let tunnel = ProxyTunnel(proxy, target.description, clock)
            socket = try await tunnel.open(over: socket, by: deadline)
        }
        guard let context = target.tls else {
            return DialedConnection(stream: socket, address: address, isProxied: proxy != nil)
        }
        let stream = try await secure(socket, target, context, deadline)
        return DialedConnection(stream: stream, address: address, isProxied: proxy != nil)
    }

    private func proxy(for target: DialTarget) throws(DialError) -> Proxy? {
        guard case .host(let host, let port) = target.place else { return nil }
        let proxy = try proxies.proxy(forHost: host, port: port, isSecure: target.tls != nil)
        // No resolver looks at this name, and it stands in the request to the proxy.
        if proxy != nil, SocketAddress(host: host, port: port) == nil, !HostName.isValid(host) {
            throw .unresolved(host: host, .invalidName)
        }
        return proxy
    }

    private func connect(
        _ target: DialTarget, _ proxy: Proxy?, _ deadline: Instant?
    ) async throws(DialError) -> (SocketStream, SocketAddress) {
        let addresses: [SocketAddress]
        switch target.place {
        case .unix(let path):
            guard (1...SocketAddress.pathLimit).contains(path.utf8.count) else {
                throw .invalid("the path of a socket has 1 to \(SocketAddress.pathLimit) bytes: \(path)")
            }
            addresses = [.unix(path: path)]
        case .host(let host, let port):
            addresses = try await resolve(proxy?.host ?? host, proxy?.port ?? port, target, deadline)
        }
        let race = ConnectRace(addresses, connecting, clock)
        do throws(ConnectRace.Failure) {
            return try await race.run(by: deadline)
        } catch {
            let name = proxy.map { "the proxy \($0) for \(target)" } ?? target.description
            switch error.reason {
            case .cancelled: throw .cancelled
            case .allFailed: throw .unreachable(target: name, error.failed)
            case .timedOut:
                let silent = error.pending.map { "\($0): no answer" } + error.failed.map(\.description)
                throw .timedOut(target: name, during: silent.joined(separator: "; "))
            }
        }
    }

    private func resolve(
        _ host: String, _ port: UInt16, _ target: DialTarget, _ deadline: Instant?
    ) async throws(DialError) -> [SocketAddress] {
        do throws(ResolveError) {
            return try await resolver.resolve(host, port: port, by: deadline)
        } catch {
            switch error {
            case .timedOut: throw .timedOut(target: target.description, during: "looking up \(host)")
            case .cancelled: throw .cancelled
            default: throw .unresolved(host: host, error)
            }
        }
    }

    private func secure(
        _ socket: SocketStream, _ target: DialTarget, _ context: TLSClientContext, _ deadline: Instant?
    ) async throws(DialError) -> TLSStream {
        var (name, port) = (target.serverName ?? "", UInt16(0))
        if case .host(let host, let number) = target.place { (name, port) = (target.serverName ?? host, number) }
        do throws(StreamError) {
            let stream = try context.start(on: socket, host: name, port: port)
            do throws(StreamError) {
                try await stream.handshake(by: deadline, clock: clock)
                return stream
            } catch {
                stream.close()
                throw error
            }
        } catch {
            switch error {
            case .timedOut: throw .timedOut(target: target.description, during: "the TLS handshake is not finished")
            case .cancelled: throw .cancelled
            default: throw .insecure(target: target.description, error)
            }
        }
    }
}

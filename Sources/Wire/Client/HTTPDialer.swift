package import Platform

/// The way to real servers: names, happy eyeballs, proxies and TLS.
@LoopActor
package final class HTTPDialer: HTTPConnecting {
    private let tls: TLSClientContext
    private let proxies: ProxySettings
    /// Tunnels through the proxy that its settings name.
    private let dialer: Dialer
    /// To a proxy itself.
    private let direct: Dialer

    /// `tls` is for requests that bring none of their own.
    package init(
        tls: TLSClientContext = .system, proxies: ProxySettings = .none,
        resolver: any Resolver = SystemResolver.shared, clock: any Clock = EventLoop.shared
    ) {
        self.tls = tls
        self.proxies = proxies
        dialer = Dialer(resolver: resolver, proxies: proxies, clock: clock)
        direct = Dialer(resolver: resolver, clock: clock)
    }

    package func route(to origin: HTTPOrigin) -> HTTPRoute {
        // A setting of no use is reported by `connect`.
        guard let proxy = try? forwardingProxy(for: origin) else { return .direct }
        return .proxy(authorization: proxy.authorization)
    }

    package func connect(to origin: HTTPOrigin) async throws -> any ByteStream {
        if let proxy = try forwardingProxy(for: origin) {
            return try await direct.dial(DialTarget(.host(proxy.host, port: proxy.port)), by: nil).stream
        }
        let context = origin.isSecure ? origin.tls ?? tls : nil
        let target = DialTarget(.host(origin.host, port: origin.port), tls: context)
        return try await dialer.dial(target, by: nil).stream
    }

    /// The proxy that passes single requests on. Whatever must not be read or understood on the way goes through a
    /// tunnel instead.
    private func forwardingProxy(for origin: HTTPOrigin) throws(DialError) -> Proxy? {
        if origin.isSecure || origin.isUpgrade { return nil }
        return try proxies.proxy(forHost: origin.host, port: origin.port, isSecure: false)
    }
}

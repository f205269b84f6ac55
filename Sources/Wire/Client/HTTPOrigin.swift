package import Platform

/// Whom a connection leads to. Connections to equal origins are interchangeable.
package struct HTTPOrigin: Sendable {
    package let isSecure: Bool
    package let host: String
    package let port: UInt16
    /// Host and port, as errors name the peer.
    package let peer: String
    /// Whether the connection is to leave HTTP, so that nothing on the way may need to understand it.
    package let isUpgrade: Bool

    /// How the connection is secured, if not as the client's others.
    package let tls: TLSClientContext?

    package init(_ url: WebURL, tls: TLSClientContext? = nil, isUpgrade: Bool = false) {
        self.tls = tls
        self.isUpgrade = isUpgrade
        isSecure = url.scheme.isSecure
        host = url.host
        port = url.port
        peer = url.peer
    }
}

extension HTTPOrigin: Hashable {
    package static func == (a: HTTPOrigin, b: HTTPOrigin) -> Bool {
        a.isSecure == b.isSecure && a.host == b.host && a.port == b.port && a.isUpgrade == b.isUpgrade
            && a.tls?.settings == b.tls?.settings
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(host)
        hasher.combine(port)
        hasher.combine(isSecure)
    }
}

/// How requests reach their origin on a connection.
package enum HTTPRoute: Equatable, Sendable {
    /// To the origin itself, perhaps through a tunnel.
    case direct
    /// To a proxy that passes each request on (RFC 9112 section 3.2.2), with the value of Proxy-Authorization if it
    /// wants one.
    case proxy(authorization: String?)
}

/// Opens connections for the client.
@LoopActor
package protocol HTTPConnecting: AnyObject, Sendable {
    /// Always the same for the same origin.
    func route(to origin: HTTPOrigin) -> HTTPRoute
    /// A connection ready for a request: through the proxy, and with TLS where the origin wants it. To be given up
    /// when the task is cancelled. The error's description becomes the client's.
    func connect(to origin: HTTPOrigin) async throws -> any ByteStream
}

package import Platform

/// Whom a connection leads to. Connections to equal origins are interchangeable.
package struct HTTPOrigin: Hashable, Sendable {
    package let isSecure: Bool
    package let host: String
    package let port: UInt16
    /// Host and port, as errors name the peer.
    package let peer: String
    /// Whether the connection is to leave HTTP, so that nothing on the way may need to understand it.
    package let isUpgrade: Bool

    package init(_ url: WebURL, isUpgrade: Bool = false) {
        self.isUpgrade = isUpgrade
        isSecure = url.scheme.isSecure
        host = url.host
        port = url.port
        peer = url.peer
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
    /// when the task is cancelled; the error's description becomes part of the client's.
    func connect(to origin: HTTPOrigin) async throws -> any ByteStream
}

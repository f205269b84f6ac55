import Platform

/// A part of an exchange that has its own deadline.
package enum HTTPPhase: String, CaseIterable, Sendable {
    /// For one of the connections that may be open to a peer at a time.
    case waiting
    /// Name resolution, TCP, a proxy's tunnel and TLS.
    case connecting
    /// The peer takes no byte of the request.
    case sending
    /// From the whole request to the response's first byte.
    case firstByte
    /// From the response's first byte to the end of its head.
    case head
    /// The peer sends no byte of the body while someone waits for one.
    case body
    /// From the call to the end of the body.
    case total
}

/// Why there is no response, or no more of it. Each names the peer by host and port only: paths, queries and fields
/// may hold secrets.
package enum HTTPClientError: Error, Equatable, Sendable {
    case invalidRequest(String)
    case timedOut(HTTPPhase, peer: String, after: Duration)
    /// The reason is a whole sentence that names the peer, or the proxy on the way to it.
    case notConnected(peer: String, reason: String)
    /// The connection ended or failed before the response was complete.
    case connectionLost(peer: String, reason: String)
    /// What came is no response that can be understood in one way only.
    case malformedResponse(peer: String, reason: String)
    case tooLarge(peer: String, what: String, limit: Int)
    case redirect(peer: String, reason: String)
    /// The source of the request's body failed or kept to another length than announced.
    case requestBody(peer: String, reason: String)
    /// The peer answered an upgrade with another status than 101.
    case notUpgraded(peer: String, status: HTTPStatus)
    case cancelled
    /// The client itself was closed.
    case closed
}

extension HTTPClientError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .invalidRequest(let reason): "the request cannot be sent: \(reason)"
        case .timedOut(let phase, let peer, let after):
            "\(peer): \(Self.words(phase)) within \(Self.seconds(after))"
        case .notConnected(_, let reason): reason
        case .connectionLost(let peer, let reason): "\(peer): the connection was lost: \(reason)"
        case .malformedResponse(let peer, let reason): "\(peer): the response is malformed: \(reason)"
        case .tooLarge(let peer, let what, let limit): "\(peer): \(what) is larger than the \(limit) bytes allowed"
        case .redirect(let peer, let reason): "\(peer): the redirect is not followed: \(reason)"
        case .requestBody(let peer, let reason): "the request to \(peer) was given up: \(reason)"
        case .notUpgraded(let peer, let status): "\(peer): the upgrade was answered with \(status)"
        case .cancelled: "the request was cancelled"
        case .closed: "the HTTP client is closed"
        }
    }

    private static func words(_ phase: HTTPPhase) -> String {
        switch phase {
        case .waiting: "no connection became free"
        case .connecting: "no connection"
        case .sending: "no byte of the request was taken"
        case .firstByte: "no response"
        case .head: "the response's head was not complete"
        case .body: "no byte of the body came"
        case .total: "the exchange was not complete"
        }
    }

    private static func seconds(_ duration: Duration) -> String {
        let milliseconds = duration.inNanoseconds / 1_000_000
        if milliseconds % 1000 == 0 { return "\(milliseconds / 1000) s" }
        return "\(milliseconds) ms"
    }
}

package import Platform

/// Why there is no WebSocket.
package enum WebSocketClientError: Error, Equatable, CustomStringConvertible {
    case request(HTTPClientError)
    case handshake(peer: String, WebSocketHandshakeError)

    package var description: String {
        switch self {
        case .request(let error): "\(error)"
        case .handshake(let peer, let error): "\(peer): \(error)"
        }
    }
}

extension HTTPClient {
    /// Connects to a `ws` or `wss` address and returns when the opening handshake is done. `fields` go along with it.
    package func openWebSocket(
        _ url: WebURL, fields: HTTPFields = HTTPFields(), subprotocols: [String] = [],
        options: WebSocketOptions = WebSocketOptions(), deadlines: HTTPDeadlines = HTTPDeadlines(),
        handler: any WebSocketHandler, clock: any Clock = EventLoop.shared
    ) async throws(WebSocketClientError) -> WebSocketConnection {
        let offer = WebSocketOffer(
            nonce: SecureRandom.bytes(16), subprotocols: subprotocols, deflate: options.deflate)
        var all = fields
        // The client itself says that the connection is to be upgraded.
        for (name, value) in offer.fields where name != "Connection" { all.append(name, value) }
        let upgraded: HTTPUpgraded
        do throws(HTTPClientError) {
            var request = HTTPClientRequest(.get, url, fields: all)
            request.deadlines = deadlines
            upgraded = try await upgrade(request)
        } catch {
            throw .request(error)
        }
        let agreement: WebSocketOffer.Agreement
        do throws(WebSocketHandshakeError) {
            agreement = try offer.check(status: upgraded.head.status.code, upgraded.head.fields.all)
        } catch {
            upgraded.stream.close()
            throw .handshake(peer: url.peer, error)
        }
        let socket = WebSocketConnection(
            role: .client, options: options, deflate: agreement.deflate, subprotocol: agreement.subprotocol,
            handler: handler, clock: clock)
        socket.begin(stream: upgraded.stream, received: ByteBuffer(upgraded.leftover), outbox: ByteBuffer())
        return socket
    }
}

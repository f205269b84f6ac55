import Platform

extension HTTPExchange {
    /// Whether the client asks for a WebSocket.
    package var wantsWebSocket: Bool {
        request.fields.has("upgrade") && WebSocketHandshake.isUpgrade(request.fields.all)
    }

    /// Answers the opening handshake and goes on as a WebSocket. A handshake that is not right is refused here; nil
    /// then, and when the client has left.
    package func acceptWebSocket(
        options: WebSocketOptions, subprotocols: [String] = [], handler: any WebSocketHandler
    ) -> WebSocketConnection? {
        guard case .awaited = response, let connection else { return nil }
        // RFC 6455 section 4.2.1: HTTP/1.1 or higher.
        guard request.isVersion11 else {
            respond(.error(HTTPError(.upgradeRequired, "a WebSocket handshake is an HTTP/1.1 request")))
            return nil
        }
        let acceptance: WebSocketHandshake.Acceptance
        do throws(WebSocketHandshakeError) {
            acceptance = try WebSocketHandshake.accept(
                method: request.method.rawValue, request.fields.all, subprotocols: subprotocols,
                deflate: options.deflate)
        } catch {
            respond(.refusal(error))
            return nil
        }
        let socket = WebSocketConnection(
            role: .server, options: options, deflate: acceptance.deflate, subprotocol: acceptance.subprotocol,
            handler: handler, clock: connection.server.clock)
        var fields = HTTPFields()
        for (name, value) in acceptance.fields { fields.append(name, value) }
        connection.hand(over: socket, fields)
        return socket
    }
}

extension HTTPResponse {
    /// What a failed handshake is told.
    package static func refusal(_ error: WebSocketHandshakeError) -> HTTPResponse {
        var response = HTTPResponse.error(HTTPError(HTTPStatus(error.status), error.description))
        for (name, value) in error.fields { response.fields.append(name, value) }
        return response
    }
}

import Platform

/// A client's half of the opening handshake (RFC 6455 section 4.1).
package struct WebSocketOffer: Sendable {
    /// What a server agreed to.
    package struct Agreement: Equatable, Sendable {
        package let subprotocol: String?
        package let deflate: PermessageDeflate?

        package init(subprotocol: String?, deflate: PermessageDeflate?) {
            self.subprotocol = subprotocol
            self.deflate = deflate
        }
    }

    private let key: String
    private let subprotocols: [String]
    private let deflate: DeflateSettings?

    /// `nonce` is 16 fresh random bytes.
    package init(nonce: [UInt8], subprotocols: [String] = [], deflate: DeflateSettings? = nil) {
        precondition(nonce.count == 16, "a WebSocket nonce has 16 bytes")
        key = Base64.standard.encode(nonce)
        self.subprotocols = subprotocols
        self.deflate = deflate
    }

    /// The fields of the request beside Host.
    package var fields: [WebSocketHandshake.Field] {
        var fields: [WebSocketHandshake.Field] = [
            ("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Key", key),
            ("Sec-WebSocket-Version", WebSocketHandshake.version),
        ]
        if !subprotocols.isEmpty {
            fields.append(("Sec-WebSocket-Protocol", subprotocols.joined(separator: ", ")))
        }
        if let deflate { fields.append(("Sec-WebSocket-Extensions", PermessageDeflate.offer(deflate))) }
        return fields
    }

    /// Checks the server's answer.
    package func check(
        status: Int, _ values: WebSocketHandshake.Values
    ) throws(WebSocketHandshakeError) -> Agreement {
        guard status == 101 else { throw .refused(status: status) }
        guard WebSocketHandshake.isUpgrade(values),
            WebSocketHandshake.contains("upgrade", in: values("connection"))
        else { throw .notUpgraded }
        guard values("sec-websocket-accept") == [WebSocketHandshake.acceptValue(for: key)] else {
            throw .wrongAccept
        }
        return Agreement(subprotocol: try subprotocol(values), deflate: try compression(values))
    }

    private func subprotocol(_ values: WebSocketHandshake.Values) throws(WebSocketHandshakeError) -> String? {
        let chosen = values("sec-websocket-protocol")
        guard let first = chosen.first else { return nil }
        guard chosen.count == 1, subprotocols.contains(first) else {
            throw .notOffered(chosen.joined(separator: ", "))
        }
        return first
    }

    private func compression(_ values: WebSocketHandshake.Values) throws(WebSocketHandshakeError) -> PermessageDeflate?
    {
        let fields = values("sec-websocket-extensions")
        guard let extensions = WebSocketExtension.parse(fields) else { throw .badExtensions }
        guard let first = extensions.first else { return nil }
        guard let deflate, extensions.count == 1, let agreed = PermessageDeflate(response: first, to: deflate) else {
            throw .notOffered(fields.joined(separator: ", "))
        }
        return agreed
    }
}

import Platform

/// A request's head as it goes out (RFC 9112 section 3).
struct HTTPRequestHead {
    /// Fields that say how the message is framed and where it goes. Two opinions on that are how requests are
    /// smuggled, so only the client writes them.
    static let reserved: Set<String> = [
        "host", "content-length", "transfer-encoding", "connection", "keep-alive", "te", "trailer", "expect",
        "proxy-connection", "proxy-authorization",
    ]

    let request: HTTPClientRequest
    let route: HTTPRoute
    let userAgent: String?
    let isUpgrade: Bool

    func write() throws(HTTPClientError) -> [UInt8] {
        try check()
        var buffer = ByteBuffer()
        buffer.append(request.method.rawValue)
        buffer.append(" ")
        buffer.append(target)
        buffer.append(" HTTP/1.1\r\nHost: ")
        buffer.append(request.url.authority)
        buffer.append("\r\n")
        if case .proxy(let authorization?) = route {
            buffer.append("Proxy-Authorization: ")
            buffer.append(authorization)
            buffer.append("\r\n")
        }
        request.fields.write(to: &buffer)
        if let userAgent, request.fields["User-Agent"] == nil {
            buffer.append("User-Agent: ")
            buffer.append(userAgent)
            buffer.append("\r\n")
        }
        if request.acceptsCompression, !isUpgrade, request.fields["Accept-Encoding"] == nil {
            buffer.append("Accept-Encoding: gzip, deflate\r\n")
        }
        if isUpgrade { buffer.append("Connection: Upgrade\r\n") }
        writeFraming(to: &buffer)
        buffer.append("\r\n")
        return buffer.bytes
    }

    /// RFC 9112 section 3.2: a proxy is told the whole address.
    private var target: String {
        if case .proxy = route { request.url.text } else { request.url.target }
    }

    private func writeFraming(to buffer: inout ByteBuffer) {
        let length: Int
        switch request.body {
        case .chunked: return buffer.append("Transfer-Encoding: chunked\r\n")
        case .bytes(let bytes): length = bytes.count
        case .stream(let announced, _): length = announced
        case .none:
            // RFC 9110 section 8.6: only where a body could be expected must its absence be said.
            guard request.method == .post || request.method == .put || request.method == .patch else { return }
            length = 0
        }
        buffer.append("Content-Length: ")
        buffer.append(decimal: length)
        buffer.append("\r\n")
    }

    private func check() throws(HTTPClientError) {
        var refused: String?
        request.fields.forEach { name, _ in
            let name = name.lowercased()
            if Self.reserved.contains(name) || name == "upgrade" && !isUpgrade { refused = name }
        }
        if let refused { throw .invalidRequest("the field \(refused) is written by the client alone") }
        if case .stream(let length, _) = request.body, length < 0 {
            throw .invalidRequest("a body's length must not be negative")
        }
        let isSocket = request.url.scheme == .ws || request.url.scheme == .wss
        if isSocket, !isUpgrade { throw .invalidRequest("a ws or wss address takes an upgrade only") }
    }
}

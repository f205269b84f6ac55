/// Asks a proxy for a tunnel to a host.
@LoopActor
struct ProxyTunnel {
    /// Bytes of the proxy's answer, of which only the first line counts.
    static let headLimit = 8 * 1024
    /// What a message shows of that line.
    static let shownLimit = 200

    private let proxy: Proxy
    private let target: String
    private let clock: any Clock

    init(_ proxy: Proxy, _ target: String, _ clock: any Clock) {
        self.proxy = proxy
        self.target = target
        self.clock = clock
    }

    /// Takes over the connection to the proxy; what is returned leads to the target.
    func open(over socket: SocketStream, by deadline: Instant?) async throws(DialError) -> SocketStream {
        let stream = AsyncByteStream(socket, clock: clock)
        let head: [UInt8]
        do throws(StreamError) {
            try await stream.write(request, by: deadline)
            head = try await readHead(stream, deadline)
        } catch {
            stream.close()
            switch error {
            case .timedOut: throw .timedOut(target: target, during: "the proxy \(proxy) does not answer")
            case .cancelled: throw .cancelled
            default: throw .proxy("the proxy \(proxy) broke off the connection to \(target): \(error)")
            }
        }
        if let refusal = refusal(head) {
            stream.close()
            throw .proxy(refusal)
        }
        return SocketStream(descriptor: socket.detach())
    }

    private var request: [UInt8] {
        var text = "CONNECT \(target) HTTP/1.1\r\nHost: \(target)\r\n"
        if let authorization = proxy.authorization { text += "Proxy-Authorization: \(authorization)\r\n" }
        return Array((text + "\r\n").utf8)
    }

    /// Reads up to the empty line, byte by byte: what follows belongs to the target, which may be the first to speak.
    private func readHead(_ stream: AsyncByteStream, _ deadline: Instant?) async throws(StreamError) -> [UInt8] {
        var head: [UInt8] = []
        let end = Array("\r\n\r\n".utf8)
        while !head.suffix(end.count).elementsEqual(end), head.count < Self.headLimit {
            guard let byte = try await stream.read(upTo: 1, by: deadline) else { throw .closed }
            head += byte
        }
        return head
    }

    /// Nil if the tunnel stands (RFC 9110 section 9.3.6: any 2xx).
    private func refusal(_ head: [UInt8]) -> String? {
        let line = head.prefix { $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: "\n") }
        let shown = String(
            decoding: line.prefix(Self.shownLimit).map { (0x20..<0x7f).contains($0) ? $0 : 63 }, as: UTF8.self)
        let parts = shown.split(separator: " ", maxSplits: 2)
        guard parts.count >= 2, parts[0].hasPrefix("HTTP/1."), parts[1].count == 3, let status = Int(parts[1]) else {
            return "\(proxy) (\(proxy.source)) does not answer like an HTTP proxy"
        }
        switch status {
        case 200..<300:
            return head.count < Self.headLimit
                ? nil : "the answer of the proxy \(proxy) is longer than \(Self.headLimit) bytes"
        case 407 where proxy.authorization == nil:
            return "the proxy \(proxy) wants a name and a password (\(shown)): set \(proxy.source) to "
                + "http://name:password@\(proxy)"
        case 407:
            return "the proxy \(proxy) does not accept the name and password in \(proxy.source) (\(shown))"
        default:
            return "the proxy \(proxy) refuses the connection to \(target): \(shown)"
        }
    }
}

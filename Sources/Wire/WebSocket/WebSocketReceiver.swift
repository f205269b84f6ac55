/// The receiving half of a WebSocket connection as a value: bytes in, events out.
package struct WebSocketReceiver: ~Copyable {
    /// Whether a consumer wants more.
    package enum Verdict: Sendable {
        case goOn
        case stop
    }

    private var parser: WebSocketFrameParser
    private var assembler: WebSocketMessageAssembler
    /// After a close frame, an error or `stop`, what still comes is dropped (RFC 6455 section 5.5.1).
    package private(set) var isOver = false

    /// `role` is ours; `deflate` is what the handshake agreed on.
    package init(role: WebSocketRole, limits: WebSocketLimits = WebSocketLimits(), deflate: PermessageDeflate? = nil) {
        parser = WebSocketFrameParser(
            role: role, maximumFrame: limits.frame, allowsCompression: deflate != nil)
        assembler = WebSocketMessageAssembler(
            limit: limits.message, inflater: deflate.map { MessageInflater($0.incoming) })
    }

    /// Other limits from the next frame on.
    package mutating func set(_ limits: WebSocketLimits) {
        parser.maximumFrame = limits.frame
        assembler.limit = limits.message
    }

    /// The next event in `bytes` from `offset` on, which moves past it; nil when more bytes are needed. Each byte must
    /// be given once, and payloads are unmasked in place.
    package mutating func next(
        in bytes: inout MutableSpan<UInt8>, from offset: inout Int
    ) throws(WebSocketError) -> WebSocketEvent? {
        guard !isOver else {
            offset = bytes.count
            return nil
        }
        do {
            while let frame = try parser.next(in: &bytes, from: &offset) {
                guard let event = try assembler.take(frame, in: bytes.span) else { continue }
                if case .close = event { isOver = true }
                return event
            }
            return nil
        } catch {
            isOver = true
            throw error
        }
    }

    /// Hands each event in `bytes` to `deliver` with its payload (none for a close), until that says stop. `deliver`
    /// runs while the receiver changes: who may come back to it from there uses `next`.
    package mutating func feed(
        _ bytes: inout MutableSpan<UInt8>, _ deliver: (WebSocketEvent, Span<UInt8>) -> Verdict
    ) throws(WebSocketError) {
        var offset = 0
        while let event = try next(in: &bytes, from: &offset) {
            let verdict =
                switch event {
                case .message(_, let payload), .ping(let payload), .pong(let payload):
                    payload.withSpan(in: bytes.span) { deliver(event, $0) }
                case .close: deliver(event, Span())
                }
            if verdict == .stop { stop() }
        }
    }

    /// Drops whatever comes from now on.
    package mutating func stop() { isOver = true }
}

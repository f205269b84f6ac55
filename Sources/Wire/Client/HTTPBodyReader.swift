import Platform

/// Takes a response's body out of what has arrived, by the framing its head announced (RFC 9112 section 6.3).
struct HTTPBodyReader: Sendable {
    private enum State: Sendable {
        case length(left: Int)
        case chunked(ChunkedDecoder)
        case untilClose
        case finished
    }

    private var state: State
    /// Only the connection's end tells that the body is complete, so the connection serves no other request.
    let endsWithConnection: Bool

    init(_ head: HTTPResponseHead, to method: HTTPMethod) {
        endsWithConnection = Self.endsWithConnection(head, method)
        if method == .head || head.status.hasNoBody || head.framing.contentLength == 0 {
            state = .finished
        } else if head.framing.isChunked {
            state = .chunked(ChunkedDecoder())
        } else if let length = head.framing.contentLength {
            state = .length(left: length)
        } else {
            state = .untilClose
        }
    }

    private static func endsWithConnection(_ head: HTTPResponseHead, _ method: HTTPMethod) -> Bool {
        if method == .head || head.status.hasNoBody { return false }
        return !head.framing.isChunked && head.framing.contentLength == nil
    }

    var isFinished: Bool { if case .finished = state { true } else { false } }

    /// Bytes still to come, where that is known.
    var left: Int? {
        switch state {
        case .length(let left): left
        case .finished: 0
        case .chunked, .untilClose: nil
        }
    }

    /// Removes the body's bytes from the front of `buffer`; empty when more is needed or the body is complete.
    mutating func take(from buffer: inout ByteBuffer) throws(HTTPError) -> [UInt8] {
        switch state {
        case .finished: return []
        case .untilClose:
            let bytes = buffer.bytes
            buffer.removeAll()
            return bytes
        case .length(let left):
            let count = min(left, buffer.count)
            let bytes = Array(copying: buffer.span.extracting(first: count))
            buffer.consume(count)
            state = count == left ? .finished : .length(left: left - count)
            return bytes
        case .chunked(var decoder):
            var bytes: [UInt8] = []
            var offset = 0
            var isComplete = false
            reading: while true {
                switch try decoder.next(buffer.span, &offset) {
                case .data(let range): bytes.append(buffer.span.extracting(range))
                case .needsMore: break reading
                case .end:
                    isComplete = true
                    break reading
                }
            }
            buffer.consume(offset)
            state = isComplete ? .finished : .chunked(decoder)
            return bytes
        }
    }

    /// The peer sends no more. Returns what is missing, in words, or nil if that ends the body well.
    mutating func end() -> String? {
        switch state {
        case .finished: return nil
        case .untilClose:
            state = .finished
            return nil
        case .length(let left): return "\(left) bytes of the announced length are missing"
        case .chunked: return "the last chunk is missing"
        }
    }
}

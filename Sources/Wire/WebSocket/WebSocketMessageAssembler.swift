import Platform

/// Joins frames to messages (RFC 6455 section 5.4): decompresses, checks text while it streams in, holds no more than
/// the message limit. A message that came in one frame and one read is passed on where it lies.
package struct WebSocketMessageAssembler: ~Copyable {
    /// Decompressed bytes are asked for in pieces of at most this size, so that a bomb is stopped within one.
    private static let inflatedPiece = 16 * 1024

    /// The message of which frames are missing.
    private struct Message {
        let kind: WebSocketMessageKind
        let isCompressed: Bool
    }

    var limit: Int
    private var inflater: MessageInflater?
    private var message: Message?
    /// What has come of it.
    private var payload: [UInt8] = []
    private var utf8 = UTF8Validator()
    /// The frame of which payload is missing.
    private var frame: WebSocketFrameHeader?
    /// What has come of it, if it is a control frame.
    private var controlPayload: [UInt8] = []

    package init(limit: Int, inflater: consuming MessageInflater? = nil) {
        self.limit = limit
        self.inflater = inflater
    }

    /// Takes the parser's next event; `bytes` are those in which it was found. After an error the assembler must not be
    /// used again.
    package mutating func take(
        _ event: WebSocketFrameEvent, in bytes: Span<UInt8>
    ) throws(WebSocketError) -> WebSocketEvent? {
        switch event {
        case .frame(let header, let range):
            if header.opcode.isControl {
                return try control(header.opcode, .inPlace(range), bytes.extracting(range))
            }
            let message = try begin(header)
            if header.isFinal, !message.isCompressed, header.opcode != .continuation {
                return try whole(message.kind, range, in: bytes)
            }
            self.message = message
            try append(bytes.extracting(range), to: message)
            return header.isFinal ? try finish(message) : nil
        case .header(let header):
            if !header.opcode.isControl { message = try begin(header) }
            frame = header
            return nil
        case .payload(let range, let isLast):
            guard let frame else { preconditionFailure("payload of no frame") }
            if isLast { self.frame = nil }
            if frame.opcode.isControl {
                controlPayload.append(bytes.extracting(range))
                guard isLast else { return nil }
                let payload = controlPayload
                controlPayload = []
                return try control(frame.opcode, .owned(payload), payload.span)
            }
            guard let message else { preconditionFailure("a frame of no message") }
            try append(bytes.extracting(range), to: message)
            return isLast && frame.isFinal ? try finish(message) : nil
        }
    }

    /// The message that a data frame begins or continues.
    private func begin(_ header: WebSocketFrameHeader) throws(WebSocketError) -> Message {
        let current: Message
        if header.opcode == .continuation {
            guard let message else { throw .continuationWithoutMessage }
            current = message
        } else {
            guard message == nil else { throw .messageWithinMessage }
            current = Message(kind: header.opcode == .text ? .text : .binary, isCompressed: header.isCompressed)
        }
        // A compressed message is measured as it unfolds.
        if !current.isCompressed, header.payloadLength > limit - payload.count { throw .messageTooLong(limit: limit) }
        return current
    }

    private func whole(
        _ kind: WebSocketMessageKind, _ range: Range<Int>, in bytes: Span<UInt8>
    ) throws(WebSocketError) -> WebSocketEvent {
        if kind == .text {
            var utf8 = UTF8Validator()
            guard utf8.accept(bytes.extracting(range)), utf8.isComplete else { throw .textNotUTF8 }
        }
        return .message(kind, .inPlace(range))
    }

    private mutating func append(_ bytes: Span<UInt8>, to message: Message) throws(WebSocketError) {
        guard !message.isCompressed else { return try inflate(bytes, of: message) }
        if message.kind == .text {
            guard utf8.accept(bytes) else { throw .textNotUTF8 }
        }
        payload.append(bytes)
    }

    private mutating func inflate(_ bytes: Span<UInt8>, of message: Message) throws(WebSocketError) {
        // Small messages get small memory; JSON rarely shrinks below a quarter.
        let piece = min(Self.inflatedPiece, max(256, bytes.count * 4))
        var offset = 0
        var hasMore = true
        while hasMore {
            let known = payload.count
            // One byte past the limit is asked for: it tells a message that ends there from one that does not.
            let room = min(piece - 1, limit - known) + 1
            hasMore = try inflater!.inflate(bytes, from: &offset, appendingTo: &payload, atMost: room)
            if message.kind == .text {
                var utf8 = self.utf8
                guard utf8.accept(payload.span.extracting(known...)) else { throw .textNotUTF8 }
                self.utf8 = utf8
            }
            guard payload.count <= limit else { throw .messageTooLong(limit: limit) }
        }
    }

    private mutating func finish(_ message: Message) throws(WebSocketError) -> WebSocketEvent {
        if message.isCompressed {
            let tail = MessageInflater.tail
            try inflate(tail.span, of: message)
            try inflater!.finishMessage()
        }
        if message.kind == .text {
            guard utf8.isComplete else { throw .textNotUTF8 }
        }
        self.message = nil
        let whole = payload
        payload = []
        return .message(message.kind, .owned(whole))
    }

    private func control(
        _ opcode: WebSocketOpcode, _ payload: WebSocketPayload, _ bytes: Span<UInt8>
    ) throws(WebSocketError) -> WebSocketEvent {
        switch opcode {
        case .ping: .ping(payload)
        case .pong: .pong(payload)
        default: .close(try WebSocketClose(payload: bytes))
        }
    }
}

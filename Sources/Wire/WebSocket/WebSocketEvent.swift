/// The two types of data messages (RFC 6455 section 5.6).
package enum WebSocketMessageKind: Sendable {
    case text
    case binary
}

/// Where the payload of an event is.
package enum WebSocketPayload: Equatable, Sendable {
    /// In the bytes that were given for reading, unmasked: to be used before they are.
    case inPlace(Range<Int>)
    /// Joined from several pieces, or decompressed.
    case owned([UInt8])

    /// The payload itself; `bytes` are those in which the event was found.
    @inline(__always)
    package func withSpan<Value, Failure: Error>(
        in bytes: Span<UInt8>, _ body: (Span<UInt8>) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        switch self {
        case .inPlace(let range): try body(bytes.extracting(range))
        case .owned(let payload): try body(payload.span)
        }
    }
}

/// What a peer said.
package enum WebSocketEvent: Equatable, Sendable {
    /// A whole message; text is well-formed UTF-8.
    case message(WebSocketMessageKind, WebSocketPayload)
    case ping(WebSocketPayload)
    case pong(WebSocketPayload)
    /// The last event there is.
    case close(WebSocketClose)
}

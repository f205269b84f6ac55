/// What a read brought.
package enum ReadResult: Equatable, Sendable {
    case bytes(Int)
    /// Nothing now; the handler will hear when there is.
    case blocked
    /// The peer will send no more.
    case end
}

/// Why bytes no longer flow.
package enum StreamError: Error, Equatable, Sendable, CustomStringConvertible {
    case system(SystemError)
    /// TLS failed; the text is OpenSSL's reason or ours.
    case tls(String)
    /// TLS: the peer ended the connection without saying that it was done. What came may have been cut off.
    case truncated
    case timedOut
    /// The task that waited was cancelled.
    case cancelled
    case closed

    package var description: String {
        switch self {
        case .system(let error): error.description
        case .tls(let reason): "TLS: \(reason)"
        case .truncated: "TLS: the connection ended without a close_notify: what came may be incomplete"
        case .timedOut: "no progress before the deadline"
        case .cancelled: "cancelled"
        case .closed: "the connection is closed"
        }
    }
}

/// A connection as bytes, without waiting: a socket, TLS over one, or one end of a pipe in memory.
///
/// Level-triggered: as long as the stream is watched for reading and has bytes or its end to give, the handler is
/// called once a turn.
@LoopActor
package protocol ByteStream: AnyObject {
    func read(into memory: UnsafeMutableRawBufferPointer) throws(StreamError) -> ReadResult
    /// Returns how many bytes were taken; fewer than offered means blocked.
    func write(_ bytes: Span<UInt8>) throws(StreamError) -> Int
    /// Changes what `handler` is called for. An empty interest pauses; the handler is held until `close`.
    func watch(_ interest: Readiness, _ handler: any PollHandler)
    /// Ends both directions and gives up the descriptor. Idempotent; no call reaches the handler afterwards.
    func close()
}

extension ByteStream {
    /// Reads into a shared buffer, whose first bytes `ReadBuffer.withBytes` then gives.
    package func read(into buffer: ReadBuffer) throws(StreamError) -> ReadResult {
        try read(into: buffer.memory)
    }
}

/// A way to end sending before receiving, for streams that have one.
@LoopActor
package protocol HalfClosing: ByteStream {
    /// Tells the peer that no more bytes follow. Bytes still come in.
    func finishWriting()
}

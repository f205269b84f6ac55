import Platform

/// What is known of the body and the answer of the request that a connection is busy with.
@LoopActor
struct RequestInProgress {
    /// Bytes of an unwanted body that are read past to keep a connection.
    static let discardLimit = 64 * 1024

    private(set) var keepsAlive: Bool
    var isAnswered = false
    /// An answer that waits for the body's end. Nothing is answered before the request is known to be sound, unless
    /// waiting for that would cost more than the connection is worth.
    var held: CompleteAnswer?
    private var remaining: Int
    private var chunks: ChunkedDecoder?
    private var awaitsContinue: Bool
    private var bodyLimit: Int

    init(_ request: HTTPRequest, bodyLimit: Int) {
        self.bodyLimit = bodyLimit
        keepsAlive = request.keepsAlive
        remaining = request.contentLength ?? 0
        chunks = request.framing.isChunked ? ChunkedDecoder() : nil
        awaitsContinue = request.framing.expectsContinue && request.hasBody && request.isVersion11
    }

    mutating func closeAfterwards() { keepsAlive = false }

    /// Whether the client is to be told, now, to go on with its body (RFC 9110 section 10.1.1).
    mutating func takeContinue() -> Bool {
        defer { awaitsContinue = false }
        return awaitsContinue
    }

    /// Gives the body what is there for it, as far as it has room.
    mutating func feed(_ body: RequestBody, _ bytes: Span<UInt8>, _ offset: inout Int) throws(HTTPError) {
        while !body.isComplete, body.hasRoom, offset < bytes.count {
            awaitsContinue = false
            if chunks != nil {
                let step = try chunks!.next(bytes, &offset)
                var coming = chunks!.announced
                if case .data(let range) = step { coming += range.count }
                guard body.received + coming <= bodyLimit else {
                    throw HTTPError(.payloadTooLarge, "the body has more than \(bodyLimit) bytes")
                }
                switch step {
                case .data(let range): body.feed(bytes.extracting(range))
                case .needsMore: return
                case .end: body.finish()
                }
            } else {
                let range = offset..<min(bytes.count, offset + remaining)
                offset = range.upperBound
                remaining -= range.count
                body.feed(bytes.extracting(range))
                if remaining == 0 { body.finish() }
            }
        }
    }

    /// An answer begins. If the body is not complete, a short rest is read past; a long one ends the connection.
    mutating func answerBegins(_ body: RequestBody) {
        guard !body.isComplete else { return }
        if awaitsContinue || remaining > Self.discardLimit { keepsAlive = false }
        bodyLimit = min(bodyLimit, body.received + Self.discardLimit)
        // What is left is nobody's then: the end comes with the answer.
        if !keepsAlive { body.finish() }
    }
}

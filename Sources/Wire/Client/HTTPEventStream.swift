package import Platform

/// A response's body as server-sent events.
@LoopActor
package final class HTTPEventStream {
    private let body: HTTPResponseBody
    private let peer: String
    private var parser: SSEParser
    private var bytes: [UInt8] = []
    private var offset = 0

    init(_ body: HTTPResponseBody, peer: String, limits: SSELimits) {
        self.body = body
        self.peer = peer
        parser = SSEParser(limits: limits)
    }

    /// What to send as Last-Event-ID to go on where this stream ends.
    package var lastEventID: String { parser.lastEventID }

    /// How long the server wants a client to wait before that, in milliseconds.
    package var retry: Int? { parser.retry }

    /// The next event; nil at the stream's end.
    package func next() async throws(HTTPClientError) -> SSEEvent? {
        while true {
            if let event = try parse() { return event }
            guard let more = try await body.next() else { return nil }
            bytes = more
            offset = 0
        }
    }

    /// Gives up the rest and closes the connection at once.
    package func abandon() { body.abandon() }

    private func parse() throws(HTTPClientError) -> SSEEvent? {
        let bytes = bytes
        do throws(SSEError) {
            return try parser.next(in: bytes.span, from: &offset)
        } catch {
            body.abandon()
            throw .malformedResponse(peer: peer, reason: error.description)
        }
    }
}

extension HTTPClientResponse {
    /// Reads the body as events. A response of another type, such as an error in JSON, is refused: it would look like a
    /// stream without events.
    @LoopActor
    package func events(limits: SSELimits = SSELimits()) throws(HTTPClientError) -> HTTPEventStream {
        let type = fields["Content-Type"] ?? ""
        guard Array(type.utf8.prefix { $0 != UInt8(ascii: ";") }).span.trimmed.matchesIgnoringCase("text/event-stream")
        else {
            let shown = String(type.prefix(60)).debugDescription
            throw .malformedResponse(peer: url.peer, reason: "an event stream was expected, not \(shown)")
        }
        return HTTPEventStream(body, peer: url.peer, limits: limits)
    }
}

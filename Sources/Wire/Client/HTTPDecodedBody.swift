import Platform

/// A compressed body (RFC 9110 section 8.4), decompressed as it is read.
@LoopActor
final class HTTPDecodedBody: HTTPBodySource {
    /// Incompressible data grows a little, so what arrives may exceed the limit for what comes of it by this part.
    static let growth = 8
    static let overhead = 1024

    private let source: any HTTPBodySource
    private let peer: String
    private let limit: Int
    private var decoder: ContentDecoder
    private var input: [UInt8] = []
    private var offset = 0
    private var hasMore = false
    private var arrived = 0
    private var burst = HTTPBurst()

    init(_ source: any HTTPBodySource, _ coding: ContentCoding, peer: String, limit: Int) {
        self.source = source
        self.peer = peer
        self.limit = limit
        decoder = ContentDecoder(coding, limit: limit)
    }

    /// Bytes that may arrive for a body of `limit` bytes.
    static func arrivalLimit(_ limit: Int) -> Int {
        let (sum, overflow) = limit.addingReportingOverflow(limit / growth + overhead)
        return overflow ? .max : sum
    }

    func next() async throws(HTTPClientError) -> [UInt8]? {
        while true {
            while hasMore {
                let output = try unfold()
                // A few bytes can unfold to megabytes without any wait in between.
                if burst.add(output.count) { await HTTPBurst.passTurn() }
                if !output.isEmpty { return output }
            }
            guard let bytes = try await source.next() else {
                try end()
                return nil
            }
            arrived += bytes.count
            guard arrived <= Self.arrivalLimit(limit) else { throw tooLarge }
            (input, offset, hasMore) = (bytes, 0, true)
        }
    }

    func abandon() { source.abandon() }

    private func unfold() throws(HTTPClientError) -> [UInt8] {
        let input = input
        var output: [UInt8] = []
        do throws(ContentDecodingError) {
            hasMore = try decoder.decode(input.span, from: &offset, appendingTo: &output) == .hasMore
        } catch {
            throw failure(error)
        }
        return output
    }

    private func end() throws(HTTPClientError) {
        do throws(ContentDecodingError) { try decoder.finish() } catch { throw failure(error) }
    }

    private func failure(_ error: ContentDecodingError) -> HTTPClientError {
        if case .tooLong = error { return tooLarge }
        return .malformedResponse(peer: peer, reason: error.description)
    }

    private var tooLarge: HTTPClientError { .tooLarge(peer: peer, what: "the body", limit: limit) }
}

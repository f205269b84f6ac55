package import Platform
package import Wire

/// HTTP without a network: answers as the test says and keeps what was asked.
@LoopActor
package final class FakeHTTP: HTTPFetching {
    package typealias Answer = @LoopActor (HTTPClientRequest) async throws(HTTPClientError) -> HTTPClientResponse

    package private(set) var requests: [HTTPClientRequest] = []
    package var answer: Answer

    package init(_ answer: @escaping Answer) { self.answer = answer }

    /// Gives the same responses in turn, the last one for ever.
    package convenience init(_ answers: (status: HTTPStatus, body: String)...) {
        var left = answers[...]
        self.init { request in
            let (status, body) = left.count > 1 ? left.removeFirst() : left[left.startIndex]
            return Self.response(to: request, status, pieces: [Array(body.utf8)])
        }
    }

    package func send(_ request: HTTPClientRequest) async throws(HTTPClientError) -> HTTPClientResponse {
        requests.append(request)
        return try await answer(request)
    }

    /// A response whose body comes in these pieces and then ends, or fails.
    package static func response(
        to request: HTTPClientRequest, _ status: HTTPStatus, fields: HTTPFields = HTTPFields(), pieces: [[UInt8]] = [],
        failure: HTTPClientError? = nil
    ) -> HTTPClientResponse {
        let source = FakeBody(pieces, failure)
        let body = HTTPResponseBody(source, peer: request.url.peer, limit: request.bodyLimit)
        return HTTPClientResponse(status: status, fields: fields, body: body, url: request.url)
    }
}

/// Pieces of a body, then its end or an error.
@LoopActor
package final class FakeBody: HTTPBodySource {
    private var pieces: [[UInt8]]
    private let failure: HTTPClientError?
    package private(set) var isAbandoned = false

    package init(_ pieces: [[UInt8]], _ failure: HTTPClientError? = nil) {
        self.pieces = pieces.filter { !$0.isEmpty }.reversed()
        self.failure = failure
    }

    package func next() async throws(HTTPClientError) -> [UInt8]? {
        if let piece = pieces.popLast() { return piece }
        if let failure { throw failure }
        return nil
    }

    package func abandon() { isAbandoned = true }
}

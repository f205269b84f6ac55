package import Platform

/// Where the pieces of a response's body come from.
@LoopActor
package protocol HTTPBodySource: AnyObject {
    /// The next piece, never empty; nil at the end.
    func next() async throws(HTTPClientError) -> [UInt8]?
    /// Nobody wants the rest.
    func abandon()
}

/// A response's body, to be pulled by one reader. Letting go of it before its end closes the connection.
@LoopActor
package final class HTTPResponseBody {
    private enum State {
        case open(any HTTPBodySource)
        case ended
        case failed(HTTPClientError)
    }

    private var state: State
    let peer: String
    private let limit: Int
    private var count = 0

    /// `limit` is for all pieces together.
    package init(_ source: any HTTPBodySource, peer: String, limit: Int) {
        state = .open(source)
        self.peer = peer
        self.limit = limit
    }

    /// The next piece, never empty; nil at the end.
    package func next() async throws(HTTPClientError) -> [UInt8]? {
        switch state {
        case .ended: return nil
        case .failed(let error): throw error
        case .open(let source):
            do throws(HTTPClientError) {
                guard let bytes = try await source.next() else {
                    state = .ended
                    return nil
                }
                count += bytes.count
                guard count <= limit else { throw .tooLarge(peer: peer, what: "the body", limit: limit) }
                return bytes
            } catch {
                source.abandon()
                state = .failed(error)
                throw error
            }
        }
    }

    /// All that is left of the body, which may be `limit` bytes at most.
    package func collect(limit: Int = .max) async throws(HTTPClientError) -> [UInt8] {
        var all: [UInt8] = []
        while let bytes = try await next() {
            guard all.count + bytes.count <= limit else {
                abandon()
                throw .tooLarge(peer: peer, what: "the body", limit: limit)
            }
            if all.isEmpty { all = bytes } else { all += bytes }
        }
        return all
    }

    /// Gives up the rest and closes the connection at once.
    package func abandon() {
        if case .open(let source) = state { source.abandon() }
        state = .failed(.cancelled)
    }
}

/// A response. Its body may still be on its way.
package struct HTTPClientResponse: Sendable {
    package let status: HTTPStatus
    package let fields: HTTPFields
    package let body: HTTPResponseBody
    /// Where it came from after all redirects.
    package let url: WebURL

    package init(status: HTTPStatus, fields: HTTPFields, body: HTTPResponseBody, url: WebURL) {
        self.status = status
        self.fields = fields
        self.body = body
        self.url = url
    }
}

/// Sends requests: the seam that everything which talks HTTP is tested through.
@LoopActor
package protocol HTTPFetching: AnyObject, Sendable {
    func send(_ request: HTTPClientRequest) async throws(HTTPClientError) -> HTTPClientResponse
}

package import Platform

/// Gives a body piece by piece, nil at its end. It is asked for the next piece when the one before is sent.
package typealias HTTPBodyProducer = @LoopActor @Sendable () async throws -> [UInt8]?

/// What a request carries.
package enum HTTPRequestBody: Sendable {
    case none
    case bytes([UInt8])
    case stream(length: Int, HTTPBodyProducer)
    case chunked(HTTPBodyProducer)

    /// Whether it can be sent a second time from its beginning.
    var isReplayable: Bool {
        switch self {
        case .none, .bytes: true
        case .stream, .chunked: false
        }
    }
}

/// What becomes of a redirect.
package enum HTTPRedirects: Equatable, Sendable {
    /// The response is returned as it is.
    case returned
    case followed(limit: Int)

    package static let defaultLimit = 5
}

/// A request as a client sends it. What belongs to the connection rather than to the request (Host, Content-Length,
/// Connection and the like) is written by the client and refused here.
package struct HTTPClientRequest: Sendable {
    /// Bytes of a response's body, decoded.
    package static let defaultBodyLimit = 16 * 1024 * 1024

    package var method: HTTPMethod
    package var url: WebURL
    package var fields: HTTPFields
    package var body: HTTPRequestBody
    package var deadlines = HTTPDeadlines()
    package var bodyLimit = defaultBodyLimit
    package var redirects = HTTPRedirects.returned
    /// Whether to ask for a compressed response, which is then decompressed unnoticed.
    package var acceptsCompression = true
    /// Whom to believe and whether to pin a certificate, if not as the client's other requests.
    package var tls: TLSClientContext?

    package init(
        _ method: HTTPMethod, _ url: WebURL, fields: HTTPFields = HTTPFields(), body: HTTPRequestBody = .none
    ) {
        self.method = method
        self.url = url
        self.fields = fields
        self.body = body
    }
}

extension HTTPClientRequest: CustomStringConvertible {
    /// Method and peer only: paths and fields may hold secrets.
    package var description: String { "\(method.rawValue) \(url.peer)" }
}

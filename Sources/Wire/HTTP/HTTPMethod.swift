import Platform

/// The request methods this server knows. Any other token is answered 501.
package enum HTTPMethod: String, CaseIterable, Sendable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"
    case options = "OPTIONS"

    /// RFC 9110 section 9.2.2: repeating the request changes nothing more, so a client may retry it.
    package var isIdempotent: Bool { self != .post && self != .patch }

    init?(_ bytes: Span<UInt8>) {
        switch bytes.count {
        case 3 where bytes.matches("GET"): self = .get
        case 3 where bytes.matches("PUT"): self = .put
        case 4 where bytes.matches("HEAD"): self = .head
        case 4 where bytes.matches("POST"): self = .post
        case 5 where bytes.matches("PATCH"): self = .patch
        case 6 where bytes.matches("DELETE"): self = .delete
        case 7 where bytes.matches("OPTIONS"): self = .options
        default: return nil
        }
    }
}

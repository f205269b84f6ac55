import Platform

/// A request's head.
package struct HTTPRequest: Sendable {
    package let method: HTTPMethod
    /// 1.1, or 1.0.
    package let isVersion11: Bool
    package let fields: HTTPFields
    let framing: HTTPFraming
    /// Where path and query lie in the head, without an absolute target's scheme and authority.
    let pathRange: Range<Int>
    let queryRange: Range<Int>
    let authorityRange: Range<Int>

    /// The path as it was sent: percent-encoding is left as it is.
    package var path: String { String(decoding: fields.storage[pathRange], as: UTF8.self) }

    /// What stands behind the question mark, without it.
    package var query: String { String(decoding: fields.storage[queryRange], as: UTF8.self) }

    /// The host the client named: an absolute target's authority, else the Host field (RFC 9112 section 3.2.2).
    package var host: String? {
        authorityRange.isEmpty
            ? fields["Host"] : String(decoding: fields.storage[authorityRange], as: UTF8.self)
    }

    package func pathIs(_ text: StaticString) -> Bool { fields.storage.span.extracting(pathRange).matches(text) }

    /// The announced length of the body; nil when it is chunked or there is none.
    package var contentLength: Int? { framing.contentLength }

    package var hasBody: Bool { framing.isChunked || (framing.contentLength ?? 0) > 0 }

    /// RFC 9112 section 9.3.
    var keepsAlive: Bool {
        if framing.connectionClose { return false }
        return isVersion11 || framing.connectionKeepAlive
    }
}

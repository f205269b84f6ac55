import Platform

/// A response's head as a client receives it.
package struct HTTPResponseHead: Sendable {
    package let status: HTTPStatus
    /// 1.1, or 1.0.
    package let isVersion11: Bool
    package let fields: HTTPFields
    let framing: HTTPFraming

    /// The announced length of the body; nil when it is chunked or ends with the connection.
    package var contentLength: Int? { framing.contentLength }

    /// RFC 9112 section 9.3, as far as the head tells.
    var keepsAlive: Bool {
        if framing.connectionClose { return false }
        return isVersion11 || framing.connectionKeepAlive
    }
}

/// Finds a response's head at the front of what has arrived, as strictly as the server reads requests. In particular
/// a folded field is refused, although RFC 9112 section 5.2 lets a client unfold it: no server worth talking to sends
/// one, and a fold is a way to show two readers different fields.
package struct HTTPResponseParser {
    /// Bytes of the status line without its line end.
    static let statusLineLimit = 8 * 1024

    let headLimit: Int
    let fieldLimit: Int
    /// Up to here there was nothing to decide when last seen: a head that drips in is read anew only when a line may
    /// be complete or has a control character that it must not have.
    private var seen = 0

    package init(headLimit: Int, fieldLimit: Int) {
        self.headLimit = headLimit
        self.fieldLimit = fieldLimit
    }

    /// The head and its length, or nil when more bytes are needed.
    package mutating func parse(_ bytes: Span<UInt8>) throws(HTTPError) -> (HTTPResponseHead, length: Int)? {
        var index = seen
        while index < bytes.count, ASCII.isFieldContent(bytes[index]) { index += 1 }
        let found = index < bytes.count ? try read(bytes) : nil
        if found != nil {
            seen = 0
            return found
        }
        // What follows a CR decides about it.
        seen = !bytes.isEmpty && bytes[bytes.count - 1] == ASCII.carriageReturn ? bytes.count - 1 : bytes.count
        // What is still incomplete at its limit never becomes acceptable.
        if bytes.count > Self.statusLineLimit + 1 { try checkStatusLine(bytes) }
        if bytes.count >= headLimit { throw headTooLarge }
        return nil
    }

    private func checkStatusLine(_ bytes: Span<UInt8>) throws(HTTPError) {
        for index in 0...(Self.statusLineLimit + 1) where bytes[index] == ASCII.lineFeed { return }
        throw statusLineTooLong
    }

    private var statusLineTooLong: HTTPError {
        HTTPError(.fieldsTooLarge, "a status line of more than \(Self.statusLineLimit) bytes")
    }

    private var headTooLarge: HTTPError { HTTPError(.fieldsTooLarge, "a head of more than \(headLimit) bytes") }

    private func read(_ bytes: Span<UInt8>) throws(HTTPError) -> (HTTPResponseHead, length: Int)? {
        var reader = HTTPLineReader(bytes)
        guard let line = try reader.line() else { return nil }
        guard line.count <= Self.statusLineLimit else { throw statusLineTooLong }
        let (status, isVersion11) = try Self.statusLine(bytes.extracting(line))
        var framing = HTTPFraming()
        var entries: [HTTPFields.Entry] = []
        entries.reserveCapacity(16)
        guard try reader.fields(limit: fieldLimit, into: &entries, &framing) else { return nil }
        let length = reader.position
        guard length <= headLimit else { throw headTooLarge }
        // RFC 9112 section 6.1: an HTTP/1.0 server cannot mean it, so where the body ends is anyone's guess.
        guard isVersion11 || !framing.hasTransferEncoding else {
            throw HTTPError(.badGateway, "Transfer-Encoding in an HTTP/1.0 response")
        }
        let head = HTTPResponseHead(
            status: status, isVersion11: isVersion11,
            fields: HTTPFields(storage: Array(copying: bytes.extracting(first: length)), entries: entries),
            framing: framing)
        return (head, length)
    }

    /// RFC 9112 section 4: version, three digits, words. The words are for people; the space before none of them is
    /// often left out.
    private static func statusLine(_ line: Span<UInt8>) throws(HTTPError) -> (HTTPStatus, isVersion11: Bool) {
        let malformed = HTTPError(.badGateway, "a response must begin with HTTP/1.1 and a status of three digits")
        guard line.count >= 12, line[8] == ASCII.space, line.count == 12 || line[12] == ASCII.space else {
            throw malformed
        }
        let version = line.extracting(first: 8)
        let isVersion11 = version.matches("HTTP/1.1")
        guard isVersion11 || version.matches("HTTP/1.0") else { throw malformed }
        guard let code = line.extracting(9..<12).decimal, code >= 100, code < 600 else { throw malformed }
        for index in 12..<line.count where line[index] == 127 {
            throw HTTPError(.badGateway, "a control character in the status line")
        }
        return (HTTPStatus(code), isVersion11)
    }
}

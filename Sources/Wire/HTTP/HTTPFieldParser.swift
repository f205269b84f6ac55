import Platform

/// What the fields say of the message's framing, gathered while they are read. Anything two readers could understand
/// differently is refused, since requests are smuggled through such differences (RFC 9112 section 11.2).
struct HTTPFraming: Sendable {
    var contentLength: Int?
    var isChunked = false
    var hasTransferEncoding = false
    var hosts = 0
    var connectionClose = false
    var connectionKeepAlive = false
    var expectsContinue = false
    var hasUnknownExpectation = false

    mutating func note(name: Span<UInt8>, value: Span<UInt8>) throws(HTTPError) {
        switch name.count {
        case 4 where name.matchesIgnoringCase("host"):
            hosts += 1
            guard value.isAuthority else {
                throw HTTPError(.badRequest, "Host must be a name or an address, and may have a port")
            }
        case 6 where name.matchesIgnoringCase("expect"):
            if value.matchesIgnoringCase("100-continue") {
                expectsContinue = true
            } else {
                hasUnknownExpectation = true
            }
        case 10 where name.matchesIgnoringCase("connection"):
            if value.listContains("close") { connectionClose = true }
            if value.listContains("keep-alive") { connectionKeepAlive = true }
        case 14 where name.matchesIgnoringCase("content-length"):
            guard contentLength == nil else { throw HTTPError(.badRequest, "more than one Content-Length") }
            guard let length = value.decimal else {
                throw HTTPError(.badRequest, "Content-Length must be a decimal number")
            }
            contentLength = length
        case 17 where name.matchesIgnoringCase("transfer-encoding"):
            guard !hasTransferEncoding else { throw HTTPError(.badRequest, "more than one Transfer-Encoding") }
            hasTransferEncoding = true
            guard value.matchesIgnoringCase("chunked") else {
                throw HTTPError(.notImplemented, "the only Transfer-Encoding understood is chunked")
            }
            isChunked = true
        default: break
        }
    }

    /// After the last field.
    func check() throws(HTTPError) {
        if hasTransferEncoding, contentLength != nil {
            throw HTTPError(.badRequest, "both Content-Length and Transfer-Encoding")
        }
    }
}

/// Reads the lines of a head, shared by requests and responses.
struct HTTPLineReader: ~Escapable {
    let bytes: Span<UInt8>
    private(set) var position: Int

    @_lifetime(copy bytes)
    init(_ bytes: Span<UInt8>, from position: Int = 0) {
        self.bytes = bytes
        self.position = position
    }

    /// The next line's range without its CR LF; nil when it is not complete yet. A lone CR or LF ends no line
    /// (RFC 9112 section 2.2): other readers on the way may see it differently.
    mutating func line() throws(HTTPError) -> Range<Int>? {
        let start = position
        let end = bytes.indexOfControl(from: start)
        guard end < bytes.count else { return nil }
        switch bytes[end] {
        case ASCII.carriageReturn:
            guard end + 1 < bytes.count else { return nil }
            guard bytes[end + 1] == ASCII.lineFeed else { throw HTTPError(.badRequest, "a bare CR in the head") }
            position = end + 2
            return start..<end
        case ASCII.lineFeed: throw HTTPError(.badRequest, "a line of the head must end with CR LF")
        default: throw HTTPError(.badRequest, "a control character in the head")
        }
    }

    /// Reads fields up to the empty line. Nil when the head is not complete yet.
    mutating func fields(
        limit: Int, into entries: inout [HTTPFields.Entry], _ framing: inout HTTPFraming
    ) throws(HTTPError) -> Bool {
        while let line = try line() {
            if line.isEmpty {
                try framing.check()
                return true
            }
            guard entries.count < limit else {
                throw HTTPError(.fieldsTooLarge, "more than \(limit) header fields")
            }
            entries.append(try field(line, &framing))
        }
        return false
    }

    private func field(_ line: Range<Int>, _ framing: inout HTTPFraming) throws(HTTPError) -> HTTPFields.Entry {
        var colon = line.lowerBound
        while colon < line.upperBound, ASCII.isToken(bytes[colon]) { colon += 1 }
        guard colon > line.lowerBound, colon < line.upperBound, bytes[colon] == ASCII.colon else {
            if bytes[line.lowerBound] == ASCII.space || bytes[line.lowerBound] == ASCII.tab {
                throw HTTPError(.badRequest, "a folded header field")
            }
            throw HTTPError(.badRequest, "a header field must be a name, a colon and a value")
        }
        var start = colon + 1
        var end = line.upperBound
        while start < end, bytes[start] == ASCII.space || bytes[start] == ASCII.tab { start += 1 }
        while end > start, bytes[end - 1] == ASCII.space || bytes[end - 1] == ASCII.tab { end -= 1 }
        try framing.note(name: bytes.extracting(line.lowerBound..<colon), value: bytes.extracting(start..<end))
        return HTTPFields.Entry(
            name: UInt32(line.lowerBound)..<UInt32(colon), value: UInt32(start)..<UInt32(end))
    }
}

import Platform

/// Finds a request's head at the front of what has arrived.
package struct HTTPRequestParser {
    let limits: HTTPLimits
    /// Up to here there was no line end when last seen: a head that drips in is read anew only when a line is
    /// complete.
    private var seen = 0

    package init(limits: HTTPLimits) { self.limits = limits }

    /// The request and the length of its head, or nil when more bytes are needed.
    package mutating func parse(_ bytes: Span<UInt8>) throws(HTTPError) -> (HTTPRequest, length: Int)? {
        if seen > 0 {
            var index = seen
            while index < bytes.count, bytes[index] != ASCII.lineFeed { index += 1 }
            if index == bytes.count {
                seen = index
                try checkLength(bytes)
                return nil
            }
        }
        guard let found = try read(bytes) else {
            seen = bytes.count
            try checkLength(bytes)
            return nil
        }
        seen = 0
        return found
    }

    /// A head that is still incomplete at its limit never becomes acceptable.
    private func checkLength(_ bytes: Span<UInt8>) throws(HTTPError) {
        if bytes.count > limits.requestLine + 2 {
            var index = 0
            while index < limits.requestLine + 2, bytes[index] != ASCII.lineFeed { index += 1 }
            if index == limits.requestLine + 2 { throw lineTooLong }
        }
        if bytes.count >= limits.head { throw headTooLarge }
    }

    private var lineTooLong: HTTPError {
        HTTPError(.targetTooLong, "the request line is longer than \(limits.requestLine) bytes")
    }

    private var headTooLarge: HTTPError {
        HTTPError(.fieldsTooLarge, "the head is larger than \(limits.head) bytes")
    }

    private func read(_ bytes: Span<UInt8>) throws(HTTPError) -> (HTTPRequest, length: Int)? {
        var reader = HTTPLineReader(bytes)
        guard var line = try reader.line() else { return nil }
        if line.isEmpty {
            // RFC 9112 section 2.2: one empty line before a request is forgiven.
            guard let next = try reader.line() else { return nil }
            line = next
        }
        guard line.count <= limits.requestLine else { throw lineTooLong }
        let requestLine = try RequestLine(bytes, line)
        var framing = HTTPFraming()
        var entries: [HTTPFields.Entry] = []
        entries.reserveCapacity(8)
        guard try reader.fields(limit: limits.fieldCount, into: &entries, &framing) else { return nil }
        let length = reader.position
        guard length <= limits.head else { throw headTooLarge }
        if requestLine.isVersion11 {
            guard framing.hosts == 1 else {
                throw HTTPError(.badRequest, "a request needs one Host field and has \(framing.hosts)")
            }
        } else if framing.hasTransferEncoding {
            throw HTTPError(.badRequest, "Transfer-Encoding in an HTTP/1.0 request")
        }
        if framing.hosts > 1 { throw HTTPError(.badRequest, "more than one Host field") }
        let request = HTTPRequest(
            method: requestLine.method, isVersion11: requestLine.isVersion11,
            fields: HTTPFields(storage: Array(copying: bytes.extracting(first: length)), entries: entries),
            framing: framing, pathRange: requestLine.path, queryRange: requestLine.query,
            authorityRange: requestLine.authority)
        return (request, length)
    }
}

/// RFC 9112 section 3: method, target, version, each behind one space.
private struct RequestLine {
    let method: HTTPMethod
    let isVersion11: Bool
    var path: Range<Int>
    var query: Range<Int>
    var authority: Range<Int>

    private static var malformed: HTTPError {
        HTTPError(.badRequest, "the request line must be a method, a target and HTTP/1.1")
    }

    init(_ bytes: Span<UInt8>, _ line: Range<Int>) throws(HTTPError) {
        var index = line.lowerBound
        while index < line.upperBound, ASCII.isToken(bytes[index]) { index += 1 }
        guard index > line.lowerBound, index < line.upperBound, bytes[index] == ASCII.space else {
            throw Self.malformed
        }
        let methodRange = line.lowerBound..<index
        let targetStart = index + 1
        index = targetStart
        // Visible ASCII only: whatever else a target could hold has to be percent-encoded.
        while index < line.upperBound, bytes[index] > 32, bytes[index] < 127 { index += 1 }
        guard index > targetStart, index < line.upperBound, bytes[index] == ASCII.space else { throw Self.malformed }
        let target = targetStart..<index
        isVersion11 = try Self.version(bytes.extracting((index + 1)..<line.upperBound))
        guard let method = HTTPMethod(bytes.extracting(methodRange)) else {
            let known = HTTPMethod.allCases.map(\.rawValue).joined(separator: ", ")
            throw HTTPError(.notImplemented, "an unknown method; one of \(known)")
        }
        self.method = method
        authority = target.lowerBound..<target.lowerBound
        path = target
        if bytes[target.lowerBound] != ASCII.slash {
            if method == .options, bytes.extracting(target).matches("*") {
                query = target.upperBound..<target.upperBound
                return
            }
            (authority, path) = try Self.absolute(bytes, target)
        }
        var end = path.lowerBound
        while end < path.upperBound, bytes[end] != ASCII.question { end += 1 }
        query = end < path.upperBound ? (end + 1)..<path.upperBound : path.upperBound..<path.upperBound
        path = path.lowerBound..<end
    }

    private static func version(_ bytes: Span<UInt8>) throws(HTTPError) -> Bool {
        if bytes.matches("HTTP/1.1") { return true }
        if bytes.matches("HTTP/1.0") { return false }
        let digits = bytes.count == 8 && bytes[6] == 46 && bytes[5] &- 48 < 10 && bytes[7] &- 48 < 10
        if digits, bytes.extracting(first: 5).matches("HTTP/") {
            throw HTTPError(.versionNotSupported, "only HTTP/1.1 and HTTP/1.0 are spoken here")
        }
        throw HTTPError(.badRequest, "the request line must end with HTTP/1.1")
    }

    /// RFC 9112 section 3.2.2: a target with scheme and authority, as sent to proxies, must be understood too.
    private static func absolute(
        _ bytes: Span<UInt8>, _ target: Range<Int>
    ) throws(HTTPError) -> (authority: Range<Int>, path: Range<Int>) {
        var start = 0
        for scheme in [7, 8] where target.count > scheme {
            let front = bytes.extracting(target.lowerBound..<(target.lowerBound + scheme))
            if front.matchesIgnoringCase(scheme == 7 ? "http://" : "https://") { start = target.lowerBound + scheme }
        }
        guard start > 0 else { throw HTTPError(.badRequest, "the target must be a path that begins with /") }
        var end = start
        while end < target.upperBound, bytes[end] != ASCII.slash, bytes[end] != ASCII.question { end += 1 }
        guard end > start else { throw HTTPError(.badRequest, "the target names no host") }
        guard end < target.upperBound, bytes[end] == ASCII.slash else {
            throw HTTPError(.badRequest, "the target must have a path that begins with /")
        }
        return (start..<end, end..<target.upperBound)
    }
}

import Platform
import Support
import Wire

/// What a parser made of the bytes so far.
private enum Verdict: Equatable {
    case accepted(length: Int)
    case refused(HTTPStatus)
    case needsMore

    /// Of two faults the one is met first that arrives first; near a limit that depends on the pieces.
    func agrees(with other: Verdict, isTight: Bool) -> Bool {
        if isTight, case .refused(let first) = self, case .refused(let second) = other {
            return first == second || first.isLimit || second.isLimit
        }
        return self == other
    }
}

extension HTTPStatus {
    fileprivate var isLimit: Bool { self == .targetTooLong || self == .fieldsTooLarge }
}

private typealias Parse = (Span<UInt8>) throws(HTTPError) -> Int?

extension FuzzHTTP {
    static func request(_ bytes: [UInt8], isTight: Bool) {
        var limits = HTTPLimits()
        if isTight { (limits.requestLine, limits.head, limits.fieldCount) = (64, 256, 4) }
        check(bytes, isTight: isTight) {
            var parser = HTTPRequestParser(limits: limits)
            return { bytes throws(HTTPError) in try parser.parse(bytes)?.length }
        }
        guard let request = read(bytes, limits) else { return }
        checkLengths(request.fields)
        let hosts = request.fields.all("Host").count
        precondition(hosts == 1 || hosts == 0 && !request.isVersion11)
        let target = request.query.isEmpty ? request.path : "\(request.path)?\(request.query)"
        let line = "\(request.method.rawValue) \(target) HTTP/1.\(request.isVersion11 ? 1 : 0)"
        guard let copy = read(head(line, request.fields)) else { preconditionFailure("refused: \(line)") }
        precondition(copy.method == request.method && copy.isVersion11 == request.isVersion11)
        precondition(copy.path == request.path && copy.query == request.query)
        precondition(copy.contentLength == request.contentLength && copy.hasBody == request.hasBody)
        precondition(lines(copy.fields) == lines(request.fields))
    }

    static func response(_ bytes: [UInt8], isTight: Bool) {
        let limits = isTight ? (head: 256, fields: 4) : (head: 32 * 1024, fields: 100)
        check(bytes, isTight: isTight) {
            var parser = HTTPResponseParser(headLimit: limits.head, fieldLimit: limits.fields)
            return { bytes throws(HTTPError) in try parser.parse(bytes)?.length }
        }
        var parser = HTTPResponseParser(headLimit: limits.head, fieldLimit: limits.fields)
        guard let (response, _) = try? parser.parse(bytes.span) else { return }
        checkLengths(response.fields)
        precondition((100..<600).contains(response.status.code))
        let line = "HTTP/1.\(response.isVersion11 ? 1 : 0) \(response.status.code)"
        var second = HTTPResponseParser(headLimit: 32 * 1024, fieldLimit: 100)
        guard let (copy, _) = try? second.parse(head(line, response.fields).span) else {
            preconditionFailure("refused: \(line)")
        }
        precondition(copy.status == response.status && copy.isVersion11 == response.isVersion11)
        precondition(copy.contentLength == response.contentLength)
        precondition(lines(copy.fields) == lines(response.fields))
    }

    /// The request at the front of `bytes`.
    static func read(_ bytes: [UInt8], _ limits: HTTPLimits = HTTPLimits()) -> HTTPRequest? {
        var parser = HTTPRequestParser(limits: limits)
        return (try? parser.parse(bytes.span))?.0
    }

    /// A head that drips in is judged at its line ends, so the comparison ends with one.
    private static func check(_ bytes: [UInt8], isTight: Bool, _ parser: () -> Parse) {
        let input = bytes + [UInt8(ascii: "\n")]
        let expected = verdict([input], parser())
        for pieces in cuts(of: input, seeds: 0..<1) {
            precondition(verdict(pieces, parser()).agrees(with: expected, isTight: isTight))
        }
    }

    private static func verdict(_ pieces: [[UInt8]], _ parse: Parse) -> Verdict {
        var arrived: [UInt8] = []
        for piece in pieces {
            arrived += piece
            do throws(HTTPError) {
                if let length = try parse(arrived.span) { return .accepted(length: length) }
            } catch {
                return .refused(error.status)
            }
        }
        return .needsMore
    }

    /// Two lengths in one message are how requests are smuggled (RFC 9112 section 11.2).
    private static func checkLengths(_ fields: HTTPFields) {
        precondition(fields.all("Content-Length").count + fields.all("Transfer-Encoding").count <= 1)
    }

    private static func head(_ line: String, _ fields: HTTPFields) -> [UInt8] {
        Array("\(line)\r\n\(lines(fields))\r\n".utf8)
    }

    private static func lines(_ fields: HTTPFields) -> String {
        var text = ""
        fields.forEach { name, value in text += "\(name): \(value)\r\n" }
        return text
    }
}

import Platform
import Testing

@testable import Wire

/// Parses `text` whole and byte by byte; both must say the same.
private func parse(
    _ text: String, headLimit: Int = 64 * 1024, fieldLimit: Int = 100
) -> Result<(HTTPResponseHead, length: Int)?, HTTPError> {
    let bytes = Array(text.utf8)
    var first = HTTPResponseParser(headLimit: headLimit, fieldLimit: fieldLimit)
    var second = first
    let whole = attempt(&first, bytes.span)
    for count in bytes.indices.map({ $0 + 1 }) {
        switch (attempt(&second, bytes.span.extracting(first: count)), whole) {
        case (.success(nil), _): continue
        case (.success(let one?), .success(let other?)): #expect(one.length == other.length)
        case (.failure, .failure): break
        default: Issue.record("byte by byte it is something else after \(count) bytes: \(text.debugDescription)")
        }
        return whole
    }
    if case .success(nil) = whole {} else { Issue.record("never decided byte by byte: \(text.debugDescription)") }
    return whole
}

private func attempt(
    _ parser: inout HTTPResponseParser, _ bytes: Span<UInt8>
) -> Result<(HTTPResponseHead, length: Int)?, HTTPError> {
    do throws(HTTPError) { return .success(try parser.parse(bytes)) } catch { return .failure(error) }
}

private func isAccepted(_ text: String, headLimit: Int = 64 * 1024, fieldLimit: Int = 100) -> Bool {
    if case .success(_?) = parse(text, headLimit: headLimit, fieldLimit: fieldLimit) { true } else { false }
}

@Suite struct HTTPResponseParserTests {
    @Test func aHeadIsTakenApart() throws {
        let text = "HTTP/1.1 404 Not  Found\r\nContent-Length: 3\r\nX:\r\nset-cookie: a\r\nSet-Cookie: b\r\n\r\nabc"
        let (head, length) = try #require(try parse(text).get())
        #expect(head.status == .notFound)
        #expect(head.isVersion11)
        #expect(head.contentLength == 3)
        #expect(head.fields["x"] == "")
        #expect(head.fields.all("Set-Cookie") == ["a", "b"])
        #expect(head.keepsAlive)
        #expect(length == text.utf8.count - 3)
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\n\r\n", true), ("HTTP/1.1 200 OK\r\nConnection: x, Close\r\n\r\n", false),
        ("HTTP/1.0 200 OK\r\n\r\n", false), ("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n", true),
        ("HTTP/1.1 200\r\n\r\n", true), ("HTTP/1.1 200 \r\n\r\n", true), ("HTTP/1.1 299 \u{fc}\r\n\r\n", true),
    ])
    func theVersionDecidesWhetherTheConnectionStays(text: String, keepsAlive: Bool) throws {
        let (head, _) = try #require(try parse(text).get())
        #expect(head.keepsAlive == keepsAlive)
    }

    @Test(arguments: [
        "\r\nHTTP/1.1 200 OK\r\n\r\n", "HTTP/2 200 OK\r\n\r\n", "HTTP/1.2 200 OK\r\n\r\n", "http/1.1 200 OK\r\n\r\n",
        "HTTP/1.1  200 OK\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1 +20 OK\r\n\r\n",
        "HTTP/1.1 099 OK\r\n\r\n", "HTTP/1.1 600 OK\r\n\r\n", "HTTP/1.1\t200 OK\r\n\r\n",
        "HTTP/1.1 200 O\u{7f}K\r\n\r\n",
        "HTTP/1.1 200 OK\n\n", "HTTP/1.1 200 OK\r\rX\r\n\r\n", "HTTP/1.1 200 OK\r\nX: a\n\r\n",
        "HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n", "HTTP/1.1 200 OK\r\n X: a\r\n\r\n", "HTTP/1.1 200 OK\r\nX : a\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: a\u{0}\r\n\r\n", "HTTP/1.1 200 OK\r\n: a\r\n\r\n", "HTTP/1.1 200 OK\r\nX\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 0x1\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: x\r\n\r\n",
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
        "SSH-2.0-OpenSSH_9.2\r\n\r\n", "<html>\r\n\r\n",
    ])
    func whatCouldBeReadInTwoWaysIsRefused(text: String) {
        if case .failure = parse(text) { return }
        Issue.record("not refused: \(text.debugDescription)")
    }

    @Test(arguments: [-1, 0, 1])
    func aHeadHasALimitedSize(over: Int) {
        let front = "HTTP/1.1 200 OK\r\nX: "
        let text = front + String(repeating: "a", count: 1000 + over - front.utf8.count - 4) + "\r\n\r\n"
        #expect(text.utf8.count == 1000 + over)
        #expect(isAccepted(text, headLimit: 1000) == (over <= 0))
    }

    @Test(arguments: [-1, 0, 1])
    func aStatusLineHasALimitedSize(over: Int) {
        let front = "HTTP/1.1 200 "
        let words = String(repeating: "a", count: HTTPResponseParser.statusLineLimit + over - front.count)
        #expect(isAccepted(front + words + "\r\n\r\n") == (over <= 0))
    }

    @Test(arguments: [-1, 0, 1])
    func aHeadHasALimitedNumberOfFields(over: Int) {
        let fields = String(repeating: "a: b\r\n", count: 100 + over)
        #expect(isAccepted("HTTP/1.1 200 OK\r\n" + fields + "\r\n", fieldLimit: 100) == (over <= 0))
    }

    @Test func anEndlessHeadIsRefusedAtItsLimit() {
        let text = "HTTP/1.1 200 OK\r\n" + String(repeating: "a: b\r\n", count: 200)
        #expect(!isAccepted(text, headLimit: 1000, fieldLimit: 1000))
        #expect(throws: HTTPError.self) { try parse(text, headLimit: 1000, fieldLimit: 1000).get() }
    }
}

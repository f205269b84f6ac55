import Platform
import Support
import Testing

@testable import Wire

/// Parses `text` whole and byte by byte; both must say the same.
private func parse(_ text: String, limits: HTTPLimits = HTTPLimits()) -> Result<(HTTPRequest, Int)?, HTTPError> {
    let bytes = Array(text.utf8)
    let whole = attempt(bytes, limits)
    var parser = HTTPRequestParser(limits: limits)
    for count in 1...max(1, bytes.count) where count <= bytes.count {
        do throws(HTTPError) {
            guard let (request, length) = try parser.parse(bytes.span.extracting(first: count)) else { continue }
            if case .success(let found?) = whole {
                #expect(found.1 == length)
                #expect(found.0.path == request.path)
            } else {
                Issue.record("complete after \(count) bytes, but not as a whole: \(text.debugDescription)")
            }
            return whole
        } catch {
            if case .failure(let first) = whole {
                #expect(first.status == error.status, "\(text.debugDescription)")
            } else {
                Issue.record("refused byte by byte, accepted whole: \(error) \(text.debugDescription)")
            }
            return whole
        }
    }
    if case .success(nil) = whole { return whole }
    Issue.record("never complete byte by byte: \(text.debugDescription)")
    return whole
}

private func attempt(_ bytes: [UInt8], _ limits: HTTPLimits) -> Result<(HTTPRequest, Int)?, HTTPError> {
    var parser = HTTPRequestParser(limits: limits)
    do throws(HTTPError) { return .success(try parser.parse(bytes.span)) } catch { return .failure(error) }
}

private func status(_ text: String, limits: HTTPLimits = HTTPLimits()) -> Int? {
    switch parse(text, limits: limits) {
    case .success(nil): nil
    case .success(_?): 200
    case .failure(let error): error.status.code
    }
}

@Suite struct HTTPRequestParserTests {
    @Test func aRequestIsTakenApart() throws {
        let text =
            "POST /a%20b?x=1&y HTTP/1.1\r\nHost: h.test:80\r\ncontent-LENGTH: 12\r\nX-Empty:\r\nX-Two:  v  \r\n\r\nbody"
        let (request, length) = try #require(try parse(text).get())
        #expect(request.method == .post)
        #expect(request.isVersion11)
        #expect(request.path == "/a%20b")
        #expect(request.query == "x=1&y")
        #expect(request.host == "h.test:80")
        #expect(request.contentLength == 12)
        #expect(request.fields["x-empty"] == "")
        #expect(request.fields["X-TWO"] == "v")
        #expect(request.fields["absent"] == nil)
        #expect(length == text.utf8.count - 4)
    }

    @Test func anAbsoluteTargetNamesTheHost() throws {
        let (request, _) = try #require(try parse("GET HTTP://o.test:1/p?q HTTP/1.1\r\nHost: other\r\n\r\n").get())
        #expect(request.host == "o.test:1")
        #expect(request.path == "/p")
        #expect(request.query == "q")
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\nHost: h\r\n\r\n", 200),
        ("\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", 200),
        ("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", 200),
        ("GET / HTTP/1.0\r\n\r\n", 200),
        ("GET / HTTP/1.1\r\nHost: h\r\nX: \u{e9}\r\n\r\n", 200),
        ("\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", 200),
        ("GET / HTTP/1.1\r\nHost: a_b.test\r\n\r\n", 200),
        ("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: u@h\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: h:x\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400),
        ("GET / HTTP/1.1\nHost: h\n\n", 400),
        ("GET /\r HTTP/1.1\r\nHost: h\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: h\r\nX: a\rb\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: h\r\nX: a\0b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: h\r\nX: a\u{7f}b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: h\r\n folded\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: h\r\nX : a\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: h\r\n: a\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: h\r\nX\r\n\r\n", 400),
        ("GET  / HTTP/1.1\r\nHost: h\r\n\r\n", 400),
        ("GET /a b HTTP/1.1\r\nHost: h\r\n\r\n", 400),
        ("GET /\u{e9} HTTP/1.1\r\nHost: h\r\n\r\n", 400),
        ("GET a HTTP/1.1\r\nHost: h\r\n\r\n", 400),
        ("GET * HTTP/1.1\r\nHost: h\r\n\r\n", 400),
        ("GET http:///p HTTP/1.1\r\nHost: h\r\n\r\n", 400),
        ("GET http://h HTTP/1.1\r\nHost: h\r\n\r\n", 400),
        ("GET /\r\n\r\n", 400),
        ("GET / http/1.1\r\nHost: h\r\n\r\n", 400),
        ("GET / HTTP/1.10\r\nHost: h\r\n\r\n", 400),
        ("G(T / HTTP/1.1\r\nHost: h\r\n\r\n", 400),
        ("get / HTTP/1.1\r\nHost: h\r\n\r\n", 501),
        ("CONNECT h:1 HTTP/1.1\r\nHost: h\r\n\r\n", 501),
        ("TRACE / HTTP/1.1\r\nHost: h\r\n\r\n", 501),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        ("GET / HTTP/3.0\r\nHost: h\r\n\r\n", 505),
        ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1, 1\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +1\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0x1\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1 1\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length:\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
        ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n", 501),
        ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: identity\r\n\r\n", 501),
        ("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
    ])
    func eachRequestIsAcceptedOrRefusedAsItShould(text: String, expected: Int) {
        #expect(status(text) == expected)
    }

    @Test func everyProperPrefixOfAGoodRequestIsMerelyIncomplete() {
        let text = Array("GET /p?q HTTP/1.1\r\nHost: h\r\nA: b\r\n\r\n".utf8)
        for count in 0..<text.count {
            guard case .success(nil) = attempt(Array(text[..<count]), HTTPLimits()) else {
                Issue.record("\(count) bytes are not incomplete")
                continue
            }
        }
    }

    @Test(arguments: [-1, 0, 1])
    func theRequestLineHasALimit(difference: Int) {
        var limits = HTTPLimits()
        limits.requestLine = 100
        let path = "/" + String(repeating: "a", count: 100 + difference - "GET / HTTP/1.1".utf8.count)
        let expected = difference > 0 ? 414 : 200
        #expect(status("GET \(path) HTTP/1.1\r\nHost: h\r\n\r\n", limits: limits) == expected)
    }

    @Test(arguments: [-1, 0, 1])
    func theHeadHasALimit(difference: Int) {
        var limits = HTTPLimits()
        limits.head = 400
        let frame = "GET / HTTP/1.1\r\nHost: h\r\nX: \r\n\r\n"
        let value = String(repeating: "v", count: 400 + difference - frame.utf8.count)
        let expected = difference > 0 ? 431 : 200
        #expect(status("GET / HTTP/1.1\r\nHost: h\r\nX: \(value)\r\n\r\n", limits: limits) == expected)
    }

    @Test(arguments: [-1, 0, 1])
    func theNumberOfFieldsHasALimit(difference: Int) {
        var limits = HTTPLimits()
        limits.fieldCount = 20
        let fields = String(repeating: "X: y\r\n", count: 19 + difference)
        let expected = difference > 0 ? 431 : 200
        #expect(status("GET / HTTP/1.1\r\nHost: h\r\n\(fields)\r\n", limits: limits) == expected)
    }

    @Test func aHeadThatNeverEndsIsRefusedAtItsLimit() {
        let endless = "GET / HTTP/1.1\r\nHost: h\r\n" + String(repeating: "X: y\r\n", count: 50)
        var limits = HTTPLimits()
        limits.head = endless.utf8.count
        #expect(status(endless, limits: limits) == 431)
        #expect(status(String(repeating: "a", count: 9000)) == 414)
    }
}

@Suite struct ChunkedDecoderTests {
    private func decode(_ bytes: [UInt8], step: Int) -> Result<(body: [UInt8], used: Int)?, HTTPError> {
        var decoder = ChunkedDecoder()
        var body: [UInt8] = []
        var start = 0
        do throws(HTTPError) {
            while start < bytes.count {
                let part = Array(bytes[start..<min(bytes.count, start + step)])
                var offset = 0
                loop: while true {
                    switch try decoder.next(part.span, &offset) {
                    case .data(let range): body += part[range]
                    case .needsMore: break loop
                    case .end: return .success((body, start + offset))
                    }
                }
                start += part.count
            }
        } catch {
            return .failure(error)
        }
        return .success(nil)
    }

    @Test(arguments: [
        ("5\r\nhello\r\n0\r\n\r\n", "hello"),
        ("5;a=b\r\nhello\r\n00A\r\n, world...\r\n0;x\r\nTrailer: t\r\n\r\n", "hello, world..."),
        ("0\r\n\r\n", ""),
    ])
    func aBodyIsJoinedHoweverItArrives(text: String, expected: String) throws {
        let bytes = Array(text.utf8)
        for step in 1...bytes.count {
            let (body, used) = try #require(try decode(bytes + Array("GET".utf8), step: step).get())
            #expect(body == Array(expected.utf8))
            #expect(used == bytes.count)
        }
        for count in 0..<bytes.count {
            let part = try decode(Array(bytes[..<count]), step: 1).get()
            #expect(part == nil)
        }
    }

    @Test(arguments: [
        "\r\n", "g\r\n", "-1\r\n", " 5\r\nhello", "5 \r\nhello", "5\nhello\n", "5\r\nhelloX\r\n", "5\r\nhello\rX",
        "0x5\r\n",
        "5\r\rhello", "5;a\nb\r\n", "1234567890abcdef\r\n", "0\r\nA: \u{1}\r\n\r\n", "0\r\nA\r\n\r\n",
        "0\r\nA : b\r\n\r\n", "0\r\nA: b\r\n c\r\n\r\n", "0\r\n\rX",
    ])
    func aMalformedChunkIsRefused(text: String) {
        for step in [1, 1000] {
            guard case .failure(let error) = decode(Array(text.utf8), step: step) else {
                Issue.record("accepted: \(text.debugDescription)")
                return
            }
            #expect(error.status == .badRequest)
        }
    }

    @Test(arguments: [-1, 0, 1])
    func extensionsAndTrailersHaveLimits(difference: Int) {
        let long = String(repeating: "e", count: ChunkedDecoder.extensionLimit + difference)
        let trailer = "t:" + String(repeating: "t", count: ChunkedDecoder.trailerLimit - 2 + difference)
        for text in ["5;\(long)\r\nhello\r\n0\r\n\r\n", "0\r\n\(trailer)\r\n\r\n"] {
            if case .failure = decode(Array(text.utf8), step: 7) {
                #expect(difference > 0)
            } else {
                #expect(difference <= 0)
            }
        }
    }
}

@Suite struct HTTPDateTests {
    @Test(arguments: [
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
        (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (1_709_251_199, "Thu, 29 Feb 2024 23:59:59 GMT"),
        (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"), (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
    ])
    func theDateIsWrittenAsTheRFCSays(seconds: Int64, expected: String) {
        #expect(HTTPDate.text(WallTime(nanoseconds: seconds * 1_000_000_000)) == expected)
    }
}

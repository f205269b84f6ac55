import Platform
import Support
import Testing

@testable import Wire

private func reader(_ head: String, _ method: HTTPMethod = .get) throws -> HTTPBodyReader {
    var parser = HTTPResponseParser(headLimit: 4096, fieldLimit: 10)
    let bytes = Array((head + "\r\n\r\n").utf8)
    let (parsed, _) = try #require(try parser.parse(bytes.span))
    return HTTPBodyReader(parsed, to: method)
}

/// Feeds `text` in pieces of `step` bytes. Returns the body and what was left over.
private func read(_ reader: inout HTTPBodyReader, _ text: String, step: Int) throws -> (body: String, left: String) {
    var buffer = ByteBuffer()
    var body: [UInt8] = []
    let bytes = Array(text.utf8)
    for start in stride(from: 0, to: bytes.count, by: step) {
        buffer.append(Array(bytes[start..<min(bytes.count, start + step)]))
        body += try reader.take(from: &buffer)
    }
    return (String(decoding: body, as: UTF8.self), String(decoding: buffer.bytes, as: UTF8.self))
}

private let ok = "HTTP/1.1 200 OK\r\n"

@Suite struct HTTPBodyReaderTests {
    @Test(arguments: [1, 2, 3, 1000])
    func aBodyEndsWhereItsHeadSays(step: Int) throws {
        var length = try reader(ok + "Content-Length: 5")
        #expect(length.left == 5)
        #expect(try read(&length, "helloNEXT", step: step) == ("hello", "NEXT"))
        #expect(length.isFinished && !length.endsWithConnection)

        var chunked = try reader(ok + "Transfer-Encoding: chunked")
        let chunks = "5;x=1\r\nhello\r\n0B\r\n, wor\r\nld!!\r\n0\r\nTrailer: 1\r\n\r\nNEXT"
        #expect(try read(&chunked, chunks, step: step) == ("hello, wor\r\nld!!", "NEXT"))
        #expect(chunked.isFinished && !chunked.endsWithConnection)

        var close = try reader("HTTP/1.1 200 OK")
        #expect(try read(&close, "hello", step: step) == ("hello", ""))
        #expect(!close.isFinished && close.endsWithConnection)
        #expect(close.end() == nil)
        #expect(close.isFinished)
    }

    @Test(arguments: [
        ("HTTP/1.1 204 No Content", HTTPMethod.get), ("HTTP/1.1 304 Not Modified\r\nContent-Length: 9", .get),
        ("HTTP/1.1 204 No\r\nTransfer-Encoding: chunked", .post), ("HTTP/1.1 200 OK\r\nContent-Length: 9", .head),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked", .head), ("HTTP/1.1 200 OK", .head),
        ("HTTP/1.1 200 OK\r\nContent-Length: 0", .get),
    ])
    func someResponsesHaveNoBodyWhateverTheirFieldsSay(head: String, method: HTTPMethod) throws {
        var one = try reader(head, method)
        #expect(one.isFinished && !one.endsWithConnection && one.left == 0)
        #expect(try read(&one, "NEXT", step: 4) == ("", "NEXT"))
    }

    @Test func anEndTooEarlyIsNoEnd() throws {
        var length = try reader(ok + "Content-Length: 5")
        _ = try read(&length, "hell", step: 4)
        #expect(length.end() == "1 bytes of the announced length are missing")
        var chunked = try reader(ok + "Transfer-Encoding: chunked")
        _ = try read(&chunked, "4\r\nhell\r\n0\r\n", step: 99)
        #expect(chunked.end() == "the last chunk is missing")
    }

    @Test(arguments: ["x\r\n", "\r\n", "-1\r\n", "1\n", "1\r\naXX", "1\r\na\r\n0\r\n\n", "1000000000000000\r\n"])
    func aDamagedChunkIsRefused(text: String) throws {
        for step in [1, 100] {
            var one = try reader(ok + "Transfer-Encoding: chunked")
            #expect(throws: HTTPError.self) { try read(&one, text, step: step) }
        }
    }
}

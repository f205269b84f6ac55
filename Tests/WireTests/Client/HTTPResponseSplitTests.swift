import Platform
import Support
import Testing

@testable import Wire

/// What a reader makes of a response: its body and what is left over, or that it is refused, or that more is missing.
private enum Reading: Equatable {
    case complete(body: [UInt8], left: Int)
    case refused
    case open(body: [UInt8])
}

private struct ResponseReader {
    var parser = HTTPResponseParser(headLimit: 400, fieldLimit: 8)
    var buffer = ByteBuffer()
    var body: HTTPBodyReader?
    var bytes: [UInt8] = []
    var isRefused = false

    mutating func feed(_ piece: ArraySlice<UInt8>) {
        guard !isRefused else { return }
        buffer.append(Array(piece))
        do throws(HTTPError) {
            let known = buffer
            if body == nil, let (head, length) = try parser.parse(known.span) {
                buffer.consume(length)
                body = HTTPBodyReader(head, to: .get)
            }
            if body != nil { bytes += try body!.take(from: &buffer) }
        } catch {
            isRefused = true
        }
    }

    var reading: Reading {
        if isRefused { return .refused }
        return body?.isFinished == true ? .complete(body: bytes, left: buffer.count) : .open(body: bytes)
    }
}

@Suite struct HTTPResponseSplitTests {
    private static let seeds = [
        "HTTP/1.1 200 OK\r\nContent-Length: 12\r\nX: y\r\n\r\nhello, world",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n1\r\n!\r\n0\r\nT: x\r\n\r\nHTTP/1.1",
        "HTTP/1.0 404 No\r\nConnection: close\r\n\r\nuntil the end",
        "HTTP/1.1 204 No Content\r\nConnection: keep-alive, x\r\n\r\n",
    ]

    /// A damaged response is damaged however it arrives: no cut may change what is read.
    @Test(arguments: 0..<4)
    func noCutChangesWhatIsRead(index: Int) {
        let seed = UInt64(index) + 20
        var random = SeededRandom(seed: seed)
        for round in 0..<2000 {
            var bytes = Array(Self.seeds[index].utf8)
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                let interesting: [UInt8] = [0, 9, 10, 13, 32, 44, 48, 49, 57, 58, 59, 65, 97, 102, 127, 255]
                switch Int.random(in: 0...2, using: &random) {
                case 0: bytes[place] = interesting.randomElement(using: &random)!
                case 1: bytes.insert(interesting.randomElement(using: &random)!, at: place)
                default: bytes.remove(at: place)
                }
            }
            var whole = ResponseReader()
            whole.feed(bytes[...])
            var cut = ResponseReader()
            var start = 0
            while start < bytes.count {
                let end = min(bytes.count, start + Int.random(in: 1...9, using: &random))
                cut.feed(bytes[start..<end])
                start = end
            }
            #expect(
                whole.reading == cut.reading, "seed \(seed), round \(round): \(String(decoding: bytes, as: UTF8.self))")
        }
    }
}

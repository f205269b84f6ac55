import Support
import Testing
import Wire

@Suite struct ContentDecoderTests {
    private func compressed(_ bytes: [UInt8], _ format: DeflateFormat) -> [UInt8] {
        var output: [UInt8] = []
        Deflater(format, level: 6, memoryLevel: 8).deflate(bytes.span, .finish, appendingTo: &output)
        return output
    }

    private func decode(
        _ pieces: [[UInt8]], _ coding: ContentCoding, limit: Int
    ) -> Result<[UInt8], ContentDecodingError> {
        var decoder = ContentDecoder(coding, limit: limit)
        var output: [UInt8] = []
        do throws(ContentDecodingError) {
            for piece in pieces {
                var offset = 0
                var progress = ContentDecoder.Progress.hasMore
                while progress == .hasMore {
                    let before = output.count
                    progress = try decoder.decode(piece.span, from: &offset, appendingTo: &output)
                    #expect(output.count - before <= ContentDecoder.piece)
                }
            }
            try decoder.finish()
        } catch {
            return .failure(error)
        }
        return .success(output)
    }

    private func decoded(
        _ bytes: [UInt8], _ coding: ContentCoding, limit: Int = 1 << 20
    ) -> Result<[UInt8], ContentDecodingError> {
        let whole = decode([bytes], coding, limit: limit)
        for pieces in cuts(of: bytes, seeds: 0..<4) { #expect(decode(pieces, coding, limit: limit) == whole) }
        return whole
    }

    @Test(
        arguments: [
            (.gzip, .gzip), (.deflate, .zlib), (.deflate, .raw(windowBits: 15)), (.deflate, .raw(windowBits: 9)),
        ] as [(ContentCoding, DeflateFormat)])
    func bodiesAreDecodedHoweverTheyAreCut(coding: ContentCoding, format: DeflateFormat) {
        for length in [0, 1, 100, 50_000] {
            let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 7 / 5) }
            #expect(decoded(compressed(bytes, format), coding) == .success(bytes))
        }
    }

    /// RFC 1952 section 2.2.
    @Test func aGzipBodyMayHaveSeveralMembers() {
        let body = compressed([1, 2], .gzip) + compressed([], .gzip) + compressed([3], .gzip)
        #expect(decoded(body, .gzip) == .success([1, 2, 3]))
    }

    @Test func whatFollowsTheEndIsRefused() {
        #expect(decoded(compressed([1], .zlib) + [0], .deflate) == .failure(.trailingBytes))
        #expect(decoded(compressed([1], .raw(windowBits: 15)) + [0], .deflate) == .failure(.trailingBytes))
        #expect(decoded(compressed([1], .gzip) + [0, 0], .gzip) == .failure(.corrupt))
        #expect(decoded(compressed([1], .gzip) + [0x1f], .gzip) == .failure(.truncated))
    }

    @Test func aBodyCutShortIsRefused() {
        for (coding, format) in [(ContentCoding.gzip, DeflateFormat.gzip), (.deflate, .zlib)] {
            let body = compressed(Array("some text, some more text".utf8), format)
            for length in 1..<body.count {
                #expect(decode([Array(body[..<length])], coding, limit: 100) == .failure(.truncated), "\(length)")
            }
        }
        #expect(decoded([], .gzip) == .success([]))
    }

    @Test func damageIsRefused() {
        var body = compressed([UInt8](repeating: 1, count: 100), .gzip)
        body[body.count - 6] ^= 1
        #expect(decoded(body, .gzip) == .failure(.corrupt))
        #expect(decoded([0x1f, 0x8c], .gzip) == .failure(.corrupt))
        #expect(decoded([0xff, 0xff], .deflate) == .failure(.corrupt))
    }

    @Test(arguments: [0, 1, 16383, 16384, 16385, 50_000])
    func aBodyMayUnfoldToItsLimitAndNotPassIt(limit: Int) {
        for length in [limit - 1, limit, limit + 1] where length >= 0 {
            let bytes = [UInt8](repeating: 0x61, count: length)
            for (coding, format) in [(ContentCoding.gzip, DeflateFormat.gzip), (.deflate, .zlib)] {
                #expect(
                    decoded(compressed(bytes, format), coding, limit: limit)
                        == (length > limit ? .failure(.tooLong(limit: limit)) : .success(bytes)))
            }
        }
    }

    @Test func aBombIsStoppedAtTheLimit() throws {
        let body = compressed([UInt8](repeating: 0, count: 16 << 20), .gzip)
        var decoder = ContentDecoder(.gzip, limit: 100_000)
        var output: [UInt8] = []
        var offset = 0
        #expect(throws: ContentDecodingError.tooLong(limit: 100_000)) {
            while try decoder.decode(body.span, from: &offset, appendingTo: &output) == .hasMore {}
        }
        #expect(output.count == 100_001)
    }

    @Test func codingsAreKnownByName() {
        #expect(ContentCoding("GZIP") == .gzip)
        #expect(ContentCoding("x-gzip") == .gzip)
        #expect(ContentCoding("deflate") == .deflate)
        #expect(ContentCoding("br") == nil)
    }
}

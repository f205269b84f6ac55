import Support
import Testing
import Wire

@Suite struct DeflateTests {
    private func deflated(_ bytes: [UInt8], _ format: DeflateFormat) -> [UInt8] {
        var output: [UInt8] = []
        Deflater(format, level: 6, memoryLevel: 8).deflate(bytes.span, .finish, appendingTo: &output)
        return output
    }

    @Test(arguments: [DeflateFormat.raw(windowBits: 9), .raw(windowBits: 15), .zlib, .gzip])
    func everyFormatComesBackHoweverItIsCut(format: DeflateFormat) throws {
        let bytes = (0..<5000).map { UInt8(truncatingIfNeeded: $0 / 7) }
        let compressed = deflated(bytes, format)
        for pieces in cuts(of: compressed, seeds: 0..<3) {
            for room in [1, 7, 10_000] {
                let inflater = Inflater(format)
                var output: [UInt8] = []
                var progress = Inflater.Progress.needsInput
                for piece in pieces {
                    var offset = 0
                    repeat {
                        let before = output.count
                        progress = try inflater.inflate(
                            piece.span, from: &offset, appendingTo: &output, atMost: room)
                        #expect(output.count - before <= room)
                    } while progress == .hasMore
                    #expect(offset == piece.count)
                }
                #expect(progress == .ended)
                #expect(output == bytes)
            }
        }
    }

    @Test func inputBehindTheEndIsNotTouched() throws {
        let compressed = deflated([1, 2, 3], .gzip) + [9, 9]
        var offset = 0
        var output: [UInt8] = []
        let progress = try Inflater(.gzip).inflate(compressed.span, from: &offset, appendingTo: &output, atMost: 100)
        #expect(progress == .ended)
        #expect(offset == compressed.count - 2)
    }

    @Test func whatComesBeforeDamageIsGivenFirst() throws {
        let text = Array("as far as it goes".utf8)
        var compressed: [UInt8] = []
        Deflater(.raw(windowBits: 15), level: 6, memoryLevel: 8).deflate(text.span, .sync, appendingTo: &compressed)
        compressed.append(0xff)
        let inflater = Inflater(.raw(windowBits: 15))
        var offset = 0
        var output: [UInt8] = []
        let progress = try inflater.inflate(compressed.span, from: &offset, appendingTo: &output, atMost: 100)
        #expect(progress == .hasMore)
        #expect(output == text)
        for _ in 0..<2 {
            #expect(throws: DeflateError.corrupt) {
                try inflater.inflate(compressed.span, from: &offset, appendingTo: &output, atMost: 100)
            }
        }
        #expect(output == text)
    }

    @Test func aRestartBeginsAnew() throws {
        let deflater = Deflater(.zlib, level: 1, memoryLevel: 1)
        let inflater = Inflater(.zlib)
        for _ in 0..<3 {
            var compressed: [UInt8] = []
            deflater.deflate([4, 5].span, .none, appendingTo: &compressed)
            deflater.deflate([6].span, .finish, appendingTo: &compressed)
            var offset = 0
            var output: [UInt8] = []
            let progress = try inflater.inflate(compressed.span, from: &offset, appendingTo: &output, atMost: 9)
            #expect(progress == .ended)
            #expect(output == [4, 5, 6])
            deflater.restart()
            inflater.restart()
        }
    }
}

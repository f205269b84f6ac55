import Platform
import Support
import Testing
import Wire

@Suite struct WebSocketFrameParserTests {
    /// What the parser said, with payload joined per frame; an error ends it.
    private struct Frame: Equatable {
        var header: WebSocketFrameHeader
        var payload: [UInt8]
    }

    private func parse(
        _ pieces: [[UInt8]], role: WebSocketRole = .client, maximumFrame: Int = 1 << 20, deflate: Bool = false
    ) -> (frames: [Frame], error: WebSocketError?) {
        var parser = WebSocketFrameParser(role: role, maximumFrame: maximumFrame, allowsCompression: deflate)
        var frames: [Frame] = []
        var open: Frame?
        do throws(WebSocketError) {
            for var piece in pieces {
                var bytes = piece.mutableSpan
                var offset = 0
                while let event = try parser.next(in: &bytes, from: &offset) {
                    switch event {
                    case .frame(let header, let range):
                        frames.append(Frame(header: header, payload: Array(copying: bytes.span.extracting(range))))
                    case .header(let header): open = Frame(header: header, payload: [])
                    case .payload(let range, let isLast):
                        open?.payload.append(bytes.span.extracting(range))
                        if isLast, let frame = open { frames.append(frame) }
                    }
                }
                #expect(offset == piece.count)
            }
        } catch {
            return (frames, error)
        }
        return (frames, nil)
    }

    private func error(
        _ bytes: [UInt8], role: WebSocketRole = .client, maximumFrame: Int = 1 << 20, deflate: Bool = false
    ) -> WebSocketError? {
        let (_, error) = parse([bytes], role: role, maximumFrame: maximumFrame, deflate: deflate)
        for pieces in cuts(of: bytes, seeds: 0..<4) {
            #expect(parse(pieces, role: role, maximumFrame: maximumFrame, deflate: deflate).error == error)
        }
        return error
    }

    private let hello = Array("Hello".utf8)

    /// RFC 6455 section 5.7.
    @Test func theExamplesOfTheStandardAreRead() {
        let unmasked: [UInt8] =
            [0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f]
            + [0x01, 0x03, 0x48, 0x65, 0x6c] + [0x80, 0x02, 0x6c, 0x6f]
            + [0x89, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f]
            + [0x82, 0x7e, 0x01, 0x00] + [UInt8](repeating: 7, count: 256)
            + [0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0] + [UInt8](repeating: 9, count: 65536)
        let frames = [
            Frame(header: .init(.text, payloadLength: 5), payload: hello),
            Frame(header: .init(.text, isFinal: false, payloadLength: 3), payload: Array("Hel".utf8)),
            Frame(header: .init(.continuation, payloadLength: 2), payload: Array("lo".utf8)),
            Frame(header: .init(.ping, payloadLength: 5), payload: hello),
            Frame(header: .init(.binary, payloadLength: 256), payload: [UInt8](repeating: 7, count: 256)),
            Frame(header: .init(.binary, payloadLength: 65536), payload: [UInt8](repeating: 9, count: 65536)),
        ]
        for pieces in cuts(of: unmasked, seeds: 0..<4) {
            let (parsed, error) = parse(pieces)
            #expect(parsed == frames)
            #expect(error == nil)
        }

        let masked: [UInt8] =
            [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]
            + [0x8a, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]
        for pieces in cuts(of: masked) {
            let (parsed, error) = parse(pieces, role: .server)
            #expect(parsed.map(\.payload) == [hello, hello])
            #expect(parsed.map(\.header.opcode) == [.text, .pong])
            #expect(error == nil)
        }
    }

    @Test(arguments: [0, 1, 124, 125, 126, 127, 1000, 65535, 65536, 65537], [WebSocketRole.client, .server])
    func writtenFramesAreReadBack(length: Int, role: WebSocketRole) {
        var random = SeededRandom(seed: UInt64(length))
        let payload = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
        var stream = ByteBuffer()
        for _ in 0..<2 {
            let mask = role == .server ? UInt32.random(in: 0...(.max), using: &random) : nil
            WebSocketFrameWriter.write(.binary, payload.span, mask: mask, to: &stream)
        }
        let frame = Frame(header: .init(.binary, payloadLength: length), payload: payload)
        for pieces in cuts(of: stream.bytes, seeds: 0..<2) {
            let (parsed, error) = parse(pieces, role: role)
            #expect(parsed == [frame, frame])
            #expect(error == nil)
        }
    }

    @Test func aFrameThatIsThereInFullIsOneEvent() throws {
        var bytes: [UInt8] = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58, 0x81]
        var parser = WebSocketFrameParser(role: .server, maximumFrame: 5, allowsCompression: false)
        var span = bytes.mutableSpan
        var offset = 0
        var event = try parser.next(in: &span, from: &offset)
        #expect(event == .frame(.init(.text, payloadLength: 5), payload: 6..<11))
        #expect(offset == 11)
        event = try parser.next(in: &span, from: &offset)
        #expect(event == nil)
        #expect(offset == 12)
    }

    @Test func payloadIsPassedOnAsItComes() throws {
        var parser = WebSocketFrameParser(role: .client, maximumFrame: 5, allowsCompression: false)
        func events(_ bytes: [UInt8]) throws -> [WebSocketFrameEvent] {
            var bytes = bytes
            var span = bytes.mutableSpan
            var offset = 0
            var events: [WebSocketFrameEvent] = []
            while let event = try parser.next(in: &span, from: &offset) { events.append(event) }
            return events
        }
        #expect(try events([0x82, 5]) == [.header(.init(.binary, payloadLength: 5))])
        #expect(try events([1]) == [.payload(0..<1, isLast: false)])
        #expect(try events([2, 3]) == [.payload(0..<2, isLast: false)])
        #expect(
            try events([4, 5, 0x89, 0]) == [
                .payload(0..<2, isLast: true), .frame(.init(.ping, payloadLength: 0), payload: 4..<4),
            ])
    }

    @Test func eachSideDemandsThatTheOtherMasksAsItMust() {
        #expect(error([0x81, 0x00], role: .server) == .unmaskedFrame)
        #expect(error([0x81, 0x80], role: .client) == .maskedFrame)
    }

    @Test(arguments: [0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70] as [UInt8])
    func reservedBitsAreRefused(bits: UInt8) {
        #expect(error([0x82 | bits]) == .reservedBits)
        if bits != 0x40 { #expect(error([0x82 | bits], deflate: true) == .reservedBits) }
    }

    @Test func theCompressionBitStandsOnFirstFramesOfDataOnly() {
        for opcode in [0x1, 0x2] as [UInt8] {
            let (frames, error) = parse([[0xc0 | opcode, 0]], deflate: true)
            #expect(frames.map(\.header.isCompressed) == [true])
            #expect(error == nil)
        }
        for opcode in [0x0, 0x8, 0x9, 0xa] as [UInt8] {
            #expect(error([0xc0 | opcode], deflate: true) == .reservedBits)
        }
    }

    @Test(arguments: [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] as [UInt8])
    func unknownOpcodesAreRefused(opcode: UInt8) {
        #expect(error([0x80 | opcode]) == .unknownOpcode(opcode))
    }

    @Test(arguments: [0x8, 0x9, 0xa] as [UInt8])
    func controlFramesAreShortAndWhole(opcode: UInt8) {
        #expect(error([opcode]) == .fragmentedControlFrame)
        for length in [124, 125] as [UInt8] {
            let (frames, error) = parse([[0x80 | opcode, length] + [UInt8](repeating: 0, count: Int(length))])
            #expect(frames.map(\.header.payloadLength) == [Int(length)])
            #expect(error == nil)
        }
        #expect(error([0x80 | opcode, 126]) == .controlFrameTooLong)
        #expect(error([0x80 | opcode, 127]) == .controlFrameTooLong)
    }

    @Test func lengthsAreWrittenInTheShortestForm() {
        #expect(error([0x82, 126, 0, 125]) == .lengthNotMinimal)
        #expect(error([0x82, 126, 0, 126]) == nil)
        #expect(error([0x82, 127, 0, 0, 0, 0, 0, 0, 0xff, 0xff]) == .lengthNotMinimal)
        #expect(error([0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]) == nil)
        #expect(error([0x82, 127, 0x80]) == .lengthOutOfRange)
    }

    @Test(arguments: [0, 1, 125, 126, 65535, 65536])
    func aFrameMayReachItsLimitAndNotPassIt(limit: Int) {
        for (length, refused) in [(limit - 1, false), (limit, false), (limit + 1, true)] where length >= 0 {
            var stream = ByteBuffer()
            WebSocketFrameWriter.writeHeader(.init(.binary, payloadLength: length), to: &stream)
            let expected = refused ? WebSocketError.frameTooLong(limit: limit) : nil
            #expect(error(stream.bytes, maximumFrame: limit) == expected)
        }
    }

    @Test func theLargestLengthIsRefusedAndNotWrappedAround() {
        let largest: [UInt8] = [0x82, 127, 0x7f] + [UInt8](repeating: 0xff, count: 7)
        #expect(error(largest) == .frameTooLong(limit: 1 << 20))
        #expect(error(largest + hello, maximumFrame: .max) == nil)
    }
}

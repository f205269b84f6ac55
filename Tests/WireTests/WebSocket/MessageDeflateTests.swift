import Platform
import Support
import Testing
import Wire

@Suite struct MessageDeflateTests {
    private let helloDeflated: [UInt8] = [0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00]

    private func receiver(
        _ incoming: PermessageDeflate.Direction = .init(), limits: WebSocketLimits = WebSocketLimits()
    ) -> WebSocketReceiver {
        WebSocketReceiver(role: .client, limits: limits, deflate: .init(outgoing: .init(), incoming: incoming))
    }

    private func entries(
        _ bytes: [UInt8], _ incoming: PermessageDeflate.Direction = .init(), limits: WebSocketLimits = WebSocketLimits()
    ) -> [WebSocketEntry] {
        let whole = transcript([bytes], receiver(incoming, limits: limits))
        for pieces in cuts(of: bytes, seeds: 0..<6) {
            #expect(transcript(pieces, receiver(incoming, limits: limits)) == whole)
        }
        return whole
    }

    private func entries(
        limits: WebSocketLimits = WebSocketLimits(), _ payloads: [[UInt8]]
    ) -> [WebSocketEntry] {
        var stream = FrameStream()
        for payload in payloads { stream.add(.text, payload, isCompressed: true) }
        return entries(stream.bytes, limits: limits)
    }

    /// RFC 7692 section 7.2.3.1.
    @Test func theFirstExampleOfTheStandardIsRead() {
        for bits in PermessageDeflate.Direction.readableWindowBits {
            #expect(entries([0xc1, 0x07] + helloDeflated, .init(windowBits: bits)) == [.text("Hello")])
        }
        #expect(entries([0x41, 0x03, 0xf2, 0x48, 0xcd, 0x80, 0x04, 0xc9, 0xc9, 0x07, 0x00]) == [.text("Hello")])
    }

    /// RFC 7692 section 7.2.3.2.
    @Test func aMessageMayReferToTheOneBefore() {
        let second: [UInt8] = [0xf2, 0x00, 0x11, 0x00, 0x00]
        #expect(entries([helloDeflated, second]) == [.text("Hello"), .text("Hello")])
        var stream = FrameStream()
        for payload in [helloDeflated, second] { stream.add(.text, payload, isCompressed: true) }
        #expect(
            entries(stream.bytes, .init(keepsContext: false)) == [.text("Hello"), .failure(.compressionCorrupt)])
    }

    /// RFC 7692 sections 7.2.3.3 to 7.2.3.6.
    @Test(
        arguments: [
            ([0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00], "Hello"),
            ([0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00], "Hello"),
            ([0xf2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xff, 0xff, 0xca, 0xc9, 0xc9, 0x07, 0x00], "Hello"),
            ([0x00], ""),
        ] as [([UInt8], String)])
    func blocksOfAllKindsAreRead(payload: [UInt8], text: String) {
        #expect(entries([payload, payload]) == [.text(text), .text(text)])
    }

    @Test func aFinalBlockDoesNotEndTheContext() {
        let final: [UInt8] = [0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00]
        #expect(entries([final, [0xf2, 0x00, 0x11, 0x00, 0x00]]) == [.text("Hello"), .text("Hello")])
    }

    @Test func uncompressedAndControlFramesComeBetween() {
        var stream = FrameStream()
        stream.add(.text, Array(helloDeflated[..<3]), isFinal: false, isCompressed: true)
        stream.add(.ping, "now")
        stream.add(.continuation, Array(helloDeflated[3...]))
        stream.add(.text, "plain")
        stream.add(.binary, helloDeflated, isCompressed: true)
        #expect(
            entries(stream.bytes) == [
                .ping(Array("now".utf8)), .text("Hello"), .text("plain"), .message(.binary, Array("Hello".utf8)),
            ])
    }

    @Test(
        arguments: [
            [], [0x07], [0xff, 0xff], [0xf2, 0x48, 0xcd], [0x00, 0x09, 0x00, 0xf6, 0xff, 0x48],
            [0xf2, 0x00, 0x11, 0x00, 0x00], [0x06],
        ] as [[UInt8]])
    func damageIsRefused(payload: [UInt8]) {
        var stream = FrameStream()
        stream.add(.binary, payload, isCompressed: true)
        #expect(entries(stream.bytes) == [.failure(.compressionCorrupt)])
        #expect(WebSocketError.compressionCorrupt.closeCode == .invalidPayload)
    }

    @Test func textIsJudgedAfterDecompression() {
        var deflater = MessageDeflater(.init(), DeflateSettings(for: .server))
        var payload: [UInt8] = []
        deflater.deflate(([UInt8](repeating: 0x61, count: 400) + [0xed, 0xa0, 0x80]).span, appendingTo: &payload)
        #expect(entries([payload]) == [.failure(.textNotUTF8)])
    }

    @Test(arguments: [0, 1, 255, 256, 16383, 16384, 16385, 40000])
    func aMessageMayUnfoldToItsLimitAndNotPassIt(limit: Int) {
        for length in [limit - 1, limit, limit + 1] where length >= 0 {
            let message = [UInt8](repeating: 0x61, count: length)
            var deflater = MessageDeflater(.init(), DeflateSettings(for: .server))
            var payload: [UInt8] = []
            deflater.deflate(message.span, appendingTo: &payload)
            let expected: [WebSocketEntry] =
                length > limit ? [.failure(.messageTooLong(limit: limit))] : [.message(.text, message)]
            #expect(entries(limits: WebSocketLimits(message: limit), [payload]) == expected, "\(length)")
        }
    }

    @Test func aBombIsStoppedWithinTheLimit() {
        var deflater = MessageDeflater(.init(), DeflateSettings(for: .server))
        var payload: [UInt8] = []
        deflater.deflate([UInt8](repeating: 0, count: 32 << 20).span, appendingTo: &payload)
        #expect(payload.count < 200_000)
        var stream = FrameStream()
        stream.add(.binary, payload, isCompressed: true)
        let limits = WebSocketLimits(message: 100_000)
        #expect(
            transcript([stream.bytes], receiver(limits: limits)) == [.failure(.messageTooLong(limit: 100_000))])
    }

    @Test(arguments: [9, 10, 12, 15], [true, false])
    func whatIsCompressedComesBack(windowBits: Int, keepsContext: Bool) {
        var random = SeededRandom(seed: UInt64(windowBits))
        let direction = PermessageDeflate.Direction(windowBits: windowBits, keepsContext: keepsContext)
        var deflater = MessageDeflater(direction, DeflateSettings(for: .server))
        var stream = FrameStream()
        var messages: [WebSocketEntry] = []
        for length in [0, 1, 5, 0, 700, 2000, 20_000, 70_000, 3] {
            let letters = 1 + UInt8.random(in: 0...200, using: &random)
            let message = (0..<length).map { _ in UInt8.random(in: 0..<letters, using: &random) }
            var payload: [UInt8] = []
            deflater.deflate(message.span, appendingTo: &payload)
            stream.add(.binary, payload, isCompressed: true)
            messages.append(.message(.binary, message))
        }
        for pieces in [[stream.bytes], randomPieces(of: stream.bytes, seed: 3)] {
            #expect(transcript(pieces, receiver(direction)) == messages)
        }
    }

    @Test func contextTakeoverPaysAndItsAbsenceForgets() {
        let message = (0..<400).map { UInt8(truncatingIfNeeded: $0 &* $0 &* 37 >> 3) }
        func lengths(keepsContext: Bool) -> [Int] {
            var deflater = MessageDeflater(.init(keepsContext: keepsContext), DeflateSettings(for: .server))
            return (0..<2).map { _ in
                var payload: [UInt8] = []
                deflater.deflate(message.span, appendingTo: &payload)
                return payload.count
            }
        }
        let kept = lengths(keepsContext: true)
        #expect(kept[1] < kept[0] / 4)
        let forgotten = lengths(keepsContext: false)
        #expect(forgotten[1] == forgotten[0])
    }

    @Test func shortMessagesAreNotWorthIt() {
        let settings = DeflateSettings(for: .server)
        let deflater = MessageDeflater(.init(), settings)
        let wants = [-1, 0, 1].map { deflater.wants(settings.minimumLength + $0) }
        #expect(wants == [false, true, true])
    }
}

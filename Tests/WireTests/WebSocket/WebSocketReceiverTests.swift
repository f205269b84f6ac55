import Platform
import Support
import Testing
import Wire

/// Writes frames as an unmasked server would.
struct FrameStream {
    private(set) var buffer = ByteBuffer()
    var bytes: [UInt8] { buffer.bytes }

    mutating func add(
        _ opcode: WebSocketOpcode, _ payload: [UInt8], isFinal: Bool = true, isCompressed: Bool = false
    ) {
        WebSocketFrameWriter.write(opcode, payload.span, isFinal: isFinal, isCompressed: isCompressed, to: &buffer)
    }

    mutating func add(_ opcode: WebSocketOpcode, _ text: String, isFinal: Bool = true) {
        add(opcode, Array(text.utf8), isFinal: isFinal)
    }
}

@Suite struct WebSocketReceiverTests {
    /// Feeds the bytes in all ways of cutting them, which must give one transcript.
    private func entries(
        _ bytes: [UInt8], limits: WebSocketLimits = WebSocketLimits(), seeds: Range<UInt64> = 0..<12
    ) -> [WebSocketEntry] {
        let whole = transcript([bytes], WebSocketReceiver(role: .client, limits: limits))
        for pieces in cuts(of: bytes, seeds: seeds) {
            #expect(transcript(pieces, WebSocketReceiver(role: .client, limits: limits)) == whole)
        }
        return whole
    }

    private func entries(_ write: (inout FrameStream) -> Void) -> [WebSocketEntry] {
        var stream = FrameStream()
        write(&stream)
        return entries(stream.bytes)
    }

    @Test func messagesOfAllShapesAreJoined() {
        let said = entries { stream in
            stream.add(.text, "")
            stream.add(.text, "whole")
            stream.add(.binary, [0, 0xff, 0x80])
            stream.add(.text, "", isFinal: false)
            stream.add(.continuation, "")
            stream.add(.text, "one ", isFinal: false)
            stream.add(.continuation, "two ", isFinal: false)
            stream.add(.continuation, "three")
            stream.add(.binary, [1], isFinal: false)
            stream.add(.continuation, [2])
            stream.add(.pong, "unasked")
        }
        #expect(
            said == [
                .text(""), .text("whole"), .message(.binary, [0, 0xff, 0x80]), .text(""), .text("one two three"),
                .message(.binary, [1, 2]), .pong(Array("unasked".utf8)),
            ])
    }

    @Test func aServerReadsMaskedMessages() {
        var random = SeededRandom(seed: 5)
        var stream = ByteBuffer()
        for text in ["a", "b\u{e9}", String(repeating: "c", count: 300)] {
            let mask = UInt32.random(in: 0...(.max), using: &random)
            WebSocketFrameWriter.write(.text, Array(text.utf8).span, mask: mask, to: &stream)
        }
        for pieces in cuts(of: stream.bytes) {
            let said = transcript(pieces, WebSocketReceiver(role: .server))
            #expect(said == [.text("a"), .text("b\u{e9}"), .text(String(repeating: "c", count: 300))])
        }
    }

    @Test func controlFramesComeBetweenFragments() {
        let said = entries { stream in
            stream.add(.text, "half", isFinal: false)
            stream.add(.ping, "ping")
            stream.add(.continuation, "", isFinal: false)
            stream.add(.pong, [])
            stream.add(.continuation, " whole")
        }
        #expect(said == [.ping(Array("ping".utf8)), .pong([]), .text("half whole")])
    }

    @Test func fragmentsMustFollowTheirMessage() {
        #expect(entries { $0.add(.continuation, "x") } == [.failure(.continuationWithoutMessage)])
        #expect(entries { $0.add(.continuation, "x", isFinal: false) } == [.failure(.continuationWithoutMessage)])
        let afterEnd = entries { stream in
            stream.add(.text, "a", isFinal: false)
            stream.add(.continuation, "b")
            stream.add(.continuation, "c")
        }
        #expect(afterEnd == [.text("ab"), .failure(.continuationWithoutMessage)])
        for opcode in [WebSocketOpcode.text, .binary] {
            let within = entries { stream in
                stream.add(.text, "a", isFinal: false)
                stream.add(opcode, "b")
            }
            #expect(within == [.failure(.messageWithinMessage)])
        }
    }

    @Test func aMessageThatIsThereInFullStaysWhereItIs() throws {
        var stream = FrameStream()
        stream.add(.text, "in place")
        stream.add(.ping, "p")
        var bytes = stream.bytes + [0x82, 2, 1]
        var receiver = WebSocketReceiver(role: .client)
        var span = bytes.mutableSpan
        var offset = 0
        var event = try receiver.next(in: &span, from: &offset)
        #expect(event == .message(.text, .inPlace(2..<10)))
        event = try receiver.next(in: &span, from: &offset)
        #expect(event == .ping(.inPlace(12..<13)))
        event = try receiver.next(in: &span, from: &offset)
        #expect(event == nil)
        var rest: [UInt8] = [2]
        var restSpan = rest.mutableSpan
        offset = 0
        event = try receiver.next(in: &restSpan, from: &offset)
        #expect(event == .message(.binary, .owned([1, 2])))
    }

    @Test func textIsJudgedAtItsFirstBadByte() {
        var stream = FrameStream()
        stream.add(.text, [0x61, 0xce, 0xba, 0xe1], isFinal: false)
        stream.add(.continuation, [0xbd, 0xb9, 0xf4, 0x90, 0x80], isFinal: false)
        let bytes = stream.bytes
        let bad = bytes.firstIndex(of: 0x90)!
        #expect(transcript([Array(bytes[..<bad])], WebSocketReceiver(role: .client)).isEmpty)
        #expect(
            transcript([Array(bytes[..<bad]), [bytes[bad]]], WebSocketReceiver(role: .client))
                == [.failure(.textNotUTF8)])
        #expect(entries(bytes) == [.failure(.textNotUTF8)])
        #expect(WebSocketError.textNotUTF8.closeCode == .invalidPayload)
    }

    @Test func textMustNotEndWithinACharacter() {
        #expect(entries { $0.add(.text, [0xe2, 0x82]) } == [.failure(.textNotUTF8)])
        let fragmented = entries { stream in
            stream.add(.text, [0xe2], isFinal: false)
            stream.add(.continuation, [0x82])
        }
        #expect(fragmented == [.failure(.textNotUTF8)])
        let split = entries { stream in
            stream.add(.text, [0xe2], isFinal: false)
            stream.add(.continuation, [0x82], isFinal: false)
            stream.add(.continuation, [0xac])
            stream.add(.binary, [0xe2, 0x82])
            stream.add(.text, "next")
        }
        #expect(split == [.text("€"), .message(.binary, [0xe2, 0x82]), .text("next")])
    }

    @Test(arguments: [0, 1, 125, 126, 1000])
    func aMessageMayReachItsLimitAndNotPassIt(limit: Int) {
        let limits = WebSocketLimits(message: limit)
        for length in [limit - 1, limit, limit + 1] where length >= 0 {
            let payload = [UInt8](repeating: 0x61, count: length)
            let expected: [WebSocketEntry] =
                length > limit ? [.failure(.messageTooLong(limit: limit))] : [.message(.binary, payload)]
            var whole = FrameStream()
            whole.add(.binary, payload)
            #expect(entries(whole.bytes, limits: limits, seeds: 0..<2) == expected)
            var fragmented = FrameStream()
            fragmented.add(.binary, Array(payload[..<(length / 2)]), isFinal: false)
            fragmented.add(.continuation, [], isFinal: false)
            fragmented.add(.continuation, Array(payload[(length / 2)...]))
            #expect(entries(fragmented.bytes, limits: limits, seeds: 0..<2) == expected)
        }
        #expect(WebSocketError.messageTooLong(limit: limit).closeCode == .messageTooBig)
    }

    @Test func aMessageBeyondTheLimitIsRefusedByItsHeaderAlone() {
        var stream = ByteBuffer()
        WebSocketFrameWriter.writeHeader(.init(.binary, payloadLength: 11), to: &stream)
        #expect(entries(stream.bytes, limits: WebSocketLimits(message: 10)) == [.failure(.messageTooLong(limit: 10))])
    }

    @Test func theNumberOfFramesIsNotLimited() {
        var stream = FrameStream()
        stream.add(.binary, [1], isFinal: false)
        for _ in 0..<20_000 { stream.add(.continuation, [1], isFinal: false) }
        stream.add(.continuation, [])
        let said = transcript([stream.bytes], WebSocketReceiver(role: .client))
        #expect(said == [.message(.binary, [UInt8](repeating: 1, count: 20_001))])
    }

    @Test func nothingComesAfterAClose() {
        let said = entries { stream in
            stream.add(.text, "half", isFinal: false)
            stream.add(.close, [0x03, 0xe8] + Array("bye".utf8))
            stream.add(.ping, [])
            stream.add(.continuation, [0xff])
        }
        #expect(said == [.close(WebSocketClose(.normal, "bye"))])
        #expect(entries { $0.add(.close, []) } == [.close(WebSocketClose(.noStatus))])
        #expect(entries { $0.add(.close, [3]) } == [.failure(.closePayloadTooShort)])
    }

    @Test func nothingComesAfterAnError() {
        #expect(entries([0x83, 0, 0x89, 0]) == [.failure(.unknownOpcode(3))])
    }

    @Test func aConsumerMayStopAtAnyEvent() throws {
        var stream = FrameStream()
        for text in ["a", "b", "c"] { stream.add(.text, text) }
        var bytes = stream.bytes
        var receiver = WebSocketReceiver(role: .client)
        var delivered: [[UInt8]] = []
        for _ in 0..<2 {
            var span = bytes.mutableSpan
            try receiver.feed(&span) { _, payload in
                delivered.append(Array(copying: payload))
                return delivered.count == 2 ? .stop : .goOn
            }
        }
        #expect(delivered == [Array("a".utf8), Array("b".utf8)])
        let isOver = receiver.isOver
        #expect(isOver)
    }
}

import Platform
import Support
import Testing
import Wire

@Suite struct WebSocketFrameWriterTests {
    /// RFC 6455 section 5.7.
    @Test func theExamplesOfTheStandardAreWritten() {
        let hello = Array("Hello".utf8)
        var buffer = ByteBuffer()
        WebSocketFrameWriter.write(.text, hello.span, to: &buffer)
        #expect(buffer.bytes == [0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f])
        buffer.removeAll()
        WebSocketFrameWriter.write(.text, hello.span, mask: 0x3d21_fa37, to: &buffer)
        #expect(buffer.bytes == [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58])
        buffer.removeAll()
        WebSocketFrameWriter.write(.text, hello.span.extracting(..<3), isFinal: false, to: &buffer)
        WebSocketFrameWriter.write(.continuation, hello.span.extracting(3...), to: &buffer)
        #expect(buffer.bytes == [0x01, 0x03, 0x48, 0x65, 0x6c, 0x80, 0x02, 0x6c, 0x6f])
        buffer.removeAll()
        WebSocketFrameWriter.writeHeader(.init(.binary, payloadLength: 256), to: &buffer)
        WebSocketFrameWriter.writeHeader(.init(.binary, payloadLength: 65536), to: &buffer)
        #expect(buffer.bytes == [0x82, 0x7e, 0x01, 0x00, 0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0])
    }

    @Test(arguments: [0, 1, 125, 126, 65535, 65536, 70000], [nil, 0x0102_0304 as UInt32])
    func aPayloadWrittenInPlaceMakesTheSameFrame(length: Int, mask: UInt32?) {
        let payload = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        var copied = ByteBuffer(Array("before".utf8))
        var inPlace = copied
        WebSocketFrameWriter.write(.binary, payload.span, isFinal: false, isCompressed: true, mask: mask, to: &copied)
        WebSocketFrameWriter.write(.binary, isFinal: false, isCompressed: true, mask: mask, to: &inPlace) { bytes in
            bytes.append(contentsOf: payload)
        }
        #expect(inPlace.bytes == copied.bytes)
    }

    @Test func aPayloadThatFailsLeavesNothingBehind() {
        struct Failure: Error {}
        var buffer = ByteBuffer(Array("before".utf8))
        #expect(throws: Failure.self) {
            try WebSocketFrameWriter.write(.text, mask: 7, to: &buffer) { (bytes: inout [UInt8]) throws(Failure) in
                bytes.append(1)
                throw Failure()
            }
        }
        #expect(buffer.bytes == Array("before".utf8))
    }

    @Test func aCloseFrameCarriesCodeAndReason() {
        var buffer = ByteBuffer()
        WebSocketFrameWriter.writeClose(WebSocketClose(.serviceRestart, "bye"), to: &buffer)
        #expect(buffer.bytes == [0x88, 0x05, 0x03, 0xf4] + Array("bye".utf8))
        buffer.removeAll()
        WebSocketFrameWriter.writeClose(WebSocketClose(.noStatus), mask: 0x0403_0201, to: &buffer)
        #expect(buffer.bytes == [0x88, 0x80, 1, 2, 3, 4])
    }
}

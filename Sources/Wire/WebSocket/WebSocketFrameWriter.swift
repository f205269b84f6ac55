package import Platform

/// Writes frames (RFC 6455 section 5.2). A client gives a fresh random `mask` for each frame, a server none.
package enum WebSocketFrameWriter {
    /// A frame whose payload exists already.
    package static func write(
        _ opcode: WebSocketOpcode, _ payload: Span<UInt8>, isFinal: Bool = true, isCompressed: Bool = false,
        mask: UInt32? = nil, to buffer: inout ByteBuffer
    ) {
        writeHeader(
            WebSocketFrameHeader(opcode, isFinal: isFinal, isCompressed: isCompressed, payloadLength: payload.count),
            mask: mask, to: &buffer)
        buffer.append(payload)
        guard let mask else { return }
        buffer.withMutableSpan { bytes in
            _ = bytes.applyMask(mask, in: (bytes.count - payload.count)..<bytes.count)
        }
    }

    /// A frame whose payload `body` appends where it is to stand, so that it is never copied. If `body` fails, nothing
    /// is written.
    package static func write<Failure: Error>(
        _ opcode: WebSocketOpcode, isFinal: Bool = true, isCompressed: Bool = false, mask: UInt32? = nil,
        to buffer: inout ByteBuffer, _ body: (inout [UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
        try buffer.withArray { (bytes: inout [UInt8]) throws(Failure) in
            let start = bytes.count
            // Room for the header that most payloads need; the others are moved by a few bytes.
            let room = headerLength(payload: mediumPayload, masked: mask != nil)
            for _ in 0..<room { bytes.append(0) }
            do throws(Failure) {
                try body(&bytes)
            } catch {
                bytes.removeSubrange(start...)
                throw error
            }
            var payload = (start + room)..<bytes.count
            if let mask {
                var span = bytes.mutableSpan
                span.applyMask(mask, in: payload)
            }
            let needed = headerLength(payload: payload.count, masked: mask != nil)
            if needed < room {
                bytes.removeSubrange(start..<(start + room - needed))
            } else if needed > room {
                bytes.insert(contentsOf: repeatElement(0, count: needed - room), at: start)
            }
            payload = (start + needed)..<bytes.count
            let header = WebSocketFrameHeader(
                opcode, isFinal: isFinal, isCompressed: isCompressed, payloadLength: payload.count)
            var position = start
            encode(header, mask: mask) { byte in
                bytes[position] = byte
                position += 1
            }
        }
    }

    /// A close frame; `noStatus` makes an empty one.
    package static func writeClose(_ close: WebSocketClose, mask: UInt32? = nil, to buffer: inout ByteBuffer) {
        guard close.code != .noStatus else {
            return writeHeader(WebSocketFrameHeader(.close, payloadLength: 0), mask: mask, to: &buffer)
        }
        precondition(close.code.isAllowedOnWire, "close code \(close.code.rawValue) must not be sent")
        write(.close, mask: mask, to: &buffer) { payload in
            payload.append(UInt8(truncatingIfNeeded: close.code.rawValue >> 8))
            payload.append(UInt8(truncatingIfNeeded: close.code.rawValue))
            payload.append(contentsOf: close.wireReason)
        }
    }

    /// The header alone, for a payload that is written otherwise (and masked, if there is a mask, by the caller).
    package static func writeHeader(_ header: WebSocketFrameHeader, mask: UInt32? = nil, to buffer: inout ByteBuffer) {
        buffer.withArray { bytes in encode(header, mask: mask) { bytes.append($0) } }
    }

    private static let mediumPayload = 0xffff

    private static func headerLength(payload: Int, masked: Bool) -> Int {
        let lengthBytes =
            switch payload {
            case ...WebSocketFrameHeader.maximumControlPayload: 0
            case ...mediumPayload: 2
            default: 8
            }
        return 2 + lengthBytes + (masked ? 4 : 0)
    }

    @inline(__always)
    private static func encode(_ header: WebSocketFrameHeader, mask: UInt32?, _ put: (UInt8) -> Void) {
        precondition(
            !header.opcode.isControl
                || (header.isFinal && header.payloadLength <= WebSocketFrameHeader.maximumControlPayload),
            "a control frame is one frame of \(WebSocketFrameHeader.maximumControlPayload) bytes at most")
        put((header.isFinal ? 0x80 : 0) | (header.isCompressed ? 0x40 : 0) | header.opcode.rawValue)
        let masked: UInt8 = mask == nil ? 0 : 0x80
        let length = header.payloadLength
        switch length {
        case ...WebSocketFrameHeader.maximumControlPayload: put(masked | UInt8(length))
        case ...mediumPayload:
            put(masked | 126)
            for shift in [8, 0] { put(UInt8(truncatingIfNeeded: length >> shift)) }
        default:
            put(masked | 127)
            for shift in stride(from: 56, through: 0, by: -8) { put(UInt8(truncatingIfNeeded: length >> shift)) }
        }
        guard let mask else { return }
        for shift in stride(from: 0, through: 24, by: 8) { put(UInt8(truncatingIfNeeded: mask >> UInt32(shift))) }
    }
}

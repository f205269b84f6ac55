import Platform

/// Reads frames (RFC 6455 section 5.2) out of whatever bytes came, and unmasks them where they lie. It holds no payload
/// and, between calls, at most a header that is not complete.
package struct WebSocketFrameParser {
    private static let longestHeader = 14

    private let role: WebSocketRole
    var maximumFrame: Int
    private let allowsCompression: Bool

    /// The beginning of a header whose end has not come.
    private var partialHeader: [UInt8] = []
    /// Payload of the current frame that has not come.
    private var remaining = 0
    private var key: UInt32 = 0

    /// `role` is ours: a server takes masked frames only, a client unmasked ones only.
    package init(role: WebSocketRole, maximumFrame: Int, allowsCompression: Bool) {
        self.role = role
        self.maximumFrame = maximumFrame
        self.allowsCompression = allowsCompression
    }

    /// The next event in `bytes` from `offset` on, which moves past it; nil when more bytes are needed. After an error
    /// the parser must not be used again.
    package mutating func next(
        in bytes: inout MutableSpan<UInt8>, from offset: inout Int
    ) throws(WebSocketError) -> WebSocketFrameEvent? {
        guard offset < bytes.count else { return nil }
        guard remaining == 0 else { return payload(in: &bytes, from: &offset) }
        guard let (header, key) = try header(in: bytes.span, from: &offset) else { return nil }
        guard header.payloadLength <= bytes.count &- offset else {
            remaining = header.payloadLength
            self.key = key
            return .header(header)
        }
        let payload = offset..<(offset &+ header.payloadLength)
        if role == .server { bytes.applyMask(key, in: payload) }
        offset = payload.upperBound
        return .frame(header, payload: payload)
    }

    private mutating func payload(
        in bytes: inout MutableSpan<UInt8>, from offset: inout Int
    ) -> WebSocketFrameEvent {
        let payload = offset..<(offset &+ min(remaining, bytes.count &- offset))
        if role == .server { key = bytes.applyMask(key, in: payload) }
        remaining &-= payload.count
        offset = payload.upperBound
        return .payload(payload, isLast: remaining == 0)
    }

    private mutating func header(
        in bytes: Span<UInt8>, from offset: inout Int
    ) throws(WebSocketError) -> (WebSocketFrameHeader, key: UInt32)? {
        if partialHeader.isEmpty {
            let available = bytes.extracting(offset...)
            if let (header, key, length) = try decode(available) {
                offset &+= length
                return (header, key)
            }
            partialHeader.append(available)
            offset = bytes.count
            return nil
        }
        let known = partialHeader.count
        let added = min(Self.longestHeader - known, bytes.count - offset)
        partialHeader.append(bytes.extracting(offset..<(offset + added)))
        guard let (header, key, length) = try decode(partialHeader.span) else {
            offset += added
            return nil
        }
        offset += length - known
        partialHeader = []
        return (header, key)
    }

    /// Each rule is checked as soon as its byte is there, so that a peer is told before it sends the payload.
    @inline(__always)
    private func decode(
        _ bytes: Span<UInt8>
    ) throws(WebSocketError) -> (WebSocketFrameHeader, key: UInt32, length: Int)? {
        let first = bytes[0]
        guard let opcode = WebSocketOpcode(rawValue: first & 0x0f) else { throw .unknownOpcode(first & 0x0f) }
        let isFinal = first & 0x80 != 0
        let isCompressed = first & 0x40 != 0
        guard first & 0x30 == 0 else { throw .reservedBits }
        if isCompressed {
            // RFC 7692 section 6: on the first frame of a data message and nowhere else.
            guard allowsCompression, opcode == .text || opcode == .binary else { throw .reservedBits }
        }
        if opcode.isControl, !isFinal { throw .fragmentedControlFrame }

        guard bytes.count >= 2 else { return nil }
        let second = bytes[1]
        let isMasked = second & 0x80 != 0
        switch role {
        case .server: guard isMasked else { throw .unmaskedFrame }
        case .client: guard !isMasked else { throw .maskedFrame }
        }
        guard let (payloadLength, lengthEnd) = try length(bytes, short: Int(second & 0x7f), of: opcode) else {
            return nil
        }
        guard payloadLength <= maximumFrame else { throw .frameTooLong(limit: maximumFrame) }

        let header = WebSocketFrameHeader(
            opcode, isFinal: isFinal, isCompressed: isCompressed, payloadLength: payloadLength)
        guard isMasked else { return (header, 0, lengthEnd) }
        guard bytes.count >= lengthEnd &+ 4 else { return nil }
        let mask = bytes.extracting(lengthEnd..<(lengthEnd &+ 4))
        let key = UInt32(mask[0]) | UInt32(mask[1]) &<< 8 | UInt32(mask[2]) &<< 16 | UInt32(mask[3]) &<< 24
        return (header, key, lengthEnd &+ 4)
    }

    /// RFC 6455 section 5.2: the minimal number of bytes must be used, and the highest bit of eight must be 0.
    @inline(__always)
    private func length(
        _ bytes: Span<UInt8>, short: Int, of opcode: WebSocketOpcode
    ) throws(WebSocketError) -> (Int, end: Int)? {
        guard short > WebSocketFrameHeader.maximumControlPayload else { return (short, 2) }
        guard !opcode.isControl else { throw .controlFrameTooLong }
        if short == 126 {
            guard bytes.count >= 4 else { return nil }
            let length = Int(bytes[2]) &<< 8 | Int(bytes[3])
            guard length > 125 else { throw .lengthNotMinimal }
            return (length, 4)
        }
        if bytes.count > 2, bytes[2] & 0x80 != 0 { throw .lengthOutOfRange }
        guard bytes.count >= 10 else { return nil }
        var length = 0
        for index in 2..<10 { length = length &<< 8 | Int(bytes[index]) }
        guard length > 0xffff else { throw .lengthNotMinimal }
        return (length, 10)
    }
}

/// Which end of the connection we are. It decides who masks (RFC 6455 section 5.1).
package enum WebSocketRole: Sendable {
    case client
    case server
}

/// RFC 6455 section 5.2.
package enum WebSocketOpcode: UInt8, Sendable {
    case continuation = 0x0
    case text = 0x1
    case binary = 0x2
    case close = 0x8
    case ping = 0x9
    case pong = 0xa

    package var isControl: Bool { rawValue & 0x8 != 0 }
}

/// What stands before a frame's payload, without the mask.
package struct WebSocketFrameHeader: Equatable, Sendable {
    /// RFC 6455 section 5.5.
    package static let maximumControlPayload = 125

    package var opcode: WebSocketOpcode
    package var isFinal: Bool
    /// RSV1: the message is compressed (RFC 7692 section 6).
    package var isCompressed: Bool
    package var payloadLength: Int

    package init(_ opcode: WebSocketOpcode, isFinal: Bool = true, isCompressed: Bool = false, payloadLength: Int) {
        self.opcode = opcode
        self.isFinal = isFinal
        self.isCompressed = isCompressed
        self.payloadLength = payloadLength
    }
}

/// What the frame parser found. Ranges are positions in the bytes it was given, unmasked in place.
package enum WebSocketFrameEvent: Equatable, Sendable {
    /// A frame that was there in full.
    case frame(WebSocketFrameHeader, payload: Range<Int>)
    /// A frame of which some payload is yet to come: `payload` events follow until one is the last.
    case header(WebSocketFrameHeader)
    case payload(Range<Int>, isLast: Bool)
}

/// How much a peer may make us hold.
package struct WebSocketLimits: Equatable, Sendable {
    package static let defaultLength = 16 * 1024 * 1024

    /// Payload of one frame as it is on the wire. The number of frames in a message is not limited.
    package var frame: Int
    /// One message, joined and decompressed.
    package var message: Int
    /// What a peer that goes beyond is told, if not the limit itself.
    package var excessReason: String?

    package init(frame: Int = defaultLength, message: Int = defaultLength, excessReason: String? = nil) {
        self.frame = frame
        self.message = message
        self.excessReason = excessReason
    }
}

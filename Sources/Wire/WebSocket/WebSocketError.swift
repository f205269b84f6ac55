/// What a peer did against the protocol or beyond our limits. The connection ends with `closeCode`, and the description
/// is fit to be its reason.
package enum WebSocketError: Error, Equatable, Sendable, CustomStringConvertible {
    case reservedBits
    case unknownOpcode(UInt8)
    case unmaskedFrame
    case maskedFrame
    case fragmentedControlFrame
    case controlFrameTooLong
    case lengthNotMinimal
    case lengthOutOfRange
    case frameTooLong(limit: Int)
    case continuationWithoutMessage
    case messageWithinMessage
    case messageTooLong(limit: Int)
    case textNotUTF8
    case compressionCorrupt
    case closePayloadTooShort
    case closeCodeInvalid(UInt16)
    case closeReasonNotUTF8

    package var closeCode: WebSocketCloseCode {
        switch self {
        case .frameTooLong, .messageTooLong: .messageTooBig
        case .textNotUTF8, .compressionCorrupt, .closeReasonNotUTF8: .invalidPayload
        default: .protocolError
        }
    }

    package var description: String {
        switch self {
        case .reservedBits: "a reserved bit is set without an extension that gives it a meaning"
        case .unknownOpcode(let opcode): "opcode \(opcode) is not defined"
        case .unmaskedFrame: "a client's frame must be masked"
        case .maskedFrame: "a server's frame must not be masked"
        case .fragmentedControlFrame: "a control frame must not be fragmented"
        case .controlFrameTooLong:
            "a control frame's payload may have \(WebSocketFrameHeader.maximumControlPayload) bytes at most"
        case .lengthNotMinimal: "the payload length is not written in the shortest form"
        case .lengthOutOfRange: "the payload length has its highest bit set"
        case .frameTooLong(let limit): "a frame's payload may have \(limit) bytes at most"
        case .continuationWithoutMessage: "a continuation frame with no message to continue"
        case .messageWithinMessage: "a new message before the last one was finished"
        case .messageTooLong(let limit): "a message may have \(limit) bytes at most"
        case .textNotUTF8: "a text message is not UTF-8"
        case .compressionCorrupt: "a compressed message cannot be decompressed"
        case .closePayloadTooShort: "a close frame's payload has one byte; a code has two"
        case .closeCodeInvalid(let code): "close code \(code) must not be sent"
        case .closeReasonNotUTF8: "a close reason is not UTF-8"
        }
    }
}

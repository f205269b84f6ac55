import Platform

/// Why a connection was closed (RFC 6455 section 7.4 and the IANA registry).
package struct WebSocketCloseCode: RawRepresentable, Hashable, Sendable {
    package static let normal = Self(rawValue: 1000)
    package static let goingAway = Self(rawValue: 1001)
    package static let protocolError = Self(rawValue: 1002)
    package static let unsupportedData = Self(rawValue: 1003)
    /// Never on the wire: the close frame had no code.
    package static let noStatus = Self(rawValue: 1005)
    /// Never on the wire: the connection ended without a close frame.
    package static let abnormal = Self(rawValue: 1006)
    package static let invalidPayload = Self(rawValue: 1007)
    package static let policyViolation = Self(rawValue: 1008)
    package static let messageTooBig = Self(rawValue: 1009)
    package static let mandatoryExtension = Self(rawValue: 1010)
    package static let internalError = Self(rawValue: 1011)
    package static let serviceRestart = Self(rawValue: 1012)
    package static let tryAgainLater = Self(rawValue: 1013)
    package static let badGateway = Self(rawValue: 1014)
    /// Never on the wire: TLS could not be set up.
    package static let tlsFailure = Self(rawValue: 1015)

    package let rawValue: UInt16

    package init(rawValue: UInt16) { self.rawValue = rawValue }

    /// Whether a close frame may carry it: registered codes, and those of libraries and applications (3000-4999).
    package var isAllowedOnWire: Bool {
        switch rawValue {
        case 1000...1003, 1007...1014, 3000...4999: true
        default: false
        }
    }
}

/// What a close frame says.
package struct WebSocketClose: Equatable, Sendable {
    /// What is left of a control frame beside the code.
    package static let maximumReason = WebSocketFrameHeader.maximumControlPayload - 2

    package let code: WebSocketCloseCode
    package let reason: String

    package init(_ code: WebSocketCloseCode, _ reason: String = "") {
        self.code = code
        self.reason = reason
    }

    /// Reads a close frame's payload. An empty one stands for no status.
    package init(payload: Span<UInt8>) throws(WebSocketError) {
        guard payload.count != 1 else { throw .closePayloadTooShort }
        guard !payload.isEmpty else {
            self.init(.noStatus)
            return
        }
        let code = WebSocketCloseCode(rawValue: UInt16(payload[0]) << 8 | UInt16(payload[1]))
        guard code.isAllowedOnWire else { throw .closeCodeInvalid(code.rawValue) }
        guard let reason = payload.extracting(2...).text else { throw .closeReasonNotUTF8 }
        self.init(code, reason)
    }

    /// The reason as it goes on the wire, cut between characters if it is too long.
    package var wireReason: Substring.UTF8View {
        let bytes = reason.utf8
        guard bytes.count > Self.maximumReason else { return bytes[...] }
        var end = bytes.index(bytes.startIndex, offsetBy: Self.maximumReason)
        while bytes[end] & 0xc0 == 0x80 { end = bytes.index(before: end) }
        return bytes[..<end]
    }
}

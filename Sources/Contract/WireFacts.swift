/// Numbers that both sides of the protocol keep to (protocol.md sections 0, 1 and 6).
package enum WireFacts {
    /// Generations that are served; the highest shared one is spoken.
    package static let protocols = 3...4
    package static let defaultPort: UInt16 = 18789

    /// A frame's size before and after `connect`.
    package static let frameBytesBeforeConnect = 64 << 10
    package static let frameBytes = 25 << 20
    /// Bytes waiting for a client above which it is a slow consumer.
    package static let bufferedBytes = 50 << 20
    package static let attachmentBytes = 20 << 20
    package static let imageBytes = 6 << 20

    package static let tickInterval = Duration.seconds(30)
    package static let healthInterval = Duration.seconds(60)
    package static let handshakeTime = Duration.seconds(15)
    package static let pingInterval = Duration.seconds(25)

    package static let frameDepth = 64
    package static let requestIDBytes = 256
    package static let methodNameBytes = 128
    package static let traceBytes = 128
}

/// Why a socket is closed: code and reason as clients know them.
package struct CloseReason: Sendable, Equatable {
    package let code: UInt16
    package let text: String

    package init(_ code: UInt16, _ text: String = "") {
        self.code = code
        self.text = text
    }

    /// Reasons are cut here (protocol.md section 2, close codes).
    package static let reasonBytes = 120

    package static let handshakeTimeout = CloseReason(1000)
    package static let notJSON = CloseReason(1000)
    package static let protocolMismatch = CloseReason(1002, "protocol mismatch")
    package static let payloadTooLargeBeforeConnect = CloseReason(1009, "preauth payload too large")
    package static let slowConsumer = CloseReason(1008, "slow consumer")
    package static let unauthorizedCalls = CloseReason(1008, "repeated unauthorized calls")
    package static let serviceRestart = CloseReason(1012, "service restart")
    package static let starting = CloseReason(1013, "gateway starting")
    package static let authChanged = CloseReason(4001, "gateway auth changed")

    package static func invalidated(_ why: String) -> CloseReason { CloseReason(4001, "client invalidated: \(why)") }

    /// A refused `connect`: the message is the reason.
    package static func refused(_ message: String) -> CloseReason { CloseReason(1008, message) }
}

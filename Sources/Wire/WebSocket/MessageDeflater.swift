/// Compresses the messages of one direction (RFC 7692 section 7.2.1). It holds memory from the first message on, and
/// without context takeover only during one.
package struct MessageDeflater: ~Copyable {
    private let direction: PermessageDeflate.Direction
    private let settings: DeflateSettings
    private var deflater: Deflater?

    package init(_ direction: PermessageDeflate.Direction, _ settings: DeflateSettings) {
        self.direction = direction
        self.settings = settings
    }

    /// Whether a message of this length is worth compressing. Into a window that we cannot write nothing is: section 6
    /// lets each message go as it is.
    package func wants(_ length: Int) -> Bool {
        length >= settings.minimumLength
            && PermessageDeflate.Direction.writableWindowBits.contains(direction.windowBits)
    }

    /// Appends the compressed message. Once compressed it must be sent: the peer's window has to follow ours.
    package mutating func deflate(_ message: Span<UInt8>, appendingTo output: inout [UInt8]) {
        // Section 7.2.3.6: nothing is one empty block; zlib would write none at a second flush in a row.
        guard !message.isEmpty else { return output.append(0x00) }
        let deflater =
            self.deflater
            ?? Deflater(
                .raw(windowBits: direction.windowBits), level: settings.level, memoryLevel: settings.memoryLevel)
        deflater.deflate(message, .sync, appendingTo: &output)
        output.removeLast(MessageInflater.tail.count)
        self.deflater = direction.keepsContext ? deflater : nil
    }
}

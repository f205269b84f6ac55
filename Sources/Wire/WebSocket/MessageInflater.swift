/// Decompresses the messages of one direction (RFC 7692 section 7.2.2). Until the first one it costs nothing.
package struct MessageInflater: ~Copyable {
    /// What the sender leaves off the end of each message.
    package static let tail: [UInt8] = [0x00, 0x00, 0xff, 0xff]

    private let direction: PermessageDeflate.Direction
    private var inflater: Inflater?

    package init(_ direction: PermessageDeflate.Direction) { self.direction = direction }

    /// Appends at most `room` decompressed bytes. Returns false when it needs more input.
    mutating func inflate(
        _ bytes: Span<UInt8>, from offset: inout Int, appendingTo output: inout [UInt8], atMost room: Int
    ) throws(WebSocketError) -> Bool {
        let inflater = self.inflater ?? Inflater(.raw(windowBits: direction.windowBits))
        self.inflater = inflater
        do throws(DeflateError) {
            switch try inflater.inflate(bytes, from: &offset, appendingTo: &output, atMost: room) {
            case .hasMore: return true
            case .needsInput: return false
            case .ended:
                // Section 7.2.3.4: a message may have final blocks; what follows still refers to what came before.
                inflater.restartKeepingWindow()
                return offset < bytes.count
            }
        } catch {
            throw .compressionCorrupt
        }
    }

    /// To be called after the tail: the message must end where a block does.
    mutating func finishMessage() throws(WebSocketError) {
        guard let inflater, inflater.isBetweenBlocks else { throw .compressionCorrupt }
        if !direction.keepsContext { self.inflater = nil }
    }
}

import FuzzDriver
import Platform
import Support
import Wire

/// Compressed input of any kind is refused or unfolds the same way however it is cut; what we compress comes back.
@main
enum FuzzDeflate: Fuzzer {
    private static let limit = 4096

    static func run(_ input: [UInt8]) {
        guard let mode = input.first else { return }
        let bytes = Array(input.dropFirst())
        switch mode % 4 {
        case 0: message(bytes, keepsContext: mode & 0x80 != 0)
        case 1: content(bytes, .gzip, seed: mode)
        case 2: content(bytes, .deflate, seed: mode)
        default: roundTrip(bytes, keepsContext: mode & 0x80 != 0)
        }
    }

    /// The input as the compressed payload of two messages.
    private static func message(_ bytes: [UInt8], keepsContext: Bool) {
        var stream = ByteBuffer()
        for part in [bytes[..<(bytes.count / 2)], bytes[(bytes.count / 2)...]] {
            WebSocketFrameWriter.write(.binary, Array(part).span, isCompressed: true, to: &stream)
        }
        let deflate = PermessageDeflate(outgoing: .init(), incoming: .init(keepsContext: keepsContext))
        func receive(_ pieces: [[UInt8]]) -> [WebSocketEntry] {
            transcript(pieces, WebSocketReceiver(role: .client, limits: .init(message: limit), deflate: deflate))
        }
        let expected = receive([stream.bytes])
        for pieces in cuts(of: stream.bytes, seeds: 0..<1) { precondition(receive(pieces) == expected) }
    }

    private static func content(_ bytes: [UInt8], _ coding: ContentCoding, seed: UInt8) {
        let expected = decode([bytes], coding)
        for pieces in cuts(of: bytes, seeds: UInt64(seed)..<(UInt64(seed) + 1)) {
            precondition(decode(pieces, coding) == expected)
        }
    }

    private static func decode(
        _ pieces: [[UInt8]], _ coding: ContentCoding
    ) -> Result<[UInt8], ContentDecodingError> {
        var decoder = ContentDecoder(coding, limit: limit)
        var output: [UInt8] = []
        do throws(ContentDecodingError) {
            for piece in pieces {
                var offset = 0
                while try decoder.decode(piece.span, from: &offset, appendingTo: &output) == .hasMore {}
                precondition(offset == piece.count)
            }
            try decoder.finish()
        } catch {
            return .failure(error)
        }
        precondition(output.count <= limit)
        return .success(output)
    }

    private static func roundTrip(_ bytes: [UInt8], keepsContext: Bool) {
        let direction = PermessageDeflate.Direction(windowBits: 9, keepsContext: keepsContext)
        var deflater = MessageDeflater(direction, DeflateSettings(for: .server))
        let messages = bytes.split(separator: 0, omittingEmptySubsequences: false).map(Array.init)
        var stream = ByteBuffer()
        for message in messages {
            WebSocketFrameWriter.write(.binary, isCompressed: true, to: &stream) { payload in
                deflater.deflate(message.span, appendingTo: &payload)
            }
        }
        let deflate = PermessageDeflate(outgoing: direction, incoming: direction)
        let received = transcript([stream.bytes], WebSocketReceiver(role: .client, deflate: deflate))
        precondition(received == messages.map { .message(.binary, $0) })
    }
}

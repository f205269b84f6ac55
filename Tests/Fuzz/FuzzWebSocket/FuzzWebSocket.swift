import FuzzDriver
import Support
import Wire

/// Any bytes give the same events and the same verdict however they are cut, and no message beyond the limit.
///
/// A peer that looks back farther than agreed is refused where the cut lets zlib see it and read where not; the events
/// before that are the same either way.
@main
enum FuzzWebSocket: Fuzzer {
    private static let limits = WebSocketLimits(frame: 2048, message: 1024)

    static func run(_ input: [UInt8]) {
        guard let mode = input.first else { return }
        let bytes = Array(input.dropFirst())
        let isNarrow = mode & 2 != 0 && mode & 4 != 0
        let expected = receive([bytes], mode, windowBits: 15)
        for case .message(_, let payload) in expected { precondition(payload.count <= limits.message) }
        for pieces in [[bytes]] + cuts(of: bytes, seeds: UInt64(mode)..<(UInt64(mode) + 1)) {
            precondition(receive(pieces, mode, windowBits: 15) == expected)
            guard isNarrow else { continue }
            let entries = receive(pieces, mode, windowBits: 9)
            precondition(entries == expected || isRefusal(entries, of: expected))
        }
    }

    private static func receive(_ pieces: [[UInt8]], _ mode: UInt8, windowBits: Int) -> [WebSocketEntry] {
        let deflate =
            mode & 2 == 0
            ? nil
            : PermessageDeflate(
                outgoing: .init(), incoming: .init(windowBits: windowBits, keepsContext: mode & 8 == 0))
        return transcript(
            pieces, WebSocketReceiver(role: mode & 1 == 0 ? .server : .client, limits: limits, deflate: deflate))
    }

    /// The same events up to one whose bytes could not be read.
    private static func isRefusal(_ entries: [WebSocketEntry], of expected: [WebSocketEntry]) -> Bool {
        guard entries.last == .failure(.compressionCorrupt) else { return false }
        return expected.starts(with: entries.dropLast())
    }
}

import FuzzDriver
import Support
import Wire

/// Any bytes give the same events and the same verdict however they are cut, and no message beyond the limit.
@main
enum FuzzWebSocket: Fuzzer {
    private static let limits = WebSocketLimits(frame: 2048, message: 1024)

    static func run(_ input: [UInt8]) {
        guard let mode = input.first else { return }
        let deflate =
            mode & 2 == 0
            ? nil
            : PermessageDeflate(
                outgoing: .init(), incoming: .init(windowBits: mode & 4 == 0 ? 15 : 9, keepsContext: mode & 8 == 0))
        func receive(_ pieces: [[UInt8]]) -> [WebSocketEntry] {
            transcript(
                pieces,
                WebSocketReceiver(role: mode & 1 == 0 ? .server : .client, limits: limits, deflate: deflate))
        }
        let bytes = Array(input.dropFirst())
        let expected = receive([bytes])
        for case .message(_, let payload) in expected { precondition(payload.count <= limits.message) }
        for pieces in cuts(of: bytes, seeds: UInt64(mode)..<(UInt64(mode) + 1)) {
            precondition(receive(pieces) == expected)
        }
    }
}

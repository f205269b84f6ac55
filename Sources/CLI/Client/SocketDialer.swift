import Platform
import Wire

/// Connects to a socket file, whatever the address says.
@LoopActor
final class SocketDialer: HTTPConnecting {
    private let path: String

    init(path: String) { self.path = path }

    func route(to origin: HTTPOrigin) -> HTTPRoute { .direct }

    func connect(to origin: HTTPOrigin) async throws -> any ByteStream {
        try await Dialer().dial(DialTarget(.unix(path: path)), by: nil).stream
    }
}

package import Platform

/// Connects to a socket file, whatever the address says.
@LoopActor
package final class SocketDialer: HTTPConnecting {
    private let path: String

    package init(path: String) { self.path = path }

    package func route(to origin: HTTPOrigin) -> HTTPRoute { .direct }

    package func connect(to origin: HTTPOrigin) async throws -> any ByteStream {
        try await Dialer().dial(DialTarget(.unix(path: path)), by: nil).stream
    }
}

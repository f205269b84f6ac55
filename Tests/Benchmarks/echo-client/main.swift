import Platform
import Wire

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Sends every message back until the server closes.
@LoopActor
final class EchoHandler: WebSocketHandler {
    private var outcome: WebSocketClose?
    private var waiter: CheckedContinuation<WebSocketClose, Never>?

    func webSocket(_ socket: WebSocketConnection, received kind: WebSocketMessageKind, _ bytes: Span<UInt8>) {
        socket.send(kind, bytes)
    }

    func webSocketClosed(_ socket: WebSocketConnection, _ close: WebSocketClose) {
        outcome = close
        waiter?.resume(returning: close)
    }

    func closed() async -> WebSocketClose {
        if let outcome { return outcome }
        return await withCheckedContinuation { waiter = $0 }
    }
}

/// The command line.
struct Options: Sendable {
    var url = ""
    var deflate = false
    var authorities: String?

    init?(_ arguments: [String]) {
        var arguments = arguments.dropFirst()
        while let argument = arguments.popFirst() {
            switch argument {
            case "--deflate": deflate = true
            case "--ca":
                guard let file = arguments.popFirst() else { return nil }
                authorities = file
            default:
                guard url.isEmpty, !argument.hasPrefix("-") else { return nil }
                url = argument
            }
        }
        if url.isEmpty { return nil }
    }
}

@LoopActor
func echo(_ options: Options) async throws -> WebSocketClose {
    let roots: TLSRoots = options.authorities.map { .file($0) } ?? .system
    let tls = TLSClientContext(TLSClientSettings(trust: .authorities(roots)))
    let client = HTTPClient(connector: HTTPDialer(tls: tls))
    var socketOptions = WebSocketOptions()
    socketOptions.limits = WebSocketLimits(frame: 64 << 20, message: 64 << 20)
    if options.deflate { socketOptions.deflate = DeflateSettings(for: .client) }
    let handler = EchoHandler()
    _ = try await client.openWebSocket(WebURL(options.url), options: socketOptions, handler: handler)
    return await handler.closed()
}

guard let options = Options(CommandLine.arguments) else {
    StandardStream.error.write("usage: echo-client [--deflate] [--ca FILE] URL\n")
    exit(2)
}
Signals.ignoreFailedWrites()
let code = EventLoop.shared.run { () -> Int32 in
    do {
        let close = try await echo(options)
        guard close.code == .abnormal else { return 0 }
        StandardStream.error.write("echo-client: the connection ended without a close\n")
    } catch {
        StandardStream.error.write("echo-client: \(error)\n")
    }
    return 1
}
exit(code)

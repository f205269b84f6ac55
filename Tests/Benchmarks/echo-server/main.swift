import Platform
import Wire

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// `GET /health` answers, `/` echoes WebSocket messages, everything else is not found.
@LoopActor
final class EchoHandler: HTTPHandler, WebSocketHandler {
    private let health = PreparedResponse(.json(.ok, Array(#"{"ok":true,"status":"live"}"#.utf8)))
    private let options: WebSocketOptions
    private var sockets: [ObjectIdentifier: WebSocketConnection] = [:]

    init(deflate: Bool, messageLimit: Int) {
        var options = WebSocketOptions()
        options.limits = WebSocketLimits(frame: messageLimit, message: messageLimit)
        if deflate { options.deflate = DeflateSettings(for: .server) }
        self.options = options
    }

    func handle(_ exchange: HTTPExchange) {
        let request = exchange.request
        if request.pathIs("/") {
            if let socket = exchange.acceptWebSocket(options: options, handler: self) {
                sockets[ObjectIdentifier(socket)] = socket
            }
            return
        }
        guard request.pathIs("/health") else { return exchange.respond(.text(.notFound, "Not Found")) }
        switch request.method {
        case .get, .head: exchange.respond(health)
        default:
            exchange.respond(
                HTTPResponse(.methodNotAllowed, fields: ["Allow": "GET, HEAD"], body: Array("Method Not Allowed".utf8)))
        }
    }

    func webSocket(_ socket: WebSocketConnection, received kind: WebSocketMessageKind, _ bytes: Span<UInt8>) {
        socket.send(kind, bytes)
    }

    func webSocketClosed(_ socket: WebSocketConnection, _ close: WebSocketClose) {
        sockets[ObjectIdentifier(socket)] = nil
    }

    func goAway() {
        for socket in Array(sockets.values) { socket.close(.goingAway) }
    }
}

/// The command line.
struct Options: Sendable {
    var port: UInt16 = 0
    var deflate = false
    /// Sections 9 and 10 of the usual suite send messages of up to 16 MiB.
    var messageLimit = 64 << 20
    var certificate: (chain: String, key: String)?

    init?(_ arguments: [String]) {
        var arguments = arguments.dropFirst()
        while let flag = arguments.popFirst() {
            switch flag {
            case "--port":
                guard let port = arguments.popFirst().flatMap({ UInt16($0) }) else { return nil }
                self.port = port
            case "--deflate": deflate = true
            case "--message-limit":
                guard let limit = arguments.popFirst().flatMap({ Int($0) }), limit > 0 else { return nil }
                messageLimit = limit
            case "--tls":
                guard let chain = arguments.popFirst(), let key = arguments.popFirst() else { return nil }
                certificate = (chain, key)
            default: return nil
            }
        }
    }
}

@LoopActor
func serve(_ options: Options) async throws {
    let handler = EchoHandler(deflate: options.deflate, messageLimit: options.messageLimit)
    let server = HTTPServer(handler: handler, clock: EventLoop.shared)
    var wrap: (@LoopActor (SocketStream) -> any ByteStream)?
    if let (chain, key) = options.certificate {
        let context = try TLSServerContext(TLSIdentity(certificateFile: chain, keyFile: key))
        wrap = { context.start(on: $0) }
    }
    let address = try server.listen(on: .loopback(port: options.port), wrap: wrap)
    StandardStream.output.write("READY \(address.port ?? 0)\n")
    let stop = StopRequests()
    let signals = try Signals { _ in stop.ask() }
    await stop.first()
    signals.stop()
    handler.goAway()
    await server.drain()
}

guard let options = Options(CommandLine.arguments) else {
    StandardStream.error.write(
        "usage: echo-server [--port N] [--deflate] [--message-limit BYTES] [--tls CERTIFICATE KEY]\n")
    exit(2)
}
Signals.ignoreFailedWrites()
let failure = EventLoop.shared.run { () -> String? in
    do { try await serve(options) } catch { return "\(error)" }
    return nil
}
if let failure { StandardStream.error.write("echo-server: \(failure)\n") }
exit(failure == nil ? 0 : 1)

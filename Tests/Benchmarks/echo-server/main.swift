import Platform
import Wire

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// `GET /health` answers, `/` echoes WebSocket messages, everything else is not found.
@LoopActor
final class EchoHandler: HTTPHandler {
    private let health = HTTPResponse.json(.ok, Array(#"{"ok":true,"status":"live"}"#.utf8))

    func handle(_ exchange: HTTPExchange) {
        guard exchange.request.pathIs("/health") else { return exchange.respond(.text(.notFound, "Not Found")) }
        switch exchange.request.method {
        case .get, .head: exchange.respond(health)
        default:
            exchange.respond(
                HTTPResponse(.methodNotAllowed, fields: ["Allow": "GET, HEAD"], body: Array("Method Not Allowed".utf8)))
        }
    }
}

/// The command line: `--port N`.
struct Options: Sendable {
    var port: UInt16 = 0

    init(_ arguments: [String]) {
        var arguments = arguments.dropFirst()
        while let flag = arguments.popFirst() {
            if flag == "--port", let value = arguments.popFirst() { port = UInt16(value) ?? 0 }
        }
    }
}

let options = Options(CommandLine.arguments)
Signals.ignoreBrokenPipes()
startTask {
    let server = HTTPServer(handler: EchoHandler(), clock: EventLoop.shared)
    let address = try server.listen(on: .loopback(port: options.port))
    print("READY \(address.port ?? 0)")
    fflush(nil)
    let signals = try Signals { _ in EventLoop.shared.stop() }
    try await EventLoop.shared.sleep(for: .seconds(1 << 30))
    _ = (server, signals)
}
EventLoop.shared.run()

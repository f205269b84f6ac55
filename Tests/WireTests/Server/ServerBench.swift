import Platform
import Support

@testable import Wire

/// A server over pipes in memory, on a fake clock.
@LoopActor
final class ServerBench: HTTPHandler {
    let clock = FakeClock()
    var limits = HTTPLimits()
    lazy var server = HTTPServer(handler: self, limits: limits, clock: clock)
    var paths: [String] = []
    var gone = 0
    var answer: @LoopActor (HTTPExchange) -> Void = { $0.respond(.text(.ok, $0.request.path)) }

    func handle(_ exchange: HTTPExchange) {
        paths.append(exchange.request.path)
        answer(exchange)
    }

    func connect(capacity: Int = 64 * 1024) -> Peer {
        let (ours, theirs) = MemoryPipe.pair(capacity: capacity)
        server.adopt(theirs, HTTPPeer(address: nil))
        return Peer(ours)
    }
}

/// A request that is answered with its path.
let get = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n"

/// The status codes of the answers in `text`, in order.
func statuses(_ text: String) -> [String] {
    text.split(separator: "HTTP/1.1 ").map { String($0.prefix(3)) }
}

import Platform
import Support
import Testing
import Wire

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Answers requests, and echoes over WebSockets.
@LoopActor
private final class Echo: HTTPHandler, WebSocketHandler {
    var closed = 0

    func handle(_ exchange: HTTPExchange) {
        if exchange.wantsWebSocket {
            _ = exchange.acceptWebSocket(options: WebSocketOptions(), handler: self)
        } else {
            exchange.respond(.text(.ok, exchange.request.path))
        }
    }

    func webSocket(_ socket: WebSocketConnection, received kind: WebSocketMessageKind, _ bytes: Span<UInt8>) {
        socket.send(kind, bytes)
    }

    func webSocketClosed(_ socket: WebSocketConnection, _ close: WebSocketClose) { closed += 1 }
}

/// How a connection of this test lives and ends.
private enum Life: CaseIterable {
    case answered, cutWhileIdle, cutWithinHead, cutWithinBody, closedByRequest, webSocketClosed, webSocketCut

    var bytes: [UInt8] {
        let upgrade =
            "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        let hello: [UInt8] = [0x81, 0x85, 0, 0, 0, 0] + Array("hello".utf8)
        return switch self {
        case .answered: Array("GET /a HTTP/1.1\r\nHost: h\r\n\r\n".utf8)
        case .cutWhileIdle: []
        case .cutWithinHead: Array("GET /a HT".utf8)
        case .cutWithinBody: Array("POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nhalf".utf8)
        case .closedByRequest: Array("GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n".utf8)
        case .webSocketClosed: Array(upgrade.utf8) + hello + [0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8]
        case .webSocketCut: Array(upgrade.utf8) + hello
        }
    }

    /// What has come back when this end may go.
    @LoopActor
    func isServed(_ peer: Peer) -> Bool {
        switch self {
        case .answered: peer.text.hasSuffix("/a")
        case .cutWhileIdle, .cutWithinHead, .cutWithinBody: peer.unsent == 0
        case .closedByRequest, .webSocketClosed: peer.ended
        case .webSocketCut: peer.text.hasSuffix("hello")
        }
    }
}

/// Counts what the whole process holds, so it runs alone: TEST_CYCLES says how often, and without it there is no run.
/// Scripts/test samples it, plain and under the sanitizers; `Scripts/soak connections` does all 2,000.
@Suite(.serialized, .enabled(if: Environment.process["TEST_CYCLES"] != nil))
struct ConnectionCycles {
    @Test(arguments: [false, true])
    func everythingIsGivenBackAfterManyLives(overSockets: Bool) async throws {
        let environment = Environment.process
        let cycles = environment["TEST_CYCLES"].flatMap { Int($0) } ?? 0
        try #require(cycles > 0)
        let seed = environment["TEST_SEED"].flatMap { UInt64($0) } ?? 1
        print("seed \(seed), \(cycles) cycles, over \(overSockets ? "sockets" : "pipes")")
        try await onLoop {
            var random = SeededRandom(seed: seed)
            let echo = Echo()
            let server = HTTPServer(handler: echo, clock: EventLoop.shared)
            let address = try server.listen(on: .loopback(port: 0))
            try await cycle(.answered, server, address, overSockets)
            let before = (
                openDescriptors(), EventLoop.shared.watched, EventLoop.shared.liveTasks, EventLoop.shared.timers.count
            )
            for _ in 0..<cycles {
                let life = Life.allCases.randomElement(using: &random) ?? .answered
                try await cycle(life, server, address, overSockets)
            }
            let after = (
                openDescriptors(), EventLoop.shared.watched, EventLoop.shared.liveTasks, EventLoop.shared.timers.count
            )
            #expect(before == after)
            await server.drain()
            #expect(EventLoop.shared.watched == before.1 - 1)
        }
    }

    @LoopActor
    private func cycle(_ life: Life, _ server: HTTPServer, _ address: SocketAddress, _ overSockets: Bool) async throws {
        let peer: Peer
        if overSockets {
            let descriptor = try Socket.startConnecting(to: address)
            peer = Peer(SocketStream(descriptor: descriptor))
        } else {
            let (ours, theirs) = MemoryPipe.pair()
            server.adopt(theirs, HTTPPeer(address: nil))
            peer = Peer(ours)
        }
        peer.send(life.bytes)
        try await turns { life.isServed(peer) }
        peer.close()
        // The server learns of the end by itself.
        try await turns { server.connectionCount == 0 && EventLoop.shared.timers.count == 0 }
    }

    private func openDescriptors() -> Int {
        (0..<Int32(4096)).count { fcntl($0, F_GETFD) != -1 }
    }
}

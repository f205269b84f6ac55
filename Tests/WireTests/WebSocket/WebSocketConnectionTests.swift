import Platform
import Support
import Testing

@testable import Wire

/// Both ends of a WebSocket over a pipe in memory, on a fake clock. The server echoes unless told otherwise.
@LoopActor
private final class Pair {
    final class End: WebSocketHandler {
        var messages: [[UInt8]] = []
        var close: WebSocketClose?
        var onMessage: @LoopActor (WebSocketConnection, WebSocketMessageKind, Span<UInt8>) -> Void = { _, _, _ in }

        func webSocket(_ socket: WebSocketConnection, received kind: WebSocketMessageKind, _ bytes: Span<UInt8>) {
            messages.append(Array(copying: bytes))
            onMessage(socket, kind, bytes)
        }

        func webSocketClosed(_ socket: WebSocketConnection, _ close: WebSocketClose) {
            #expect(self.close == nil, "closed twice")
            self.close = close
        }
    }

    let clock = FakeClock()
    let server = End()
    let client = End()
    let serverSocket: WebSocketConnection
    let clientSocket: WebSocketConnection

    init(_ options: WebSocketOptions = WebSocketOptions(), capacity: Int = 64 * 1024) {
        let (ours, theirs) = MemoryPipe.pair(capacity: capacity)
        let deflate = PermessageDeflate(outgoing: .init(), incoming: .init())
        let agreed = options.deflate == nil ? nil : deflate
        serverSocket = WebSocketConnection(
            role: .server, options: options, deflate: agreed, handler: server, clock: clock)
        clientSocket = WebSocketConnection(
            role: .client, options: options, deflate: agreed, handler: client, clock: clock)
        server.onMessage = { socket, kind, bytes in socket.send(kind, bytes) }
        serverSocket.begin(stream: theirs, received: ByteBuffer(), outbox: ByteBuffer())
        clientSocket.begin(stream: ours, received: ByteBuffer(), outbox: ByteBuffer())
    }
}

/// The server's end against raw bytes.
@LoopActor
private func rawServer(_ options: WebSocketOptions = WebSocketOptions()) -> (
    Peer, WebSocketConnection, Pair.End, FakeClock
) {
    let (ours, theirs) = MemoryPipe.pair()
    let end = Pair.End()
    let clock = FakeClock()
    let socket = WebSocketConnection(role: .server, options: options, deflate: nil, handler: end, clock: clock)
    socket.begin(stream: theirs, received: ByteBuffer(), outbox: ByteBuffer())
    return (Peer(ours), socket, end, clock)
}

@Suite struct WebSocketConnectionTests {
    @Test(arguments: [false, true])
    func messagesOfAllSizesComeBack(deflate: Bool) async throws {
        try await onLoop {
            var options = WebSocketOptions()
            if deflate { options.deflate = DeflateSettings(for: .server) }
            let pair = Pair(options)
            var sent: [[UInt8]] = []
            for size in [0, 1, 125, 126, 300, 65_535, 65_536, 300_000] {
                let message = (0..<size).map { UInt8(truncatingIfNeeded: $0 / 7) }
                sent.append(message)
                pair.clientSocket.send(.binary, message.span)
            }
            try await turns { pair.client.messages.count == sent.count }
            #expect(pair.client.messages == sent)
            pair.clientSocket.close(.normal, "done")
            try await turns { pair.client.close != nil && pair.server.close != nil }
            #expect(pair.server.close == WebSocketClose(.normal, "done"))
            #expect(pair.client.close?.code == .normal)
            #expect(pair.clock.timers.count == 0)
        }
    }

    @Test func whatIsSentBeforeTheHandshakeIsOutComesAfterIt() async throws {
        try await onLoop {
            let (ours, theirs) = MemoryPipe.pair()
            let end = Pair.End()
            let socket = WebSocketConnection(
                role: .server, options: WebSocketOptions(), deflate: nil, handler: end, clock: FakeClock())
            socket.send("early")
            var head = ByteBuffer()
            head.append("HEAD")
            socket.begin(stream: theirs, received: ByteBuffer(), outbox: head)
            let peer = Peer(ours)
            try await turns { peer.received.count == 11 }
            #expect(peer.received == Array("HEAD".utf8) + [0x81, 5] + Array("early".utf8))
            peer.close()
        }
    }

    @Test func aSilentPeerIsPingedAndThenGivenUp() async throws {
        try await onLoop {
            let (peer, _, end, clock) = rawServer()
            await clock.advance(by: .seconds(30))
            await clock.advance(by: .seconds(30))
            try await turns { !peer.received.isEmpty }
            #expect(peer.received == [0x89, 0])
            await clock.advance(by: .seconds(19))
            #expect(end.close == nil)
            await clock.advance(by: .seconds(1))
            #expect(end.close?.code == .abnormal)
            try await turns { peer.isOver }
            peer.close()
        }
    }

    @Test func aPeerThatAnswersPingsIsKept() async throws {
        try await onLoop {
            let pair = Pair()
            for _ in 0..<20 { await pair.clock.advance(by: .seconds(25)) }
            #expect(pair.server.close == nil)
            #expect(pair.client.close == nil)
            pair.clientSocket.cut()
            try await turns { pair.server.close != nil }
            #expect(pair.server.close?.code == .abnormal)
            #expect(pair.client.close?.code == .abnormal)
        }
    }

    @Test func aProtocolErrorIsNamedInTheCloseAndNothingAfterItCounts() async throws {
        try await onLoop {
            let (peer, _, end, _) = rawServer()
            // An unmasked frame, then a good one.
            peer.send([0x81, 0x01, 0x61, 0x81, 0x81, 0, 0, 0, 0, 0x62])
            try await turns { peer.ended }
            #expect(peer.received[0] == 0x88)
            #expect(peer.received[2...3].elementsEqual([0x03, 0xea]))
            #expect(peer.text.contains("masked"))
            #expect(end.messages.isEmpty)
            peer.close()
            try await turns { end.close != nil }
            #expect(end.close?.code == .protocolError)
        }
    }

    @Test func aPeerThatDoesNotAnswerOurCloseIsCutAfterItsTime() async throws {
        try await onLoop {
            let (peer, socket, end, clock) = rawServer()
            socket.close(.goingAway, "bye")
            try await turns { !peer.received.isEmpty }
            #expect(!socket.send("late"))
            await clock.advance(by: .seconds(4))
            #expect(end.close == nil)
            await clock.advance(by: .seconds(1))
            #expect(end.close?.code == .abnormal)
            peer.close()
        }
    }

    @Test func aPeerThatDoesNotReadIsNotReadEither() async throws {
        try await onLoop {
            var options = WebSocketOptions()
            options.readPause = 10_000
            let (peer, socket, end, _) = rawServer(options)
            end.onMessage = { socket, kind, bytes in socket.send(kind, bytes) }
            peer.stopReading()
            let frame: [UInt8] = [0x82, 0xfe, 0x03, 0xe8, 0, 0, 0, 0] + [UInt8](repeating: 7, count: 1000)
            for _ in 0..<1000 { peer.send(frame) }
            for _ in 0..<100 { await Task.yield() }
            let taken = end.messages.count
            #expect(taken < 200)
            #expect(socket.backlog <= options.readPause + 1004)
            peer.startReading()
            try await turns { end.messages.count == 1000 && peer.received.count == 1000 * 1004 }
            peer.close()
        }
    }

    @Test(arguments: [-1, 0, 1])
    func theOutboxHasALimitBeyondWhichTheConsumerIsSlow(difference: Int) async throws {
        try await onLoop {
            var options = WebSocketOptions()
            options.outbox = 70_000
            let (peer, socket, _, _) = rawServer(options)
            peer.stopReading()
            // Within one turn nothing leaves the outbox. A message of this size has a header of ten bytes.
            let filler = [UInt8](repeating: 1, count: options.outbox + difference - 10)
            let first = socket.send(.binary, filler.span)
            #expect(socket.backlog == options.outbox + difference)
            let second = socket.send(.binary, filler.span)
            #expect(first)
            #expect(second == (difference <= 0))
            peer.close()
        }
    }

    @Test func aHandlerMayCloseOrCutWithinAMessage() async throws {
        try await onLoop {
            for cuts in [false, true] {
                let (peer, _, end, _) = rawServer()
                end.onMessage = { socket, _, _ in if cuts { socket.cut() } else { socket.close(.normal) } }
                peer.send([0x81, 0x81, 0, 0, 0, 0, 0x61, 0x81, 0x81, 0, 0, 0, 0, 0x62])
                try await turns { peer.isOver || !peer.received.isEmpty }
                #expect(end.messages.count == 1)
                peer.close()
                try await turns { end.close != nil }
            }
        }
    }
}

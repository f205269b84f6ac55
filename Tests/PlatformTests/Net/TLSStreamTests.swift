import Platform
import Support
import Testing

/// Reads a limited amount each time it is called, and counts the calls.
@LoopActor
private final class SipReader: PollHandler {
    let stream: any ByteStream
    let sip: Int
    var received: [UInt8] = []
    var calls = 0
    var isOver = false

    init(_ stream: any ByteStream, sip: Int) {
        self.stream = stream
        self.sip = sip
        stream.watch(.read, self)
    }

    func pollReady(_ readiness: Readiness) {
        calls += 1
        var memory = [UInt8](repeating: 0, count: sip)
        do {
            let result = try memory.withUnsafeMutableBytes { try stream.read(into: $0) }
            switch result {
            case .bytes(let count): received += memory[..<count]
            case .blocked: break
            case .end:
                isOver = true
                stream.watch([], self)
            }
        } catch {
            isOver = true
            stream.watch([], self)
        }
    }
}

/// Writes a given text as fast as it is taken, in pieces of changing sizes.
@LoopActor
private final class Sender: PollHandler {
    let stream: any HalfClosing
    let bytes: [UInt8]
    var sent = 0
    private var random: SeededRandom
    private let other: (any PollHandler)?

    init(_ stream: any HalfClosing, _ bytes: [UInt8], seed: UInt64, readingTo other: (any PollHandler)? = nil) {
        (self.stream, self.bytes, self.other) = (stream, bytes, other)
        random = SeededRandom(seed: seed)
        stream.watch(other == nil ? .write : [.read, .write], self)
    }

    private func offer(_ count: Int) throws -> Int {
        let piece = bytes[sent..<sent + count]
        return try stream.write(piece.span)
    }

    func pollReady(_ readiness: Readiness) {
        if readiness.contains(.read) { other?.pollReady(.read) }
        guard readiness.contains(.write), sent < bytes.count else { return }
        while sent < bytes.count {
            let piece = min(bytes.count - sent, Int.random(in: 1...50_000, using: &random))
            guard let taken = try? offer(piece) else { return }
            sent += taken
            if taken < piece { return }
        }
        stream.finishWriting()
        stream.watch(other == nil ? [] : .read, self)
    }
}

/// Takes bytes from a stream without watching it: its owner passes readiness on.
@LoopActor
private final class Taker: PollHandler {
    let stream: any ByteStream
    var hash = SHA256()
    var count = 0
    var ended = false
    var failure: StreamError?

    init(_ stream: any ByteStream) { self.stream = stream }

    func pollReady(_ readiness: Readiness) {
        let buffer = EventLoop.shared.readBuffer
        do throws(StreamError) {
            switch try stream.read(into: buffer) {
            case .bytes(let count):
                buffer.withBytes(count) { hash.update($0.span) }
                self.count += count
            case .blocked: break
            case .end: ended = true
            }
        } catch {
            failure = error
        }
    }
}

private func bytes(_ count: Int, seed: UInt64) -> [UInt8] {
    var random = SeededRandom(seed: seed)
    return (0..<count / 8).flatMap { _ in withUnsafeBytes(of: random.next()) { Array($0) } }
}

@Suite struct TLSStreamTests {
    @Test func aHandshakeAgreesOnTheLatestVersionAndTheProtocol() async throws {
        try await onLoop {
            try await securedPair { client, server, _ in
                for stream in [client, server] {
                    #expect(stream.version == "TLSv1.3")
                    #expect(stream.applicationProtocol == "http/1.1")
                    #expect(!stream.isResumed)
                }
                #expect(client.peerCertificate?.fingerprint == TestIdentity.local.fingerprint)
                #expect(server.peerCertificate == nil)
            }
        }
    }

    @Test func bytesAndTheEndCrossBothWaysAndAHalfClosedConnectionStillReceives() async throws {
        try await onLoop {
            try await securedPair { client, server, _ in
                let (a, b) = (Peer(client), Peer(server))
                a.send("question")
                try await turns { b.text == "question" }
                a.finish()
                try await turns { b.ended }
                #expect(!a.isOver)
                b.send("answer after the end")
                b.finish()
                try await turns { a.ended }
                #expect(a.text == "answer after the end")
                #expect(a.failure == nil && b.failure == nil)
                #expect { _ = try client.write([1].span) } throws: { $0 as? StreamError == .closed }
            }
        }
    }

    @Test(arguments: [1, 7, 1000, 16384, 16385])
    func bytesInsideTheLibraryAreOfferedAgainWhileTheSocketIsQuiet(sip: Int) async throws {
        try await onLoop {
            try await securedPair { client, server, _ in
                let text = bytes(sip == 1 ? 4096 : 48 * 1024, seed: 1)
                let taken = try server.write(text.span)
                #expect(taken == text.count)
                let reader = SipReader(client, sip: sip)
                try await turns { reader.received.count == text.count }
                #expect(reader.received == text)
                // Spurious calls are allowed, but not one after the other for ever.
                let calls = reader.calls
                for _ in 0..<50 { await loopTurn() }
                #expect(reader.calls <= calls + 2)
            }
        }
    }

    @Test func aReadThatNobodyWasCalledForAnnouncesItsRest() async throws {
        try await onLoop {
            try await securedPair { client, server, _ in
                let reader = SipReader(client, sip: 100)
                client.watch([], reader)
                var memory = [UInt8](repeating: 0, count: 10)
                let nothing = try memory.withUnsafeMutableBytes { try client.read(into: $0) }
                #expect(nothing == .blocked)
                _ = try server.write([UInt8](repeating: 5, count: 1000).span)
                try await turns {
                    (try? memory.withUnsafeMutableBytes { try client.read(into: $0) }) == .bytes(10)
                }
                #expect(reader.calls == 0)
                client.watch(.read, reader)
                try await turns { reader.received.count == 990 }
            }
        }
    }

    @Test func aPausedStreamKeepsQuietAndGoesOnWhereItWas() async throws {
        try await onLoop {
            try await securedPair { client, server, _ in
                let reader = SipReader(client, sip: 10)
                _ = try server.write([UInt8](repeating: 5, count: 1000).span)
                try await turns { reader.received.count >= 20 }
                client.watch([], reader)
                let calls = reader.calls
                for _ in 0..<50 { await loopTurn() }
                #expect(reader.calls == calls)
                client.watch(.read, reader)
                try await turns { reader.received.count == 1000 }
            }
        }
    }

    @Test func theEndIsOfferedAsLongAsItIsAskedFor() async throws {
        try await onLoop {
            try await securedPair { client, server, _ in
                @LoopActor final class Counter: PollHandler {
                    var calls = 0
                    func pollReady(_ readiness: Readiness) { calls += 1 }
                }
                let counter = Counter()
                server.finishWriting()
                let peer = Peer(client)
                try await turns { peer.ended }
                client.watch(.read, counter)
                for round in 1...5 { try await turns { counter.calls > round * 3 } }
                client.watch([], counter)
                let calls = counter.calls
                for _ in 0..<20 { await loopTurn() }
                #expect(counter.calls == calls)
            }
        }
    }

    @Test(arguments: [64 * 1024, 3000])
    func muchCrossesBothWaysAtOnceWhole(portion: Int) async throws {
        try await onLoop {
            try await securedPair(through: true) { client, server, relay in
                relay?.portion = portion
                let size = portion > 10_000 ? 4 << 20 : 256 << 10
                let (there, back) = (bytes(size, seed: 2), bytes(size, seed: 3))
                let (atServer, atClient) = (Taker(server), Taker(client))
                let senders = [
                    Sender(client, there, seed: 4, readingTo: atClient),
                    Sender(server, back, seed: 5, readingTo: atServer),
                ]
                try await turns { atServer.ended && atClient.ended }
                #expect(senders.allSatisfy { $0.sent == size })
                #expect(atServer.hash.finish() == SHA256.hash(there))
                #expect(atClient.hash.finish() == SHA256.hash(back))
            }
        }
    }

    @Test func whatWasTakenArrivesAfterCloseEvenWhenThePeerReadsLate() async throws {
        try await onLoop {
            // However long a busy machine takes, the limit for lingering does not come into it.
            try await securedPair(clock: FakeClock()) { client, server, _ in
                let taken = try await fill(server)
                server.close()
                server.close()
                #expect { _ = try server.write([9].span) } throws: { $0 as? StreamError == .closed }
                let peer = Peer(client)
                try await turns { peer.isOver }
                #expect(peer.ended)
                #expect(peer.received.count == taken)
            }
        }
    }

    @Test func lingeringEndsAtItsLimit() async throws {
        try await onLoop {
            let clock = FakeClock()
            try await securedPair(clock: clock) { client, server, _ in
                try await fill(server)
                let port = try #require(Socket.localAddress(of: server.descriptor)?.port)
                let count = openSockets(port: port)
                server.close()
                await clock.advance(by: .milliseconds(9999))
                #expect(openSockets(port: port) == count)
                await clock.advance(by: .milliseconds(1))
                #expect(openSockets(port: port) == count - 1)
                // Cut off, and therefore not to be taken for the end.
                let peer = Peer(client)
                try await turns { peer.isOver }
                #expect(!peer.ended)
            }
        }
    }

    @Test func aConnectionCutWithoutFarewellIsNotAnEnd() async throws {
        try await onLoop {
            try await securedPair(through: true) { client, server, relay in
                let (a, b) = (Peer(client), Peer(server))
                b.send("half of a pa")
                try await turns { a.text == "half of a pa" }
                relay?.cut()
                try await turns { a.isOver && b.isOver }
                #expect(a.failure == .truncated)
                #expect(!a.ended && !b.ended)
            }
        }
    }

    @Test func aFailureIsReportedToReaderAndWriterAlikeAndAgain() async throws {
        try await onLoop {
            try await securedPair(through: true) { client, server, relay in
                relay?.cut()
                var memory = [UInt8](repeating: 0, count: 10)
                try await turns { (try? memory.withUnsafeMutableBytes { try client.read(into: $0) }) != .blocked }
                let reader = SipReader(client, sip: 10)
                try await turns { reader.isOver }
                #expect { _ = try client.write([1].span) } throws: { $0 as? StreamError == .truncated }
                #expect {
                    _ = try memory.withUnsafeMutableBytes { try client.read(into: $0) }
                } throws: { $0 as? StreamError == .truncated }
            }
        }
    }

    @Test func whoHasPausedHearsOfAFailureOnce() async throws {
        try await onLoop {
            try await securedPair(through: true) { client, server, relay in
                @LoopActor final class Listening: PollHandler {
                    var heard: [Readiness] = []
                    func pollReady(_ readiness: Readiness) { heard.append(readiness) }
                }
                let listening = Listening()
                client.watch([], listening)
                relay?.isHeld = true
                let piece = [UInt8](repeating: 1, count: 100_000)
                while try client.write(piece.span) == piece.count {}
                #expect(listening.heard.isEmpty)
                relay?.cut()
                try await turns { !listening.heard.isEmpty }
                for _ in 0..<20 { await loopTurn() }
                #expect(listening.heard.allSatisfy { $0.contains(.hangUp) })
                #expect(listening.heard.count <= 2)
            }
        }
    }

    @Test func manyConnectionsLeaveNothingOpen() async throws {
        try await onLoop {
            let server = try TLSServer()
            let context = TLSClientContext(TLSClientSettings(trust: TestIdentity.trust(TestIdentity.local)))
            for round in 0..<100 {
                let stream = try context.start(
                    on: connectSocket(to: server.address), host: "127.0.0.1", port: server.port)
                if round % 3 == 0 {
                    // In the midst of its handshake.
                    stream.close()
                    continue
                }
                try await stream.handshake()
                if round % 3 == 1 { _ = try stream.write([1, 2, 3].span) }
                stream.close()
            }
            try await turns { server.accepted.count == 100 }
            server.close()
            #expect(server.leftOpen <= 0)
        }
    }
}

import Platform
import Support
import Testing

/// Collects what a stream gives until its end.
@LoopActor
private final class Sink: PollHandler {
    let stream: any ByteStream
    var received: [UInt8] = []
    var ended = false
    var failure: StreamError?

    init(_ stream: any ByteStream) {
        self.stream = stream
        stream.watch(.read, self)
    }

    func pollReady(_ readiness: Readiness) {
        let memory = EventLoop.shared.readBuffer.memory
        do throws(StreamError) {
            switch try stream.read(into: memory) {
            case .bytes(let count): received += memory[..<count]
            case .blocked: break
            case .end:
                ended = true
                stream.close()
            }
        } catch {
            failure = error
            stream.close()
        }
    }
}

@Suite struct StreamTests {
    /// The same life over a pipe in memory and over real sockets.
    @LoopActor
    private func exchange(_ a: any HalfClosing, _ b: any ByteStream) async throws {
        let sink = Sink(b)
        let text: [UInt8] = Array("hello, stream".utf8)
        let taken = try a.write(text.span)
        #expect(taken == text.count)
        try await turns { sink.received.count == text.count }
        #expect(sink.received == text)
        #expect(!sink.ended)
        a.finishWriting()
        try await turns { sink.ended }
        #expect(sink.failure == nil)
        a.close()
    }

    @Test func bytesAndTheEndCrossAPipeInMemory() async throws {
        try await onLoop {
            let (a, b) = MemoryPipe.pair()
            try await exchange(a, b)
        }
    }

    @Test(arguments: [
        SocketAddress.loopback(port: 0), .v6(address: .loopback, port: 0),
        .unix(path: "/tmp/openclaw-stream-test.sock"),
    ])
    func bytesAndTheEndCrossASocket(address: SocketAddress) async throws {
        try await onLoop {
            var accepted: AcceptedSocket?
            let listener = try Listener(address) { accepted = $0 }
            let client = SocketStream(descriptor: try Socket.startConnecting(to: listener.address))
            try await turns { accepted != nil }
            let server = try #require(accepted)
            if case .unix = address {
                #expect(Socket.credentials(of: server.stream.descriptor) != nil)
            } else {
                #expect(server.peer?.port != nil)
            }
            try await exchange(client, server.stream)
            listener.close()
        }
    }

    @Test func aFullPipeBlocksAndGoesOnWhenRead() async throws {
        try await onLoop {
            let (a, b) = MemoryPipe.pair(capacity: 10)
            let bytes = [UInt8](repeating: 1, count: 25)
            var taken = [try a.write(bytes.span), try a.write(bytes.span)]
            #expect(taken == [10, 0])
            let sink = Sink(b)
            try await turns { sink.received.count == 10 }
            taken = [try a.write(bytes.span)]
            #expect(taken == [10])
            a.close()
            try await turns { sink.ended }
            #expect(sink.received.count == 20)
        }
    }

    @Test func aTakenPortIsRefusedByName() async throws {
        try await onLoop {
            let listener = try Listener(.loopback(port: 0)) { _ in }
            #expect {
                _ = try Listener(listener.address) { _ in }
            } throws: { ($0 as? SystemError)?.call == "bind" }
            listener.close()
        }
    }
}

import Platform
import Support
import Testing

@testable import Wire

/// Pieces handed out one by one, counted.
@LoopActor
private final class Source {
    var left: Int
    let piece: [UInt8]
    private(set) var asked = 0
    private(set) var wasCancelled = false
    var failure: (any Error)?

    init(_ count: Int, of piece: [UInt8]) {
        left = count
        self.piece = piece
    }

    func next() throws -> [UInt8]? {
        asked += 1
        if let failure { throw failure }
        guard left > 0 else { return nil }
        left -= 1
        return piece
    }

    /// Gives nothing until it is cancelled.
    func hang(_ clock: FakeClock) async throws -> [UInt8]? {
        asked += 1
        do {
            try await clock.sleep(for: .seconds(3600))
        } catch {
            wasCancelled = true
            throw error
        }
        return nil
    }
}

/// A client's end that takes whatever is written and never has anything to read.
@LoopActor
private final class Sink: ByteStream {
    func read(into memory: UnsafeMutableRawBufferPointer) throws(StreamError) -> ReadResult { .blocked }
    func write(_ bytes: Span<UInt8>) throws(StreamError) -> Int { bytes.count }
    func watch(_ interest: Readiness, _ handler: any PollHandler) {}
    func close() {}
}

private struct SourceFailed: Error, CustomStringConvertible { let description = "disk on fire" }

@Suite struct HTTPClientBodyTests {
    // MARK: Requests

    @Test(arguments: [0, 1, 1000, HTTPSendQueue.joinLimit, HTTPSendQueue.joinLimit + 1, 1_000_000])
    func aBodyOfBytesArrivesWhole(size: Int) async throws {
        try await onLoop {
            let bench = ClientBench()
            let body = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
            let call = try await bench.start(try bench.request(.post, body: .bytes(body)), on: 0)
            let head = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: \(size)\r\n\r\n"
            try await turns { bench.peers[0].received.count == head.utf8.count + size }
            #expect(bench.peers[0].received == Array(head.utf8) + body)
            bench.peers[0].send(ok(""))
            #expect(try await call.value.status == .ok)
            #expect(bench.client.pool.idleCount == 1)
            try await bench.expectAllQuiet()
        }
    }

    @Test func aStreamedBodyArrivesWholeInEitherFraming() async throws {
        try await onLoop {
            let bench = ClientBench()
            let source = Source(3, of: Array("ab".utf8))
            var call = try await bench.start(
                try bench.request(.post, body: .stream(length: 6) { try source.next() }), on: 0)
            try await turns { bench.peers[0].text.hasSuffix("Content-Length: 6\r\n\r\nababab") }
            bench.peers[0].clear()
            bench.peers[0].send(ok(""))
            #expect(try await call.value.status == .ok)

            var pieces: [[UInt8]] = [[1], [], Array(repeating: 2, count: 20)]
            call = try await bench.start(
                try bench.request(.post, body: .chunked { pieces.isEmpty ? nil : pieces.removeFirst() }), on: 0)
            let chunks: [UInt8] = Array("1\r\n".utf8) + [1] + Array("\r\n14\r\n".utf8) + Array(repeating: 2, count: 20)
            try await turns { bench.peers[0].text.hasSuffix("0\r\n\r\n") }
            #expect(bench.peers[0].received.suffix(37) == (chunks + Array("\r\n0\r\n\r\n".utf8))[...])
            #expect(bench.peers[0].text.contains("Transfer-Encoding: chunked\r\n"))
            bench.peers[0].send(ok(""))
            #expect(try await call.value.status == .ok)
            #expect(bench.client.pool.idleCount == 1)
            try await bench.expectAllQuiet()
        }
    }

    @Test func aStreamedBodyIsMadeNoFasterThanItIsTaken() async throws {
        try await onLoop {
            let bench = ClientBench()
            bench.capacity = 1000
            let source = Source(1000, of: Array(repeating: 7, count: 1000))
            let call = try await bench.start(try bench.request(.post, body: .chunked { try source.next() }), on: 0)
            bench.peers[0].stopReading()
            for _ in 0..<50 { await bench.clock.settle() }
            let asked = source.asked
            #expect(asked <= bench.peers[0].received.count / 1000 + 3)
            for _ in 0..<50 { await bench.clock.settle() }
            #expect(source.asked == asked)
            bench.peers[0].startReading()
            try await turns { bench.peers[0].text.hasSuffix("0\r\n\r\n") }
            bench.peers[0].send(ok(""))
            #expect(try await call.value.status == .ok)
            try await bench.expectAllQuiet()
        }
    }

    @Test func anUploadThatNeverWaitsLeavesTheLoopToOthers() async throws {
        try await onLoop {
            let bench = ClientBench()
            bench.wrap = { _ in Sink() }
            let others = Source(3, of: [])
            let request = try bench.request(
                .post, body: .chunked { others.left > 0 ? Array(repeating: 1, count: 10_000) : nil })
            let call = startTask { try await bench.client.send(request) }
            for _ in 0..<3 {
                // A timer of the loop itself: it fires between turns only.
                try await EventLoop.shared.sleep(for: .zero)
                others.left -= 1
            }
            await bench.clock.settle()
            call.cancel()
            #expect(await bench.failure(call) == .cancelled)
            try await bench.expectAllQuiet()
        }
    }

    @Test(arguments: [
        (2, "its body ended 2 bytes before the length announced"), (4, "its body is longer than the 6 bytes announced"),
    ])
    func aBodyOfAnotherLengthThanAnnouncedIsNotSent(pieces: Int, reason: String) async throws {
        try await onLoop {
            let bench = ClientBench()
            let source = Source(pieces, of: [1, 2])
            let call = try await bench.start(
                try bench.request(.put, body: .stream(length: 6) { try source.next() }), on: 0)
            #expect(await bench.failure(call) == .requestBody(peer: "h:80", reason: reason))
            try await turns { bench.peers[0].ended }
            #expect(!bench.peers[0].received.suffix(6).elementsEqual([2, 1, 2, 1, 2, 1]))
            try await bench.expectAllQuiet()
        }
    }

    @Test func aBodyThatFailsEndsTheRequest() async throws {
        try await onLoop {
            let bench = ClientBench()
            let source = Source(1, of: [1])
            source.failure = SourceFailed()
            let call = try await bench.start(try bench.request(.put, body: .chunked { try source.next() }), on: 0)
            #expect(await bench.failure(call) == .requestBody(peer: "h:80", reason: "its body failed: disk on fire"))
            try await turns { bench.peers[0].ended }
            #expect(!bench.peers[0].text.hasSuffix("0\r\n\r\n"))
            try await bench.expectAllQuiet()
        }
    }

    @Test func aRefusalBeforeTheBodyIsSentIsTheAnswer() async throws {
        try await onLoop {
            let bench = ClientBench()
            let source = Source(0, of: [])
            let call = try await bench.start(
                try bench.request(.post, body: .chunked { try await source.hang(bench.clock) }), on: 0)
            bench.peers[0].send("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")
            let response = try await call.value
            #expect(response.status == .payloadTooLarge)
            #expect(try await text(response) == "no")
            // The server still expects the rest of the body, so nothing else can follow on this connection.
            try await turns { bench.peers[0].ended && source.wasCancelled }
            try await bench.expectAllQuiet()
        }
    }

    @Test func aRefusalIsReadEvenIfTheServerStopsListening() async throws {
        try await onLoop {
            let bench = ClientBench()
            bench.capacity = 1000
            let request = try bench.request(.post, body: .bytes(Array(repeating: 1, count: 100_000)))
            let call = try await bench.start(request, on: 0)
            bench.peers[0].send("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")
            bench.peers[0].close()
            let response = try await call.value
            #expect(response.status == .payloadTooLarge)
            #expect(try await text(response) == "no")
            try await bench.expectAllQuiet()
        }
    }

    @Test func bothDirectionsMayFlowAtOnce() async throws {
        try await onLoop {
            let bench = ClientBench()
            var echo: HTTPResponseBody?
            var left = 3
            let request = try bench.request(
                .post,
                body: .chunked {
                    // Each piece is what the server said to the one before.
                    if let echo, try await echo.next() == nil { return nil }
                    left -= 1
                    return left < 0 ? nil : [97]
                })
            let call = try await bench.start(request, on: 0)
            bench.peers[0].send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            echo = try await call.value.body
            for _ in 0..<3 { bench.peers[0].send("1\r\nb\r\n") }
            try await turns { bench.peers[0].text.hasSuffix("0\r\n\r\n") }
            bench.peers[0].send("0\r\n\r\n")
            while try await echo?.next() != nil {}
            #expect(bench.client.pool.idleCount == 1)
            echo = nil
            try await bench.expectAllQuiet()
        }
    }

    // MARK: Responses

    @Test func aBodyNobodyReadsStaysWithItsSender() async throws {
        try await onLoop {
            let bench = ClientBench()
            var request = try bench.request()
            request.bodyLimit = .max
            let size = 4_000_000
            let call = try await bench.start(request, on: 0)
            bench.peers[0].send("HTTP/1.1 200 OK\r\nContent-Length: \(size)\r\n\r\n")
            bench.peers[0].send([UInt8](repeating: 1, count: size))
            let response = try await call.value
            for _ in 0..<50 { await bench.clock.settle() }
            // What was read ahead, one read more, and what the pipe holds.
            let held = size - bench.peers[0].unsent
            #expect(held <= HTTPClientConnection.readAhead + ReadBuffer.sharedCapacity + bench.capacity)
            let first = try await response.body.next()?.count ?? 0
            for _ in 0..<50 { await bench.clock.settle() }
            let more = size - bench.peers[0].unsent - held
            #expect(more > 0 && more <= first)
            #expect(try await response.body.collect().count == size - first)
            #expect(bench.client.pool.idleCount == 1)
            try await bench.expectAllQuiet()
        }
    }

    @Test func aResponseThatIsLetGoClosesItsConnectionAtOnce() async throws {
        try await onLoop {
            let bench = ClientBench()
            do {
                let response = try await bench.exchange(answer: "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\na")
                #expect(try await response.body.next() == [97])
            }
            try await turns { bench.peers[0].ended }
            #expect(bench.client.pool.isEmpty)
            try await bench.expectAllQuiet()
        }
    }

    @Test func aResponseThatIsAbandonedClosesItsConnectionAtOnce() async throws {
        try await onLoop {
            let bench = ClientBench()
            let response = try await bench.exchange(answer: "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\na")
            response.body.abandon()
            #expect(bench.client.pool.isEmpty)
            try await turns { bench.peers[0].ended }
            await #expect(throws: HTTPClientError.cancelled) { try await response.body.next() }
            try await bench.expectAllQuiet()
        }
    }

    // MARK: Cancellation

    @Test func aCallCancelledInAnyPhaseClosesItsConnectionAtOnce() async throws {
        try await onLoop {
            // Waiting for a connect, for the response, and for the rest of its head.
            for phase in 0..<3 {
                let bench = ClientBench()
                bench.isConnectHeld = phase == 0
                let request = try bench.request()
                let call = startTask { try await bench.client.send(request) }
                try await turns { phase == 0 ? bench.origins.count == 1 : bench.peers.first?.received.isEmpty == false }
                if phase == 2 { bench.peers[0].send("HTTP/1.1 200") }
                await bench.clock.settle()
                call.cancel()
                #expect(await bench.failure(call) == .cancelled)
                try await turns { phase == 0 ? bench.cancelledConnects == 1 : bench.peers[0].ended }
                try await bench.expectAllQuiet()
            }
        }
    }

    @Test func aTaskThatIsOverSendsNothing() async throws {
        try await onLoop {
            let bench = ClientBench()
            _ = try await bench.exchange(answer: ok(""))
            let request = try bench.request(.post)
            let call = startTask {
                try? await bench.clock.sleep(for: .seconds(1))
                return try await bench.client.send(request)
            }
            await bench.clock.settle()
            call.cancel()
            #expect(await bench.failure(call) == .cancelled)
            await bench.clock.settle()
            #expect(bench.peers[0].received.isEmpty)
            #expect(bench.client.pool.idleCount == 1)
            try await bench.expectAllQuiet()
        }
    }

    @Test func aReaderCancelledWithinTheBodyClosesTheConnectionAtOnce() async throws {
        try await onLoop {
            let bench = ClientBench()
            let response = try await bench.exchange(answer: "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\na")
            let all = startTask { try await response.body.collect() }
            await bench.clock.settle()
            all.cancel()
            await #expect(throws: HTTPClientError.cancelled) { try await all.value }
            #expect(bench.client.pool.isEmpty)
            try await turns { bench.peers[0].ended }
            try await bench.expectAllQuiet()
        }
    }

    @Test func aCancelledUploadStopsItsSource() async throws {
        try await onLoop {
            let bench = ClientBench()
            let source = Source(0, of: [])
            let call = try await bench.start(
                try bench.request(.post, body: .chunked { try await source.hang(bench.clock) }), on: 0)
            await bench.clock.settle()
            call.cancel()
            #expect(await bench.failure(call) == .cancelled)
            try await turns { source.wasCancelled && bench.peers[0].ended }
            try await bench.expectAllQuiet()
        }
    }

    @Test func aLateCancellationHarmsNobodyElse() async throws {
        try await onLoop {
            let bench = ClientBench()
            let call = try await bench.start(try bench.request(), on: 0)
            bench.peers[0].clear()
            bench.peers[0].send(ok(""))
            _ = try await call.value
            // The task is over and its connection belongs to the next call.
            let next = try await bench.start(try bench.request(), on: 0)
            call.cancel()
            await bench.clock.settle()
            bench.peers[0].send(ok("mine"))
            #expect(try await text(try await next.value) == "mine")
            try await bench.expectAllQuiet()
        }
    }
}

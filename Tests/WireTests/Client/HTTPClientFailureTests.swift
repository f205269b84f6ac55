import Platform
import Support
import Testing

@testable import Wire

/// A client's end whose last bytes are followed by an error instead of an end, as TLS reports a connection that was cut
/// off without being closed.
@LoopActor
private final class CutStream: ByteStream {
    private let pipe: MemoryPipe
    var writeFailure: StreamError?

    init(_ pipe: MemoryPipe) { self.pipe = pipe }

    func read(into memory: UnsafeMutableRawBufferPointer) throws(StreamError) -> ReadResult {
        let result = try pipe.read(into: memory)
        guard result != .end else { throw .tls("cut off") }
        return result
    }

    func write(_ bytes: Span<UInt8>) throws(StreamError) -> Int {
        if let writeFailure { throw writeFailure }
        return try pipe.write(bytes)
    }

    func watch(_ interest: Readiness, _ handler: any PollHandler) { pipe.watch(interest, handler) }
    func close() { pipe.close() }
}

@Suite struct HTTPClientFailureTests {
    @Test(arguments: [
        ("", "the peer closed it without a response"), ("HTTP/1.1 20", "the peer closed it within the response's head"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n", "the peer closed it within the response's head"),
        ("HTTP/1.1 100 Continue\r\n\r\n", "the peer closed it within the response's head"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na", "1 bytes of the announced length are missing from the body"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n", "the last chunk is missing from the body"),
    ])
    func aConnectionThatEndsEarlyIsAnError(answer: String, reason: String) async throws {
        try await onLoop {
            let bench = ClientBench()
            let call = try await bench.start(try bench.request(.get, "https://h/secret?secret"), on: 0)
            bench.peers[0].send(answer)
            bench.peers[0].finish()
            let all = startTask { try await call.value.body.collect() }
            await #expect(throws: HTTPClientError.connectionLost(peer: "h:443", reason: reason)) { try await all.value }
            try await turns { bench.peers[0].ended }
            try await bench.expectAllQuiet()
        }
    }

    @Test(arguments: ["HTTP/1.1 200 OK\r\n\r\nhel", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", "HTTP/1.1"])
    func aConnectionThatIsCutOffIsAnErrorEvenWhereAnEndWouldDo(answer: String) async throws {
        try await onLoop {
            let bench = ClientBench()
            bench.wrap = { CutStream($0) }
            let call = try await bench.start(try bench.request(), on: 0)
            bench.peers[0].send(answer)
            bench.peers[0].finish()
            let all = startTask { try await call.value.body.collect() }
            let expected = HTTPClientError.connectionLost(peer: "h:80", reason: "TLS: cut off")
            await #expect(throws: expected) { try await all.value }
            try await bench.expectAllQuiet()
        }
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "both Content-Length"),
        ("HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n", "folded"), ("220 mail.example ESMTP\r\n", "must begin with HTTP/1.1"),
        ("HTTP/1.1 101 Switching\r\n\r\n", "101 without an upgrade"),
        (String(repeating: "HTTP/1.1 100 Continue\r\n\r\n", count: 9), "more than 8 interim responses"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "a chunk must begin"),
    ])
    func aMalformedResponseIsRefusedAndTheConnectionClosed(answer: String, reason: String) async throws {
        try await onLoop {
            let bench = ClientBench()
            let call = try await bench.start(try bench.request(), on: 0)
            bench.peers[0].send(answer)
            let all = startTask { try await call.value.body.collect() }
            let error = await #expect(throws: HTTPClientError.self) { try await all.value }
            guard case .malformedResponse("h:80", let given)? = error else { throw try #require(error) }
            #expect(given.contains(reason))
            try await turns { bench.peers[0].ended }
            try await bench.expectAllQuiet()
        }
    }

    @Test(arguments: [-1, 0, 1])
    func interimResponsesHaveALimit(over: Int) async throws {
        try await onLoop {
            let bench = ClientBench()
            let call = try await bench.start(try bench.request(), on: 0)
            let count = HTTPClientExchange.interimLimit + over
            bench.peers[0].send(String(repeating: "HTTP/1.1 103 Early\r\n\r\n", count: count) + ok(""))
            #expect((await bench.failure(call) == nil) == (over <= 0))
            try await bench.expectAllQuiet()
        }
    }

    @Test(arguments: [-1, 0, 1])
    func aBodyHasALimit(over: Int) async throws {
        try await onLoop {
            let body = String(repeating: "a", count: 100 + over)
            for answer in [
                "Content-Length: \(100 + over)\r\n\r\n\(body)", "Connection: close\r\n\r\n\(body)",
                "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n\(String(95 + over, radix: 16))\r\n\(body.dropFirst(5))"
                    + "\r\n0\r\n\r\n",
            ] {
                let bench = ClientBench()
                var request = try bench.request()
                request.bodyLimit = 100
                let call = try await bench.start(request, on: 0)
                bench.peers[0].send("HTTP/1.1 200 OK\r\n" + answer)
                bench.peers[0].finish()
                let all = startTask { try await call.value.body.collect() }
                let result = await all.result.mapError { $0 as? HTTPClientError ?? .closed }
                if over <= 0 {
                    #expect(try result.get().count == 100 + over)
                } else {
                    #expect(result == .failure(.tooLarge(peer: "h:80", what: "the body", limit: 100)))
                    try await turns { bench.peers[0].ended }
                }
                try await bench.expectAllQuiet()
            }
        }
    }

    @Test(arguments: [-1, 0, 1])
    func aReaderMayTakeLessThanTheLimit(over: Int) async throws {
        try await onLoop {
            let bench = ClientBench()
            let response = try await bench.exchange(answer: ok(String(repeating: "a", count: 10 + over)))
            let all = startTask { try await response.body.collect(limit: 10) }
            if over <= 0 {
                #expect(try await all.value.count == 10 + over)
            } else {
                let expected = HTTPClientError.tooLarge(peer: "h:80", what: "the body", limit: 10)
                await #expect(throws: expected) { try await all.value }
            }
            try await bench.expectAllQuiet()
        }
    }

    // MARK: A connection that died while idle

    /// Uses a connection once, lets it look alive, and ends it when the next request arrives.
    @LoopActor
    private func sendOnStale(
        _ bench: ClientBench, _ request: HTTPClientRequest, firstBytes: String = ""
    ) async throws -> Task<HTTPClientResponse, any Error> {
        _ = try await bench.exchange(answer: ok(""))
        let call = try await bench.start(request, on: 0)
        bench.peers[0].send(firstBytes)
        bench.peers[0].finish()
        return call
    }

    @Test(arguments: [HTTPMethod.get, .head, .put, .delete, .options])
    func anIdempotentRequestIsSentAgainOnce(method: HTTPMethod) async throws {
        try await onLoop {
            let bench = ClientBench()
            let body: HTTPRequestBody = method == .put ? .bytes([1, 2]) : .none
            let call = try await sendOnStale(bench, try bench.request(method, body: body))
            try await turns { bench.peers.count == 2 && bench.peers[1].text.contains("\r\n\r\n") }
            #expect(bench.peers[1].text.hasPrefix(method.rawValue))
            bench.peers[1].finish()
            let error = HTTPClientError.connectionLost(peer: "h:80", reason: "the peer closed it without a response")
            #expect(await bench.failure(call) == error)
            #expect(bench.peers.count == 2)
            try await bench.expectAllQuiet()
        }
    }

    @Test func onlyTheSecondAnswerCounts() async throws {
        try await onLoop {
            let bench = ClientBench()
            let call = try await sendOnStale(bench, try bench.request())
            try await turns { bench.peers.count == 2 && bench.peers[1].text.contains("\r\n\r\n") }
            bench.peers[1].send(ok("again"))
            #expect(try await text(try await call.value) == "again")
            try await bench.expectAllQuiet()
        }
    }

    @Test(arguments: [HTTPMethod.post, .patch])
    func otherRequestsAreNotSentAgain(method: HTTPMethod) async throws {
        try await onLoop {
            for body in [HTTPRequestBody.none, .bytes([1, 2])] {
                let bench = ClientBench()
                let call = try await sendOnStale(bench, try bench.request(method, body: body))
                let error = HTTPClientError.connectionLost(
                    peer: "h:80", reason: "the peer closed it without a response")
                #expect(await bench.failure(call) == error)
                #expect(bench.peers.count == 1)
                try await bench.expectAllQuiet()
            }
        }
    }

    @Test func aPostOfWhichNothingWasTakenIsSentAgain() async throws {
        try await onLoop {
            for body in [HTTPRequestBody.none, .bytes([1, 2]), .chunked { [1] }] {
                let bench = ClientBench()
                var streams: [CutStream] = []
                bench.wrap = {
                    streams.append(CutStream($0))
                    return streams[streams.count - 1]
                }
                _ = try await bench.exchange(answer: ok(""))
                streams[0].writeFailure = .system(SystemError(code: 32, call: "send"))
                let request = try bench.request(.post, body: body)
                let call = startTask { try await bench.client.send(request) }
                bench.peers[0].finish()
                try await turns { bench.peers.count == 2 && bench.peers[1].text.contains("\r\n\r\n") }
                bench.peers[1].send(ok(""))
                #expect(try await call.value.status == .ok)
                try await bench.expectAllQuiet()
            }
        }
    }

    @Test func aStreamedBodyThatHasBegunIsNotSentAgain() async throws {
        try await onLoop {
            let bench = ClientBench()
            var asked = 0
            let request = try bench.request(
                .put,
                body: .chunked {
                    asked += 1
                    return asked == 1 ? [1] : nil
                })
            let call = try await sendOnStale(bench, request)
            #expect(await bench.failure(call) != nil)
            #expect(bench.peers.count == 1)
            #expect(asked <= 2)
            try await bench.expectAllQuiet()
        }
    }

    @Test func aResponseThatHasBegunIsNotAskedForAgain() async throws {
        try await onLoop {
            let bench = ClientBench()
            let call = try await sendOnStale(bench, try bench.request(), firstBytes: "H")
            #expect(await bench.failure(call) != nil)
            #expect(bench.peers.count == 1)
            try await bench.expectAllQuiet()
        }
    }

    @Test func aNewConnectionThatDiesIsNotReplaced() async throws {
        try await onLoop {
            let bench = ClientBench()
            let call = try await bench.start(try bench.request(), on: 0)
            bench.peers[0].close()
            #expect(await bench.failure(call) != nil)
            #expect(bench.peers.count == 1)
            try await bench.expectAllQuiet()
        }
    }

    @Test func aTimeoutIsNotTriedAgain() async throws {
        try await onLoop {
            let bench = ClientBench()
            _ = try await bench.exchange(answer: ok(""))
            let call = try await bench.start(try bench.request(), on: 0)
            await bench.clock.advance(by: HTTPDeadlines.defaultFirstByte)
            #expect(await bench.failure(call) != nil)
            #expect(bench.peers.count == 1)
            try await bench.expectAllQuiet()
        }
    }

    @Test func aRetryDoesNotTryTheOtherIdleConnections() async throws {
        try await onLoop {
            let bench = ClientBench()
            let request = try bench.request()
            let both = (0..<2).map { _ in startTask { try await bench.client.send(request) } }
            try await turns { bench.peers.count == 2 }
            for peer in bench.peers { peer.send(ok("")) }
            for call in both { _ = try await call.value }
            bench.peers[1].clear()
            let call = try await bench.start(request, on: 1)
            bench.peers[1].finish()
            try await turns { bench.peers.count == 3 && bench.peers[2].text.contains("\r\n\r\n") }
            try await turns { bench.peers[0].ended }
            bench.peers[2].send(ok(""))
            #expect(try await call.value.status == .ok)
            try await bench.expectAllQuiet()
        }
    }
}

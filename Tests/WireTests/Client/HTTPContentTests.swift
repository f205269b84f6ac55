import Platform
import Support
import Testing

@testable import Wire

private func compressed(_ bytes: [UInt8], _ format: DeflateFormat = .gzip) -> [UInt8] {
    var output: [UInt8] = []
    Deflater(format, level: 6, memoryLevel: 8).deflate(bytes.span, .finish, appendingTo: &output)
    return output
}

private func answer(_ body: [UInt8], _ fields: String = "Content-Encoding: gzip\r\n") -> [UInt8] {
    Array("HTTP/1.1 200 OK\r\n\(fields)Content-Length: \(body.count)\r\n\r\n".utf8) + body
}

@LoopActor
private func collect(
    _ bench: ClientBench, _ answer: [UInt8], limit: Int = HTTPClientRequest.defaultBodyLimit, step: Int = .max
) async throws -> Result<[UInt8], HTTPClientError> {
    var request = try bench.request()
    request.bodyLimit = limit
    request.acceptsCompression = true
    let call = try await bench.start(request, on: 0)
    #expect(bench.peers[0].text.contains("Accept-Encoding: gzip, deflate\r\n"))
    bench.peers[0].clear()
    let all = startTask { try await call.value.body.collect() }
    for start in stride(from: 0, to: answer.count, by: min(step, answer.count)) {
        bench.peers[0].send(Array(answer[start..<min(answer.count, start + min(step, answer.count))]))
        if step < answer.count { await bench.clock.settle() }
    }
    return await all.result.mapError { $0 as? HTTPClientError ?? .closed }
}

@Suite struct HTTPContentTests {
    @Test(arguments: [1, 7, Int.max], [DeflateFormat.gzip, .zlib, .raw(windowBits: 15)])
    func aCompressedBodyIsDecompressedHoweverItComes(step: Int, format: DeflateFormat) async throws {
        try await onLoop {
            let bench = ClientBench()
            let body = Array(String(repeating: "hello, stream. ", count: 100).utf8)
            let coding = format == .gzip ? "gzip" : "deflate"
            let fields = "Content-Encoding: \(coding)\r\n"
            #expect(
                try await collect(bench, answer(compressed(body, format), fields), step: step) == .success(body))
            #expect(bench.client.pool.idleCount == 1)
            try await bench.expectAllQuiet()
        }
    }

    @Test(arguments: ["", "Content-Encoding: identity\r\n", "Content-Encoding:\r\n"])
    func aBodyWithoutACodingIsLeftAlone(fields: String) async throws {
        try await onLoop {
            let bench = ClientBench()
            #expect(try await collect(bench, answer([1, 2, 3], fields)) == .success([1, 2, 3]))
            try await bench.expectAllQuiet()
        }
    }

    @Test(arguments: ["br", "gzip, gzip", "x"])
    func aCodingNobodyAskedForIsRefused(coding: String) async throws {
        try await onLoop {
            let bench = ClientBench()
            let error = HTTPClientError.malformedResponse(
                peer: "h:80", reason: "the Content-Encoding \"\(coding)\" was not asked for")
            let result = try await collect(bench, answer([1, 2, 3], "Content-Encoding: \(coding)\r\n"))
            #expect(result == .failure(error))
            try await bench.expectAllQuiet()
        }
    }

    @Test func aResponseWithoutABodyNeedsNoDecompression() async throws {
        try await onLoop {
            let bench = ClientBench()
            #expect(try await collect(bench, answer([])) == .success([]))
            let head = try await bench.exchange(
                try bench.request(.head), answer: "HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 9\r\n\r\n"
            )
            #expect(try await head.body.collect().isEmpty)
            try await bench.expectAllQuiet()
        }
    }

    @Test func aDamagedBodyIsAnErrorThatClosesTheConnection() async throws {
        try await onLoop {
            let good = compressed(Array(repeating: 1, count: 10_000))
            var damaged = good
            damaged[damaged.count - 6] ^= 1
            for (bytes, reason) in [
                (damaged, "damaged"), (Array(good.dropLast()), "ends too early"), (Array("plain text".utf8), "damaged"),
            ] {
                let bench = ClientBench()
                let result = try await collect(bench, answer(bytes))
                guard case .failure(.malformedResponse("h:80", let given)) = result else {
                    Issue.record("\(result)")
                    continue
                }
                #expect(given.contains(reason))
                try await bench.expectAllQuiet()
            }
        }
    }

    @Test(arguments: [-1, 0, 1])
    func theLimitIsForWhatComesOutOfIt(over: Int) async throws {
        try await onLoop {
            let bench = ClientBench()
            let limit = 100_000
            let result = try await collect(
                bench, answer(compressed(Array(repeating: 7, count: limit + over))), limit: limit)
            if over <= 0 {
                #expect(try result.get().count == limit + over)
            } else {
                #expect(result == .failure(.tooLarge(peer: "h:80", what: "the body", limit: limit)))
            }
            try await bench.expectAllQuiet()
        }
    }

    @Test func dataThatCannotBeCompressedMayArriveLargerThanTheLimit() async throws {
        try await onLoop {
            let bench = ClientBench()
            var random = SeededRandom(seed: 7)
            let body = (0..<1000).map { _ in UInt8.random(in: 0...255, using: &random) }
            let bytes = compressed(body)
            #expect(bytes.count > 1000)
            #expect(try await collect(bench, answer(bytes), limit: 1000) == .success(body))
            try await bench.expectAllQuiet()
        }
    }

    /// A thousand bytes of nothing: each stored block of length 0 takes five bytes and gives none (RFC 1951 3.2.4).
    @Test(arguments: [-1, 0, 1])
    func whatArrivesHasALimitToo(over: Int) async throws {
        try await onLoop {
            let bench = ClientBench()
            let limit = HTTPDecodedBody.arrivalLimit(1000)
            let front: [UInt8] = [0x78, 0x9c]
            let blocks = (limit + over - front.count) / 5
            let padding = limit + over - front.count - blocks * 5
            var bytes = front
            for _ in 0..<blocks { bytes += [0, 0, 0, 0xff, 0xff] }
            bytes += [0, 0, 0, 0xff].prefix(padding)
            let text =
                "HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\nTransfer-Encoding: chunked\r\n\r\n"
                + "\(String(bytes.count, radix: 16))\r\n"
            let result = try await collect(bench, Array(text.utf8) + bytes + Array("\r\n0\r\n\r\n".utf8), limit: 1000)
            if over <= 0 {
                if case .failure(.malformedResponse) = result {} else { Issue.record("\(result)") }
            } else {
                #expect(result == .failure(.tooLarge(peer: "h:80", what: "the body", limit: 1000)))
            }
            try await bench.expectAllQuiet()
        }
    }

    @Test func aBombIsStoppedAndTheLoopGoesOnMeanwhile() async throws {
        try await onLoop {
            let bench = ClientBench()
            let limit = 64 * 1024 * 1024
            let bomb = compressed(Array(repeating: 0, count: limit + 1))
            #expect(bomb.count < 70_000)
            var turns = 0
            let other = startTask {
                while true {
                    try await EventLoop.shared.sleep(for: .zero)
                    turns += 1
                }
            }
            var request = try bench.request()
            request.bodyLimit = limit
            let call = try await bench.start(request, on: 0)
            bench.peers[0].send(answer(bomb))
            let body = try await call.value.body
            let all = startTask {
                var count = 0
                while let piece = try await body.next() { count += piece.count }
                return count
            }
            let expected = HTTPClientError.tooLarge(peer: "h:80", what: "the body", limit: limit)
            await #expect(throws: expected) { try await all.value }
            other.cancel()
            #expect(turns >= limit / HTTPBurst.limit)
            try await bench.expectAllQuiet()
        }
    }
}

@Suite struct HTTPEventStreamTests {
    private static let head = "HTTP/1.1 200 OK\r\nContent-Type: Text/Event-Stream ; charset=utf-8\r\n\r\n"

    @Test(arguments: [1, 2, 1000])
    func eventsAreReadAsTheyCome(step: Int) async throws {
        try await onLoop {
            let bench = ClientBench()
            let events = try await bench.exchange(answer: Self.head).events()
            let bytes = Array(
                "\u{feff}data: a\n\nevent: x\r\ndata: b\r\ndata: c\r\nid: 9\r\n\r\nretry: 12\r: c\rdata: d\r\r".utf8)
            let all = startTask {
                var seen: [SSEEvent] = []
                while let event = try await events.next() { seen.append(event) }
                return seen
            }
            for start in stride(from: 0, to: bytes.count, by: step) {
                bench.peers[0].send(Array(bytes[start..<min(bytes.count, start + step)]))
                await bench.clock.settle()
            }
            bench.peers[0].finish()
            let expected = [
                SSEEvent(data: Array("a".utf8)), SSEEvent(name: "x", data: Array("b\nc".utf8), id: "9"),
                SSEEvent(data: Array("d".utf8), id: "9"),
            ]
            #expect(try await all.value == expected)
            #expect(events.lastEventID == "9")
            #expect(events.retry == 12)
            try await bench.expectAllQuiet()
        }
    }

    @Test func anEventIsThereBeforeTheStreamGoesOn() async throws {
        try await onLoop {
            let bench = ClientBench()
            let events = try await bench.exchange(answer: Self.head + "data: a\n\ndata: b\n\nda").events()
            #expect(try await events.next()?.text == "a")
            #expect(try await events.next()?.text == "b")
            events.abandon()
            try await turns { bench.peers[0].ended }
            try await bench.expectAllQuiet()
        }
    }

    @Test func anEventThatIsTooLongEndsTheStream() async throws {
        try await onLoop {
            let bench = ClientBench()
            let events = try await bench.exchange(answer: Self.head + "data: 0123456789\n\n")
                .events(limits: SSELimits(line: 10, event: 10))
            await #expect(throws: HTTPClientError.self) { try await events.next() }
            try await turns { bench.peers[0].ended }
            try await bench.expectAllQuiet()
        }
    }

    @Test(arguments: ["application/json", "text/event-streams", ""])
    func anythingElseIsNoEventStream(type: String) async throws {
        try await onLoop {
            let bench = ClientBench()
            let response = try await bench.exchange(answer: ok("{}", "Content-Type: \(type)\r\n"))
            #expect {
                try response.events()
            } throws: { "\($0)".contains("an event stream was expected, not \"\(type)\"") }
            response.body.abandon()
            try await bench.expectAllQuiet()
        }
    }
}

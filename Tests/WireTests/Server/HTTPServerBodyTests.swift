import Platform
import Support
import Testing

@testable import Wire

@Suite struct HTTPServerBodyTests {
    @Test func HEADIsAnsweredWithoutABodyButWithItsLength() async throws {
        try await onLoop {
            let bench = ServerBench()
            let peer = bench.connect()
            peer.send("HEAD /abc HTTP/1.1\r\nHost: h\r\n\r\n")
            try await turns { !peer.received.isEmpty }
            #expect(peer.text.contains("Content-Length: 4\r\n"))
            #expect(peer.text.hasSuffix("\r\n\r\n"))
            peer.close()
        }
    }

    @Test func continueIsSentWhenTheBodyIsWantedAndNotBefore() async throws {
        try await onLoop {
            let bench = ServerBench()
            var body: [UInt8] = []
            var exchange: HTTPExchange?
            bench.answer = { exchange = $0 }
            let peer = bench.connect()
            peer.send("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
            try await turns { exchange != nil }
            await bench.clock.settle()
            #expect(peer.received.isEmpty)
            let one = try #require(exchange)
            startTask {
                body = try await one.body.collect()
                one.respond(.text(.ok, "done"))
            }
            try await turns { peer.text == "HTTP/1.1 100 Continue\r\n\r\n" }
            peer.send("ok")
            try await turns { peer.text.hasSuffix("done") }
            #expect(body == Array("ok".utf8))
            peer.close()
        }
    }

    @Test(arguments: [-1, 0, 1])
    func aBodyHasALimitWhetherAnnouncedOrNot(difference: Int) async throws {
        try await onLoop {
            let size = 1000 + difference
            let data = String(repeating: "x", count: size)
            for request in [
                "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: \(size)\r\n\r\n\(data)",
                "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "\(String(size, radix: 16))\r\n\(data)\r\n0\r\n\r\n",
            ] {
                let bench = ServerBench()
                bench.limits.body = 1000
                bench.answer = { exchange in
                    startTask {
                        let body = try await exchange.body.collect()
                        exchange.respond(.text(.ok, "\(body.count)"))
                    }
                }
                let peer = bench.connect()
                peer.send(request)
                try await turns { !peer.received.isEmpty }
                #expect(statuses(peer.text) == [difference > 0 ? "413" : "200"])
                peer.close()
                try await turns { bench.server.connectionCount == 0 }
            }
        }
    }

    @Test func anEndlessBodyNobodyReadsStaysWithTheClient() async throws {
        try await onLoop {
            let bench = ServerBench()
            bench.limits.body = 1 << 30
            bench.answer = { _ in }
            let peer = bench.connect()
            peer.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000000\r\n\r\n")
            peer.send([UInt8](repeating: 1, count: 4 << 20))
            for _ in 0..<20 { await bench.clock.settle() }
            #expect(peer.unsent > (4 << 20) - 4 * RequestBody.window - 2 * (64 << 10))
            peer.close()
        }
    }

    @Test func aBodyOfOneByteASecondIsTimedOutAndAFastOneEarnsTime() async throws {
        try await onLoop {
            let bench = ServerBench()
            bench.limits.body = 10 << 20
            bench.answer = { exchange in
                startTask {
                    let body = try await exchange.body.collect()
                    exchange.respond(.text(.ok, "\(body.count)"))
                }
            }
            let slow = bench.connect()
            let fast = bench.connect()
            slow.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n")
            fast.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: \(32 * 1024 * 60)\r\n\r\n")
            await bench.clock.settle()
            for second in 1...60 {
                if second < 30 { #expect(slow.received.isEmpty) }
                if !slow.isOver { slow.send("x") }
                fast.send([UInt8](repeating: 1, count: 32 * 1024))
                try await turns { fast.unsent == 0 }
                await bench.clock.settle()
                await bench.clock.advance(by: .seconds(1))
            }
            try await turns { !fast.received.isEmpty }
            #expect(statuses(slow.text) == ["408"])
            #expect(statuses(fast.text) == ["200"])
            slow.close()
            fast.close()
        }
    }

    @Test func anUnreadBodyIsReadPastWhenShortAndEndsTheConnectionWhenLong() async throws {
        try await onLoop {
            let bench = ServerBench()
            bench.limits.body = 10 << 20
            let short = bench.connect()
            short.send("POST /s HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n")
            await bench.clock.settle()
            #expect(bench.paths == ["/s"])
            #expect(short.received.isEmpty)
            short.send([UInt8](repeating: 1, count: 1000))
            short.send(get)
            try await turns { statuses(short.text).count == 2 }
            let long = bench.connect()
            long.send("POST /l HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n")
            try await turns { long.ended }
            #expect(long.text.contains("Connection: close"))
            #expect(bench.paths == ["/s", "/a", "/l"])
            short.close()
            long.close()
        }
    }

    @Test(arguments: ["x\r\n", "1\r\nab\r\n", "0\r\nno colon\r\n\r\n"])
    func anAnswerGivenBeforeABodyThatProvesMalformedIsNotSent(body: String) async throws {
        try await onLoop {
            for dripped in [false, true] {
                let bench = ServerBench()
                let peer = bench.connect()
                let text = "POST /s HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n\(body)\(get)"
                for part in dripped ? text.utf8.map({ [$0] }) : [Array(text.utf8)] {
                    peer.send(part)
                    await bench.clock.settle()
                }
                try await turns { peer.ended }
                #expect(statuses(peer.text) == ["400"])
                #expect(bench.paths == ["/s"])
                peer.close()
            }
        }
    }

    @Test func aChunkBeyondTheLimitIsRefusedWhenItIsAnnounced() async throws {
        try await onLoop {
            let bench = ServerBench()
            let peer = bench.connect()
            peer.send("POST /s HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n10000000000\r\n")
            try await turns { peer.ended }
            #expect(statuses(peer.text) == ["413"])
            peer.close()
        }
    }
}

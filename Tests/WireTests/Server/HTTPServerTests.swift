import Platform
import Support
import Testing

@testable import Wire

@Suite struct HTTPServerTests {
    @Test func requestsOnOneConnectionAreAnsweredInOrderHoweverTheyArrive() async throws {
        try await onLoop {
            let text = "GET /1 HTTP/1.1\r\nHost: h\r\n\r\nPOST /2 HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nbody"
            let all =
                text + "POST /3 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n"
                + "GET /4 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
            for step in [1, 7, all.utf8.count] {
                let bench = ServerBench()
                let peer = bench.connect()
                let bytes = Array(all.utf8)
                for start in stride(from: 0, to: bytes.count, by: step) {
                    peer.send(Array(bytes[start..<min(bytes.count, start + step)]))
                    await bench.clock.settle()
                }
                try await turns { peer.ended }
                #expect(bench.paths == ["/1", "/2", "/3", "/4"])
                #expect(statuses(peer.text) == ["200", "200", "200", "200"])
                #expect(peer.text.hasSuffix("Connection: close\r\n\r\n/4"))
                peer.close()
                try await turns { bench.server.connectionCount == 0 }
            }
        }
    }

    @Test func aLaterAnswerDoesNotOvertakeAnEarlierOne() async throws {
        try await onLoop {
            let bench = ServerBench()
            var first: HTTPExchange?
            bench.answer = { if first == nil { first = $0 } else { $0.respond(.text(.ok, "second")) } }
            let peer = bench.connect()
            peer.send(get + get)
            try await turns { first != nil }
            await bench.clock.settle()
            #expect(peer.received.isEmpty)
            first?.respond(.text(.ok, "first"))
            try await turns { peer.text.contains("second") }
            #expect(peer.text.contains("first"))
            #expect(bench.paths.count == 2)
            peer.close()
        }
    }

    @Test func aRefusedRequestIsAnsweredInJSONAndNothingAfterItIsRead() async throws {
        try await onLoop {
            let bench = ServerBench()
            let peer = bench.connect()
            peer.send("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n" + get)
            try await turns { peer.ended }
            #expect(peer.text.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
            #expect(peer.text.contains("Content-Type: application/json"))
            #expect(peer.text.contains("Connection: close"))
            #expect(statuses(peer.text).count == 1)
            #expect(bench.paths.isEmpty)
            peer.close()
        }
    }

    @Test func anUnknownExpectationIsRefused() async throws {
        try await onLoop {
            let bench = ServerBench()
            let peer = bench.connect()
            peer.send("GET / HTTP/1.1\r\nHost: h\r\nExpect: 200-ok\r\n\r\n")
            try await turns { peer.ended }
            #expect(statuses(peer.text) == ["417"])
            peer.close()
        }
    }

    @Test func aHeadThatDripsInTooSlowlyIsTimedOut() async throws {
        try await onLoop {
            let bench = ServerBench()
            let peer = bench.connect()
            for byte in "GET / HTT".utf8 {
                peer.send([byte])
                await bench.clock.settle()
                await bench.clock.advance(by: .milliseconds(1100))
            }
            #expect(peer.received.isEmpty)
            await bench.clock.advance(by: .milliseconds(200))
            try await turns { peer.ended }
            #expect(statuses(peer.text) == ["408"])
            peer.close()
        }
    }

    @Test func anIdleConnectionIsClosedSilentlyAfterItsTime() async throws {
        try await onLoop {
            let bench = ServerBench()
            let peer = bench.connect()
            peer.send(get)
            try await turns { !peer.received.isEmpty }
            peer.clear()
            await bench.clock.advance(by: .seconds(74))
            await bench.clock.settle()
            #expect(!peer.ended)
            await bench.clock.advance(by: .seconds(1))
            try await turns { peer.ended }
            #expect(peer.received.isEmpty)
            #expect(bench.clock.timers.count == 0)
        }
    }

    @Test func aStreamWaitsForASlowReaderAndIsCutWhenItNeverReads() async throws {
        try await onLoop {
            let bench = ServerBench()
            var written = 0
            var failed = false
            bench.answer = { exchange in
                let stream = exchange.startStream(.ok, ["Content-Type": "text/event-stream"])
                startTask {
                    do throws(StreamError) {
                        while written < 100 << 20 {
                            try await stream?.write([UInt8](repeating: 7, count: 64 << 10))
                            written += 64 << 10
                        }
                    } catch {
                        failed = true
                    }
                }
            }
            let peer = bench.connect()
            peer.stopReading()
            peer.send(get)
            for _ in 0..<50 { await bench.clock.settle() }
            #expect(written > 0)
            #expect(written <= bench.limits.outbox + 3 * (64 << 10))
            let before = written
            peer.startReading()
            try await turns { written > before + (1 << 20) }
            peer.stopReading()
            for _ in 0..<50 { await bench.clock.settle() }
            await bench.clock.advance(by: bench.limits.writeTime)
            try await turns { failed }
            #expect(bench.server.connectionCount == 0)
            peer.close()
        }
    }

    @Test func aStreamEndsProperlyForBothVersions() async throws {
        try await onLoop {
            for (version, ending) in [("1.1", "5\r\nhello\r\n0\r\n\r\n"), ("1.0", "\r\n\r\nhello")] {
                let bench = ServerBench()
                bench.answer = { exchange in
                    let stream = exchange.startStream(.ok, [:])
                    startTask {
                        try await stream?.write(Array("hello".utf8))
                        stream?.finish()
                    }
                }
                let peer = bench.connect()
                peer.send("GET / HTTP/\(version)\r\nHost: h\r\nConnection: close\r\n\r\n")
                try await turns { peer.ended }
                #expect(peer.text.hasSuffix(ending))
                peer.close()
            }
        }
    }

    @Test func aStreamThatIsLetGoOfIsCutNotEnded() async throws {
        try await onLoop {
            let bench = ServerBench()
            bench.answer = { exchange in
                let stream = exchange.startStream(.ok, [:])
                startTask { try await stream?.write(Array("hello".utf8)) }
            }
            let peer = bench.connect()
            peer.send(get)
            try await turns { peer.isOver }
            #expect(!peer.text.hasSuffix("0\r\n\r\n"))
        }
    }

    @Test func theHandlerLearnsThatTheClientHasLeft() async throws {
        try await onLoop {
            let bench = ServerBench()
            bench.answer = { exchange in exchange.onClientGone = { bench.gone += 1 } }
            let peer = bench.connect()
            peer.send(get)
            try await turns { bench.paths.count == 1 }
            peer.close()
            try await turns { bench.gone == 1 }
            #expect(bench.gone == 1)
        }
    }

    @Test func drainingAnswersWhatIsUnderWayAndClosesTheRest() async throws {
        try await onLoop {
            let bench = ServerBench()
            var waiting: HTTPExchange?
            bench.answer = { if $0.request.path == "/wait" { waiting = $0 } else { $0.respond(.text(.ok, "")) } }
            let idle = bench.connect()
            let busy = bench.connect()
            idle.send(get)
            busy.send("GET /wait HTTP/1.1\r\nHost: h\r\n\r\n")
            try await turns { waiting != nil && !idle.received.isEmpty }
            var drained = false
            startTask {
                await bench.server.drain()
                drained = true
            }
            try await turns { idle.ended }
            #expect(!drained)
            waiting?.respond(.text(.ok, "answered"))
            try await turns { drained }
            try await turns { busy.ended }
            #expect(busy.text.hasSuffix("answered"))
            #expect(busy.text.contains("Connection: close"))
        }
    }
}

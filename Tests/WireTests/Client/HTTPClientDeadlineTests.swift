import Platform
import Support
import Testing

@testable import Wire

/// A wait of one nanosecond less than what is left must change nothing; the last nanosecond must end the call.
@LoopActor
private func expectDeadline(
    _ bench: ClientBench, _ left: Duration, _ call: Task<some Sendable, any Error>, _ phase: HTTPPhase,
    of allowed: Duration? = nil
) async throws {
    var outcome: Result<Void, any Error>?
    let waiter = startTask {
        do {
            _ = try await call.value
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
    }
    await bench.clock.settle()
    await bench.clock.advance(by: left - .nanoseconds(1))
    #expect(outcome == nil, "ended before its time: \(String(describing: outcome))")
    await bench.clock.advance(by: .nanoseconds(1))
    try await turns { outcome != nil }
    _ = try await waiter.value
    let error = #expect(throws: HTTPClientError.self) { try outcome?.get() }
    #expect(error == .timedOut(phase, peer: "h:80", after: allowed ?? left))
}

@Suite struct HTTPClientDeadlineTests {
    @Test func connectingHasADeadlineAndTheAttemptIsCancelled() async throws {
        try await onLoop {
            let bench = ClientBench()
            bench.isConnectHeld = true
            let request = try bench.request()
            let call = startTask { try await bench.client.send(request) }
            try await expectDeadline(bench, HTTPDeadlines.defaultConnecting, call, .connecting)
            try await turns { bench.cancelledConnects == 1 }
            try await bench.expectAllQuiet()
        }
    }

    @Test func aConnectionThatComesTooLateIsClosed() async throws {
        try await onLoop {
            let bench = ClientBench()
            bench.isConnectDeaf = true
            let request = try bench.request()
            let call = startTask { try await bench.client.send(request) }
            try await expectDeadline(bench, HTTPDeadlines.defaultConnecting, call, .connecting)
            bench.letConnectGoOn?()
            try await turns { bench.peers.first?.ended == true }
            try await bench.expectAllQuiet()
        }
    }

    @Test func waitingForAConnectionHasADeadline() async throws {
        try await onLoop {
            let bench = ClientBench()
            bench.limits.pool.perOrigin = 1
            let first = try await bench.exchange(answer: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
            let request = try bench.request()
            let second = startTask { try await bench.client.send(request) }
            try await expectDeadline(bench, HTTPDeadlines.defaultWaiting, second, .waiting)
            first.body.abandon()
            try await bench.expectAllQuiet()
        }
    }

    @Test func sendingHasADeadlineThatEachByteRenews() async throws {
        try await onLoop {
            let bench = ClientBench()
            bench.capacity = 1000
            // Without an end, for the peer may read for long before it is stopped again.
            var request = try bench.request(.post)
            request.body = .stream(length: 1 << 40) { Array(repeating: 7, count: 10_000) }
            request.deadlines.firstByte = .seconds(1)
            // Later than the stall, and yet before another stall would be over.
            request.deadlines.total = HTTPDeadlines.defaultSending * 2 + .seconds(5)
            let call = try await bench.start(request, on: 0)
            bench.peers[0].stopReading()
            await bench.clock.settle()
            await bench.clock.advance(by: HTTPDeadlines.defaultSending - .seconds(1))
            let before = bench.peers[0].received.count
            bench.peers[0].startReading()
            try await turns { bench.peers[0].received.count > before }
            bench.peers[0].stopReading()
            await bench.clock.settle()
            try await expectDeadline(bench, HTTPDeadlines.defaultSending, call, .sending)
            try await bench.expectAllQuiet()
        }
    }

    @Test func theFirstByteHasADeadline() async throws {
        try await onLoop {
            let bench = ClientBench()
            let call = try await bench.start(try bench.request(), on: 0)
            try await expectDeadline(bench, HTTPDeadlines.defaultFirstByte, call, .firstByte)
            try await turns { bench.peers[0].ended }
            try await bench.expectAllQuiet()
        }
    }

    @Test func theFirstByteIsWaitedForFromTheRequestsEndOn() async throws {
        try await onLoop {
            let bench = ClientBench()
            var request = try bench.request(.post)
            var pieces = 0
            request.body = .stream(length: 3) {
                try await bench.clock.sleep(for: HTTPDeadlines.defaultFirstByte)
                pieces += 1
                return [1]
            }
            let call = try await bench.start(request, on: 0)
            await bench.clock.advance(by: HTTPDeadlines.defaultFirstByte * 3)
            #expect(pieces == 3)
            #expect(bench.peers[0].received.suffix(3) == [1, 1, 1])
            // The producer is asked once more for its end.
            await bench.clock.advance(by: HTTPDeadlines.defaultFirstByte - .seconds(1))
            bench.peers[0].send(ok("done"))
            #expect(try await text(try await call.value) == "done")
            try await bench.expectAllQuiet()
        }
    }

    @Test func aHeadThatDripsHasOneDeadline() async throws {
        try await onLoop {
            let bench = ClientBench()
            let call = try await bench.start(try bench.request(), on: 0)
            bench.peers[0].send("H")
            await bench.clock.settle()
            for byte in "TTP/1.1 2" {
                await bench.clock.advance(by: .seconds(1))
                bench.peers[0].send(String(byte))
            }
            try await expectDeadline(bench, HTTPDeadlines.defaultHead - .seconds(9), call, .head, of: .seconds(10))
            try await bench.expectAllQuiet()
        }
    }

    @Test func anInterimResponseBeginsTheWaitAnew() async throws {
        try await onLoop {
            let bench = ClientBench()
            let call = try await bench.start(try bench.request(), on: 0)
            await bench.clock.advance(by: HTTPDeadlines.defaultFirstByte - .seconds(1))
            bench.peers[0].send("HTTP/1.1 102 Processing\r\n\r\n")
            await bench.clock.settle()
            try await expectDeadline(bench, HTTPDeadlines.defaultFirstByte, call, .firstByte)
            try await bench.expectAllQuiet()
        }
    }

    @Test func aPauseWithinTheBodyHasADeadlineThatEachByteRenews() async throws {
        try await onLoop {
            let bench = ClientBench()
            let response = try await bench.exchange(answer: "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\na")
            #expect(try await response.body.next() == [97])
            let second = startTask { try await response.body.next() }
            await bench.clock.advance(by: HTTPDeadlines.defaultBody - .seconds(1))
            bench.peers[0].send("b")
            #expect(try await second.value == [98])
            // Without a reader no time runs against the server.
            await bench.clock.advance(by: HTTPDeadlines.defaultBody + .seconds(1))
            let third = startTask { try await response.body.next() }
            try await expectDeadline(bench, HTTPDeadlines.defaultBody, third, .body)
            await #expect(throws: HTTPClientError.self) { try await response.body.next() }
            try await turns { bench.peers[0].ended }
            try await bench.expectAllQuiet()
        }
    }

    @Test func theWholeCallHasADeadlineEvenWhenNobodyReads() async throws {
        try await onLoop {
            let bench = ClientBench()
            let response = try await bench.exchange(answer: "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\na")
            await bench.clock.advance(by: HTTPDeadlines.defaultTotal - .nanoseconds(1))
            #expect(!bench.peers[0].ended)
            await bench.clock.advance(by: .nanoseconds(1))
            try await turns { bench.peers[0].ended }
            let expected = HTTPClientError.timedOut(.total, peer: "h:80", after: HTTPDeadlines.defaultTotal)
            await #expect(throws: expected) { try await response.body.next() }
            try await bench.expectAllQuiet()
        }
    }

    @Test func aDrippingBodyEndsWithTheWholeCall() async throws {
        try await onLoop {
            let bench = ClientBench()
            let response = try await bench.exchange(answer: "HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n")
            let all = startTask { try await response.body.collect() }
            for _ in 0..<30 {
                await bench.clock.advance(by: .seconds(9))
                bench.peers[0].send("a")
                await bench.clock.settle()
            }
            try await expectDeadline(bench, .seconds(30), all, .total, of: HTTPDeadlines.defaultTotal)
            try await bench.expectAllQuiet()
        }
    }

    @Test func aStreamMayDoWithoutADeadlineForTheWhole() async throws {
        try await onLoop {
            let bench = ClientBench()
            var request = try bench.request()
            request.deadlines.total = nil
            let response = try await bench.exchange(request, answer: "HTTP/1.1 200 OK\r\n\r\n")
            for turn in 0..<20 {
                await bench.clock.advance(by: .seconds(59))
                bench.peers[0].send("\(turn)")
                #expect(try await response.body.next() == Array("\(turn)".utf8))
            }
            response.body.abandon()
            try await bench.expectAllQuiet()
        }
    }

    @Test func redirectsShareTheTimeOfTheCall() async throws {
        try await onLoop {
            let bench = ClientBench()
            var request = try bench.request()
            request.redirects = .followed(limit: 3)
            request.deadlines.total = .seconds(50)
            let call = try await bench.start(request, on: 0)
            await bench.clock.advance(by: .seconds(40))
            bench.peers[0].send("HTTP/1.1 302 Found\r\nLocation: /next\r\nContent-Length: 0\r\n\r\n")
            try await turns { bench.peers[0].text.contains("GET /next") }
            try await expectDeadline(bench, .seconds(10), call, .total, of: .seconds(50))
            try await bench.expectAllQuiet()
        }
    }
}

extension HTTPPhase {
    /// What a person reads.
    static let words: [HTTPPhase: String] = [
        .waiting: "h:80: no connection became free within 30 s",
        .connecting: "h:80: no connection within 30 s",
        .sending: "h:80: no byte of the request was taken within 30 s",
        .firstByte: "h:80: no response within 30 s",
        .head: "h:80: the response's head was not complete within 30 s",
        .body: "h:80: no byte of the body came within 30 s",
        .total: "h:80: the exchange was not complete within 30 s",
    ]
}

@Suite struct HTTPClientErrorTests {
    @Test(arguments: HTTPPhase.allCases)
    func aTimeoutNamesPhasePeerAndTime(phase: HTTPPhase) {
        #expect("\(HTTPClientError.timedOut(phase, peer: "h:80", after: .seconds(30)))" == HTTPPhase.words[phase])
    }

    @Test func shortTimesAreSaidInMilliseconds() {
        let error = HTTPClientError.timedOut(.total, peer: "h:80", after: .milliseconds(1500))
        #expect("\(error)".hasSuffix("within 1500 ms"))
    }
}

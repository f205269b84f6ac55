import Platform
import Support
import Testing
import Wire

@testable import Models

/// A body that gives what the test puts into it and waits otherwise.
@LoopActor
private final class SlowBody: HTTPBodySource {
    private var pieces: [[UInt8]] = []
    private let wakes: Suspension
    private(set) var isAbandoned = false
    private(set) var taken = 0
    private(set) var isAsked = false

    init(_ clock: any Clock) { wakes = Suspension(clock) }

    func give(_ bytes: [UInt8]) {
        pieces.append(bytes)
        wakes.wake()
    }

    func next() async throws(HTTPClientError) -> [UInt8]? {
        isAsked = true
        defer { isAsked = false }
        while true {
            if isAbandoned { throw .cancelled }
            if !pieces.isEmpty {
                taken += 1
                return pieces.removeFirst()
            }
            if await wakes.wait() == .cancelled { throw .cancelled }
        }
    }

    func abandon() {
        isAbandoned = true
        wakes.wake()
    }
}

@LoopActor
private struct SlowBench {
    let clock = FakeClock()
    let body: SlowBody
    let provider: any Provider

    init() throws {
        let body = SlowBody(clock)
        self.body = body
        let http = FakeHTTP { request in
            HTTPClientResponse(
                status: .ok, fields: HTTPFields(["Content-Type": "text/event-stream"]),
                body: HTTPResponseBody(body, peer: request.url.peer, limit: request.bodyLimit), url: request.url)
        }
        let endpoint = ModelEndpoint(
            provider: "acme", base: try WebURL("http://acme.test/v1"), authentication: .none, key: nil)
        provider = OpenAIChatProvider(endpoint, http: http, clock: clock)
    }

    func text(_ text: String) { body.give(events(#"{"choices":[{"delta":{"content":"\#(text)"}}]}"#)) }
}

@Suite struct ModelStreamTests {
    @Test func nothingIsReadBeforeSomeoneAsks() async throws {
        try await onLoop {
            let bench = try SlowBench()
            let stream = try await bench.provider.stream(.hello)
            for _ in 0..<10 { bench.text("x") }
            await bench.clock.settle()
            #expect(bench.body.taken == 0)
            _ = try await stream.next()
            // The first event has two of ours.
            _ = try await stream.next()
            await bench.clock.settle()
            #expect(bench.body.taken == 1)
        }
    }

    @Test func cancelClosesTheConnectionAtOnce() async throws {
        try await onLoop {
            let bench = try SlowBench()
            let stream = try await bench.provider.stream(.hello)
            var error: ModelError?
            startTask {
                do throws(ModelError) { _ = try await stream.next() } catch let failure { error = failure }
            }
            try await turns { bench.body.isAsked }
            stream.cancel()
            #expect(bench.body.isAbandoned)
            try await turns { error != nil }
            #expect(error == .cancelled)
            await #expect(throws: ModelError.cancelled) { try await stream.next() }
        }
    }

    @Test func lettingGoOfTheStreamClosesTheConnection() async throws {
        try await onLoop {
            let bench = try SlowBench()
            var stream: ModelStream? = try await bench.provider.stream(.hello)
            bench.text("x")
            _ = try await stream?.next()
            stream = nil
            #expect(bench.body.isAbandoned)
        }
    }

    @Test func signsOfLifeAreNoProgress() async throws {
        try await onLoop {
            let bench = try SlowBench()
            let stream = try await bench.provider.stream(.hello)
            bench.text("x")
            _ = try await stream.next()
            _ = try await stream.next()
            var error: ModelError?
            startTask {
                do throws(ModelError) { _ = try await stream.next() } catch let failure { error = failure }
            }
            try await turns { bench.body.isAsked }
            let limit = ModelDeadlines.defaultProgress
            for _ in 0..<10 {
                await bench.clock.advance(by: limit / 10 - .nanoseconds(1))
                bench.body.give(": alive\n\n".bytes)
                await bench.clock.settle()
                #expect(error == nil)
            }
            await bench.clock.advance(by: .nanoseconds(9))
            #expect(error == nil)
            await bench.clock.advance(by: .nanoseconds(1))
            try await turns { error != nil }
            #expect(error?.kind == .stall && bench.body.isAbandoned)
        }
    }

    @Test func aCompleteAnswerIsNotHeldUpByItsConnection() async throws {
        try await onLoop {
            let bench = try SlowBench()
            let stream = try await bench.provider.stream(.hello)
            bench.text("x")
            bench.body.give(events(#"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#, "[DONE]"))
            let answer = try await stream.collect()
            #expect(answer.finish == .stop && !bench.body.isAbandoned)
            await bench.clock.advance(by: VendorStream.settling - .nanoseconds(1))
            #expect(!bench.body.isAbandoned)
            await bench.clock.advance(by: .nanoseconds(1))
            #expect(bench.body.isAbandoned)
        }
    }

    @Test func deadlinesReachTheClient() async throws {
        try await onLoop {
            let bench = VendorBench(.openAICompletions, status: 500, body: "")
            var request = ModelRequest.hello
            request.deadlines.firstByte = .seconds(7)
            request.deadlines.betweenBytes = .seconds(8)
            request.deadlines.total = .seconds(9)
            request.limits.responseBytes = 1234
            _ = await bench.failure(request)
            let sent = bench.http.requests[0]
            #expect(sent.deadlines.firstByte == .seconds(7) && sent.deadlines.body == .seconds(8))
            #expect(sent.deadlines.total == .seconds(9) && sent.bodyLimit == 1234 && !sent.acceptsCompression)
        }
    }

    @Test func aResponseIsLimited() async throws {
        try await onLoop {
            let stream = events(
                #"{"choices":[{"delta":{"content":"x"}}]}"#, #"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#)
            for limit in stream.count - 1...stream.count + 1 {
                var request = ModelRequest.hello
                request.limits.responseBytes = limit
                let error = await VendorBench(.openAICompletions, pieces: stream.map { [$0] }).failure(request)
                #expect(error?.kind == (limit < stream.count ? .brokenAnswer : nil))
            }
        }
    }

    @Test func transportFailuresHaveTheirKind() async throws {
        try await onLoop {
            let peer = "acme.test:443"
            for (failure, before, within) in [
                (.timedOut(.waiting, peer: peer, after: .seconds(1)), .overloaded, .overloaded),
                (.timedOut(.connecting, peer: peer, after: .seconds(1)), .unreachable, .unreachable),
                (.timedOut(.firstByte, peer: peer, after: .seconds(1)), .timeout, .timeout),
                (.timedOut(.body, peer: peer, after: .seconds(1)), .stall, .stall),
                (.timedOut(.total, peer: peer, after: .seconds(1)), .timeout, .stall),
                (.notConnected(peer: peer, reason: "no"), .unreachable, .unreachable),
                (.connectionLost(peer: peer, reason: "no"), .unreachable, .cutStream),
                (.malformedResponse(peer: peer, reason: "no"), .brokenAnswer, .brokenAnswer),
                (.invalidRequest("no"), .badRequest, .badRequest), (.cancelled, .cancelled, .cancelled),
                (.closed, .cancelled, .cancelled),
            ] as [(HTTPClientError, ModelError.Kind, ModelError.Kind)] {
                let bench = VendorBench(.openAICompletions, pieces: [])
                bench.http.answer = { _ throws(HTTPClientError) in throw failure }
                #expect(await bench.failure()?.kind == before, "\(failure)")
                let later = VendorBench(.openAICompletions, pieces: [], failure: failure)
                #expect(await later.failure()?.kind == within, "\(failure)")
            }
        }
    }
}

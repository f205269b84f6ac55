import Agents
import Models
import Platform
import Support
import Testing

@testable import Gateway

/// How a streamed answer treats time, slow readers and clients that leave.
@Suite struct RunStreamTests {
    static let path = "/v1/chat/completions"
    static let body = APIHarness.chat.with(["stream": true])

    @Test func theHeadWaitsForTheFirstEventUntilPatienceEnds() async throws {
        try await onLoop {
            let api = try await APIHarness()
            let clock = api.gateway.clock
            api.runs.script = {
                try? await clock.sleep(for: EventSink.patience + .seconds(1))
                await $0.answer("late")
            }
            let peer = api.open(Self.path, Self.body)
            try await turns { api.runs.begun > 0 }
            await clock.advance(by: EventSink.patience - .nanoseconds(1))
            #expect(peer.received.isEmpty)
            await clock.advance(by: .nanoseconds(1))
            try await turns { !peer.events.isEmpty }
            #expect(peer.text.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(peer.events.map { $0.json["choices"]?[0]?["delta"]?["role"]?.string } == ["assistant"])
            await clock.advance(by: .seconds(1))
            try await turns { peer.events.last?.data == "[DONE]" }
            #expect(peer.events.compactMap { $0.json["choices"]?[0]?["delta"]?["role"]?.string }.count == 1)
            peer.close()
        }
    }

    @Test func thinkingBeginsTheStreamAndSilenceIsFilledWithComments() async throws {
        try await onLoop {
            let api = try await APIHarness()
            let clock = api.gateway.clock
            api.runs.script = {
                await $0.say(.thinking("hm"))
                try? await clock.sleep(for: .seconds(100))
                await $0.answer("done")
            }
            let peer = api.open(Self.path, Self.body)
            try await turns { peer.events.count == 1 }
            #expect(!peer.text.contains("hm"))
            @LoopActor func comments() -> Int { peer.streamed.split(separator: "\n\n").count { $0.hasPrefix(":") } }
            await clock.advance(by: EventSink.silence - .nanoseconds(1))
            #expect(comments() == 0)
            await clock.advance(by: .nanoseconds(1))
            try await turns { comments() == 1 }
            await clock.advance(by: EventSink.silence)
            try await turns { comments() == 2 }
            await clock.advance(by: .seconds(70))
            try await turns { peer.events.last?.data == "[DONE]" }
            peer.close()
        }
    }

    @Test func aSlowReaderHoldsUpTheRunAndNothingPilesUp() async throws {
        try await onLoop {
            let api = try await APIHarness()
            let piece = String(repeating: "x", count: 10_000)
            let taken = Counter()
            api.runs.script = {
                for _ in 0..<200 {
                    await $0.say(.text(piece))
                    taken.value += 1
                }
                await $0.end(.answered(.stop), "")
            }
            let peer = api.open(Self.path, Self.body)
            peer.stopReading()
            try await turns { taken.value > 5 }
            for _ in 0..<50 { await turnEnd() }
            // The outbox's limit and what the pipe holds: far below the two megabytes of the answer.
            #expect(taken.value < 60)
            peer.startReading()
            try await turns { peer.events.last?.data == "[DONE]" }
            #expect(taken.value == 200)
            #expect(
                peer.events.compactMap { $0.json["choices"]?[0]?["delta"]?["content"]?.string }.joined().utf8.count
                    == 2_000_000)
            peer.close()
        }
    }

    @Test func aClientThatLeavesStopsItsRun() async throws {
        try await onLoop {
            for stream in [false, true] {
                let api = try await APIHarness()
                let over = Counter()
                api.runs.script = {
                    await $0.say(.thinking("…"))
                    while !$0.isAborted { await turnEnd() }
                    await $0.say(.text("to nobody"))
                    await $0.end(.aborted(reason: "disconnect"))
                    over.value = 1
                }
                let peer = api.open(Self.path, APIHarness.chat.with(["stream": .bool(stream)]))
                try await turns { api.runs.begun > 0 }
                peer.close()
                try await turns { over.value == 1 }
                let request = api.runs.requests[0]
                #expect(api.runs.aborted.count == 1)
                #expect(api.runs.aborted[0].id == request.id)
                #expect(api.runs.aborted[0].key == request.sessionKey)
                #expect(api.runs.aborted[0].reason == "disconnect")
            }
        }
    }

    @Test func anAnsweredRunIsNotStoppedByTheNextClose() async throws {
        try await onLoop {
            let api = try await APIHarness()
            _ = try await api.chat()
            _ = try await api.events(Self.path, APIHarness.chat)
            for _ in 0..<20 { await turnEnd() }
            #expect(api.runs.aborted.isEmpty)
        }
    }

    @Test func aPieceGoesOutInTheTurnInWhichItCame() async throws {
        try await onLoop {
            let api = try await APIHarness()
            let gate = Suspension(api.gateway.clock)
            api.runs.script = {
                await $0.say(.text("one"))
                _ = await gate.wait()
                await $0.say(.text("two"))
                _ = await gate.wait()
                await $0.end(.answered(.stop), "onetwo")
            }
            let peer = api.open(Self.path, Self.body)
            try await turns { peer.text.contains("one") && gate.isWaiting }
            gate.wake()
            await turnEnd()
            await turnEnd()
            #expect(peer.text.contains("two"))
            gate.wake()
            try await turns { peer.events.last?.data == "[DONE]" }
            peer.close()
        }
    }
}

@LoopActor
final class Counter {
    var value = 0
}

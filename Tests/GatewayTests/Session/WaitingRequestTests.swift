import Contract
import Platform
import Support
import Testing

@testable import Gateway

/// Requests that are not answered in the turn in which they come.
@Suite struct WaitingRequestTests {
    /// Answers when it is let go, and says whether it was cancelled.
    struct SlowMethod: WaitingMethod {
        static let contract = MethodContract(
            "test.slow", .scope(.read), "waits", params: .open(.optional("first", .boolean)))
        let gate: Gate

        func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
            if request.params.object["first"]?.bool == true { request.accept(["status": "accepted"]) }
            guard await gate.pass() else { throw .unavailable("cancelled") }
            return .object(("status", "ok"))
        }
    }

    @LoopActor
    final class Gate {
        private let clock: FakeClock
        private var places: [Suspension] = []
        private(set) var waiting = 0
        private(set) var cancelled = 0

        init(_ clock: FakeClock) { self.clock = clock }

        func pass() async -> Bool {
            let place = Suspension(clock)
            places.append(place)
            waiting += 1
            let wake = await place.wait()
            waiting -= 1
            if wake == .cancelled { cancelled += 1 }
            return wake == .event
        }

        func open() {
            for place in places { place.wake() }
            places = []
        }
    }

    @LoopActor
    private func bench() throws -> (MethodBench, Gate) {
        let gate = Gate(FakeClock())
        return (try MethodBench(methods: [SlowMethod(gate: gate)]), gate)
    }

    @Test func aCancelFrameCancelsTheRequestAndNoOther() async throws {
        try await onLoop {
            let (bench, gate) = try bench()
            let client = try await bench.connect()
            let (first, second) = (client.start("test.slow"), client.start("test.slow"))
            try await turns { gate.waiting == 2 }
            client.send(["type": "cancel", "id": .string(first)])
            let answer = try await client.response(first)
            #expect(answer["error"]?["code"] == "UNAVAILABLE")
            #expect((gate.waiting, gate.cancelled) == (1, 1))
            gate.open()
            #expect(try await client.response(second)["ok"] == true)
            client.send(["type": "cancel", "id": .string(second)])
            client.send(["type": "cancel", "id": "never"])
            let third = client.start("test.slow")
            try await turns { gate.waiting == 1 }
            gate.open()
            #expect(try await client.response(third)["ok"] == true)
            #expect(client.responses(first).count == 1)
            #expect(client.responses(second).count == 1)
        }
    }

    @Test func whoLeavesCancelsWhatItAskedFor() async throws {
        try await onLoop {
            let (bench, gate) = try bench()
            let client = try await bench.connect()
            _ = client.start("test.slow")
            try await turns { gate.waiting == 1 }
            client.leave()
            try await turns { gate.cancelled == 1 }
            #expect(client.close != nil || gate.waiting == 0)
        }
    }

    @Test func aFirstAnswerComesBeforeTheLastOneUnderTheSameID() async throws {
        try await onLoop {
            let (bench, gate) = try bench()
            let client = try await bench.connect()
            let id = client.start("test.slow", ["first": true])
            try await turns { client.responses(id).count == 1 && gate.waiting == 1 }
            gate.open()
            try await turns { client.responses(id).count == 2 }
            #expect(
                client.responses(id).map { $0["payload"] } == [["status": "accepted"], ["status": "ok"]])
        }
    }

    @Test func atTheLimitAnotherRequestIsRefusedAndTheOthersGoOn() async throws {
        try await onLoop {
            let (bench, gate) = try bench()
            let client = try await bench.connect()
            let ids = (0..<ClientSession.pendingLimit).map { _ in client.start("test.slow") }
            try await turns { gate.waiting == ClientSession.pendingLimit }
            let refused = try await client.request("test.slow")
            #expect(refused["error"]?["retryAfterMs"] == 500)
            client.send(["type": "req", "id": .string(ids[0]), "method": "test.slow"])
            let twice = try await client.response(ids[0])
            #expect(twice["error"]?["message"] == "a request with this id is under way")
            gate.open()
            #expect(try await client.response(ids[1])["ok"] == true)
        }
    }
}

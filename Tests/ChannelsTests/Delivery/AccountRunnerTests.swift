import Channels
import Platform
import Store
import Support
import Testing

@Suite(.serialized) struct AccountRunnerTests {
    @Test func aConnectionThatFallsSilentIsReplaced() async throws {
        try await withChannel { channel in
            try await channel.connect()
            await channel.clock.advance(by: .seconds(60))
            channel.platform.last?.intake?.beat()
            await channel.clock.advance(by: .seconds(119))
            #expect(channel.platform.connectors.count == 1)
            await channel.clock.advance(by: .seconds(2))
            guard case .waiting(let reason, _) = channel.runner.present.phase else {
                Issue.record("\(channel.runner.present.phase)")
                return
            }
            #expect(reason == "nothing was received for 120.0 seconds")
            await channel.clock.advance(by: .seconds(2))
            try await turns { channel.runner.present.isReceiving }
            #expect(channel.platform.connectors.count == 2 && channel.platform.connectors[0].hasEnded)
        }
    }

    @Test func sendingIsNoSignOfReceiving() async throws {
        try await withChannel { channel in
            try await channel.connect()
            for number in 0..<12 {
                #expect(channel.runner.present.isReceiving)
                try await channel.runner.outbox.put([channel.entry("\(number)")])
                try await channel.calm()
                await channel.clock.advance(by: .seconds(10))
            }
            #expect(channel.platform.sent.count == 12)
            #expect(!channel.runner.present.isReceiving)
        }
    }

    @Test func aConnectorThatDoesNotEndIsLeftBehindAndKeepsNothingAnyMore() async throws {
        try await withChannel { channel in
            channel.platform.isStubborn = true
            try await channel.connect()
            let old = try #require(channel.platform.last)
            await channel.clock.advance(by: .seconds(121))
            await channel.clock.advance(by: .seconds(4))
            #expect(channel.platform.connectors.count == 1)
            channel.platform.isStubborn = false
            await channel.clock.advance(by: .seconds(4))
            try await turns { channel.platform.connectors.count == 2 && channel.runner.present.isReceiving }
            await #expect(throws: StoreError.self) { try await old.intake?.take([], cursor: "old") }
            old.fail(.passing("at last"))
        }
    }

    @Test func triesComeFartherApartUpToACapAndStopAtTheFirstSuccess() async throws {
        try await withChannel { channel in
            channel.platform.faults = Array(repeating: .passing("HTTP 502"), count: 8)
            channel.runner.start()
            var waits: [Int64] = []
            for count in 1...8 {
                try await turns {
                    if case .waiting = channel.runner.present.phase {
                        channel.platform.connectors.count == count
                    } else {
                        false
                    }
                }
                guard case .waiting(_, let next) = channel.runner.present.phase else { return }
                let wait = next.nanoseconds - channel.clock.wall.nanoseconds
                waits.append(wait / 1_000_000)
                await channel.clock.advance(by: .nanoseconds(wait))
            }
            #expect(waits == [2000, 3600, 6480, 11664, 20995, 30000, 30000, 30000])
            try await turns { channel.runner.present.isReceiving }
        }
    }

    @Test func whatThePlatformAsksForGoesBefore() async throws {
        try await withChannel { channel in
            channel.platform.faults = [.passing("HTTP 429", after: .seconds(90))]
            channel.runner.start()
            try await turns { channel.platform.connectors.count == 1 }
            await channel.clock.settle()
            await channel.clock.advance(by: .seconds(89))
            #expect(channel.platform.connectors.count == 1)
            await channel.clock.advance(by: .seconds(1))
            try await turns { channel.runner.present.isReceiving }
        }
    }

    @Test func aLastingFaultStopsWithTheCure() async throws {
        try await withChannel { channel in
            channel.platform.faults = [.lasting("401: the token was revoked", cure: "openclaw channels add fake")]
            channel.runner.start()
            let stopped = AccountStatus.Phase.stopped(
                reason: "401: the token was revoked", cure: "openclaw channels add fake")
            try await turns { channel.runner.present.phase == stopped }
            await channel.clock.advance(by: .seconds(3600))
            #expect(channel.platform.connectors.count == 1)
            channel.runner.start()
            try await turns { channel.runner.present.isReceiving }
        }
    }

    @Test func anIdleDayNeedsNoRestart() async throws {
        try await withChannel { channel in
            try await channel.connect()
            for _ in 0..<(24 * 3600 / 30) {
                await channel.clock.advance(by: .seconds(30))
                channel.platform.last?.intake?.beat()
            }
            #expect(channel.platform.connectors.count == 1)
            #expect(channel.runner.present.isReceiving && channel.runner.present.restarts == 0)
        }
    }

    @Test func whatWasMissedIsTold() async throws {
        try await withChannel { channel in
            try await channel.connect()
            let (from, to) = (WallTime(milliseconds: 1000), WallTime(milliseconds: 9000))
            channel.platform.last?.intake?.missed(from: from, to: to)
            #expect(channel.runner.present.gap == from...to)
        }
    }

    @Test func stoppedIsOffUntilItIsStarted() async throws {
        try await withChannel { channel in
            try await channel.connect()
            await channel.runner.stop()
            #expect(channel.runner.present.phase == .off)
            try await channel.runner.outbox.put([channel.entry("a")])
            await channel.clock.advance(by: .seconds(300))
            #expect(channel.platform.sent.isEmpty && channel.platform.connectors.count == 1)
            try await channel.connect()
            try await turns { channel.platform.sent.map(\.text) == ["a"] }
        }
    }
}

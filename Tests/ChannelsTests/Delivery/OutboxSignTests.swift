import Platform
import Store
import Support
import Testing

@testable import Channels

/// Edits, reactions and signs of life on their way out.
@Suite(.serialized) struct OutboxSignTests {
    @Test func anEditOfWhatIsGoneIsSaidAnew() async throws {
        try await withChannel { channel in
            try await channel.connect()
            channel.platform.outcomes = [.refused("message to edit not found")]
            var entry = channel.entry("answer")
            var message = entry.message
            message.action = .edit("12")
            message.isSaidElse = true
            entry = OutboxEntry(key: "k", message)
            let report = try await channel.runner.outbox.deliver(entry)
            #expect(report.state == .delivered)
            #expect(channel.platform.sent.map(\.action) == [.edit("12"), .say])
        }
    }

    /// Done twice it is the same as done once, so nobody has to wonder.
    @Test func anEditWhoseFateIsUnknownIsMadeAgain() async throws {
        try await withChannel { channel in
            try await channel.connect()
            channel.platform.outcomes = [.unknown("lost")]
            var message = channel.entry("answer").message
            message.action = .edit("12")
            try await channel.runner.outbox.put([OutboxEntry(key: "k", message)])
            try await channel.pass(.seconds(3))
            #expect(channel.platform.sent.count == 2)
        }
    }

    @Test func aSignOfLifeIsTriedOnceAndNotWhenItIsOld() async throws {
        try await withChannel { channel in
            try await channel.connect()
            var message = channel.entry("…").message
            message.isFleeting = true
            channel.platform.outcomes = [.notSent("no line")]
            let report = try await channel.runner.outbox.deliver(OutboxEntry(key: "a", message))
            #expect(report.state == .failed && channel.runner.present.lastSendFailure == nil)
            #expect(channel.platform.sent.count == 1)
            await channel.runner.stop()
            try await channel.runner.outbox.put([OutboxEntry(key: "b", message), channel.entry("answer")])
            try await channel.pass(.seconds(60), step: .seconds(10))
            channel.runner.start()
            try await channel.pass(.seconds(2))
            #expect(channel.platform.sent.map(\.text) == ["…", "answer"])
        }
    }

    @Test func onlyWhenNothingElseIsUnderWayAMessageIsAmended() async throws {
        try await withChannel { channel in
            try await channel.connect()
            let message = channel.entry("words so far").message
            #expect(await channel.runner.outbox.amend("1", message))
            #expect(channel.platform.sent.last?.action == .edit("1"))
            await channel.runner.stop()
            #expect(await !channel.runner.outbox.amend("1", message))
        }
    }

    @Test func whatWeWroteIsKnown() async throws {
        try await withChannel { channel in
            try await channel.connect()
            let report = try await channel.runner.outbox.deliver(channel.entry("answer"))
            let id = try #require(report.platformID)
            #expect(await channel.runner.outbox.isOurs(id))
            #expect(await !channel.runner.outbox.isOurs("another"))
        }
    }
}

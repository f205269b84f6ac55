import Channels
import Platform
import Store
import Support
import Testing

@Suite(.serialized) struct OutboxTests {
    @Test func aChatGetsItsMessagesInOrder() async throws {
        try await withChannel { channel in
            channel.platform.outcomes = [.notSent("no network"), .notSent("no network")]
            try await channel.connect()
            try await channel.runner.outbox.put(["a", "b", "c"].map { channel.entry($0) })
            try await channel.calm()
            #expect(channel.platform.sent.map(\.text) == ["a"])
            try await channel.pass(.seconds(5))
            #expect(channel.runner.outbox.depth == 0)
            #expect(channel.platform.sent.map(\.text) == ["a", "a", "a", "b", "c"])
        }
    }

    @Test func aChatThatIsStuckHoldsUpNoOther() async throws {
        try await withChannel { channel in
            try await channel.connect()
            channel.platform.outcomes = [.slowDown(after: .seconds(60), everywhere: false)]
            try await channel.runner.outbox.put([channel.entry("a", chat: "1")])
            try await channel.calm()
            try await channel.runner.outbox.put([channel.entry("b", chat: "2"), channel.entry("c", chat: "1")])
            try await channel.calm()
            #expect(channel.platform.sent.map(\.text) == ["a", "b"])
            try await channel.pass(.seconds(59), step: .seconds(10))
            #expect(channel.platform.sent.count == 2)
            try await channel.pass(.seconds(2))
            #expect(channel.platform.sent.map(\.text) == ["a", "b", "a", "c"])
        }
    }

    @Test func aWordForAllHoldsUpAll() async throws {
        try await withChannel { channel in
            try await channel.connect()
            channel.platform.outcomes = [.slowDown(after: .seconds(10), everywhere: true)]
            try await channel.runner.outbox.put([channel.entry("a", chat: "1")])
            try await channel.calm()
            try await channel.runner.outbox.put([channel.entry("b", chat: "2")])
            try await channel.pass(.seconds(9))
            #expect(channel.platform.sent.count == 1)
            try await channel.pass(.seconds(2))
            #expect(channel.platform.sent.count == 3)
        }
    }

    @Test func whatMayHaveArrivedIsNotSentAgain() async throws {
        try await withChannel { channel in
            try await channel.connect()
            channel.platform.outcomes = [.unknown("the connection was lost")]
            let report = try await channel.runner.outbox.deliver(channel.entry("a"))
            #expect(report == OutboxReport(state: .ambiguous, platformID: nil, error: "the connection was lost"))
            let next = try await channel.runner.outbox.deliver(channel.entry("b"))
            #expect(next.state == .delivered && channel.platform.sent.map(\.text) == ["a", "b"])
        }
    }

    @Test func whereAKeyMakesItHarmlessItIsSentAgainUnderTheSameKey() async throws {
        try await withChannel(abilities: .idempotentSends) { channel in
            try await channel.connect()
            channel.platform.outcomes = [.unknown("the connection was lost")]
            try await channel.runner.outbox.put([channel.entry("a")])
            try await channel.calm()
            try await channel.pass(.seconds(2))
            #expect(channel.runner.outbox.depth == 0)
            #expect(channel.platform.sent.map(\.key) == ["k-a", "k-a"])
        }
    }

    @Test(arguments: [false, true]) func whatWasBeingSentAtACrash(isIdempotent: Bool) async throws {
        try await withChannel(abilities: isIdempotent ? .idempotentSends : []) { channel in
            try await channel.connect()
            channel.platform.isMute = true
            try await channel.runner.outbox.put([channel.entry("a"), channel.entry("b")])
            try await turns { channel.platform.sent.count == 1 }
            try await channel.crash()
            channel.platform.isMute = false
            try await channel.connect()
            try await turns { channel.platform.sent.last?.text == "b" }
            #expect(channel.platform.sent.map(\.text) == (isIdempotent ? ["a", "a", "b"] : ["a", "b"]))
        }
    }

    /// The platform knows texts again, and files or not.
    @Test(arguments: [false, true]) func aFileThatWasBeingSentAtACrash(isKnownAgain: Bool) async throws {
        let files = FileLimits(defaultMegabytes: 1, sent: nil, areKnownAgain: isKnownAgain)
        try await withChannel(abilities: .idempotentSends, files: files) { channel in
            try await channel.connect()
            channel.platform.isMute = true
            var message = channel.entry("a").message
            message.media = .init(name: "a", type: "image/png", path: "/a")
            try await channel.runner.outbox.put([OutboxEntry(key: "k-a", message), channel.entry("b", chat: "2")])
            try await turns { channel.platform.sent.count == 2 }
            try await channel.crash()
            channel.platform.isMute = false
            try await channel.connect()
            try await channel.calm()
            #expect(channel.platform.sent.dropFirst(2).map(\.text) == (isKnownAgain ? ["a", "b"] : ["b"]))
        }
    }

    @Test func markupThatIsRefusedIsSentPlainOnce() async throws {
        try await withChannel { channel in
            try await channel.connect()
            channel.platform.outcomes = [.unreadable("can't parse entities")]
            let report = try await channel.runner.outbox.deliver(channel.entry("<b>a", plain: "a"))
            #expect(report.state == .delivered && channel.platform.sent.map(\.text) == ["<b>a", "a"])
            channel.platform.outcomes = [.unreadable("no"), .unreadable("no")]
            let second = try await channel.runner.outbox.deliver(channel.entry("<i>b", plain: "b"))
            #expect(second.state == .failed && channel.platform.sent.count == 4)
        }
    }

    @Test func whatWillNeverBeTakenIsNotTriedAgain() async throws {
        try await withChannel { channel in
            try await channel.connect()
            channel.platform.outcomes = [.refused("the bot was blocked by the user")]
            let report = try await channel.runner.outbox.deliver(channel.entry("a"))
            #expect(report.state == .failed && report.error == "the bot was blocked by the user")
            #expect(channel.runner.present.lastSendFailure == "the bot was blocked by the user")
        }
    }

    @Test func anAnswerOfYesterdayIsNotSent() async throws {
        try await withChannel { channel in
            try await channel.runner.outbox.put([channel.entry("a")])
            channel.clock.wall.nanoseconds += Outbox.ageLimit.inNanoseconds
            try await channel.connect()
            let report = try await channel.runner.outbox.deliver(channel.entry("a"))
            #expect(report.state == .failed && channel.platform.sent.isEmpty)
        }
    }

    @Test func theSameKeyIsTheSameMessage() async throws {
        try await withChannel { channel in
            try await channel.connect()
            let first = try await channel.runner.outbox.deliver(channel.entry("a"))
            let second = try await channel.runner.outbox.deliver(channel.entry("a"))
            #expect(first == second && channel.platform.sent.count == 1)
        }
    }

    @Test func aPaceIsKept() async throws {
        let pace = PaceLimits(perChat: Pace(burst: 3, every: .seconds(1)))
        try await withChannel(pace: pace) { channel in
            try await channel.connect()
            try await channel.runner.outbox.put((0..<6).map { channel.entry("\($0)") })
            try await channel.calm()
            for count in 3..<6 {
                #expect(channel.platform.sent.count == count)
                try await channel.pass(.milliseconds(999))
                #expect(channel.platform.sent.count == count)
                try await channel.pass(.milliseconds(1))
            }
            #expect(channel.platform.sent.count == 6)
        }
    }
}

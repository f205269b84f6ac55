import Channels
import Platform
import Store
import Support
import Testing

@Suite(.serialized) struct InboxTests {
    @Test func aMessageIsAnsweredOnceHoweverOftenItComes() async throws {
        try await withChannel { channel in
            try await channel.connect()
            try await channel.say(["a", "b"], cursor: "2")
            try await channel.say(["b", "c"], cursor: "3")
            try await turns { channel.handler.begun.count == 3 }
            #expect(channel.handler.begun == ["a", "b", "c"])
        }
    }

    @Test func theNextConnectionGoesOnWhereTheLastLeftOff() async throws {
        try await withChannel { channel in
            try await channel.connect()
            #expect(channel.platform.last?.cursor == nil)
            try await channel.say(["a"], cursor: "41")
            try await channel.crash()
            try await channel.connect()
            #expect(channel.platform.last?.cursor == "41")
        }
    }

    @Test func anotherBotStartsAfreshAndAnswersNothingThatWasSaidToTheFirst() async throws {
        try await withChannel { channel in
            channel.handler.isHeld = true
            try await channel.connect()
            try await channel.say(["a"], cursor: "41")
            try await turns { channel.handler.begun == ["a"] }
            try await channel.runner.outbox.put([channel.entry("old")])
            try await channel.crash()
            channel.platform.identity = BotIdentity(id: "another", name: "Another")
            let sent = channel.platform.sent.count
            try await channel.connect()
            #expect(channel.platform.last?.cursor == nil)
            try await channel.say(["a"], cursor: "1")
            try await turns { channel.handler.begun == ["a"] }
            #expect(channel.platform.sent.count == sent)
            #expect(try await channel.dead() == ["it was said to another bot"])
        }
    }

    @Test func whatWasNotFinishedIsBegunAgainAfterACrash() async throws {
        try await withChannel { channel in
            channel.handler.isHeld = true
            try await channel.connect()
            try await channel.say(["a", "b"])
            try await turns { channel.handler.begun == ["a", "b"] }
            try await channel.crash()
            try await channel.connect()
            try await turns { channel.handler.begun == ["a", "b"] }
            try await channel.crash()
            try await channel.connect()
            await channel.clock.settle()
            #expect(channel.handler.begun == [])
        }
    }

    @Test func aMessageThatEndsTheProcessEachTimeIsGivenUp() async throws {
        try await withChannel { channel in
            channel.handler.isHeld = true
            try await channel.connect()
            try await channel.say(["a"])
            try await turns { channel.handler.begun == ["a"] }
            for attempt in 0..<8 {
                try await channel.crash()
                channel.handler.isHeld = true
                try await channel.connect()
                try await turns { channel.handler.attempts == [attempt] }
            }
            try await channel.crash()
            try await channel.connect()
            var letters: [String] = []
            while letters.isEmpty { letters = try await channel.dead() }
            #expect(letters == ["it was begun 8 times and never finished"])
            #expect(channel.handler.begun == [])
        }
    }

    @Test func anAnswerAndItsQuestionAreSettledInOneMoment() async throws {
        try await withChannel { channel in
            channel.handler.verdicts = [.finished([channel.entry("answer")])]
            try await channel.connect()
            try await channel.say(["a"])
            try await turns { channel.platform.sent.map(\.text) == ["answer"] }
            try await channel.crash()
            try await channel.connect()
            await channel.clock.settle()
            #expect(channel.handler.begun == [] && channel.platform.sent.count == 1)
        }
    }

    @Test func whatCannotBeAnsweredNowIsTriedAgainAndThenGivenUp() async throws {
        try await withChannel { channel in
            channel.handler.verdicts = Array(repeating: .later("the agent is not ready"), count: 8)
            try await channel.connect()
            try await channel.say(["a"])
            for (count, wait) in zip(1...8, [2, 15, 60, 300, 300, 300, 300, 300]) {
                try await channel.calm()
                #expect(channel.handler.begun.count == count)
                await channel.clock.advance(by: .seconds(wait))
            }
            try await channel.calm()
            #expect(channel.handler.begun.count == 8)
            #expect(try await channel.dead() == ["the agent is not ready"])
            let letter = try #require(try await DeadLetters(channel.store).list(limit: 10).first)
            #expect(try await DeadLetters(channel.store).resubmit(letter.id, at: channel.clock.wall) == channel.account)
            #expect(try await DeadLetters(channel.store).resubmit(letter.id, at: channel.clock.wall) == nil)
            channel.runner.reread()
            try await turns { channel.handler.begun.count == 9 }
        }
    }

    @Test func noMoreAreUnderWayThanMemoryBears() async throws {
        try await withChannel { channel in
            channel.handler.isHeld = true
            try await channel.connect()
            try await channel.say((0..<200).map { "m\($0)" })
            try await turns { channel.handler.begun.count == 64 }
            await channel.clock.settle()
            #expect(channel.handler.begun.count == 64)
            channel.handler.release()
            try await turns { channel.handler.begun.count == 200 }
            #expect(channel.handler.begun == (0..<200).map { "m\($0)" })
        }
    }

    @Test func everyFieldOfAMessageIsKept() throws {
        var message = InboundMessage(
            id: "1", messageID: "m", place: .init(.channel, "c", thread: "t", parent: "p", space: "s", title: "T"),
            sender: .init(id: "7", name: "Ann", isBot: true, roles: ["r"]), text: "hé\n",
            sentAt: WallTime(milliseconds: 5))
        message.event = .reaction(emoji: "👀", added: false, message: "9")
        message.attention = [.mention, .others]
        message.quote = .init(id: "8", sender: "6", text: "q")
        message.media = [.init(kind: "image", name: "a.png", type: "image/png", size: 3, reference: "ref")]
        message.album = "al"
        message.ticket = "98/token"
        let back = try InboundMessage(JSONField(JSONParser.parse(message.json.description)))
        #expect(back == message)
    }
}

extension ChannelFixture {
    func dead() async throws -> [String] { try await DeadLetters(store).list(limit: 100).map(\.error) }
}

import Platform
import Support
import Testing
import Wire

@testable import Channels

@Suite(.serialized) struct SlackHistoryTests {
    static func past(_ text: String, _ ts: String, thread: String? = nil) -> JSON {
        var message: JSON = ["type": "message", "user": "U7", "text": .string(text), "ts": .string(ts)]
        message["thread_ts"] = thread.map { .string($0) }
        return message
    }

    /// Says something in a channel and in a thread of it, and ends the account for a while.
    @LoopActor private func leave(_ fixture: SlackFixture, for time: Duration) async throws {
        try await fixture.connect()
        fixture.slack.bring("e1", FakeSlack.said("one", "1790000000.000100"))
        var event = FakeSlack.said("two", "1790000000.000200")
        event["thread_ts"] = "1790000000.000100"
        fixture.slack.bring("e2", event)
        try await turns { fixture.slack.acks.count == 2 }
        await fixture.runner.stop()
        await fixture.clock.advance(by: time)
    }

    @Test func whatWasSaidMeanwhileIsReadInOrderAndBeforeWhatIsNew() async throws {
        try await withSlack { fixture in
            try await leave(fixture, for: .seconds(600))
            // The newest first, in two pages, as Slack does; of a thread the oldest.
            fixture.slack.answers["conversations.history"] = [
                [
                    "ok": true, "has_more": true, "response_metadata": ["next_cursor": "more"],
                    "messages": [Self.past("five", "1790000300.000000")],
                ],
                [
                    "ok": true, "has_more": false,
                    "messages": [
                        Self.past("three", "1790000100.000000"), ["type": "message", "subtype": "channel_join"],
                        "nonsense",
                    ],
                ],
            ]
            fixture.slack.answers["conversations.replies"] = [
                [
                    "ok": true,
                    "messages": [
                        Self.past("one", "1790000000.000100", thread: "1790000000.000100"),
                        Self.past("four", "1790000200.000000", thread: "1790000000.000100"),
                    ],
                ]
            ]
            fixture.slack.bring("e3", FakeSlack.said("six", "1790000600.000000"))
            fixture.slack.bring("e4", FakeSlack.said("five", "1790000300.000000"))
            try await fixture.connect()
            try await turns { fixture.slack.acks.count == 4 && fixture.handler.begun.count == 6 }
            #expect(fixture.handler.begun == ["one", "two", "three", "four", "five", "six"])
            #expect(
                fixture.slack.last("conversations.history")
                    == "channel=C1&oldest=1790000000.000200&limit=100&cursor=more")
            #expect(fixture.runner.present.gap == nil)
        }
    }

    @Test func ofAShortGapNothingIsAsked() async throws {
        try await withSlack { fixture in
            try await leave(fixture, for: .seconds(100))
            try await fixture.connect()
            #expect(fixture.slack.count("conversations.history") == 0)
        }
    }

    @Test func whatCannotBeReadIsTold() async throws {
        try await withSlack { fixture in
            try await leave(fixture, for: .seconds(600))
            fixture.slack.answers["conversations.history"] = [["ok": false, "error": "missing_scope"]]
            let until = fixture.clock.wall
            try await fixture.connect()
            try await turns { fixture.runner.present.gap != nil }
            #expect(fixture.runner.present.gap?.upperBound == until)
            #expect(fixture.runner.present.isReceiving)
        }
    }

    @Test func aStumbleOfTheServiceLosesNothing() async throws {
        try await withSlack { fixture in
            try await leave(fixture, for: .seconds(600))
            fixture.slack.answers["conversations.history"] = [
                "nonsense", ["ok": false, "error": "ratelimited"],
                ["ok": true, "messages": [Self.past("three", "1790000100.000000")]],
            ]
            fixture.runner.start()
            try await fixture.pass(.seconds(10))
            #expect(fixture.handler.begun == ["one", "two", "three"] && fixture.runner.present.gap == nil)
        }
    }

    @Test func thePlaceKeepsWhatItIsToldAndNoMoreThanItMay() throws {
        var place = SlackPlace()
        place.at = WallTime(milliseconds: 1_790_000_000_123)
        var message = InboundMessage(
            id: "C1:1790000000.000200", messageID: "1790000000.000200",
            place: .init(.group, "C1", thread: "1790000000.000100"), sender: .init(id: "U7"), text: "a",
            sentAt: WallTime(milliseconds: 1))
        place.note(message)
        #expect(
            place.cursor == #"{"v":1,"last":{"C1":["1790000000.000200","group"],"#
                + #""C1/1790000000.000100":["1790000000.000200","group"]},"at":1790000000123}"#
                || place.cursor == #"{"v":1,"last":{"C1/1790000000.000100":["1790000000.000200","group"],"#
                    + #""C1":["1790000000.000200","group"]},"at":1790000000123}"#
        )
        #expect(SlackPlace(cursor: place.cursor) == place)
        #expect(place.kind(of: "C1") == .group)
        message.messageID = "1789999999.000000"
        message.place.thread = nil
        place.note(message)
        #expect(SlackPlace(cursor: place.cursor).marks[.init("C1")]?.last.text == "1790000000.000200")
        for number in 0..<500 {
            message.place = .init(.channel, "C\(number)")
            message.messageID = "179000\(1000 + number).000000"
            place.note(message)
        }
        #expect(place.marks.count == SlackPlace.most && place.kind(of: "C499") == .channel)
        for broken in ["", "{}", "[1]", #"{"v":1,"last":{"../x":["1.000000","group"],"C1":[1]}}"#] {
            #expect(SlackPlace(cursor: broken).marks.isEmpty)
        }
    }
}

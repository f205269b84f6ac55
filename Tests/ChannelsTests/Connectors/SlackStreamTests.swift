import Platform
import Support
import Testing
import Wire

@testable import Channels

/// Messages of Slack's that are written before people's eyes.
@Suite(.serialized) struct SlackStreamTests {
    @LoopActor
    private static func message(
        _ fixture: SlackFixture, _ text: String, thread: String? = "1790000000.000100", edit: String? = nil,
        isLast: Bool = false
    ) -> OutboundMessage {
        var message = fixture.message("*\(text)*", thread: thread)
        message.stream = .init(markdown: text, person: "U7", team: "T1")
        message.isFleeting = !isLast
        if let edit { message.action = .edit(edit) }
        return message
    }

    @Test func oneIsBegunGoesOnAndEnds() async throws {
        try await withSlack { fixture in
            let connector = fixture.connector()
            fixture.slack.answers["chat.startStream"] = [["ok": true, "ts": "1790000000.000900"]]
            let id = "1790000000.000900"
            #expect(await connector.send(Self.message(fixture, "One"), key: "k") == .delivered(id))
            #expect(
                fixture.slack.last("chat.startStream")
                    == #"{"channel":"C1","thread_ts":"1790000000.000100","markdown_text":"One","recipient_user_id":"U7","recipient_team_id":"T1"}"#
            )
            _ = await connector.send(Self.message(fixture, "One two", edit: id), key: "k")
            _ = await connector.send(Self.message(fixture, "One two", edit: id), key: "k")
            #expect(fixture.slack.count("chat.appendStream") == 1)
            #expect(
                fixture.slack.last("chat.appendStream")
                    == #"{"channel":"C1","ts":"1790000000.000900","markdown_text":" two"}"#)
            #expect(
                await connector.send(Self.message(fixture, "One two three", edit: id, isLast: true), key: "k")
                    == .delivered(id))
            #expect(
                fixture.slack.last("chat.stopStream")
                    == #"{"channel":"C1","ts":"1790000000.000900","markdown_text":" three"}"#)
            #expect(fixture.slack.count("chat.update") == 0 && fixture.slack.count("chat.postMessage") == 0)
        }
    }

    /// What says something else than so far is put in the place of all of it.
    @Test func anotherTextEndsItAndTakesItsPlace() async throws {
        try await withSlack { fixture in
            let connector = fixture.connector()
            fixture.slack.answers["chat.startStream"] = [["ok": true, "ts": "1790000000.000900"]]
            _ = await connector.send(Self.message(fixture, "One"), key: "k")
            let last = Self.message(fixture, "Two", edit: "1790000000.000900", isLast: true)
            #expect(await connector.send(last, key: "k") == .delivered("1790000000.000900"))
            #expect(fixture.slack.last("chat.stopStream")?.contains("markdown_text") == false)
            #expect(fixture.slack.last("chat.update")?.contains(#""text":"*Two*""#) == true)
        }
    }

    @Test func oneOfAnotherProcessIsEndedBeforeItIsChanged() async throws {
        try await withSlack { fixture in
            let connector = fixture.connector()
            fixture.slack.answers["chat.update"] = [["ok": false, "error": "streaming_state_conflict"]]
            let last = Self.message(fixture, "One", edit: "1790000000.000900", isLast: true)
            #expect(await connector.send(last, key: "k") == .delivered("1790000000.000900"))
            #expect(fixture.slack.count("chat.stopStream") == 1 && fixture.slack.count("chat.update") == 2)
        }
    }

    @Test func withoutAThreadAndWhereSlackHasNoneItIsAMessage() async throws {
        try await withSlack { fixture in
            let connector = fixture.connector()
            _ = await connector.send(Self.message(fixture, "One", thread: nil), key: "k")
            #expect(fixture.slack.count("chat.startStream") == 0 && fixture.slack.count("chat.postMessage") == 1)
            fixture.slack.answers["chat.startStream"] = [["ok": false, "error": "unknown_method"]]
            for _ in 0..<2 { _ = await connector.send(Self.message(fixture, "One"), key: "k") }
            #expect(fixture.slack.count("chat.startStream") == 1 && fixture.slack.count("chat.postMessage") == 3)
            _ = await connector.send(Self.message(fixture, "One two", edit: "1790000000.000900"), key: "k")
            #expect(fixture.slack.count("chat.update") == 1 && fixture.slack.count("chat.appendStream") == 0)
        }
    }

    /// Whether the words were added nobody knows: all of them are put there.
    @Test func wordsWhoseFateIsUnknownAreNotAddedTwice() async throws {
        try await withSlack { fixture in
            let connector = fixture.connector()
            fixture.slack.answers["chat.startStream"] = [["ok": true, "ts": "1790000000.000900"]]
            fixture.slack.answers["chat.appendStream"] = [["ok": false, "error": "internal_error"]]
            _ = await connector.send(Self.message(fixture, "One"), key: "k")
            _ = await connector.send(Self.message(fixture, "One two", edit: "1790000000.000900"), key: "k")
            let last = Self.message(fixture, "One two", edit: "1790000000.000900", isLast: true)
            #expect(await connector.send(last, key: "k") == .delivered("1790000000.000900"))
            #expect(fixture.slack.last("chat.update")?.contains(#""text":"*One two*""#) == true)
        }
    }
}

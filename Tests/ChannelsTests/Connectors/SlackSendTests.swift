import Platform
import Support
import Testing
import Wire

@testable import Channels

@Suite(.serialized) struct SlackSendTests {
    @Test func aMessageGoesOutAsItIsMeant() async throws {
        try await withSlack { fixture in
            let connector = fixture.connector()
            #expect(await connector.send(fixture.message("*hi* &lt;"), key: "k") == .delivered("1790000000.000900"))
            #expect(
                fixture.slack.last("chat.postMessage")
                    == #"{"channel":"C1","text":"*hi* &lt;","mrkdwn":true,"unfurl_links":false,"unfurl_media":false}"#)
            _ = await connector.send(fixture.message("a", thread: "1790000000.000100"), key: "k")
            #expect(fixture.slack.last("chat.postMessage")?.contains(#""thread_ts":"1790000000.000100""#) == true)
            var answer = fixture.message("a")
            answer.replyTo = "1790000000.000200"
            _ = await connector.send(answer, key: "k")
            #expect(fixture.slack.last("chat.postMessage")?.contains(#""thread_ts":"1790000000.000200""#) == true)
            answer.replyTo = "command:1.2.3"
            _ = await connector.send(answer, key: "k")
            #expect(fixture.slack.last("chat.postMessage")?.contains("thread_ts") == false)
        }
    }

    @Test func aPersonIsWrittenToInTheirConversation() async throws {
        try await withSlack { fixture in
            let connector = fixture.connector()
            for _ in 0..<2 { _ = await connector.send(fixture.message("a", chat: "U7"), key: "k") }
            #expect(fixture.slack.count("conversations.open") == 1)
            #expect(fixture.slack.last("conversations.open") == #"{"users":"U7"}"#)
            #expect(fixture.slack.last("chat.postMessage")?.contains(#""channel":"D9""#) == true)
            for (chat, meant) in [("user:U7", "D9"), ("channel:C4", "C4"), ("slack:user:U7", "D9")] {
                _ = await connector.send(fixture.message("a", chat: chat), key: "k")
                #expect(fixture.slack.last("chat.postMessage")?.contains("\"channel\":\"\(meant)\"") == true)
            }
            for chat in ["general", "C1/../x", ""] {
                let name = await connector.send(fixture.message("a", chat: chat), key: "k")
                if chat == "general" { continue }
                #expect(name == .refused("Slack has no conversation of that name: use its id"))
            }
        }
    }

    @Test func changesAndReactionsGoOut() async throws {
        try await withSlack { fixture in
            let connector = fixture.connector()
            var message = fixture.message("new")
            message.action = .edit("1790000000.000100")
            #expect(await connector.send(message, key: "k") == .delivered("1790000000.000100"))
            #expect(
                fixture.slack.last("chat.update") == #"{"channel":"C1","ts":"1790000000.000100","text":"new"}"#)
            message.action = .react(emoji: "👀", to: "1790000000.000100", isRemoved: false)
            #expect(await connector.send(message, key: "k") == .delivered("1790000000.000100"))
            #expect(
                fixture.slack.last("reactions.add")
                    == #"{"channel":"C1","timestamp":"1790000000.000100","name":"eyes"}"#)
            fixture.slack.answers["reactions.add"] = [["ok": false, "error": "already_reacted"]]
            #expect(await connector.send(message, key: "k") == .delivered("1790000000.000100"))
            message.action = .react(emoji: ":+1::skin-tone-2:", to: "1790000000.000100", isRemoved: true)
            fixture.slack.answers["reactions.remove"] = [["ok": false, "error": "no_reaction"]]
            #expect(await connector.send(message, key: "k") == .delivered("1790000000.000100"))
            #expect(fixture.slack.last("reactions.remove")?.contains(#""name":"+1::skin-tone-2""#) == true)
            message.action = .edit("F1")
            guard case .refused = await connector.send(message, key: "k") else {
                Issue.record("a file cannot be edited")
                return
            }
            message.action = .poll(question: "a", options: ["b"], allowsSeveral: false)
            #expect(await connector.send(message, key: "k") == .refused("Slack has no polls: ask in a message"))
        }
    }

    @Test func aFileGoesInThreeSteps() async throws {
        try await withSlack { fixture in
            let scratch = ScratchDirectory()
            scratch.write("hello", to: "a.txt")
            var message = fixture.message("look", thread: "1790000000.000100")
            message.media = .init(name: "a b.txt", type: "text/plain", path: scratch.path("a.txt"))
            let connector = fixture.connector()
            #expect(await connector.send(message, key: "k") == .delivered("F1"))
            #expect(fixture.slack.last("files.getUploadURLExternal") == "filename=a%20b.txt&length=5")
            let bytes = fixture.slack.service.requests.first { $0.path.hasPrefix("/upload") }?.body
            #expect(bytes == Array("hello".utf8))
            #expect(
                fixture.slack.last("files.completeUploadExternal")
                    == #"{"files":[{"id":"F1","title":"a b.txt"}],"channel_id":"C1","#
                    + #""initial_comment":"look","thread_ts":"1790000000.000100"}"#)
            // What nobody saw may be done again.
            fixture.slack.service.faults = [.resetAfter]
            guard case .notSent = await connector.send(message, key: "k") else {
                Issue.record("nothing was seen of it")
                return
            }
            message.media?.path = "/nowhere"
            guard case .refused = await connector.send(message, key: "k") else {
                Issue.record("there is no file")
                return
            }
        }
    }

    @Test(arguments: [
        (FakeService.Fault.refused, "notSent"), (.resetBefore, "unknown"), (.resetAfter, "unknown"),
        (.silence, "unknown"),
        (.half("HTTP/1.1 200 OK\r\n"), "unknown"),
        (.answer(.ok, "{\"ok\":", [:]), "unknown"), (.answer(.internalError, "", [:]), "unknown"),
        (.answer(.badGateway, SlackFaultTests.page, [:]), "unknown"), (.answer(.forbidden, "", [:]), "notSent"),
        (.answer(.ok, #"{"ok":false,"error":"internal_error"}"#, [:]), "unknown"),
        (.answer(.ok, #"{"ok":false,"error":"service_unavailable"}"#, [:]), "notSent"),
        (.answer(.tooManyRequests, "{}", ["Retry-After": "7"]), "slowDown 7.0 seconds"),
        (.answer(.ok, #"{"ok":false,"error":"ratelimited"}"#, ["Retry-After": "3"]), "slowDown 3.0 seconds"),
        (.answer(.ok, #"{"ok":false,"error":"token_revoked"}"#, [:]), "refused"),
        (.answer(.ok, #"{"ok":false,"error":"channel_not_found"}"#, [:]), "refused"),
        (.answer(.ok, #"{"ok":false,"error":"is_archived"}"#, [:]), "refused"),
        (.answer(.ok, #"{"ok":false,"error":"not_in_channel"}"#, [:]), "refused"),
        (.answer(.ok, #"{"ok":false,"error":"msg_too_long"}"#, [:]), "refused"),
        (.answer(.ok, #"{"ok":false,"error":"of_tomorrow"}"#, [:]), "refused"),
    ])
    func whatBecameOfItIsToldApart(fault: FakeService.Fault, wanted: String) async throws {
        try await withSlack { fixture in
            fixture.slack.service.faults = [fault]
            let message = fixture.message("hi")
            let task = startTask { await fixture.connector().send(message, key: "k") }
            for _ in 0..<40 { await fixture.clock.advance(by: .seconds(1)) }
            let outcome = try await task.value
            let found =
                switch outcome {
                case .delivered: "delivered"
                case .notSent: "notSent"
                case .slowDown(let after, let everywhere): everywhere ? "slowDown \(after)" : "here"
                case .unknown: "unknown"
                case .unreadable: "unreadable"
                case .refused: "refused"
                }
            #expect(found == wanted, "\(outcome)")
            #expect(!"\(outcome)".contains("secret"))
        }
    }

    @Test func aRefusalSaysWhatToDo() {
        let words: [(String, String)] = [
            ("not_in_channel", "invite it"), ("channel_not_found", "invite the bot"), ("is_archived", "restore"),
            ("msg_too_long", "4,000 bytes"), ("token_revoked", "channels.slack.botToken"),
        ]
        for (error, hint) in words {
            guard case .refused(let reason) = SlackRefusal(error: error, needed: nil).outcome else {
                Issue.record("\(error)")
                continue
            }
            #expect(reason.contains(hint) && reason.contains(error))
        }
        let scope = SlackRefusal(error: "missing_scope", needed: "files:write").outcome
        #expect(
            scope
                == .refused(
                    "Slack: missing_scope: add the scope files:write under OAuth & Permissions and install the app again"
                ))
    }

    @Test func whatIsTooLongIsNotCutOff() async throws {
        try await withSlack { fixture in
            let text = String(repeating: "a", count: 40_001)
            let outcome = await fixture.connector().send(fixture.message(text), key: "k")
            #expect(outcome == .refused("Slack would cut the text off: a message may have 40,000 characters"))
            #expect(fixture.slack.calls.isEmpty)
        }
    }

    @Test func whoAnswersInAThreadOfOursMeansUs() async throws {
        try await withSlack { fixture in
            try await fixture.connect()
            let connector = try #require(fixture.connectors.last)
            _ = await connector.send(fixture.message("a", thread: "1790000000.000100"), key: "k")
            var event = FakeSlack.said("and?", "1790000000.000300")
            event["thread_ts"] = "1790000000.000100"
            let message = connector.receiver?.reader.message(
                event, threads: connector.receiver?.threads ?? SlackThreads())
            #expect(message?.attention == .threadParticipation)
        }
    }
}

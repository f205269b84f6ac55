import Platform
import Support
import Testing
import Wire

@testable import Channels

@Suite(.serialized) struct TelegramSendTests {
    @Test func aMessageIsSentAsItIsMeant() async throws {
        try await withTelegram { bench in
            try await bench.connect()
            var message = bench.message("<b>bold</b>", chat: "tg:-1007", thread: "9")
            message.plainText = "bold"
            message.replyTo = "4"
            message.isSilent = true
            let report = try await bench.send(message)
            #expect(report.state == .delivered && report.platformID == "5001")
            #expect(
                bench.telegram.last("sendMessage") == [
                    "text": "<b>bold</b>", "parse_mode": "HTML", "message_thread_id": 9,
                    "reply_parameters": ["message_id": 4, "allow_sending_without_reply": true],
                    "disable_notification": true, "chat_id": -1007,
                ])
            _ = try await bench.send(bench.message("a < b", chat: "@news", thread: "1"))
            #expect(bench.telegram.last("sendMessage") == ["text": "a < b", "chat_id": "@news"])
        }
    }

    @Test func marksThatTelegramCannotReadAreLeftOut() async throws {
        try await withTelegram { bench in
            try await bench.connect()
            bench.telegram.answers["sendMessage"] = [
                [
                    "ok": false, "error_code": 400,
                    "description": "Bad Request: can't parse entities: Unsupported start tag \"x\" at byte offset 0",
                ]
            ]
            var message = bench.message("<x>y</x>")
            message.plainText = "y"
            #expect(try await bench.send(message).state == .delivered)
            #expect(bench.telegram.last("sendMessage") == ["text": "y", "chat_id": 7])
        }
    }

    @Test func aGroupThatBecameAnotherIsFollowed() async throws {
        try await withTelegram { bench in
            try await bench.connect()
            bench.telegram.answers["sendMessage"] = [
                [
                    "ok": false, "error_code": 400,
                    "description": "Bad Request: group chat was upgraded to a supergroup chat",
                    "parameters": ["migrate_to_chat_id": -100_500],
                ]
            ]
            #expect(try await bench.send(bench.message("one", chat: "-5")).state == .delivered)
            #expect(bench.telegram.last("sendMessage")?["chat_id"]?.int == -100_500)
            #expect(try await bench.send(bench.message("two", chat: "-5")).state == .delivered)
            #expect(bench.telegram.count("sendMessage") == 3)
            bench.telegram.bring([
                "message": [
                    "message_id": 1, "date": 1, "chat": ["id": -6, "type": "group"], "migrate_to_chat_id": -100_600,
                ]
            ])
            try await turns { bench.telegram.last("getUpdates")?["offset"]?.int == 1001 }
            #expect(try await bench.send(bench.message("three", chat: "-6")).state == .delivered)
            #expect(bench.telegram.last("sendMessage")?["chat_id"]?.int == -100_600)
        }
    }

    @Test func aWheelOfMovesEnds() async throws {
        try await withTelegram { bench in
            try await bench.connect()
            func move(_ id: Int) -> JSON {
                ["ok": false, "error_code": 400, "description": "x", "parameters": ["migrate_to_chat_id": JSON(id)]]
            }
            bench.telegram.answers["sendMessage"] = [move(-8), move(-9), move(-8), move(-9)]
            #expect(try await bench.send(bench.message("one", chat: "-7")).state == .failed)
            #expect(bench.telegram.count("sendMessage") == 2)
        }
    }

    @Test(arguments: [
        (403, "Forbidden: bot was blocked by the user", OutboxState.failed),
        (400, "Bad Request: chat not found", .failed), (400, "Bad Request: message is too long", .failed),
        (500, "Internal Server Error", .ambiguous),
    ])
    func whatIsRefusedIsNotTriedAgain(code: Int, words: String, state: OutboxState) async throws {
        try await withTelegram { bench in
            try await bench.connect()
            bench.telegram.answers["sendMessage"] = [
                ["ok": false, "error_code": JSON(code), "description": .string(words)]
            ]
            let report = try await bench.send(bench.message("one"))
            #expect(report.state == state && report.error?.contains(words) == true)
            #expect(bench.telegram.count("sendMessage") == 1)
        }
    }

    @Test func anAnswerThatNamesNoMessageIsNoDelivery() async throws {
        try await withTelegram { bench in
            try await bench.connect()
            bench.telegram.answers["sendMessage"] = [["ok": true, "result": [:]]]
            #expect(try await bench.send(bench.message("one")).state == .ambiguous)
            #expect(bench.telegram.count("sendMessage") == 1)
        }
    }

    @Test func haste() async throws {
        try await withTelegram { bench in
            try await bench.connect()
            bench.telegram.answers["sendMessage"] = [
                [
                    "ok": false, "error_code": 429, "description": "Too Many Requests: retry after 11",
                    "parameters": ["retry_after": 11],
                ]
            ]
            try await bench.runner.outbox.put([OutboxEntry(key: "k", bench.message("one"))])
            try await bench.pass(.seconds(10))
            #expect(bench.telegram.count("sendMessage") == 1)
            try await bench.pass(.seconds(2))
            #expect(bench.telegram.count("sendMessage") == 2 && bench.runner.present.waitingOut == 0)
        }
    }

    /// What became of a request that was read is not known; one that nobody read is made again.
    @Test(arguments: [(FakeService.Fault.refused, 1, OutboxState.delivered), (.resetAfter, 0, .ambiguous)])
    func aRequestThatMayHaveBeenReadIsNotMadeAgain(
        fault: FakeService.Fault, count: Int, state: OutboxState
    ) async throws {
        try await withTelegram { bench in
            try await bench.connect()
            try await turns { bench.telegram.count("getUpdates") == 2 }
            bench.telegram.service.faults = [fault]
            let end = startTask { try await bench.send(bench.message("one")) }
            try await bench.pass(.seconds(40))
            #expect(try await end.value.state == state && bench.telegram.count("sendMessage") == count)
        }
    }

    @Test func otherDeeds() async throws {
        try await withTelegram { bench in
            try await bench.connect()
            var message = bench.message("new")
            message.action = .edit("5")
            bench.telegram.answers["editMessageText"] = [
                [
                    "ok": false, "error_code": 400,
                    "description": "Bad Request: message is not modified: the same content",
                ]
            ]
            let edit = try await bench.send(message)
            #expect(edit.state == .delivered && edit.platformID == "5")
            #expect(bench.telegram.last("editMessageText") == ["text": "new", "message_id": 5, "chat_id": 7])
            message = bench.message("")
            message.action = .react(emoji: "👍", to: "5", isRemoved: false)
            let reaction = try await bench.send(message)
            #expect(reaction.state == .delivered && reaction.platformID == "5")
            #expect(
                bench.telegram.last("setMessageReaction") == [
                    "message_id": 5, "reaction": [["type": "emoji", "emoji": "👍"]], "chat_id": 7,
                ])
            message.action = .poll(question: "tea?", options: ["yes", "no"], allowsSeveral: false)
            #expect(try await bench.send(message).state == .delivered)
            #expect(bench.telegram.last("sendPoll")?["options"] == [["text": "yes"], ["text": "no"]])
            message.address = ChatAddress(bench.account, chat: "-1007", thread: "9")
            message.replyTo = "4"
            message.isSilent = true
            #expect(try await bench.send(message).state == .delivered)
            #expect(
                bench.telegram.last("sendPoll") == [
                    "question": "tea?", "options": [["text": "yes"], ["text": "no"]], "allows_multiple_answers": false,
                    "is_anonymous": false, "message_thread_id": 9, "disable_notification": true, "chat_id": -1007,
                    "reply_parameters": ["message_id": 4, "allow_sending_without_reply": true],
                ])
            #expect(try await bench.send(bench.message("x", chat: "ada")).state == .failed)
        }
    }
}

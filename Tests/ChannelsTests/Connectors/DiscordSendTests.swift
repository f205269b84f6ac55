import Platform
import Support
import Testing
import Wire

@testable import Channels

@Suite(.serialized) struct DiscordSendTests {
    @Test func aMessageIsSentAsItIsMeantAndCallsNobody() async throws {
        try await withDiscord { bench in
            try await bench.connect()
            var message = bench.message("**hi** @everyone")
            message.replyTo = "1400000000000000001"
            message.isSilent = true
            let report = try await bench.send(message, key: "k")
            #expect(report.state == .delivered && report.platformID.flatMap(Snowflake.init) != nil)
            let body = bench.discord.last("POST channels/5/messages")
            #expect(body?["content"]?.string == "**hi** @everyone" && body?["allowed_mentions"] == ["parse": []])
            #expect(body?["flags"]?.int == 4 + 4096 && body?["enforce_nonce"]?.bool == true)
            #expect(
                body?["message_reference"] == ["message_id": "1400000000000000001", "fail_if_not_exists": false])
            #expect(body?["nonce"]?.string?.utf8.count == 25)
        }
    }

    @Test func aPersonIsWrittenToInTheirChat() async throws {
        try await withDiscord { bench in
            try await bench.connect()
            for text in ["one", "two"] {
                #expect(try await bench.send(bench.message(text, chat: "user:77")).state == .delivered)
            }
            #expect(bench.discord.count(of: "POST users/@me/channels") == 1)
            #expect(bench.discord.count(of: "POST channels/700/messages") == 2)
            #expect(try await bench.send(bench.message("x", chat: "general")).state == .failed)
        }
    }

    /// The first try was taken although its answer was lost: the second is the same message.
    @Test func aMessageWhoseAnswerWasLostIsThereOnce() async throws {
        try await withDiscord { bench in
            try await bench.connect()
            bench.discord.answers["POST channels/5/messages"] = [(.internalError, ["message": "oops", "code": 0])]
            try await bench.runner.outbox.put([OutboxEntry(key: "k", bench.message("one"))])
            try await bench.pass(.seconds(5))
            bench.discord.service.faults = []
            #expect(bench.discord.count(of: "POST channels/5/messages") == 2)
            #expect(bench.discord.messages.count == 1 && bench.runner.present.waitingOut == 0)
        }
    }

    /// Discord forgets after some minutes: what is older is not sent again blindly.
    @Test func afterSomeMinutesNobodyKnows() async throws {
        try await withDiscord { bench in
            try await bench.connect()
            let oops: (HTTPStatus, JSON) = (.internalError, ["message": "oops", "code": 0])
            bench.discord.answers["POST channels/5/messages"] = Array(repeating: oops, count: 20)
            let end = startTask { try await bench.send(bench.message("one"), key: "k") }
            try await bench.pass(.seconds(200), step: .seconds(2))
            #expect(try await end.value.state == .ambiguous)
            let count = bench.discord.count(of: "POST channels/5/messages")
            try await bench.pass(.seconds(600), step: .seconds(60))
            #expect(bench.discord.count(of: "POST channels/5/messages") == count)
        }
    }

    @Test func haste() async throws {
        try await withDiscord { bench in
            try await bench.connect()
            bench.discord.answers["POST channels/5/messages"] = [
                (.tooManyRequests, ["message": "You are being rate limited.", "retry_after": 10.5, "global": false])
            ]
            try await bench.runner.outbox.put([OutboxEntry(key: "k", bench.message("one"))])
            // Another chat does not wait.
            #expect(try await bench.send(bench.message("other", chat: "6")).state == .delivered)
            try await bench.pass(.seconds(10))
            #expect(bench.discord.count(of: "POST channels/5/messages") == 1)
            try await bench.pass(.seconds(2))
            #expect(bench.discord.count(of: "POST channels/5/messages") == 2)
        }
    }

    /// What stands before Discord turns everything away, in words of its own.
    @Test func hasteThatAProxyTells() async throws {
        try await withDiscord { bench in
            try await bench.connect()
            bench.discord.service.faults = [.answer(.tooManyRequests, "error code: 1015", ["Retry-After": "30"])]
            try await bench.runner.outbox.put([OutboxEntry(key: "k", bench.message("one"))])
            try await turns { bench.discord.service.faults.isEmpty && bench.runner.present.lastSendFailure != nil }
            try await bench.runner.outbox.put([OutboxEntry(key: "l", bench.message("two", chat: "6"))])
            try await bench.pass(.seconds(28))
            #expect(bench.discord.messages.isEmpty)
            try await bench.pass(.seconds(3))
            #expect(bench.discord.messages.count == 2)
        }
    }

    /// Nobody saw anything of a chat that was not opened.
    @Test func aPersonWhoseChatDiscordFailsToOpenIsWrittenToLater() async throws {
        try await withDiscord { bench in
            try await bench.connect()
            bench.discord.answers["POST users/@me/channels"] = Array(
                repeating: (.badGateway, ["message": "oops", "code": 0]), count: 3)
            try await bench.runner.outbox.put([OutboxEntry(key: "k", bench.message("one", chat: "user:77"))])
            // Longer than Discord knows a key again.
            bench.discord.service.faults = []
            try await bench.pass(.seconds(300), step: .seconds(2))
            #expect(bench.discord.messages.count == 1 && bench.runner.present.waitingOut == 0)
        }
    }

    @Test(arguments: [
        (403, 50007, "shut it out"), (403, 50001, "View Channel"), (404, 10003, "no such channel"),
        (400, 50035, "Invalid Form Body"),
    ])
    func whatIsRefusedIsNotTriedAgain(status: Int, code: Int, words: String) async throws {
        try await withDiscord { bench in
            try await bench.connect()
            bench.discord.answers["POST channels/5/messages"] = [
                (HTTPStatus(status), ["message": "Invalid Form Body", "code": JSON(code)])
            ]
            let report = try await bench.send(bench.message("one"))
            #expect(report.state == .failed && report.error?.contains(words) == true)
        }
    }

    @Test func otherDeeds() async throws {
        try await withDiscord { bench in
            try await bench.connect()
            var message = bench.message("new")
            message.action = .edit("12")
            #expect(try await bench.send(message).state == .delivered)
            #expect(bench.discord.last("PATCH channels/5/messages/12")?["content"]?.string == "new")
            message.action = .react(emoji: "👍", to: "12", isRemoved: false)
            #expect(try await bench.send(message).state == .delivered)
            #expect(bench.discord.calls.last?.call.hasPrefix("PUT channels/5/messages/12/reactions/") == true)
            message.action = .poll(question: "tea?", options: ["yes", "no"], allowsSeveral: true)
            #expect(try await bench.send(message).state == .delivered)
            let poll = bench.discord.last("POST channels/5/messages")?["poll"]
            #expect(poll?["answers"]?.array?.count == 2 && poll?["allow_multiselect"]?.bool == true)
            message.action = .edit("../../users")
            #expect(try await bench.send(message).state == .failed)
        }
    }
}

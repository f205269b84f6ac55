import Platform
import Store
import Support
import Testing
import Wire

@testable import Channels

/// Messages that Telegram brings, in place of being asked for them.
@Suite(.serialized) struct TelegramWebhookTests {
    private static let hook = TelegramWebhook(url: "https://claw.example/telegram-webhook", secret: "key-of_tests")

    @LoopActor
    private static func post(_ bench: TelegramBench, _ json: JSON, secret: String? = "key-of_tests") async
        -> RouteAnswer
    {
        await post(bench, JSONWriter.bytes(of: json), secret: secret)
    }

    @LoopActor
    private static func post(_ bench: TelegramBench, _ body: [UInt8], secret: String?) async -> RouteAnswer {
        guard let connector = bench.runner.outbox.sender as? TelegramConnector else {
            return RouteAnswer(status: .notFound, text: "nobody is there")
        }
        return await connector.receive(body) { $0 == TelegramDesk.field ? secret : nil }
    }

    @Test func whatIsBroughtIsOnTheDiskBeforeItIsAcknowledged() async throws {
        try await withTelegram({ $0.webhook = Self.hook }) { bench in
            try await bench.connect()
            #expect(
                bench.telegram.last("setWebhook") == [
                    "url": "https://claw.example/telegram-webhook", "secret_token": "key-of_tests",
                    "allowed_updates": TelegramReader.kinds, "drop_pending_updates": false,
                ])
            bench.handler.isHeld = true
            let update = bench.telegram.numbered(FakeTelegram.said("one", id: 1))
            #expect(await Self.post(bench, update) == RouteAnswer(status: .ok, text: "", isKept: true))
            let count = try await bench.store.read { (db) throws(StoreError) in
                try db.first("SELECT count(*) FROM inbox") { (row) throws(StoreError) -> Int in try row[0] }
            }
            #expect(count == 1)
            // Brought again, since the answer was lost, it is the same.
            #expect(await Self.post(bench, update).status == .ok)
            try await bench.calm()
            #expect(bench.handler.begun == ["one"])
            bench.handler.release()
            #expect(bench.telegram.count("getUpdates") == 0)
            try await bench.pass(.seconds(180), step: .seconds(5))
            #expect(bench.runner.present.isReceiving && bench.runner.present.restarts == 0)
        }
    }

    @Test func aButtonIsReleasedAndItsPressIsKept() async throws {
        try await withTelegram({ $0.webhook = Self.hook }) { bench in
            try await bench.connect()
            let update = bench.telegram.numbered([
                "callback_query": [
                    "id": "q1", "from": ["id": 7, "is_bot": false, "first_name": "Ada"], "data": "yes",
                    "message": ["message_id": 4, "date": 1, "chat": ["id": 7, "type": "private"]],
                ]
            ])
            #expect(await Self.post(bench, update).status == .ok)
            try await turns { bench.telegram.last("answerCallbackQuery")?["callback_query_id"]?.string == "q1" }
            try await turns { bench.handler.begun == ["yes"] }
        }
    }

    @Test func whoIsNotTelegramIsNotBelieved() async throws {
        try await withTelegram({ $0.webhook = Self.hook }) { bench in
            try await bench.connect()
            let update = bench.telegram.numbered(FakeTelegram.said("one", id: 1))
            for secret in [nil, "", "key-of_test", "key-of_tests ", "KEY-OF_TESTS"] {
                #expect(await Self.post(bench, update, secret: secret).status == .unauthorized)
            }
            try await bench.calm()
            #expect(bench.handler.begun.isEmpty)
        }
    }

    @Test func whatIsNotKeptIsBroughtAgain() async throws {
        try await withTelegram({ $0.webhook = Self.hook }) { bench in
            try await bench.connect()
            await bench.store.close()
            let update = bench.telegram.numbered(FakeTelegram.said("one", id: 1))
            let answer = await Self.post(bench, update)
            #expect(answer.status == .unavailable && !answer.isKept)
        }
    }

    @Test func aDeskKnowsWhatItIsGiven() throws {
        let desk = TelegramDesk(webhookSecret: "key")
        #expect(desk.look(secret: "key", body: Array("[]".utf8)) == .unreadable)
        #expect(desk.look(secret: "key", body: Array(#"{"update_id":"x"}"#.utf8)) == .unreadable)
        #expect(desk.look(secret: "key", body: Array(#"{"update_id":7}"#.utf8)) == .update(["update_id": 7]))
        #expect(desk.look(secret: "kex", body: Array(#"{"update_id":7}"#.utf8)) == .refused)
        #expect(TelegramDesk(webhookSecret: "").look(secret: "", body: Array(#"{"update_id":7}"#.utf8)) == .refused)
    }

    @Test(arguments: [TelegramDesk.bodyLimit - 1, TelegramDesk.bodyLimit, TelegramDesk.bodyLimit + 1])
    func aBodyHasALimit(size: Int) {
        let (head, tail) = (Array(#"{"update_id":7,"x":""#.utf8), Array("\"}".utf8))
        let body = head + Array(repeating: UInt8(ascii: "x"), count: size - head.count - tail.count) + tail
        let verdict = TelegramDesk(webhookSecret: "key").look(secret: "key", body: body)
        if size <= TelegramDesk.bodyLimit {
            if case .update = verdict {} else { Issue.record("\(size)") }
        } else {
            #expect(verdict == .tooLarge(update: 7))
        }
    }

    @Test func anUpdateThatIsTooLargeIsPassedByWithAWord() async throws {
        try await withTelegram({ $0.webhook = Self.hook }) { bench in
            try await bench.connect()
            let body = Array(#"{"update_id":7,"x":""#.utf8) + Array(repeating: 120, count: TelegramDesk.bodyLimit)
            #expect(await Self.post(bench, body, secret: "key-of_tests").status == .ok)
            #expect(bench.runner.present.gap != nil)
        }
    }

    @Test func aWebhookThatSomebodyElseSetIsTakenBackAfterAPause() async throws {
        try await withTelegram({ $0.webhook = Self.hook }) { bench in
            try await bench.connect()
            bench.telegram.webhook = "https://elsewhere.example/"
            try await bench.pass(.seconds(45))
            #expect(bench.runner.present.restarts == 1 && bench.telegram.count("setWebhook") == 2)
            try await bench.pass(.seconds(35))
            #expect(bench.runner.present.isReceiving)
        }
    }

    /// What was brought by parallel requests has no one place in the stream that could be confirmed.
    @Test func whoAsksAgainAfterwardsConfirmsNothingThatWasNotTaken() async throws {
        try await onLoop {
            let clock = FakeClock()
            let log = Log(LogOutput(LogSettings(level: .error), clock: clock), subsystem: "channels")
            let intake = FakeIntake()
            let receiver = TelegramReceiver(
                ChannelAccount(channel: "telegram"), TelegramReader(id: 123, username: "m"), intake, cursor: "1001",
                asks: false, clock, log)
            var update = FakeTelegram.said("one", id: 1)
            update["update_id"] = 2000
            try await receiver.take([update])
            #expect(intake.texts == ["one"])
            #expect(intake.cursor != nil && TelegramPlace(cursor: intake.cursor).offset == nil)
        }
    }

    // MARK: Settings

    private static func webhook(_ text: String) throws -> TelegramWebhook? {
        let config = try JSON5Document("{channels: {telegram: \(text)}}").value
        let account = try #require(ChannelSettings(.telegram, config) { _ in nil }).accounts[0]
        return try TelegramWebhook(account)
    }

    @Test func whereItIs() throws {
        #expect(try Self.webhook("{}") == nil)
        let usual = try Self.webhook("{webhookUrl: 'https://claw.example/t', webhookSecret: 'a-B_9'}")
        #expect(usual == TelegramWebhook(url: "https://claw.example/t", secret: "a-B_9", path: "/telegram-webhook"))
        let other = try Self.webhook("{webhookUrl: 'https://claw.example/t', webhookSecret: 'a', webhookPath: 'other'}")
        #expect(other?.path == "/other")
    }

    @Test(arguments: [
        ("webhookUrl: 'http://claw.example/t', webhookSecret: 'a'", "webhookUrl"),
        ("webhookUrl: 'nowhere', webhookSecret: 'a'", "webhookUrl"),
        ("webhookUrl: 'https://claw.example/t'", "webhookSecret"),
        ("webhookUrl: 'https://claw.example/t', webhookSecret: 'a b'", "webhookSecret"),
    ])
    func whatIsWrongIsNamed(text: String, setting: String) throws {
        let error = #expect(throws: ChannelProblem.self) { try Self.webhook("{\(text)}") }
        #expect(error?.setting == "channels.telegram.\(setting)")
    }

    @Test(arguments: [255, 256, 257])
    func aSecretHasALimit(length: Int) throws {
        let text = "{webhookUrl: 'https://claw.example/t', webhookSecret: '\(String(repeating: "a", count: length))'}"
        if length <= TelegramWebhook.secretLimit {
            #expect(try Self.webhook(text) != nil)
        } else {
            #expect(throws: ChannelProblem.self) { try Self.webhook(text) }
        }
    }
}

/// Keeps what it is given in memory.
@LoopActor
private final class FakeIntake: Intake {
    private(set) var cursor: String?
    private(set) var texts: [String] = []

    func begin(_ identity: BotIdentity) async throws(StoreError) -> String? { cursor }
    func take(_ messages: [InboundMessage], cursor: String?) async throws(StoreError) {
        texts += messages.map(\.text)
        self.cursor = cursor
    }
    func beat() {}
    func missed(from: WallTime, to: WallTime) {}
}

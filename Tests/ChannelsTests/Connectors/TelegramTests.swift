import Platform
import Store
import Support
import Testing
import Wire

@testable import Channels

@Suite(.serialized) struct TelegramTests {
    @Test func whatIsSaidIsTakenOnceAndConfirmed() async throws {
        try await withTelegram { bench in
            bench.telegram.bring(FakeTelegram.said("one", id: 1))
            try await bench.connect()
            bench.telegram.bring(FakeTelegram.said("two", id: 2))
            try await turns { bench.handler.begun == ["one", "two"] }
            try await turns { bench.telegram.last("getUpdates")?["offset"]?.int == 1002 }
            #expect(bench.telegram.last("getUpdates")?["timeout"]?.int == TelegramPoller.time)
            #expect(bench.telegram.last("getUpdates")?["allowed_updates"]?.array?.count == 6)
            // The first asks for an answer at once, and from wherever Telegram is.
            let first = bench.telegram.calls.first { $0.method == "getUpdates" }?.arguments
            #expect(first?["timeout"]?.int == 0 && first?["offset"] == nil)
        }
    }

    @Test func whatWasNotConfirmedComesAgainAndIsTheSame() async throws {
        try await withTelegram { bench in
            try await bench.connect()
            bench.handler.isHeld = true
            bench.telegram.bring(FakeTelegram.said("one", id: 1))
            try await turns { bench.handler.begun == ["one"] }
            try await bench.crash()
            bench.telegram.bring(FakeTelegram.said("two", id: 2))
            try await bench.connect()
            try await turns { bench.handler.begun.count == 2 }
            // The first is left over in the inbox, and not there twice although it was not confirmed.
            #expect(bench.handler.begun == ["one", "two"])
            try await bench.crash()
            try await bench.connect()
            try await bench.pass(.seconds(55), step: .seconds(5))
            #expect(bench.handler.begun.isEmpty)
        }
    }

    @Test func numbersThatStartElsewhereAreNews() async throws {
        try await withTelegram { bench in
            bench.telegram.bring(FakeTelegram.said("one", id: 1))
            try await bench.connect()
            try await turns { bench.telegram.last("getUpdates")?["offset"]?.int == 1001 }
            bench.telegram.renumber(from: 17)
            bench.telegram.bring(FakeTelegram.said("two", id: 2))
            try await turns { bench.telegram.last("getUpdates")?["offset"]?.int == 18 }
            bench.telegram.bring(FakeTelegram.said("three", id: 3))
            try await turns { bench.handler.begun == ["one", "two", "three"] }
        }
    }

    @Test func aVirtualDayWithoutAWordIsNoFault() async throws {
        try await withTelegram { bench in
            try await bench.connect()
            for _ in 0..<(24 * 60) {
                await bench.clock.advance(by: .seconds(60))
                try await bench.calm(6)
            }
            #expect(bench.runner.present.isReceiving && bench.runner.present.restarts == 0)
            #expect(bench.telegram.count("getUpdates") > 1400)
        }
    }

    // MARK: What outlives a restart

    @Test func aGroupThatBecameAnotherIsKnownAfterARestart() async throws {
        try await withTelegram { bench in
            try await bench.connect()
            bench.telegram.bring(FakeTelegram.moved(from: -5, to: -1005))
            try await turns { bench.telegram.last("getUpdates")?["offset"]?.int == 1001 }
            try await bench.crash()
            bench.handler.isHeld = true
            bench.telegram.bring(
                FakeTelegram.said("here we are", id: 2, chat: ["id": -1005, "type": "supergroup", "title": "Ops"]))
            try await bench.connect()
            try await turns { bench.handler.begun == ["here we are"] }
            // What was set for the group that it was holds on.
            let kept = try await bench.store.read { (db) throws(StoreError) in
                try db.first("SELECT message FROM inbox") { (row) throws(StoreError) -> String? in try row[0] } ?? nil
            }
            #expect(kept?.contains(#""chat":"-1005""#) == true && kept?.contains(#""parent":"-5""#) == true)
            bench.handler.release()
            #expect(try await bench.send(bench.message("one", chat: "-5")).state == .delivered)
            #expect(bench.telegram.last("sendMessage")?["chat_id"]?.int == -1005)
            #expect(bench.telegram.count("sendMessage") == 1)
        }
    }

    @Test func whatSendingToldOfAGroupIsKnownAfterARestart() async throws {
        try await withTelegram { bench in
            try await bench.connect()
            bench.telegram.answers["sendMessage"] = [
                [
                    "ok": false, "error_code": 400, "description": "Bad Request: group chat was upgraded",
                    "parameters": ["migrate_to_chat_id": -100_500],
                ]
            ]
            #expect(try await bench.send(bench.message("one", chat: "-5")).state == .delivered)
            try await bench.pass(.seconds(TelegramPoller.time + 1))
            try await bench.crash()
            try await bench.connect()
            #expect(try await bench.send(bench.message("two", chat: "-5")).state == .delivered)
            #expect(bench.telegram.last("sendMessage")?["chat_id"]?.int == -100_500)
            #expect(bench.telegram.count("sendMessage") == 3)
        }
    }

    private static let day = Duration.seconds(24 * 3600)

    /// Telegram keeps a day.
    @Test(arguments: [(day - .seconds(1), false), (day, false), (day + .seconds(1), true)])
    func whatTelegramForgotIsAGap(absence: Duration, isTold: Bool) async throws {
        try await withTelegram { bench in
            bench.telegram.bring(FakeTelegram.said("one", id: 1))
            try await bench.connect()
            try await turns { bench.telegram.last("getUpdates")?["offset"]?.int == 1001 }
            let left = bench.clock.wall
            try await bench.crash()
            bench.clock.wall = WallTime(nanoseconds: left.nanoseconds + absence.inNanoseconds)
            try await bench.connect()
            let edge = WallTime(nanoseconds: bench.clock.wall.nanoseconds - Self.day.inNanoseconds)
            // The place is kept in whole milliseconds.
            let from = WallTime(milliseconds: left.milliseconds)
            #expect(bench.runner.present.gap == (isTold ? from...edge : nil))
            #expect(bench.runner.present.isReceiving)
        }
    }

    /// Who hears nothing all day misses nothing by a short absence.
    @Test func silenceIsNoGap() async throws {
        try await withTelegram { bench in
            try await bench.connect()
            for _ in 0..<(25 * 60) {
                await bench.clock.advance(by: .seconds(60))
                try await bench.calm(6)
            }
            let left = bench.clock.wall
            try await bench.crash()
            let limit = Self.day - TelegramReceiver.placeAge - .seconds(60)
            bench.clock.wall = WallTime(nanoseconds: left.nanoseconds + limit.inNanoseconds)
            try await bench.connect()
            #expect(bench.runner.present.gap == nil)
        }
    }

    // MARK: Faults

    private static let page = "<html>bad gateway</html>"

    @Test(arguments: [
        FakeService.Fault.refused, .resetBefore, .resetAfter, .half("HTTP/1.1 200 OK\r\n"), .raw("nonsense\r\n\r\n"),
        .answer(.tooManyRequests, #"{"ok":false,"error_code":429,"parameters":{"retry_after":7}}"#, [:]),
        .answer(.tooManyRequests, "{}", ["Retry-After": "7"]), .answer(.internalError, "", [:]),
        .answer(.badGateway, page, ["Content-Type": "text/html"]), .answer(.ok, "{\"ok\":tr", [:]),
        .answer(.ok, #"{"ok":true,"result":{}}"#, [:]),
    ])
    func itReceivesAgainSoonAfterTheServiceIsWell(fault: FakeService.Fault) async throws {
        try await withTelegram { bench in
            try await bench.connect()
            bench.telegram.bring(FakeTelegram.said("before", id: 1))
            try await turns { bench.handler.begun == ["before"] }
            bench.telegram.service.faults = Array(repeating: fault, count: 4)
            bench.telegram.restart()
            bench.telegram.bring(FakeTelegram.said("meanwhile", id: 2))
            var seconds = 0
            while !bench.telegram.service.faults.isEmpty, seconds < 300 {
                try await bench.pass(.seconds(1))
                seconds += 1
            }
            #expect(bench.telegram.service.faults.isEmpty)
            try await bench.pass(.seconds(35))
            #expect(bench.runner.present.isReceiving && bench.handler.begun == ["before", "meanwhile"])
        }
    }

    @Test func aPollThatIsNeverAnsweredIsGivenUp() async throws {
        try await withTelegram { bench in
            try await bench.connect()
            bench.telegram.service.faults = [.silence]
            bench.telegram.restart()
            bench.telegram.bring(FakeTelegram.said("meanwhile", id: 1))
            try await bench.pass(.seconds(125))
            #expect(bench.telegram.service.faults.isEmpty)
            #expect(bench.runner.present.isReceiving && bench.handler.begun == ["meanwhile"])
        }
    }

    /// A connection that died without a word while Telegram is well for everybody else. With the first pause of the runner
    /// that is 34 s at most.
    @Test func aPollOnADeadConnectionIsGivenUpInTime() async throws {
        try await withTelegram { bench in
            try await bench.connect()
            try await bench.pass(AccountRunner.wellAfter + .seconds(2))
            bench.telegram.isMute = true
            while bench.telegram.left.isEmpty { try await bench.pass(.seconds(1)) }
            bench.telegram.isMute = false
            bench.telegram.bring(FakeTelegram.said("meanwhile", id: 1))
            let limit = Duration.seconds(TelegramPoller.time) + TelegramPoller.grace + Backoff.first
            #expect(limit < .seconds(35))
            try await bench.pass(limit - .seconds(1))
            #expect(bench.handler.begun.isEmpty)
            try await bench.pass(.seconds(2))
            #expect(bench.runner.present.isReceiving && bench.handler.begun == ["meanwhile"])
        }
    }

    @Test func aJumpOfTheClockChangesNothing() async throws {
        try await withTelegram { bench in
            try await bench.connect()
            bench.clock.wall = WallTime(milliseconds: bench.clock.wall.milliseconds - 86_400_000)
            bench.telegram.bring(FakeTelegram.said("yesterday", id: 1))
            try await turns { bench.handler.begun == ["yesterday"] }
            bench.clock.wall = WallTime(milliseconds: bench.clock.wall.milliseconds + 3 * 86_400_000)
            bench.telegram.bring(FakeTelegram.said("tomorrow", id: 2))
            try await turns { bench.handler.begun == ["yesterday", "tomorrow"] }
            #expect(bench.runner.present.restarts == 0)
        }
    }

    @Test(arguments: [(401, "Unauthorized"), (404, "Not Found")])
    func aTokenOfNoUseStopsTheAccount(code: Int, words: String) async throws {
        try await withTelegram { bench in
            try await bench.connect()
            bench.telegram.answers["getUpdates"] = [
                ["ok": false, "error_code": JSON(code), "description": .string(words)]
            ]
            bench.telegram.restart()
            try await bench.pass(.seconds(10))
            guard case .stopped(let reason, let cure) = bench.runner.present.phase else {
                Issue.record("\(bench.runner.present.phase)")
                return
            }
            #expect(!reason.contains("good-token") && cure.contains("@BotFather"))
            let count = bench.telegram.calls.count
            try await bench.pass(.seconds(120), step: .seconds(30))
            #expect(bench.telegram.calls.count == count)
        }
    }

    @Test func aWebhookIsRemovedAndAnotherProgramIsTold() async throws {
        try await withTelegram { bench in
            bench.telegram.bring(FakeTelegram.said("one", id: 1))
            bench.telegram.answers["getUpdates"] = [
                [
                    "ok": false, "error_code": 409,
                    "description":
                        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete it",
                ]
            ]
            try await bench.connect()
            try await turns { bench.handler.begun == ["one"] }
            #expect(bench.telegram.last("deleteWebhook")?["drop_pending_updates"]?.bool == false)
            bench.telegram.answers["getUpdates"] = [
                [
                    "ok": false, "error_code": 409,
                    "description": "Conflict: terminated by other getUpdates request; make sure that only one runs",
                ]
            ]
            bench.telegram.bring(FakeTelegram.said("two", id: 2))
            try await turns { bench.runner.present.restarts == 1 }
            guard case .waiting(let reason, _) = bench.runner.present.phase else {
                Issue.record("\(bench.runner.present.phase)")
                return
            }
            #expect(reason.contains("another program"))
            try await bench.pass(.seconds(35))
            #expect(bench.runner.present.isReceiving && bench.handler.begun == ["one", "two"])
        }
    }

    @Test func whoHearsOnlyCommandsInGroupsIsTold() async throws {
        try await withTelegram { bench in
            bench.telegram.readsAll = false
            try await bench.connect()
            #expect(bench.runner.present.identity?.findings.first?.contains("/setprivacy") == true)
            #expect(bench.runner.present.identity?.id == "123" && bench.runner.present.identity?.name == "molly_bot")
        }
    }

    @Test func aButtonIsReleasedWhenItsPressIsKept() async throws {
        try await withTelegram { bench in
            try await bench.connect()
            bench.telegram.bring([
                "callback_query": [
                    "id": "q1", "from": ["id": 7, "is_bot": false, "first_name": "Ada"], "data": "yes",
                    "message": ["message_id": 4, "date": 1, "chat": ["id": 7, "type": "private"]],
                ]
            ])
            try await turns { bench.telegram.last("answerCallbackQuery")?["callback_query_id"]?.string == "q1" }
            try await turns { bench.handler.begun == ["yes"] }
        }
    }
}

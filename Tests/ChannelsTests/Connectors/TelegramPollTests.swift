import Platform
import Store
import Support
import Testing
import Wire

@testable import Channels

/// Batches of updates that are not as they should be.
@Suite(.serialized) struct TelegramPollTests {
    @LoopActor
    private static func update(_ number: Int, _ text: String) -> JSON {
        // As Telegram does, the number first.
        ["update_id": JSON(number), "message": FakeTelegram.said(text, id: number)["message"] ?? .null]
    }

    @Test func aDoubledAndDisorderedBatchIsTakenOnceAndInOrder() async throws {
        try await withTelegram { bench in
            try await bench.connect()
            bench.telegram.put([
                Self.update(203, "three"), Self.update(201, "one"), Self.update(203, "three"), "nonsense",
                ["update_id": -3], ["update_id": 9_223_372_036_854_775_807], Self.update(202, "two"),
            ])
            try await turns { bench.telegram.last("getUpdates")?["offset"]?.int == 204 }
            try await turns { bench.handler.begun == ["one", "two", "three"] }
            #expect(bench.runner.present.restarts == 0)
        }
    }

    @Test func aPollThatWaitsForNothingIsNotRepeatedInHaste() async throws {
        try await withTelegram { bench in
            bench.telegram.isHasty = true
            try await bench.connect()
            try await bench.pass(.seconds(20))
            #expect((10...22).contains(bench.telegram.count("getUpdates")))
            #expect(bench.runner.present.restarts == 0)
        }
    }

    @Test func whoSetsAWebhookAgainAndAgainIsNotFoughtWithoutAPause() async throws {
        try await withTelegram { bench in
            let refusal: JSON = [
                "ok": false, "error_code": 409,
                "description": "Conflict: can't use getUpdates method while webhook is active",
            ]
            bench.telegram.answers["getUpdates"] = [refusal, refusal]
            bench.runner.start()
            try await turns { bench.runner.present.restarts == 1 }
            #expect(bench.telegram.count("deleteWebhook") == 1)
            try await bench.pass(.seconds(35))
            #expect(bench.runner.present.isReceiving)
        }
    }

    // MARK: Large answers

    private static let megabyte = String(repeating: "x", count: 1024 * 1024)

    @Test func anAnswerThatIsTooLargeIsAskedForInParts() async throws {
        try await withTelegram { bench in
            try await bench.connect()
            let texts = (1...12).map { "\($0) \(Self.megabyte)" }
            bench.telegram.put(texts.enumerated().map { Self.update(2001 + $0, $1) })
            try await bench.pass(.seconds(2))
            #expect(bench.handler.begun.map { $0.prefix { $0 != " " } } == texts.map { $0.prefix { $0 != " " } })
            #expect(bench.telegram.last("getUpdates")?["offset"]?.int == 2013)
            #expect(bench.runner.present.restarts == 0 && bench.runner.present.gap == nil)
            // What is asked for grows again.
            for number in 1...5 {
                bench.telegram.put([Self.update(2012 + number, "small")])
                try await turns { bench.telegram.last("getUpdates")?["offset"]?.int == 2013 + number }
            }
            #expect(bench.telegram.last("getUpdates")?["limit"]?.int == TelegramPoller.batch)
        }
    }

    @Test func anUpdateThatIsTooLargeAloneIsPassedBy() async throws {
        try await withTelegram { bench in
            try await bench.connect()
            let large = String(repeating: Self.megabyte, count: 9)
            bench.telegram.put([
                Self.update(2001, "before"), Self.update(2002, large), Self.update(2003, "after"),
            ])
            try await bench.pass(.seconds(2))
            #expect(bench.handler.begun == ["before", "after"])
            #expect(bench.telegram.last("getUpdates")?["offset"]?.int == 2004)
            #expect(bench.runner.present.restarts == 0 && bench.runner.present.isReceiving)
            let gap = try #require(bench.runner.present.gap)
            #expect(gap.upperBound <= bench.clock.wall && gap.lowerBound < gap.upperBound)
            // After a restart it is not asked for again.
            try await bench.crash()
            let count = bench.telegram.count("getUpdates")
            try await bench.connect()
            #expect(bench.telegram.calls.filter { $0.method == "getUpdates" }[count].arguments["offset"]?.int == 2004)
        }
    }

    @Test(arguments: [
        (#"{"ok":true,"result":[{"update_id":2001,"message":{"#, 2001), (#"[{"update_id": 7}"#, 7),
        (#"{"ok":true,"result":[{"update_id":2001"#, nil), (#"{"ok":true,"result":[{"update_id":"#, nil),
        (#"{"ok":true,"result":[{"update_id":"x","#, nil), ("<html>", nil), ("", nil),
    ])
    func theNumberIsReadInTheBeginningOfAnAnswer(text: String, number: Int?) {
        #expect(TelegramPoller.number(in: Array(text.utf8)) == number)
    }
}

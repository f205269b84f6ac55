import Platform
import Support
import Testing
import Wire

@testable import Channels

@Suite(.serialized) struct DiscordTests {
    @Test func itIntroducesItselfAndHears() async throws {
        try await withDiscord { bench in
            try await bench.connect()
            let identify = bench.discord.heard.first { $0.op == 2 }?.data
            #expect(identify?["token"]?.string == "good-token" && identify?["intents"]?.int == 46_593)
            bench.discord.say("one")
            bench.discord.say("two", chat: "5", guild: "1")
            bench.discord.say("my own", author: "99")
            bench.discord.say("three")
            try await turns { bench.handler.begun == ["one", "two", "three"] }
            #expect(bench.runner.present.identity?.name == "molly")
        }
    }

    @Test func aVirtualDayWithoutAWordIsNoFault() async throws {
        try await withDiscord { bench in
            try await bench.connect()
            try await bench.pass(.seconds(3600), step: .seconds(5))
            for _ in 0..<(23 * 60) {
                for _ in 0..<4 {
                    await bench.clock.advance(by: .seconds(15))
                    try await bench.calm(3)
                }
            }
            #expect(bench.runner.present.isReceiving && bench.runner.present.restarts == 0)
            #expect(bench.discord.count(1) > 2000 && bench.discord.sockets.count == 1)
        }
    }

    // MARK: Sessions

    @Test func aSessionIsTakenUpAgainWhereItWas() async throws {
        try await withDiscord { bench in
            try await bench.connect()
            bench.discord.say("one")
            try await turns { bench.handler.begun == ["one"] }
            try await bench.crash()
            bench.discord.say("two")
            try await bench.connect()
            try await turns { bench.handler.begun == ["two"] }
            #expect(bench.discord.sockets.last?.path == "/resume" && bench.discord.count(2) == 1)
            let resume = bench.discord.heard.first { $0.op == 6 }?.data
            #expect(resume?["session_id"]?.string == "s1" && resume?["seq"]?.int == 3)
        }
    }

    @Test func whatWasSaidMeanwhileIsAskedForWhenTheSessionIsGone() async throws {
        try await withDiscord { bench in
            try await bench.connect()
            bench.discord.say("one")
            bench.discord.say("before", chat: "5", guild: "1")
            try await turns { bench.handler.begun == ["one", "before"] }
            try await bench.crash()
            bench.discord.knowsSessions = false
            for number in 0..<120 { bench.discord.say("dm \(number)") }
            bench.discord.say("a", chat: "5", guild: "1")
            bench.discord.say("in a thread", chat: "7", guild: "1")
            bench.discord.say("b", chat: "5", guild: "1")
            bench.runner.start()
            try await bench.pass(.seconds(20))
            #expect(bench.runner.present.isReceiving && bench.runner.present.gap == nil)
            bench.discord.say("new")
            try await turns { bench.handler.begun.count == 124 }
            let begun = bench.handler.begun
            #expect(begun.filter { $0.hasPrefix("dm ") } == (0..<120).map { "dm \($0)" })
            #expect(begun.filter { $0 == "a" || $0 == "b" } == ["a", "b"] && begun.contains("in a thread"))
            #expect(begun.last == "new")
            // Nothing was said in the other channel, and it is not asked about.
            #expect(bench.discord.count(of: "GET channels/6/messages") == 0)
        }
    }

    @Test func whatCannotBeReadIsTold() async throws {
        try await withDiscord { bench in
            try await bench.connect()
            bench.discord.say("one")
            try await turns { bench.handler.begun == ["one"] }
            try await bench.crash()
            bench.discord.knowsSessions = false
            bench.discord.say("lost")
            bench.discord.answers["GET channels/900/messages"] = Array(
                repeating: (.internalError, ["message": "500: Internal Server Error", "code": 0]), count: 3)
            bench.runner.start()
            try await bench.pass(.seconds(30))
            #expect(bench.runner.present.gap != nil && bench.runner.present.isReceiving)
        }
    }

    @Test func discordAsksForAnotherConnection() async throws {
        try await withDiscord { bench in
            try await bench.connect()
            bench.discord.open?.send(7, .null)
            try await turns { bench.discord.count(6) == 1 && bench.discord.open?.path == "/resume" }
            bench.discord.say("one")
            try await turns { bench.handler.begun == ["one"] }
            #expect(bench.runner.present.restarts == 0 && bench.discord.closes.contains(4000))
        }
    }

    @Test func aSessionThatIsRefusedManyTimesEndsInANewOne() async throws {
        try await withDiscord { bench in
            try await bench.connect()
            bench.discord.knowsSessions = false
            bench.discord.canResume = true
            bench.discord.restart()
            try await bench.pass(.seconds(40))
            #expect(bench.discord.count(6) > 3 && !bench.runner.present.isReceiving)
            bench.discord.canResume = false
            try await bench.pass(.seconds(35))
            #expect(bench.discord.count(2) == 2 && bench.runner.present.isReceiving)
        }
    }

    @Test(arguments: [4000, 4001, 4007, 4008, 4009, 1000, 1001, 1011])
    func aConnectionThatIsClosedIsMadeAnew(code: UInt16) async throws {
        try await withDiscord { bench in
            try await bench.connect()
            bench.discord.say("one")
            try await turns { bench.handler.begun == ["one"] }
            bench.discord.close(code)
            try await turns { !bench.runner.present.isReceiving }
            bench.discord.say("two")
            try await bench.pass(code == 4008 ? .seconds(65) : .seconds(35))
            #expect(bench.runner.present.isReceiving && bench.handler.begun == ["one", "two"])
            #expect(bench.discord.count(2) == (code == 4007 || code == 4009 ? 2 : 1))
        }
    }

    @Test(arguments: [
        (4004, "channels.discord.token"), (4014, "intents.messageContent"), (4011, "bot of its own"), (4013, "intents"),
    ])
    func aConnectionThatIsNotToComeBackStops(code: UInt16, cure words: String) async throws {
        try await withDiscord { bench in
            try await bench.connect()
            bench.discord.close(code)
            try await bench.pass(.seconds(2))
            guard case .stopped(_, let cure) = bench.runner.present.phase else {
                Issue.record("\(bench.runner.present.phase)")
                return
            }
            #expect(cure.contains(words))
            let count = bench.discord.calls.count
            try await bench.pass(.seconds(60), step: .seconds(20))
            #expect(bench.discord.calls.count == count)
        }
    }

    @Test func aHeartbeatThatIsNotAnsweredEndsTheConnection() async throws {
        try await withDiscord { bench in
            try await bench.connect()
            bench.discord.answersBeats = false
            try await bench.pass(.seconds(110), step: .seconds(5))
            #expect(bench.runner.present.restarts > 0)
            bench.discord.answersBeats = true
            bench.discord.say("one")
            try await bench.pass(.seconds(35))
            #expect(bench.runner.present.isReceiving && bench.handler.begun == ["one"])
            #expect(bench.discord.count(6) > 0 && bench.discord.count(2) == 1)
        }
    }

    @Test func aHeartbeatThatIsAskedForIsGivenAtOnce() async throws {
        try await withDiscord { bench in
            try await bench.connect()
            bench.discord.open?.send(1, .null)
            try await turns { bench.discord.count(1) == 1 }
            #expect(bench.discord.heard.last { $0.op == 1 }?.data.int == 2)
        }
    }

    // MARK: Faults

    private static let page = "<html>bad gateway</html>"

    @Test(arguments: [
        FakeService.Fault.refused, .resetBefore, .resetAfter, .half("HTTP/1.1 200 OK\r\n"), .raw("nonsense\r\n\r\n"),
        .silence, .answer(.tooManyRequests, #"{"retry_after":6.5,"global":true}"#, [:]),
        .answer(.tooManyRequests, "error code: 1015", ["Retry-After": "7"]), .answer(.internalError, "", [:]),
        .answer(.badGateway, page, ["Content-Type": "text/html"]), .answer(.ok, "{\"id\":tr", [:]),
        .answer(.ok, "{}", [:]),
    ])
    func itReceivesAgainSoonAfterTheServiceIsWell(fault: FakeService.Fault) async throws {
        try await withDiscord { bench in
            try await bench.connect()
            bench.discord.say("before")
            try await turns { bench.handler.begun == ["before"] }
            bench.discord.service.faults = Array(repeating: fault, count: 4)
            bench.discord.restart()
            bench.discord.say("meanwhile")
            var seconds = 0
            while !bench.discord.service.faults.isEmpty, seconds < 300 {
                try await bench.pass(.seconds(1))
                seconds += 1
            }
            #expect(bench.discord.service.faults.isEmpty)
            try await bench.pass(.seconds(35))
            #expect(bench.runner.present.isReceiving && bench.handler.begun == ["before", "meanwhile"])
        }
    }

    @Test func anEventThatComesTwiceOrLateIsOne() async throws {
        try await withDiscord { bench in
            try await bench.connect()
            bench.discord.say("one")
            let first = try #require(bench.discord.messages.last)
            bench.discord.say("two")
            bench.discord.dispatch("MESSAGE_CREATE", first)
            bench.discord.say("three")
            try await turns { bench.handler.begun.contains("three") }
            #expect(bench.handler.begun == ["one", "two", "three"])
        }
    }

    @Test func aFrameThatIsTooLargeOrNoneEndsTheConnection() async throws {
        try await withDiscord { bench in
            for text in [String(repeating: "x", count: 17 * 1024 * 1024), "{\"op\":"] {
                if !bench.runner.present.isReceiving {
                    bench.runner.start()
                    try await bench.pass(.seconds(5))
                }
                bench.discord.open?.connection?.send(text)
                try await bench.pass(.seconds(1))
                #expect(!bench.runner.present.isReceiving)
                bench.discord.say("after \(text.utf8.count)")
                try await bench.pass(.seconds(35))
                #expect(bench.runner.present.isReceiving)
            }
            #expect(bench.handler.begun.count == 2)
        }
    }

    @Test func aTokenThatIsTakenAwayStops() async throws {
        try await withDiscord { bench in
            try await bench.connect()
            bench.discord.token = "another"
            bench.discord.restart()
            try await bench.pass(.seconds(5))
            guard case .stopped(let reason, let cure) = bench.runner.present.phase else {
                Issue.record("\(bench.runner.present.phase)")
                return
            }
            #expect(!reason.contains("good-token") && cure.contains("channels.discord.token"))
        }
    }

    @Test func anIntentThatIsOffIsTold() async throws {
        try await withDiscord { bench in
            bench.discord.flags = 0
            try await bench.connect()
            #expect(bench.runner.present.identity?.findings.first?.contains("Message Content Intent") == true)
        }
    }

    @Test func aBotThatIntroducedItselfTooOftenWaits() async throws {
        try await withDiscord { bench in
            bench.discord.answers["GET gateway/bot"] = [
                (
                    .ok,
                    [
                        "url": "wss://discord.test/gateway",
                        "session_start_limit": ["remaining": 0, "reset_after": 90_000],
                    ]
                )
            ]
            bench.runner.start()
            try await bench.pass(.seconds(85), step: .seconds(5))
            #expect(bench.discord.sockets.isEmpty)
            try await bench.pass(.seconds(10))
            #expect(bench.runner.present.isReceiving)
        }
    }

    /// What zlib makes of several messages is one stream, cut anywhere.
    @Test(arguments: 1...20) func thePackedStreamIsReadHoweverItIsCut(seed: UInt64) async throws {
        try await onLoop {
            var random = SeededRandom(seed: seed)
            let deflater = Deflater(.zlib, level: 6, memoryLevel: 8)
            var inflater = DiscordInflater()
            for number in 0..<5 {
                let text = Array(
                    String(repeating: "{\"n\":\(number)}", count: .random(in: 1...9000, using: &random)).utf8)
                var packed: [UInt8] = []
                deflater.deflate(text.span, .sync, appendingTo: &packed)
                let cut = Int.random(in: 0..<packed.count, using: &random)
                var whole: [UInt8]?
                for part in [packed[..<cut], packed[cut...]] where !part.isEmpty {
                    if let text = try inflater.take(Array(part)) { whole = text }
                }
                #expect(whole == text)
            }
            #expect(throws: DeflateError.self) { _ = try inflater.take([0xFF, 0xFF, 0, 0xFF, 0xFF]) }
        }
    }
}

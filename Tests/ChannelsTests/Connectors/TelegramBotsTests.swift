import Platform
import Support
import Testing
import Wire

@testable import Channels

/// Two accounts of one process that would have the same bot.
@Suite(.serialized) struct TelegramBotsTests {
    private static let work = ChannelAccount(channel: "telegram", account: "work")

    /// Another account beside that of the bench.
    @LoopActor
    private static func second(_ bench: TelegramBench, _ token: TelegramSettings.Token) throws -> AccountRunner {
        let settings = TelegramSettings(
            work, path: "channels.telegram.accounts.work", token: token, root: try WebURL("https://telegram.test"))
        let log = Log(LogOutput(LogSettings(level: .error), clock: bench.clock), subsystem: "channels")
        let (client, bots, clock) = (bench.telegram.service.client(), bench.telegram.bots, bench.clock)
        return AccountRunner(
            work, .telegram, store: bench.store, handler: bench.handler, clock: clock, log: log, chance: { 0 }
        ) { TelegramConnector(settings, bots, http: client, clock: clock, log: log) }
    }

    private static let refusal = AccountStatus.Phase.stopped(
        reason: "the account telegram has this bot already",
        cure:
            "give channels.telegram.accounts.work a bot of its own, or take one of the two out; then: openclaw channels "
            + "start")

    @Test func theSecondSaysWhoHasTheBotAndAsksForNothing() async throws {
        try await withTelegram { bench in
            try await bench.connect()
            try await turns { bench.telegram.count("getUpdates") == 2 }
            let runner = try Self.second(bench, .text("123:good-token"))
            runner.start()
            try await turns { runner.present.phase == Self.refusal }
            bench.telegram.bring(FakeTelegram.said("still heard", id: 1))
            try await turns { bench.handler.begun == ["still heard"] }
            try await bench.pass(.seconds(120), step: .seconds(10))
            #expect(bench.runner.present.restarts == 0 && runner.present.phase == Self.refusal)
            #expect(bench.telegram.count("getMe") == 1)
            // Who stopped lets go of it.
            await bench.runner.stop()
            runner.start()
            try await turns { runner.present.isReceiving }
            await runner.close()
        }
    }

    @Test func aFileThatComesToHoldTheTokenOfAnotherIsFoundOut() async throws {
        let scratch = ScratchDirectory()
        scratch.write("123:good-token\n", to: "one")
        scratch.write("999:another\n", to: "two")
        let (one, two) = (scratch.path("one"), scratch.path("two"))
        try await withTelegram({ $0.token = .file(one) }) { bench in
            try await bench.connect()
            let runner = try Self.second(bench, .file(two))
            runner.start()
            try await turns { runner.present.phase != .connecting }
            guard case .stopped(let reason, _) = runner.present.phase else {
                Issue.record("\(runner.present.phase)")
                return
            }
            #expect(reason.contains("does not know the token"))
            scratch.write("123:good-token\n", to: "two")
            runner.start()
            try await turns { runner.present.phase == Self.refusal }
            #expect(bench.runner.present.isReceiving)
            await runner.close()
        }
    }

    /// Files are read at once: whichever is read first, the account that began first has the bot. One whose file does not
    /// come holds the others up for a moment only.
    @Test(arguments: [true, false])
    func whoBeganFirstHasTheBotWhicheverFileIsReadFirst(comes: Bool) async throws {
        try await withTelegram { bench in
            let (one, two) = (try Self.connector(bench), try Self.connector(bench))
            let (bots, clock) = (bench.telegram.bots, bench.clock)
            let file = Awaited<Bool>(clock)
            var results: [String: String] = [:]
            let first = startTask {
                let (_, other) = try await bots.claim(bench.account, one) { () throws(ConnectorFault) in
                    guard await file.wait(until: clock.now + .seconds(60)) == true else {
                        throw .passing("the file does not come")
                    }
                    return "123"
                }
                results["one"] = other.map { "\($0)" } ?? "nobody"
            }
            let second = startTask {
                let (_, other) = try await bots.claim(Self.work, two) { () throws(ConnectorFault) in "123" }
                results["two"] = other.map { "\($0)" } ?? "nobody"
            }
            try await turns { clock.timers.next == clock.now + TelegramBots.patience }
            #expect(results.isEmpty, "it waits for the one before it")
            if comes { file.bring(true) } else { await clock.advance(by: TelegramBots.patience) }
            try await turns { results["two"] != nil }
            if comes {
                #expect(results == ["one": "nobody", "two": "telegram"])
            } else {
                #expect(results == ["two": "nobody"])
                file.bring(true)
                try await turns { results["one"] != nil }
                #expect(results["one"] == "telegram/work")
            }
            _ = await first.result
            _ = await second.result
        }
    }

    @LoopActor
    private static func connector(_ bench: TelegramBench) throws -> TelegramConnector {
        let settings = TelegramSettings(token: .text("123:good-token"), root: try WebURL("https://telegram.test"))
        return TelegramConnector(
            settings, bench.telegram.bots, http: bench.telegram.service.client(), clock: bench.clock,
            log: Log(LogOutput(LogSettings(level: .error), clock: bench.clock), subsystem: "channels"))
    }

    @Test func aFileIsReadForEachConnection() async throws {
        let scratch = ScratchDirectory()
        let path = scratch.path("token")
        try await withTelegram({ $0.token = .file(path) }) { bench in
            bench.runner.start()
            try await turns { bench.runner.present.phase != .connecting }
            guard case .stopped(let reason, let cure) = bench.runner.present.phase else {
                Issue.record("\(bench.runner.present.phase)")
                return
            }
            #expect(reason.contains("channels.telegram.tokenFile cannot be read") && cure.contains("@BotFather"))
            scratch.write(" 123:good-token\n", to: "token")
            try await bench.connect()
            // Telegram gives another token, and the file gets it, while the connection is lost.
            bench.telegram.token = "123:a-new-one"
            scratch.write("123:a-new-one\n", to: "token")
            bench.telegram.restart()
            try await bench.pass(.seconds(5))
            #expect(
                bench.runner.present.isReceiving && bench.runner.present.restarts == 2, "\(bench.runner.present.phase)")
        }
    }

    @Test(arguments: ["", "12345", "12:ab/../x", "12:a b", "12:\u{e9}"])
    func whatIsNoTokenIsNotSent(token: String) async throws {
        try await withTelegram({ $0.token = .text(token) }) { bench in
            bench.runner.start()
            try await turns { bench.runner.present.phase != .connecting }
            guard case .stopped(_, let cure) = bench.runner.present.phase else {
                Issue.record("\(bench.runner.present.phase)")
                return
            }
            #expect(cure.contains("channels.telegram.botToken") && bench.telegram.service.requests.isEmpty)
        }
    }

    @Test func noFaultHoldsTheToken() async throws {
        try await withTelegram { bench in
            bench.telegram.answers["getMe"] = [
                ["ok": false, "error_code": 400, "description": "no /bot123:good-token/getMe here"]
            ]
            bench.runner.start()
            try await turns { bench.runner.present.restarts == 1 }
            guard case .waiting(let reason, _) = bench.runner.present.phase else {
                Issue.record("\(bench.runner.present.phase)")
                return
            }
            #expect(!reason.contains("good-token"))
        }
    }
}

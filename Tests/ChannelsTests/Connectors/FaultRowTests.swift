import Platform
import Support
import Testing
import Wire

@testable import Channels

/// Rows of the table of faults that stand in no platform's own tests: clocks that jump, servers that start anew, what
/// comes twice or out of order, answers and frames that are far too large.
@Suite(.serialized) struct FaultRowTests {
    private static let jumps: [Int64] = [86_400, -172_800, 3]

    /// Moves the wall's clock, and lets a while pass after each time.
    @LoopActor
    private static func jump(_ bench: some AccountBench, _ clock: FakeClock, _ runner: AccountRunner) async throws {
        for jump in jumps {
            clock.wall.nanoseconds += jump * 1_000_000_000
            try await bench.pass(.seconds(70), step: .seconds(5))
            #expect(runner.present.isReceiving && runner.present.restarts == 0, "after \(jump) s")
        }
    }

    // MARK: Discord

    @Test func aClockThatJumpsChangesNothingOnDiscord() async throws {
        try await withDiscord { bench in
            try await bench.connect()
            try await Self.jump(bench, bench.clock, bench.runner)
            bench.discord.say("still heard")
            try await turns { bench.handler.begun == ["still heard"] }
        }
    }

    /// The server goes down between two beats and refuses for a while.
    @Test func aDiscordThatStartsAnewIsHeardAgain() async throws {
        try await withDiscord { bench in
            try await bench.connect()
            bench.discord.service.faults = [.refused, .refused, .refused]
            bench.discord.restart()
            bench.discord.knowsSessions = false
            bench.discord.say("meanwhile", chat: "5", guild: "1")
            try await bench.pass(.seconds(35))
            #expect(bench.runner.present.isReceiving && bench.handler.begun == ["meanwhile"])
        }
    }

    // MARK: Slack

    @Test func aVirtualDayWithoutAWordIsNoFaultOnSlack() async throws {
        try await withSlack { fixture in
            try await fixture.connect()
            for _ in 0..<(24 * 60) {
                for _ in 0..<6 {
                    await fixture.clock.advance(by: .seconds(10))
                    try await fixture.calm(2)
                }
            }
            #expect(fixture.runner.present.isReceiving && fixture.runner.present.restarts == 0)
            #expect(fixture.slack.open.count == 2)
        }
    }

    @Test func aVirtualDayWithoutAWordIsNoFaultOverHTTP() async throws {
        let settings = SlackSettings(
            mode: .http, botToken: "xoxb-secret", signingSecret: "s", apiRoot: "https://slack.test/api")
        try await withSlack(settings) { fixture in
            fixture.runner.start()
            try await turns { fixture.runner.present.isReceiving }
            for _ in 0..<(24 * 60) {
                for _ in 0..<3 {
                    await fixture.clock.advance(by: .seconds(20))
                    try await fixture.calm(2)
                }
            }
            #expect(fixture.runner.present.isReceiving && fixture.runner.present.restarts == 0)
            #expect(fixture.slack.count("auth.test") > 4000)
        }
    }

    @Test func aSlackThatStartsAnewBringsWhatItHad() async throws {
        try await withSlack { fixture in
            try await fixture.connect()
            fixture.slack.service.faults = [.refused, .resetBefore, .refused]
            fixture.slack.restart()
            fixture.slack.bring("e1", FakeSlack.said("meanwhile", "1790000000.000100"))
            try await fixture.pass(.seconds(35))
            #expect(fixture.runner.present.isReceiving && fixture.slack.open.count == 2)
            try await turns { fixture.handler.begun == ["meanwhile"] && fixture.slack.acks.contains("e1") }
        }
    }

    @Test func whatComesTwiceOrOutOfOrderIsTakenOnceFromSlack() async throws {
        try await withSlack { fixture in
            try await fixture.connect()
            let (one, two) =
                fixture.slack.sockets.count == 2 ? (fixture.slack.sockets[0], fixture.slack.sockets[1]) : (nil, nil)
            fixture.slack.bring("e2", FakeSlack.said("later", "1790000000.000200"), to: two)
            fixture.slack.bring("e1", FakeSlack.said("earlier", "1790000000.000100"), to: one)
            // Brought again on the other socket, under another name of the envelope.
            fixture.slack.bring("e3", FakeSlack.said("later", "1790000000.000200"), to: one)
            fixture.slack.bring("e4", FakeSlack.said("earlier", "1790000000.000100"), to: two)
            try await turns { fixture.slack.acks.count == 4 }
            #expect(fixture.handler.begun.sorted() == ["earlier", "later"])
        }
    }

    @Test func aTokenThatIsRevokedLaterStopsSlack() async throws {
        try await withSlack { fixture in
            try await fixture.connect()
            fixture.slack.answers["apps.connections.open"] = Array(
                repeating: ["ok": false, "error": "token_revoked"], count: 4)
            fixture.slack.answers["auth.test"] = Array(repeating: ["ok": false, "error": "token_revoked"], count: 4)
            fixture.slack.restart()
            try await fixture.pass(.seconds(35))
            guard case .stopped(let reason, let cure) = fixture.runner.present.phase else {
                Issue.record("\(fixture.runner.present.phase)")
                return
            }
            #expect(reason.contains("token_revoked") && cure.contains("channels.slack.botToken"))
        }
    }

    // MARK: Matrix

    @Test func aClockThatJumpsChangesNothingOnMatrix() async throws {
        try await withMatrix { bench in
            try await bench.connect()
            try await Self.jump(bench, bench.clock, bench.runner)
            bench.matrix.say("still heard")
            try await turns { bench.handler.begun == ["still heard"] }
        }
    }

    @Test func whatASyncTellsTwiceIsTakenOnce() async throws {
        try await withMatrix { bench in
            try await bench.connect()
            bench.matrix.say("one")
            try await turns { bench.handler.begun == ["one"] && bench.matrix.isAttended }
            // The place that was reached is told again, with the same and something new in it.
            let known = try #require(bench.matrix.events.last)
            var rooms: JSON = [:]
            rooms[known.room] = [
                "timeline": ["events": [known.event, known.event], "limited": false, "prev_batch": "0"]
            ]
            let again: JSON = ["next_batch": .string("\(bench.matrix.events.count)"), "rooms": ["join": rooms]]
            bench.matrix.answers["GET sync"] = [(.ok, again)]
            bench.matrix.say("two")
            try await bench.pass(.seconds(35))
            #expect(bench.handler.begun == ["one", "two"])
        }
    }

    @Test func aHomeserverThatStartsAnewIsHeardAgain() async throws {
        try await withMatrix { bench in
            try await bench.connect()
            bench.matrix.service.faults = [.refused, .resetBefore, .refused]
            bench.matrix.restart()
            bench.matrix.say("meanwhile")
            try await bench.pass(.seconds(35))
            #expect(bench.runner.present.isReceiving && bench.handler.begun == ["meanwhile"])
        }
    }

    /// Far more than any answer of a homeserver's: the connection ends, and what comes next is heard.
    @Test func anAnswerThatIsFarTooLargeEndsTheConnectionOnly() async throws {
        try await withMatrix { bench in
            try await bench.connect()
            let page = "{\"next_batch\":\"" + String(repeating: "x", count: 64 << 20)
            bench.matrix.service.faults = [.answer(.ok, page, [:])]
            bench.matrix.say("one")
            try await bench.pass(.seconds(35))
            bench.matrix.say("two")
            try await bench.pass(.seconds(35))
            #expect(bench.runner.present.isReceiving && bench.handler.begun == ["one", "two"])
        }
    }

    // MARK: Rocket.Chat

    @Test func aClockThatJumpsChangesNothingOnRocketChat() async throws {
        try await RocketChatTests.with { bench in
            try await bench.calm()
            try await Self.jump(bench, bench.clock, bench.runner)
            bench.server.say("still heard", id: "m1")
            try await bench.calm()
            #expect(bench.handler.begun == ["still heard"])
        }
    }

    @Test func whatIsNonsenseOrFarTooLargeIsOvercomeOnRocketChat() async throws {
        try await RocketChatTests.with { bench in
            try await bench.calm()
            for text in ["{\"msg\":", "[]", "{\"msg\":\"changed\",\"collection\":7}"] {
                for socket in bench.server.sockets { socket.send(text) }
            }
            try await bench.calm()
            for socket in bench.server.sockets { socket.send(String(repeating: "x", count: 64 << 20)) }
            bench.server.say("meanwhile", id: "m1")
            try await bench.pass(.seconds(35))
            #expect(bench.runner.present.isReceiving && bench.handler.begun == ["meanwhile"])
        }
    }

    @Test func aRocketChatThatStartsAnewTellsWhatWasSaidInItsOrderAndOnce() async throws {
        try await RocketChatTests.with { bench in
            try await bench.calm()
            bench.server.say("before", id: "m0")
            try await bench.calm()
            bench.server.service.faults = [.refused, .resetBefore, .refused]
            bench.server.service.restart()
            for socket in bench.server.sockets { socket.cut() }
            try await bench.pass(.seconds(1))
            for number in 1...3 {
                bench.clock.wall.nanoseconds += 1_000_000
                bench.server.say("meanwhile \(number)", id: "m\(number)")
            }
            try await bench.pass(.seconds(35))
            #expect(bench.runner.present.isReceiving)
            // The live stream shows the last of them once more, and an older one after it.
            for message in bench.server.history.reversed() { bench.server.show(message) }
            try await bench.calm()
            #expect(bench.handler.begun == ["before", "meanwhile 1", "meanwhile 2", "meanwhile 3"])
        }
    }

    // MARK: IRC

    @Test func aClockThatJumpsChangesNothingOnIRC() async throws {
        try await IRCConnectorTests.with { bench in
            try await bench.calm()
            try await Self.jump(bench, bench.clock, bench.runner)
            bench.peer?.send(":ada!a@h PRIVMSG molly :still heard\r\n")
            try await bench.calm()
            #expect(bench.handler.begun == ["still heard"])
        }
    }

    /// A line without an end, 64 MiB of it: it costs no memory, and what comes next is heard.
    @Test func aLineWithoutAnEndIsOvercomeOnIRC() async throws {
        try await IRCConnectorTests.with { bench in
            try await bench.calm()
            let piece = String(repeating: "x", count: 32 << 10)
            for _ in 0..<2048 {
                bench.peer?.send(piece)
                await bench.clock.settle()
            }
            bench.peer?.send("\r\n")
            try await bench.pass(.seconds(35))
            #expect(bench.runner.present.isReceiving)
            bench.peer?.send(":ada!a@h PRIVMSG molly :still heard\r\n")
            try await bench.calm()
            #expect(bench.handler.begun == ["still heard"])
        }
    }

    @Test func anIRCServerThatStartsAnewIsJoinedAgain() async throws {
        try await IRCConnectorTests.with { bench in
            try await bench.calm()
            bench.faults = [.refused, .reset, .refused]
            bench.peer?.close()
            try await bench.pass(.seconds(35))
            #expect(bench.runner.present.isReceiving && bench.runner.present.gap != nil)
            #expect(bench.seen.count { $0 == "JOIN #Ops" } == 2)
        }
    }
}

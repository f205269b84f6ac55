import Platform
import Support
import Testing
import Wire

@testable import Channels

/// What was said while nobody listened, whatever happens while it is asked for.
@Suite(.serialized) struct DiscordPastTests {
    private static let haste: (HTTPStatus, JSON) = (
        .tooManyRequests, ["message": "You are being rate limited.", "retry_after": 20, "global": false]
    )

    @Test(arguments: ["900", "5"]) func aProcessThatEndsWhileItReadsLeavesTheRestToTheNext(chat: String) async throws {
        try await withDiscord { bench in
            let guild: String? = chat == "5" ? "1" : nil
            try await bench.connect()
            bench.discord.say("one", chat: chat, guild: guild)
            try await turns { bench.handler.begun == ["one"] }
            try await bench.crash()
            bench.discord.knowsSessions = false
            bench.discord.say("meanwhile", chat: chat, guild: guild)
            bench.discord.answers["GET channels/\(chat)/messages"] = [Self.haste]
            bench.runner.start()
            try await bench.pass(.seconds(8))
            #expect(bench.discord.count(of: "GET channels/\(chat)/messages") == 1 && bench.handler.begun.isEmpty)
            bench.discord.knowsSessions = true
            try await bench.crash()
            bench.runner.start()
            try await bench.pass(.seconds(25))
            bench.discord.say("new", chat: chat, guild: guild)
            try await bench.calm()
            #expect(bench.handler.begun == ["meanwhile", "new"])
            #expect(bench.runner.present.gap == nil)
            // Once it was read, nobody asks again.
            let count = bench.discord.count(of: "GET channels/\(chat)/messages")
            try await bench.crash()
            try await bench.connect()
            try await bench.pass(.seconds(5))
            #expect(bench.discord.count(of: "GET channels/\(chat)/messages") == count)
        }
    }

    @Test func whatIsToldWhileThePastIsReadIsNoPast() async throws {
        try await withDiscord { bench in
            try await bench.connect()
            bench.discord.say("one")
            try await turns { bench.handler.begun == ["one"] }
            try await bench.crash()
            bench.discord.knowsSessions = false
            bench.discord.say("a", chat: "5", guild: "1")
            bench.discord.say("b")
            // The direct chat is read; the guild is away, and comes back after more was said.
            bench.discord.isGuildAway = true
            bench.runner.start()
            try await bench.pass(.seconds(8))
            bench.discord.say("c")
            try await turns { bench.handler.begun == ["b", "c"] }
            bench.discord.knowsSessions = true
            try await bench.crash()
            bench.discord.say("d")
            bench.runner.start()
            try await bench.pass(.seconds(5))
            #expect(bench.handler.begun.sorted() == ["a", "d"])
        }
    }

    @Test func aGuildThatWasAwayIsReadWhenItIsBack() async throws {
        try await withDiscord { bench in
            try await bench.connect()
            bench.discord.say("one", chat: "5", guild: "1")
            try await turns { bench.handler.begun == ["one"] }
            bench.discord.dispatch("GUILD_DELETE", ["id": "1", "unavailable": true])
            // Said while the guild was away: no event tells of it.
            let open = bench.discord.sockets.last
            bench.discord.keep("two", chat: "5", guild: "1")
            bench.discord.dispatch("GUILD_CREATE", bench.discord.guild)
            try await bench.pass(.seconds(3))
            #expect(bench.handler.begun == ["one", "two"] && open?.isOpen == true)
        }
    }

    @Test func aFirstSessionThatIsLostBeforeAWordIsNoLoss() async throws {
        try await withDiscord { bench in
            try await bench.connect()
            try await bench.pass(.seconds(1))
            try await bench.crash()
            bench.discord.knowsSessions = false
            bench.discord.say("first", chat: "5", guild: "1")
            bench.runner.start()
            try await bench.pass(.seconds(10))
            #expect(bench.handler.begun == ["first"])
        }
    }

    @Test func anAddressThatIsGoneIsNotTriedForEver() async throws {
        try await withDiscord { bench in
            try await bench.connect()
            bench.discord.say("one")
            try await turns { bench.handler.begun == ["one"] }
            bench.discord.hidesSessions = true
            bench.discord.restart()
            bench.discord.say("two")
            try await bench.pass(.seconds(35))
            #expect(bench.runner.present.isReceiving && bench.handler.begun == ["one", "two"])
            #expect(bench.discord.open?.path == "/gateway" && bench.discord.count(6) == 1)
        }
    }

    @Test func moreChatsThanAreReadAreTold() async throws {
        try await withDiscord { bench in
            try await bench.connect()
            bench.discord.say("one")
            try await turns { bench.handler.begun == ["one"] }
            try await bench.crash()
            bench.discord.knowsSessions = false
            bench.discord.moreChannels = 101
            for number in 0..<101 { bench.discord.say("in \(number)", chat: "\(10_000 + number)", guild: "1") }
            bench.runner.start()
            try await bench.pass(.seconds(20))
            #expect(bench.handler.begun.count == 100 && bench.runner.present.gap != nil)
            #expect(!bench.handler.begun.contains("in 0"))
        }
    }

    @Test func aSessionThatIsTakenUpKnowsItsRolesAndThreads() async throws {
        try await withDiscord { bench in
            try await bench.connect()
            bench.discord.say("one")
            try await turns { bench.handler.begun == ["one"] }
            try await bench.crash()
            try await bench.connect()
            bench.discord.answers["GET channels/8"] = [(.internalError, ["message": "oops", "code": 0])]
            bench.discord.say("<@&42> hi", chat: "8", guild: "1", roles: ["42"])
            bench.discord.say("<@&43> hi", chat: "8", guild: "1", roles: ["43"])
            try await bench.pass(.seconds(5))
            #expect(bench.handler.messages.map(\.attention) == [.mention, .others])
            #expect(bench.handler.messages.map(\.place.parent) == ["5", "5"])
            #expect(
                bench.discord.count(of: "GET guilds/1/roles") == 1 && bench.discord.count(of: "GET channels/8") == 2)
        }
    }

    @Test func thePastTellsRolesOfPeopleToo() async throws {
        try await withDiscord { bench in
            try await bench.connect()
            bench.discord.say("one", chat: "5", guild: "1")
            try await turns { bench.handler.begun == ["one"] }
            try await bench.crash()
            bench.discord.knowsSessions = false
            for text in ["two", "three"] { bench.discord.say(text, chat: "5", guild: "1") }
            bench.runner.start()
            try await bench.pass(.seconds(10))
            #expect(bench.handler.messages.map(\.sender.roles) == [["43"], ["43"]])
            #expect(bench.discord.count(of: "GET guilds/1/members/7") == 1)
        }
    }
}

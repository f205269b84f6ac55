import Platform
import Support
import Testing
import Wire

@testable import Channels

/// Commands that are picked from the menu.
@Suite(.serialized) struct DiscordInteractionTests {
    private static let picked: JSON = [
        "id": "1500000000000000001", "application_id": "98", "type": 2, "token": "a-token", "channel_id": "5",
        "guild_id": "1", "member": ["user": ["id": "7", "username": "ada"], "roles": ["43"]],
        "data": ["name": "think", "options": [["name": "args", "type": 3, "value": "high"]]],
    ]

    @Test func oneIsReadAsIfItWereTypedAndSeenAtOnce() async throws {
        try await withDiscord { bench in
            try await bench.connect()
            bench.discord.dispatch("INTERACTION_CREATE", Self.picked)
            try await turns { bench.handler.begun == ["/think high"] }
            let message = try #require(bench.handler.messages.first)
            #expect(message.place == .init(.channel, "5", space: "1", title: "ops") && message.attention == .mention)
            #expect(message.sender == .init(id: "7", name: "ada", roles: ["43"]) && message.ticket == "98/a-token")
            let call = "POST interactions/1500000000000000001/a-token/callback"
            try await turns { bench.discord.count(of: call) == 1 }
            #expect(bench.discord.last(call) == ["type": 5, "data": ["flags": 64]])
            // The same again is the same.
            bench.discord.dispatch("INTERACTION_CREATE", Self.picked)
            bench.discord.say("next")
            try await turns { bench.handler.begun.contains("next") }
            #expect(bench.handler.begun == ["/think high", "next"])
        }
    }

    @Test(arguments: [true, false]) func theAnswerTakesThePlaceOfTheWait(isThere: Bool) async throws {
        try await withDiscord { bench in
            try await bench.connect()
            bench.discord.knowsTickets = isThere
            var message = bench.message("done")
            message.ticket = "98/a-token"
            #expect(try await bench.send(message).state == .delivered)
            let place = "PATCH webhooks/98/a-token/messages/@original"
            #expect(bench.discord.last(place) == ["content": "done", "allowed_mentions": ["parse": []]])
            #expect(bench.discord.count(of: "POST channels/5/messages") == (isThere ? 0 : 1))
        }
    }

    /// Put there twice it is there once.
    @Test func anAnswerWhoseFateIsUnknownIsPutThereAgain() async throws {
        try await withDiscord { bench in
            try await bench.connect()
            let place = "PATCH webhooks/98/a-token/messages/@original"
            bench.discord.answers[place] = [(.badGateway, ["message": "oops", "code": 0])]
            var message = bench.message("done")
            message.ticket = "98/a-token"
            try await bench.runner.outbox.put([OutboxEntry(key: "k", message)])
            try await bench.pass(.seconds(5))
            #expect(bench.discord.count(of: place) == 2 && bench.runner.present.waitingOut == 0)
            #expect(bench.discord.count(of: "POST channels/5/messages") == 0)
        }
    }

    @Test func whatIsNoCommandIsPassedOver() {
        let reader = DiscordReader(id: "99")
        func read(_ change: (inout JSON) -> Void) -> InboundMessage? {
            var json = Self.picked
            change(&json)
            return reader.interaction(json, now: WallTime(milliseconds: 1))
        }
        #expect(read { $0["type"] = 1 } == nil && read { $0["token"] = nil } == nil && read { $0["id"] = "x" } == nil)
        #expect(read { $0["member"]?["user"]?["id"] = "99" } == nil)
        #expect(
            read {
                $0["type"] = 3
                $0["data"] = ["custom_id": "yes", "component_type": 2]
            }?.text == "yes")
        let direct = read {
            $0["guild_id"] = nil
            $0["user"] = $0["member"]?["user"]
            $0["member"] = nil
        }
        #expect(direct?.place == .init(.direct, "5") && direct?.sender.id == "7")
    }

    @Test func theMenuIsToldOnce() async throws {
        let menu = [
            ChatCommand(name: "status", help: String(repeating: "x", count: 120)),
            ChatCommand(name: "think", help: "how much", arguments: "[level]"), ChatCommand(name: "No Name", help: "x"),
            ChatCommand(name: String(repeating: "n", count: 33), help: "x"), ChatCommand(name: "silent", help: ""),
        ]
        let json = DiscordMenu.json(menu)
        #expect(json.array?.compactMap { $0["name"]?.string } == ["status", "think"])
        #expect(json[0]?["description"]?.string?.utf8.count == 100 && json[0]?["options"] == nil)
        #expect(json[1]?["options"]?[0] == ["type": 3, "name": "args", "description": "[level]"])
        try await withDiscord { bench in
            try await bench.connect()
            try await turns { bench.discord.count(of: "PUT applications/98/commands") == 1 }
            bench.discord.close(4007)
            try await bench.pass(.seconds(35))
            #expect(bench.discord.count(2) == 2)
        }
    }
}

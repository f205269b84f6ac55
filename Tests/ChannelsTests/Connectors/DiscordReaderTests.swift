import Platform
import Testing

@testable import Channels

struct DiscordReaderTests {
    private static let reader: DiscordReader = {
        var reader = DiscordReader(id: "99")
        reader.learn(guild: [
            "id": "1", "roles": [["id": "42", "tags": ["bot_id": "99"]], ["id": "43", "tags": ["bot_id": "98"]]],
            "channels": [["id": "5", "type": 0, "name": "ops", "parent_id": "4"]],
            "threads": [["id": "7", "type": 11, "name": "t", "parent_id": "5"]],
        ])
        return reader
    }()

    private static func read(_ change: (inout JSON) -> Void) -> InboundMessage? {
        var json: JSON = [
            "id": "1400000000000000000", "channel_id": "5", "guild_id": "1", "type": 0, "content": "hello",
            "author": ["id": "7", "username": "ada"], "member": ["roles": ["43"]],
        ]
        change(&json)
        return reader.message(json)
    }

    @Test func whoWhereAndWhen() throws {
        let message = try #require(Self.read { _ in })
        #expect(message.id == "1400000000000000000" && message.messageID == message.id && message.text == "hello")
        #expect(message.place == .init(.channel, "5", space: "1", title: "ops"))
        #expect(message.sender == .init(id: "7", name: "ada", roles: ["43"]))
        #expect(message.sentAt.seconds == 1_420_070_400 + (1_400_000_000_000_000_000 >> 22) / 1000)
        #expect(
            Self.read { $0["channel_id"] = "7" }?.place == .init(.channel, "7", parent: "5", space: "1", title: "t"))
        #expect(Self.read { $0["guild_id"] = nil }?.place == .init(.direct, "5"))
        #expect(Self.read { $0["webhook_id"] = "3" }?.sender.isBot == true)
        #expect(Self.read { $0["author"]?["bot"] = true }?.sender.isBot == true)
        #expect(Self.read { $0["author"]?["id"] = "99" } == nil)
        #expect(Self.read { $0["type"] = 7 } == nil, "somebody joined")
    }

    @Test func whoIsNamed() {
        func attention(_ content: String, _ people: [String] = [], roles: [String] = []) -> InboundMessage.Attention? {
            Self.read {
                $0["content"] = .string(content)
                $0["mentions"] = .array(people.map { ["id": .string($0), "username": "x"] })
                $0["mention_roles"] = .array(roles.map { .string($0) })
            }?.attention
        }
        #expect(attention("hi") == [])
        #expect(attention("<@99> hi", ["99"]) == .mention && attention("hi <@!99>", ["99"]) == .mention)
        #expect(attention("hi <@&42>", roles: ["42"]) == .mention)
        #expect(attention("hi <@&43>", roles: ["43"]) == .others)
        #expect(attention("hi <@8>", ["8"]) == .others)
        #expect(attention("<@8> and <@99>", ["8", "99"]) == .mention)
        #expect(attention("an answer that rings", ["99"]) == [])
    }

    @Test func theTextIsAsAPersonReadsIt() {
        func text(_ content: String) -> String? {
            Self.read {
                $0["content"] = .string(content)
                $0["mentions"] = [["id": "8", "username": "bob"], ["id": "99", "username": "molly"]]
            }?.text
        }
        #expect(text("<@99> /status") == "/status" && text("<@!99>  hi <@8>!") == "hi @bob!")
        #expect(text("a < b <@8 <@5> <@!8>") == "a < b <@8 <@5> @bob")
    }

    @Test func answersFilesAndStickers() {
        let answer = Self.read {
            $0["type"] = 19
            $0["referenced_message"] = ["id": "12", "author": ["id": "99", "username": "molly"], "content": "before"]
        }
        #expect(answer?.attention == .replyToBot && answer?.quote == .init(id: "12", sender: "molly", text: "before"))
        let file = Self.read {
            $0["content"] = ""
            $0["attachments"] = [
                ["id": "1", "filename": "a.png", "content_type": "image/png", "size": 9, "url": "https://cdn.test/a"]
            ]
        }
        #expect(
            file?.media == [
                .init(kind: "photo", name: "a.png", type: "image/png", size: 9, reference: "https://cdn.test/a")
            ])
        let sticker = Self.read {
            $0["content"] = ""
            $0["sticker_items"] = [["name": "wave"]]
        }
        #expect(sticker?.text == "[sticker: wave]")
        #expect(Self.read { $0["content"] = "" } == nil)
    }

    @Test func whatIsPassedOnShownOrAsked() {
        let passedOn = Self.read {
            $0["content"] = ""
            $0["message_reference"] = ["type": 1, "message_id": "3"]
            $0["message_snapshots"] = [
                [
                    "message": [
                        "content": "look <@8>", "mentions": [["id": "8", "username": "bob"]],
                        "attachments": [["filename": "a.txt", "url": "https://cdn.test/a"]],
                    ]
                ]
            ]
        }
        #expect(passedOn?.text == "[forwarded] look @bob" && passedOn?.media.first?.name == "a.txt")
        #expect(passedOn?.attention == [], "who is named there was named by another")
        let shown = Self.read {
            $0["content"] = ""
            $0["embeds"] = [["title": "Build 7", "description": "failed", "url": "https://ci.test/7"], ["title": "x"]]
        }
        #expect(shown?.text == "Build 7\nfailed\nhttps://ci.test/7\n\nx")
        let link = Self.read {
            $0["content"] = "see https://ci.test/7"
            $0["embeds"] = [["title": "Build 7"]]
        }
        #expect(link?.text == "see https://ci.test/7", "a preview of the link that is said")
        let poll = Self.read {
            $0["content"] = ""
            $0["poll"] = [
                "question": ["text": "tea?"],
                "answers": [["poll_media": ["text": "yes"]], ["poll_media": ["emoji": ["name": "👎"]]]],
            ]
        }
        #expect(poll?.text == "[poll] tea?\n- yes\n- 👎")
    }

    @Test func editsAndReactions() {
        var json: JSON = [
            "id": "14", "channel_id": "5", "guild_id": "1", "content": "new", "author": ["id": "7", "username": "ada"],
        ]
        #expect(Self.reader.edited(json) == nil, "only a preview")
        json["edited_timestamp"] = "2026-01-01T00:00:00+00:00"
        let edited = Self.reader.edited(json)
        #expect(edited?.event == .edited && edited?.messageID == "14" && edited?.id != "14")
        let reaction = Self.reader.reaction(
            ["user_id": "7", "channel_id": "5", "message_id": "14", "guild_id": "1", "emoji": ["name": "👍"]],
            added: true, sequence: 3)
        #expect(reaction?.event == .reaction(emoji: "👍", added: true, message: "14") && reaction?.sender.id == "7")
        #expect(Self.reader.reaction(["user_id": "99"], added: true, sequence: 3) == nil)
    }

    @Test func thePlaceKeepsWhatItIsTold() {
        var place = DiscordPlace(intents: 7)
        place.session = .init(id: "s", url: "wss://x", sequence: 7)
        for number in 1...150 { place.note(Snowflake("\(number)")!, directChat: "\(1000 + number % 120)") }
        place.note(Snowflake("3")!, directChat: nil)
        place.owe(["1", "2", "../x", DiscordPlace.direct])
        place.paid("2")
        #expect(DiscordPlace(cursor: place.cursor, intents: 7) == place)
        #expect(place.owed.keys.sorted() == ["1", DiscordPlace.direct])
        place.owe(["2"])
        #expect(place.owed["1"] == place.owed[DiscordPlace.direct], "the older debt holds")
        // What the session was told to bring is not what is wanted now.
        #expect(DiscordPlace(cursor: place.cursor, intents: 8).session == nil)
        #expect(place.newest?.text == "150" && place.directChats.count == DiscordPlace.mostChats)
        #expect(place.directChats.last == "1030")
        for broken in ["", "{}", "[1]", #"{"v":1,"session":7,"chats":["../x"],"newest":"-1"}"#, #"{"v":2}"#] {
            #expect(DiscordPlace(cursor: broken, intents: 7) == DiscordPlace(intents: 7))
        }
        for text in ["", "0", "-1", "+1", "1x", "99999999999999999999"] { #expect(Snowflake(text) == nil) }
    }
}

import Platform
import Testing
import Wire

@testable import Channels

struct TelegramReaderTests {
    private static let reader = TelegramReader(id: 123, username: "Molly_bot")

    private static func read(_ change: (inout JSON) -> Void) -> InboundMessage? {
        var message: JSON = [
            "message_id": 4, "date": 1_790_000_000,
            "chat": ["id": -1007, "type": "supergroup", "title": "Ops"],
            "from": ["id": 7, "is_bot": false, "first_name": "Ada", "last_name": "L"], "text": "hello",
        ]
        change(&message)
        return reader.message(["update_id": 9, "message": message])
    }

    @Test func whoWhereAndWhen() throws {
        let message = try #require(Self.read { _ in })
        #expect(message.id == "9" && message.messageID == "4" && message.text == "hello")
        #expect(message.place == .init(.group, "-1007", title: "Ops"))
        #expect(message.sender == .init(id: "7", name: "Ada L"))
        #expect(message.sentAt.seconds == 1_790_000_000 && message.attention.isEmpty)
        let own = Self.read { $0["chat"] = ["id": 7, "type": "private", "first_name": "Ada"] }
        #expect(own?.place == .init(.direct, "7"))
        let channel = Self.read {
            $0["chat"] = ["id": -1009, "type": "channel", "title": "News"]
            $0["sender_chat"] = ["id": -1009, "title": "News"]
        }
        #expect(channel?.place.kind == .channel && channel?.sender.id == "-1009")
        let bot = Self.read { $0["from"] = ["id": 8, "is_bot": true, "username": "other_bot"] }
        #expect(bot?.sender == .init(id: "8", name: "other_bot", isBot: true))
    }

    @Test func topics() {
        let topic = Self.read {
            $0["is_topic_message"] = true
            $0["message_thread_id"] = 12
        }
        #expect(topic?.place.thread == "12")
        #expect(Self.read { $0["chat"]?["is_forum"] = true }?.place.thread == "1")
        #expect(Self.read { $0["message_thread_id"] = 12 }?.place.thread == nil, "an answer is no topic")
    }

    /// Places are counted in UTF-16.
    @Test(
        arguments: [
            ("👋 @molly_BOT hi", "mention", 3, 10, InboundMessage.Attention.mention),
            ("@ada hi", "mention", 0, 4, .others),
            ("/status@molly_bot", "bot_command", 0, 17, .mention), ("/status@other_bot", "bot_command", 0, 17, .others),
            ("/status", "bot_command", 0, 7, []), ("x", "mention", 0, 90, []), ("x", "mention", -1, 1, []),
        ] as [(String, String, Int, Int, InboundMessage.Attention)])
    func whoIsNamed(text: String, type: String, offset: Int, length: Int, attention: InboundMessage.Attention) {
        let message = Self.read {
            $0["text"] = .string(text)
            $0["entities"] = [["type": .string(type), "offset": JSON(offset), "length": JSON(length)]]
        }
        #expect(message?.attention == attention)
        #expect(message?.text == (text == "/status@molly_bot" ? "/status" : text))
    }

    @Test func answersAndQuotes() {
        let other: JSON = [
            "message_id": 3, "date": 1, "from": ["id": 123, "is_bot": true, "username": "Molly_bot"], "text": "before",
        ]
        let reply = Self.read { $0["reply_to_message"] = other }
        #expect(reply?.attention == .replyToBot)
        #expect(reply?.quote == .init(id: "3", sender: "Molly_bot", text: "before"))
        let quote = Self.read {
            $0["reply_to_message"] = other
            $0["quote"] = ["text": "for", "position": 2]
        }
        #expect(quote?.attention == [.replyToBot, .quotedBot] && quote?.quote?.text == "for")
        let topic = Self.read {
            var first = other
            first["forum_topic_created"] = ["name": "t"]
            $0["reply_to_message"] = first
        }
        #expect(topic?.attention.isEmpty == true && topic?.quote == nil)
    }

    @Test func filesAndWhatHasNoText() {
        let photo = Self.read {
            $0["text"] = nil
            $0["caption"] = "look"
            $0["photo"] = [["file_id": "small"], ["file_id": "large", "file_size": 9]]
            $0["media_group_id"] = "g1"
        }
        #expect(photo?.text == "look" && photo?.album == "g1")
        #expect(photo?.media == [.init(kind: "photo", size: 9, reference: "large")])
        func only(_ key: String, _ value: JSON) -> InboundMessage? {
            Self.read {
                $0["text"] = nil
                $0[key] = value
            }
        }
        let file = only("document", ["file_id": "d", "file_name": "a.pdf", "mime_type": "application/pdf"])
        #expect(file?.media == [.init(kind: "file", name: "a.pdf", type: "application/pdf", reference: "d")])
        #expect(only("sticker", ["file_id": "s", "emoji": "😀"])?.text == "😀")
        #expect(only("location", ["latitude": 1.5, "longitude": -2.25])?.text == "[location: 1.5, -2.25]")
        #expect(only("dice", ["emoji": "🎲", "value": 4])?.text == "🎲 4")
        #expect(only("poll", ["question": "q", "options": [["text": "a"], ["text": "b"]]])?.text == "[poll: q: a, b]")
        #expect(only("new_chat_title", "x") == nil)
    }

    @Test func editsAndReactions() {
        let edited = Self.reader.message([
            "update_id": 9,
            "edited_message": [
                "message_id": 4, "date": 1, "chat": ["id": 7, "type": "private"], "from": ["id": 7], "text": "b",
            ],
        ])
        #expect(edited?.event == .edited && edited?.text == "b")
        func react(_ old: JSON, _ new: JSON) -> InboundMessage.Event? {
            Self.reader.message([
                "update_id": 9,
                "message_reaction": [
                    "message_id": 4, "date": 1, "chat": ["id": 7, "type": "private"], "user": ["id": 7],
                    "old_reaction": old, "new_reaction": new,
                ],
            ])?.event
        }
        let (up, down): (JSON, JSON) = (["type": "emoji", "emoji": "👍"], ["type": "emoji", "emoji": "👎"])
        #expect(react([], [up]) == .reaction(emoji: "👍", added: true, message: "4"))
        #expect(react([up], [up, down]) == .reaction(emoji: "👎", added: true, message: "4"))
        #expect(react([up], []) == .reaction(emoji: "👍", added: false, message: "4"))
        #expect(react([up], [up]) == nil)
    }

    @Test func nonsenseIsPassedOver() throws {
        for text in [
            "{}", #"{"update_id":1}"#, #"{"update_id":"x","message":{}}"#, #"{"update_id":1,"message":[]}"#,
            #"{"update_id":1,"message":{"message_id":1,"chat":{"id":1}}}"#, #"{"update_id":1,"callback_query":{}}"#,
            #"{"update_id":1,"message_reaction":{"new_reaction":7}}"#, "7", "null",
        ] {
            #expect(Self.reader.message(try JSONParser.parse(Array(text.utf8))) == nil)
        }
    }

    @Test(arguments: [
        ("123:AAF_x-9", true), ("123:", false), (":x", false), ("123:a/b", false), ("123:a:b", false), ("x:y", false),
        ("123:a b", false), ("123", false),
    ])
    func tokens(text: String, isOne: Bool) { #expect(TelegramSettings.isToken(text) == isOne) }
}

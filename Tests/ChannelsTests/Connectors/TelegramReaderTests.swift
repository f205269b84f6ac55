import Platform
import Testing
import Wire

@testable import Channels

struct TelegramReaderTests {
    private static let reader = TelegramReader(id: 123, username: "Molly_bot")
    private static let now = WallTime(milliseconds: 1_790_000_005_000)

    private static func read(_ change: (inout JSON) -> Void) -> InboundMessage? {
        var message: JSON = [
            "message_id": 4, "date": 1_790_000_000,
            "chat": ["id": -1007, "type": "supergroup", "title": "Ops"],
            "from": ["id": 7, "is_bot": false, "first_name": "Ada", "last_name": "L"], "text": "hello",
        ]
        change(&message)
        return read(["update_id": 9, "message": message])
    }

    private static func read(_ update: JSON, _ reader: TelegramReader = reader) -> InboundMessage? {
        let messages = reader.messages(update, now: now)
        #expect(messages.count < 2)
        return messages.first
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
        let post: JSON = [
            "update_id": 9,
            "channel_post": [
                "message_id": 3, "date": 1, "chat": ["id": -1009, "type": "channel", "title": "News"], "text": "a",
            ],
        ]
        #expect(Self.read(post)?.sender == .init(id: "-1009", name: "News"))
        #expect(Self.read { $0["from"] = ["id": 123, "is_bot": true] } == nil, "these are our own words")
    }

    @Test func timesThatCannotBeAreNotBelieved() {
        for date: JSON in [-5, 9_223_372_036_854_775_807, "soon"] {
            #expect(Self.read { $0["date"] = date }?.text == "hello")
        }
    }

    @Test func topics() {
        let topic = Self.read {
            $0["is_topic_message"] = true
            $0["message_thread_id"] = 12
        }
        #expect(topic?.place.thread == "12")
        #expect(Self.read { $0["chat"]?["is_forum"] = true }?.place.thread == "1")
        #expect(Self.read { $0["message_thread_id"] = 12 }?.place.thread == nil, "an answer is no topic")
        // In a direct chat it is one where the bot was given topics.
        let direct: JSON = [
            "update_id": 9,
            "message": [
                "message_id": 4, "date": 1, "chat": ["id": 7, "type": "private"], "from": ["id": 7], "text": "a",
                "message_thread_id": 12, "is_topic_message": true,
            ],
        ]
        #expect(Self.read(direct)?.place.thread == nil)
        let reader = TelegramReader(id: 123, username: "Molly_bot", hasTopics: true)
        #expect(Self.read(direct, reader)?.place.thread == "12")
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

    /// The bot's name goes from behind its commands, and what stands behind words is told.
    @Test(
        arguments: [
            (
                "see docs, @molly_bot", [("text_link", 4, 4), ("mention", 10, 10)], "see docs (https://x), @molly_bot",
                InboundMessage.Attention.mention
            ),
            (
                "see @molly_bot /help@molly_bot", [("text_link", 0, 14), ("mention", 4, 10), ("bot_command", 15, 15)],
                "see @molly_bot (https://x) /help", .mention
            ),
            ("👋 docs", [("text_link", 3, 4)], "👋 docs (https://x)", []),
            ("https://x", [("text_link", 0, 9)], "https://x", []),
            // A server that counts wrongly.
            (
                "/a@molly_bot", [("bot_command", 0, 12), ("bot_command", 0, 12), ("text_link", 0, 12)],
                "/a (https://x)",
                .mention
            ),
            ("/a@molly_bot /b@molly_bot", [("bot_command", 0, 12), ("bot_command", 13, 12)], "/a /b", .mention),
            ("hi", [("text_link", 9_223_372_036_854_775_807, 1)], "hi", []),
        ] as [(String, [(String, Int, Int)], String, InboundMessage.Attention)])
    func whatIsMeant(text: String, entities: [(String, Int, Int)], meant: String, attention: InboundMessage.Attention) {
        let message = Self.read {
            $0["text"] = .string(text)
            $0["entities"] = .array(
                entities.map {
                    ["type": .string($0.0), "offset": JSON($0.1), "length": JSON($0.2), "url": "https://x"]
                })
        }
        #expect(message?.text == meant && message?.attention == attention)
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
        let elsewhere = Self.read {
            $0["external_reply"] = ["origin": ["type": "user", "sender_user": ["id": 123]], "message_id": 3]
        }
        #expect(elsewhere?.attention == .quotedBot && elsewhere?.quote == nil)
    }

    @Test func filesAndWhatHasNoText() {
        let photo = Self.read {
            $0["text"] = nil
            $0["caption"] = "look"
            $0["photo"] = [["file_id": "small"], ["file_id": "large", "file_size": 9]]
            $0["media_group_id"] = "g1"
        }
        #expect(photo?.text == "look" && photo?.album == "g1")
        let named = Self.read {
            $0["text"] = nil
            $0["caption"] = "@molly_bot look"
            $0["caption_entities"] = [["type": "mention", "offset": 0, "length": 10]]
            $0["photo"] = [["file_id": "large"]]
        }
        #expect(named?.attention == .mention && named?.text == "@molly_bot look")
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
        #expect(only("checklist", ["title": "tea"])?.text == "[checklist: tea]")
        #expect(only("paid_media", ["star_count": 1])?.text == "[paid media]")
        #expect(only("new_chat_title", "x") == nil)
    }

    @Test func edits() {
        var message: JSON = [
            "message_id": 4, "date": 1, "edit_date": 2, "chat": ["id": 7, "type": "private"], "from": ["id": 7],
            "text": "b",
        ]
        let edited = Self.read(["update_id": 9, "edited_message": message])
        #expect(edited?.event == .edited && edited?.text == "b" && edited?.sentAt.seconds == 2)
        let post = Self.read(["update_id": 9, "edited_channel_post": message])
        #expect(post?.event == .edited && post?.text == "b")
        // A place that moves says nothing.
        message["text"] = nil
        message["location"] = ["latitude": 1.5, "longitude": 2.5]
        #expect(Self.read(["update_id": 9, "message": message])?.text == "[location: 1.5, 2.5]")
        #expect(Self.read(["update_id": 9, "edited_message": message]) == nil)
    }

    @Test func reactions() {
        func react(_ old: JSON, _ new: JSON, user: Int = 7) -> [InboundMessage] {
            let update: JSON = [
                "update_id": 9,
                "message_reaction": [
                    "message_id": 4, "date": 1, "chat": ["id": 7, "type": "private"], "user": ["id": JSON(user)],
                    "old_reaction": old, "new_reaction": new,
                ],
            ]
            return Self.reader.messages(update, now: Self.now)
        }
        let (up, down): (JSON, JSON) = (["type": "emoji", "emoji": "👍"], ["type": "emoji", "emoji": "👎"])
        #expect(react([], [up]).map(\.event) == [.reaction(emoji: "👍", added: true, message: "4")])
        #expect(react([up], [up, down]).map(\.event) == [.reaction(emoji: "👎", added: true, message: "4")])
        #expect(react([up], []).map(\.event) == [.reaction(emoji: "👍", added: false, message: "4")])
        #expect(react([up], [up]).isEmpty && react([], [up], user: 123).isEmpty)
        // Several changes are several events, each with an id of its own.
        let all = react([up], [down, ["type": "custom_emoji", "custom_emoji_id": "99"], ["type": "paid"]])
        #expect(
            all.map(\.event) == [
                .reaction(emoji: "👍", added: false, message: "4"), .reaction(emoji: "👎", added: true, message: "4"),
                .reaction(emoji: "99", added: true, message: "4"), .reaction(emoji: "paid", added: true, message: "4"),
            ])
        #expect(all.map(\.id) == ["9", "9.1", "9.2", "9.3"])
    }

    /// Of a message that is too old Telegram tells no time.
    @Test func aPressedButtonSaysWhatItStandsFor() {
        let update: JSON = [
            "update_id": 9,
            "callback_query": [
                "id": "q", "from": ["id": 7, "username": "ada"], "data": "/models",
                "message": [
                    "message_id": 4, "date": 0, "chat": ["id": -1007, "type": "supergroup", "is_forum": true],
                    "message_thread_id": 12, "is_topic_message": true,
                ],
            ],
        ]
        let pressed = Self.read(update)
        #expect(pressed?.text == "/models" && pressed?.attention == .mention && pressed?.sentAt == Self.now)
        #expect(pressed?.place == .init(.group, "-1007", thread: "12") && pressed?.sender.id == "7")
    }

    @Test func nonsenseIsPassedOver() throws {
        for text in [
            "{}", #"{"update_id":1}"#, #"{"update_id":"x","message":{}}"#, #"{"update_id":1,"message":[]}"#,
            #"{"update_id":1,"message":{"message_id":1,"chat":{"id":1}}}"#, #"{"update_id":1,"callback_query":{}}"#,
            #"{"update_id":1,"message_reaction":{"new_reaction":7}}"#, "7", "null",
        ] {
            #expect(Self.read(try JSONParser.parse(Array(text.utf8))) == nil)
        }
    }

    @Test(arguments: [
        ("123:AAF_x-9", true), ("123:", false), (":x", false), ("123:a/b", false), ("123:a:b", false), ("x:y", false),
        ("123:a b", false), ("123", false),
    ])
    func tokens(text: String, isOne: Bool) { #expect(TelegramSettings.isToken(text) == isOne) }
}

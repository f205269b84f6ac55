import Platform
import Support
import Testing
import Wire

@testable import Channels

/// What can be pressed under a message: as it is asked for, as each platform is told it, and what pressing does.
@Suite(.serialized) struct ButtonTests {
    private static func field(_ text: String) throws -> JSONField { JSONField(try JSONParser.parse(text)) }

    // MARK: As it is asked for

    @Test func rowsAreReadInEitherShape() throws {
        let rows = try Choices(
            buttons: Self.field(
                #"""
                [[{"text":"Yes","callback_data":"y","style":"success"},{"text":"No"}],
                 [{"text":"Docs","url":"https://example.com/a"}], []]
                """#))
        #expect(
            rows
                == Choices(rows: [
                    [.init("Yes", .say("y"), .success), .init("No", .say("No"))],
                    [.init("Docs", .open("https://example.com/a"))],
                ]))
        let flat = try Choices(buttons: Self.field(#"[{"label":"A","value":"1"},{"label":"B","value":"2"}]"#))
        #expect(flat.rows == [[.init("A", .say("1")), .init("B", .say("2"))]])
        #expect(try Choices(buttons: Self.field("[]")).isEmpty)
    }

    @Test func aPresentationIsTextsAndChoices() throws {
        let parts = try Presentation(
            Self.field(
                #"""
                {"title":"Deploy","blocks":[{"type":"text","text":"Canary is ready."},{"type":"divider"},
                {"type":"buttons","buttons":[{"label":"Go","action":{"type":"command","command":"deploy go"},"style":"primary"},
                {"label":"Look","action":{"type":"url","url":"https://example.com"}},
                {"label":"Off","value":"off","disabled":true},{"label":"Wait","action":{"type":"callback","value":"w"}}]},
                {"type":"select","placeholder":"Where","options":[{"label":"Here","value":"h"},{"label":"There"}]}]}
                """#))
        #expect(parts.text == "**Deploy**\n\nCanary is ready.\n\n---")
        #expect(
            parts.choices
                == Choices(
                    rows: [
                        [
                            .init("Go", .say("/deploy go"), .primary), .init("Look", .open("https://example.com")),
                            .init("Wait", .say("w")),
                        ]
                    ],
                    menus: [
                        .init(
                            prompt: "Where",
                            options: [.init(text: "Here", says: "h"), .init(text: "There", says: "There")])
                    ]))
        #expect(
            parts.choices.words
                == "- Go: `/deploy go`\n- Look: https://example.com\n- Wait\n\nWhere:\n\n- Here\n- There")
    }

    @Test(arguments: [
        (#"{"blocks":[{"type":"chart"}]}"#, "/blocks/0/type: must be \"text\", "),
        (#"{"blocks":[{"type":"buttons","buttons":[{"value":"x"}]}]}"#, "text: must be given"),
        (#"{"blocks":[{"type":"buttons","buttons":[{"label":"x","style":"loud"}]}]}"#, "style: must be \"primary\""),
        (
            #"{"blocks":[{"type":"buttons","buttons":[{"label":"x","url":"javascript:1"}]}]}"#,
            "an http or https address"
        ),
        (
            #"{"blocks":[{"type":"buttons","buttons":[{"label":"x","action":{"type":"approval"}}]}]}"#,
            "/action/type: must be"
        ),
        (
            #"{"blocks":[{"type":"buttons","buttons":[{"label":"a","value":"x"},{"label":"b","value":"x"}]}]}"#,
            "\"x\" is"
        ),
        (#"{"blocks":[{"type":"select","options":[]}]}"#, "one option at least"), (#"{}"#, "blocks: must be given"),
    ])
    func whatIsWrongIsNamed(text: String, words: String) throws {
        let error = #expect(throws: JSONDecodingError.self) { try Presentation(Self.field(text)) }
        #expect("\(try #require(error))".contains(words), "\(error as Any)")
    }

    // MARK: What there is room for

    private static let limits = ButtonLimits(rows: 3, perRow: 2, text: 4, value: 6)

    @Test func wideRowsBecomeSeveralAndAListButtons() throws {
        let row = ["a", "b", "c"].map { Choices.Button($0, .say($0)) }
        #expect(try Choices(rows: [row]).fitting(Self.limits, on: "X").rows == [Array(row[..<2]), [row[2]]])
        let menu = Choices.Menu(prompt: "p", options: [.init(text: "a", says: "1"), .init(text: "b", says: "2")])
        #expect(
            try Choices(menus: [menu]).fitting(Self.limits, on: "X")
                == Choices(rows: [[.init("a", .say("1"))], [.init("b", .say("2"))]]))
    }

    @Test(arguments: [
        (Choices(rows: Array(repeating: [.init("a", .say("a"))], count: 3)), nil),
        (
            Choices(rows: Array(repeating: [.init("a", .say("a"))], count: 4)),
            "X has room for 3 rows of buttons, and these are 4"
        ),
        (Choices(rows: [[.init("abcd", .say("abcdef"))]]), nil),
        (Choices(rows: [[.init("abcde", .say("a"))]]), "the button \"abcde…\" has 5 characters, and X shows 4"),
        (Choices(rows: [[.init("a", .say("abcdefg"))]]), "the button \"a\" stands for 7 bytes, and X allows 6"),
    ])
    func whatHasNoRoomIsRefused(choices: Choices, words: String?) throws {
        do throws(ChoicesRefusal) {
            _ = try choices.fitting(Self.limits, on: "X")
            #expect(words == nil)
        } catch {
            #expect(error.description == words)
        }
    }

    @Test func theOutboxKeepsThem() throws {
        var message = OutboundMessage(ChatAddress(ChannelAccount(channel: "slack"), chat: "C1"), text: "choose")
        message.choices = Choices(
            rows: [[.init("a", .say("1"), .danger), .init("b", .open("https://example.com"))]],
            menus: [.init(prompt: nil, options: [.init(text: "x", says: "y")])])
        #expect(
            try OutboundMessage(JSONField(JSONParser.parse(message.json.description)), to: message.address) == message)
    }

    // MARK: Telegram

    @Test func telegramIsGivenAKeyboard() async throws {
        try await withTelegram { bench in
            try await bench.connect()
            var message = bench.message("sure?")
            message.choices = Choices(rows: [
                [.init("Yes", .say("y"), .success), .init("No", .say("n"), .secondary)],
                [.init("Why", .open("https://example.com"))],
            ])
            #expect(try await bench.send(message).state == .delivered)
            #expect(
                bench.telegram.last("sendMessage") == [
                    "text": "sure?", "chat_id": 7,
                    "reply_markup": [
                        "inline_keyboard": [
                            [
                                ["text": "Yes", "callback_data": "y", "style": "success"],
                                ["text": "No", "callback_data": "n"],
                            ], [["text": "Why", "url": "https://example.com"]],
                        ]
                    ],
                ])
            // An edit that says nothing of a keyboard takes it away there.
            message.action = .edit("5001")
            message.choices = Choices()
            #expect(try await bench.send(message).state == .delivered)
            #expect(bench.telegram.last("editMessageText")?["reply_markup"] == nil)
        }
    }

    @Test(arguments: TelegramButtons.allCases)
    func telegramHearsThemWhereTheyAreShown(scope: TelegramButtons) async throws {
        try await withTelegram({ $0.buttons = scope }) { bench in
            try await bench.connect()
            for (number, chat): (Int, JSON) in [(1, ["id": 7, "type": "private"]), (2, ["id": -5, "type": "group"])] {
                bench.telegram.bring([
                    "callback_query": [
                        "id": .string("q\(number)"), "from": ["id": 7, "username": "ada"],
                        "data": .string("p\(number)"),
                        "message": ["message_id": 4, "date": 0, "chat": chat],
                    ]
                ])
            }
            // Whoever pressed sees that it arrived, in any case.
            try await turns { bench.telegram.count("answerCallbackQuery") == 2 }
            try await turns { bench.telegram.count("getUpdates") >= 2 }
            let heard: [TelegramButtons: [String]] = [.off: [], .dm: ["p1"], .group: ["p2"]]
            try await turns { bench.handler.begun.sorted() == heard[scope] ?? ["p1", "p2"] }
        }
    }

    @Test(
        arguments: [
            (nil, "7", true), (["inlineButtons": "off"], "7", false), (["inlineButtons": "dm"], "tg:7", true),
            (["inlineButtons": "dm"], "-5", false), (["inlineButtons": "group"], "-5", true),
            (["inlineButtons": "group"], "7", false), (["inlineButtons"], "@news", true), ([], "7", false),
            (["inlineButtons": "loud"], "7", false),
        ] as [(JSON?, String, Bool)])
    func whereTelegramShowsThem(capabilities: JSON?, chat: String, shows: Bool) throws {
        var config: JSON = ["botToken": "1:x"]
        config["capabilities"] = capabilities
        let settings = try #require(
            ChannelSettings(.telegram, ["channels": ["telegram": config]]) { _ in nil }?.accounts.first)
        #expect(ChannelPlatform.telegram.showsButtons(settings, chat) == shows)
        guard capabilities == ["inlineButtons": "loud"] else { return }
        let problem = #expect(throws: ChannelProblem.self) { try TelegramSettings(settings) }
        #expect(problem?.setting == "channels.telegram.capabilities.inlineButtons")
        #expect(problem?.cure == "set it to off, dm, group, all, allowlist")
    }

    // MARK: Discord

    @Test func discordIsGivenComponentsAndHearsThePress() async throws {
        try await withDiscord { bench in
            try await bench.connect()
            var message = bench.message("sure?")
            message.choices = Choices(
                rows: [[.init("Yes", .say("y"), .success), .init("Why", .open("https://example.com"))]],
                menus: [.init(prompt: "Where", options: [.init(text: "Here", says: "h")])])
            #expect(try await bench.send(message).state == .delivered)
            #expect(
                bench.discord.last("POST channels/5/messages")?["components"] == [
                    [
                        "type": 1,
                        "components": [
                            ["type": 2, "label": "Yes", "custom_id": "y", "style": 3],
                            ["type": 2, "label": "Why", "url": "https://example.com", "style": 5],
                        ],
                    ],
                    [
                        "type": 1,
                        "components": [
                            [
                                "type": 3, "custom_id": "openclaw-list-0",
                                "options": [["label": "Here", "value": "h"]],
                                "placeholder": "Where",
                            ]
                        ],
                    ],
                ])
            let pressed: JSON = [
                "id": "1500000000000000001", "application_id": "98", "type": 3, "token": "a-token", "channel_id": "5",
                "guild_id": "1", "member": ["user": ["id": "7", "username": "ada"], "roles": []],
                "message": ["id": "1400000000000000001"], "data": ["custom_id": "y", "component_type": 2],
            ]
            bench.discord.dispatch("INTERACTION_CREATE", pressed)
            try await turns { bench.handler.begun == ["y"] }
            let heard = try #require(bench.handler.messages.first)
            #expect(heard.sender.id == "7" && heard.messageID == "1400000000000000001" && heard.ticket == nil)
            #expect(heard.attention == [.mention, .replyToBot])
            // Nothing takes the place of the message with the button.
            let call = "POST interactions/1500000000000000001/a-token/callback"
            try await turns { bench.discord.count(of: call) == 1 }
            #expect(bench.discord.last(call) == ["type": 6])
        }
    }

    /// Where a thread has to be asked for, Discord has heard of the press by then.
    @Test func discordIsToldBeforeAnythingIsLookedUp() async throws {
        try await withDiscord { bench in
            try await bench.connect()
            bench.discord.answers["GET channels/77"] = Array(
                repeating: (.badGateway, ["message": "oops", "code": 0]), count: 3)
            bench.discord.dispatch(
                "INTERACTION_CREATE",
                [
                    "id": "1500000000000000001", "application_id": "98", "type": 3, "token": "a-token",
                    "channel_id": "77", "guild_id": "1", "member": ["user": ["id": "7"]], "data": ["custom_id": "y"],
                ])
            try await turns { bench.discord.count(of: "POST interactions/1500000000000000001/a-token/callback") == 1 }
            #expect(bench.handler.begun.isEmpty)
            try await bench.pass(.seconds(10))
            #expect(bench.handler.begun == ["y"])
        }
    }

    // MARK: Slack

    @Test func slackIsGivenBlocks() async throws {
        try await withSlack { fixture in
            let connector = fixture.connector()
            var message = fixture.message("*sure?*")
            message.choices = Choices(
                rows: [[.init("Yes", .say("y"), .success), .init("Why", .open("https://example.com"))]],
                menus: [.init(prompt: "Where", options: [.init(text: "Here", says: "h")])])
            _ = await connector.send(message, key: "k")
            let blocks = try JSONParser.parse(try #require(fixture.slack.last("chat.postMessage")))["blocks"]
            #expect(blocks?[0] == ["type": "section", "text": ["type": "mrkdwn", "text": "*sure?*"]])
            #expect(
                blocks?[1] == [
                    "type": "actions",
                    "elements": [
                        [
                            "type": "button", "text": ["type": "plain_text", "text": "Yes", "emoji": true],
                            "action_id": "say:0:0", "value": "y", "style": "primary",
                        ],
                        [
                            "type": "button", "text": ["type": "plain_text", "text": "Why", "emoji": true],
                            "action_id": "open:0:1", "url": "https://example.com",
                        ],
                    ],
                ])
            #expect(blocks?[2]?["elements"]?[0]?["type"]?.string == "static_select" && blocks?[3] == nil)
            message.action = .edit("1790000000.000100")
            message.choices = Choices()
            _ = await connector.send(message, key: "k")
            #expect(fixture.slack.last("chat.update")?.contains(#""blocks":[]"#) == true)
        }
    }

    @Test func slackTellsOfLinksTooAndTheyAreNoWords() {
        let reader = SlackReader(botUser: "U0", botID: nil, team: "T1")
        func read(_ action: JSON) -> String? {
            let press: JSON = [
                "type": "block_actions", "user": ["id": "U1"], "channel": ["id": "C1"],
                "message": ["ts": "1790000000.000100"], "actions": [action],
            ]
            return reader.action(press, now: WallTime(milliseconds: 1))?.text
        }
        #expect(read(["action_id": "say:0:0", "value": "y", "action_ts": "1790000000.000200"]) == "y")
        #expect(
            read([
                "action_id": "pick:0", "selected_option": ["value": "h"], "action_ts": "1790000000.000200",
            ]) == "h")
        #expect(read(["action_id": "open:0:1", "text": ["text": "Why"], "action_ts": "1790000000.000200"]) == nil)
    }
}

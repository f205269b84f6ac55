import Platform
import Testing

@testable import Channels

struct MatrixReaderTests {
    private static func read(
        _ content: JSON, type: String = "m.room.message", sender: String = "@ada:hs.test",
        _ change: (inout MatrixReader) -> Void = { _ in }
    ) -> InboundMessage? {
        var reader = MatrixReader(id: "@molly:hs.test", displayName: "Molly")
        reader.directRooms = ["!dm:hs.test"]
        change(&reader)
        return reader.message(
            [
                "event_id": "$1", "type": .string(type), "sender": .string(sender),
                "origin_server_ts": 1_790_000_000_123,
                "content": content,
            ], room: "!ops:hs.test")
    }

    private static func text(_ body: String, _ more: JSON = [:]) -> JSON {
        var content: JSON = ["msgtype": "m.text", "body": .string(body)]
        for member in more.object?.members ?? [] { content[member.key] = member.value }
        return content
    }

    @Test func whoWhereAndWhen() throws {
        let message = try #require(Self.read(Self.text("hello")))
        #expect(message.id == "$1" && message.text == "hello" && message.attention.isEmpty)
        #expect(
            message.place == .init(.group, "!ops:hs.test") && message.sender == .init(id: "@ada:hs.test", name: "ada"))
        #expect(message.sentAt.milliseconds == 1_790_000_000_123)
        let direct = Self.read(Self.text("hello")) { $0.learn(direct: ["@ada:hs.test": ["!ops:hs.test"]]) }
        #expect(direct?.place.kind == .direct)
        let named = Self.read(Self.text("x")) {
            $0.learn(["type": "m.room.name", "content": ["name": "Ops"]], room: "!ops:hs.test")
        }
        #expect(named?.place.title == "Ops")
        #expect(Self.read(Self.text("mine"), sender: "@molly:hs.test") == nil)
    }

    @Test(
        arguments: [
            ("hi", [:], []),
            ("hi @molly:hs.test", [:], .mention), ("Molly: hi", [:], .mention), ("hi @Molly", [:], .mention),
            ("x", ["m.mentions": ["user_ids": ["@molly:hs.test"]]], .mention),
            ("Molly", ["m.mentions": ["user_ids": ["@bob:hs.test"]]], .others),
            ("Mollys", [:], []), ("@molly:hs.test2", [:], []), ("is that right, molly?", [:], .mention),
            ("Molly: hi", ["m.mentions": [:]], []),
        ] as [(String, JSON, InboundMessage.Attention)])
    func whoIsNamed(body: String, more: JSON, attention: InboundMessage.Attention) {
        #expect(Self.read(Self.text(body, more))?.attention == attention)
    }

    @Test func kinds() {
        #expect(Self.read(["msgtype": "m.notice", "body": "x"])?.sender.isBot == true)
        #expect(Self.read(["msgtype": "m.emote", "body": "waves"])?.text == "* ada waves")
        #expect(Self.read(["msgtype": "m.location", "body": "x", "geo_uri": "geo:1,2"])?.text == "[location: geo:1,2]")
        let file: JSON = [
            "msgtype": "m.image", "body": "look", "filename": "a.png", "url": "mxc://hs.test/a",
            "info": ["mimetype": "image/png", "size": 9],
        ]
        let photo = Self.read(file)
        #expect(
            photo?.media == [
                .init(kind: "photo", name: "a.png", type: "image/png", size: 9, reference: "mxc://hs.test/a")
            ])
        #expect(photo?.text == "look")
        #expect(Self.read(["msgtype": "m.file", "body": "a.pdf", "url": "mxc://x/y"])?.text == "")
        #expect(Self.read(["body": "wave"], type: "m.sticker")?.text == "[sticker: wave]")
        #expect(Self.read(["msgtype": "m.custom", "body": "x"]) == nil && Self.read([:]) == nil)
        #expect(Self.read(["name": "x"], type: "m.room.name") == nil)
    }

    @Test func threadsAnswersEditsAndReactions() {
        func remember(_ reader: inout MatrixReader) {
            _ = reader.message(
                ["event_id": "$own", "sender": "@molly:hs.test", "type": "m.room.message", "content": Self.text("x")],
                room: "!ops:hs.test")
        }
        let thread = Self.read(
            Self.text(
                "x",
                [
                    "m.relates_to": [
                        "rel_type": "m.thread", "event_id": "$own", "is_falling_back": true,
                        "m.in_reply_to": ["event_id": "$7"],
                    ]
                ]), remember)
        #expect(thread?.place.thread == "$own" && thread?.quote == nil && thread?.attention == .threadParticipation)
        let reply = Self.read(
            Self.text("> <@molly:hs.test> x\n\nyes", ["m.relates_to": ["m.in_reply_to": ["event_id": "$own"]]]),
            remember)
        #expect(reply?.text == "yes" && reply?.quote?.id == "$own" && reply?.attention == .replyToBot)
        let edit = Self.read(
            Self.text(
                "* new",
                [
                    "m.new_content": Self.text("new"), "m.relates_to": ["rel_type": "m.replace", "event_id": "$0"],
                ]))
        #expect(edit?.event == .edited && edit?.text == "new" && edit?.messageID == "$0" && edit?.id == "$1")
        let reaction = Self.read(
            ["m.relates_to": ["rel_type": "m.annotation", "event_id": "$0", "key": "👍"]], type: "m.reaction")
        #expect(reaction?.event == .reaction(emoji: "👍", added: true, message: "$0"))
    }
}

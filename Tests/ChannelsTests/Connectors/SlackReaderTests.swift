import Platform
import Support
import Testing

@testable import Channels

struct SlackReaderTests {
    let reader = SlackReader(botUser: "UBOT", botID: "BBOT", team: "T1")

    private func read(_ text: String) throws -> InboundMessage? { reader.message(try JSONParser.parse(text)) }

    @Test func aMessageInAChannel() throws {
        let message = try read(
            """
            {"type":"message","channel":"C1","channel_type":"channel","user":"U7","team":"T1",
             "text":"<@UBOT> a &lt; b &amp;amp; <https://a.test/x?y=1&amp;z|the page> <#C2|general> <!here> <@U8>",
             "ts":"1790000000.000100","event_ts":"1790000000.000100","new_field":[1]}
            """)
        var wanted = InboundMessage(
            id: "C1:1790000000.000100", messageID: "1790000000.000100", place: .init(.channel, "C1", space: "T1"),
            sender: .init(id: "U7"),
            text: "<@UBOT> a < b &amp; the page (https://a.test/x?y=1&z) #general @here <@U8>",
            sentAt: WallTime(nanoseconds: 1_790_000_000_000_100_000))
        wanted.attention = .mention
        #expect(message == wanted)
    }

    @Test(
        arguments: [
            ("D1", "im", ChatKind.direct), ("C1", "mpim", .group), ("G1", "mpim", .group), ("G1", "group", .channel),
            ("C1", "channel", .channel), ("D1", nil, .direct), ("G1", nil, .group), ("C1", nil, .channel),
        ] as [(String, String?, ChatKind)])
    func placesAreToldApart(chat: String, type: String?, kind: ChatKind) {
        #expect(SlackReader.kind(chat, type) == kind)
    }

    @Test func attention() throws {
        func attention(_ more: String) throws -> InboundMessage.Attention? {
            try read(#"{"type":"message","channel":"C1","user":"U7","ts":"1790000000.000200",\#(more)}"#)?.attention
        }
        #expect(try attention(#""text":"a""#) == [])
        #expect(try attention(#""text":"a <@U8>""#) == .others)
        #expect(try attention(#""text":"<@U8> <@UBOT|claw>""#) == .mention)
        #expect(try attention(#""text":"&lt;@UBOT&gt; <@UBOT""#) == [])
        let thread = #""text":"a","thread_ts":"1790000000.000100","parent_user_id""#
        #expect(try attention(thread + #":"UBOT""#) == [.replyToBot, .threadParticipation])
        #expect(try attention(thread + #":"U8""#) == [])
        #expect(
            try read(#"{"type":"app_mention","channel":"C1","user":"U7","ts":"1790000000.000200","text":"hi"}"#)?
                .attention == .mention)
    }

    @Test func anAnswerStandsInItsThreadAndItsBeginningInNone() throws {
        let event = #"{"type":"message","channel":"C1","user":"U7","text":"a","thread_ts":"1790000000.000100","ts":"#
        #expect(try read(event + #""1790000000.000200"}"#)?.place.thread == "1790000000.000100")
        #expect(try read(event + #""1790000000.000100"}"#)?.place.thread == nil)
    }

    @Test func aChangeIsAMessageOfItsOwn() throws {
        let event =
            #"{"type":"message","subtype":"message_changed","channel":"C1","channel_type":"channel","ts":"1790000009.0","#
            + #""message":{"type":"message","user":"U7","text":"new","ts":"1790000000.000100","edited":"#
            + #"{"user":"U7","ts":"1790000005.000000"}},"previous_message":{"text":"#
        let message = try #require(try read(event + #""old"}}"#))
        #expect(message.id == "C1:1790000000.000100:edited:1790000005.000000")
        #expect(message.event == .edited && message.text == "new" && message.messageID == "1790000000.000100")
        // A preview came to an address.
        let preview = event + #""new","edited":{"user":"U7","ts":"1790000005.000000"}}}"#
        #expect(try read(preview) == nil)
    }

    @Test func reactions() throws {
        let event =
            #"{"user":"U7","reaction":"thumbsup::skin-tone-2","item_user":"UBOT","event_ts":"1790000001.000000","item":"#
            + #"{"type":"message","channel":"D1","ts":"1790000000.000100"},"type":"#
        let added = try #require(try read(event + #""reaction_added"}"#))
        #expect(
            added.event == .reaction(emoji: "thumbsup::skin-tone-2", added: true, message: "1790000000.000100"))
        #expect(added.id == "D1:1790000000.000100:reacted:U7:thumbsup::skin-tone-2:1790000001.000000")
        #expect(added.place.kind == .direct && added.attention == .replyToBot)
        let removed = try #require(try read(event + #""reaction_removed"}"#))
        #expect(removed.id != added.id)
        let own = #"{"type":"reaction_added","user":"UBOT","reaction":"eyes","event_ts":"1790000001.000000","#
        #expect(try read(own + #""item":{"type":"message","channel":"D1","ts":"1790000000.000100"}}"#) == nil)
    }

    @Test func filesComeAlong() throws {
        let message = try #require(
            try read(
                """
                {"type":"message","subtype":"file_share","channel":"D1","channel_type":"im","user":"U7","text":"",
                 "ts":"1790000000.000100","files":[{"id":"F1","name":"a.png","mimetype":"image/png","size":9},
                 {"id":"F2","mode":"tombstone"},{"id":"F3","mimetype":"text/plain","name":"b.txt"},{"id":"../x"}]}
                """))
        #expect(
            message.media == [
                .init(kind: "image", name: "a.png", type: "image/png", size: 9, reference: "F1"),
                .init(kind: "document", name: "b.txt", type: "text/plain", reference: "F3"),
            ])
    }

    @Test func botsAreBotsAndWeAreNobody() throws {
        let event = #"{"type":"message","channel":"C1","text":"a","ts":"1790000000.000100","#
        #expect(try read(event + #""subtype":"bot_message","bot_id":"BBOT"}"#) == nil)
        #expect(try read(event + #""user":"UBOT"}"#) == nil)
        #expect(try read(event + #""user":"U9","bot_id":"BBOT"}"#) == nil)
        let other = try read(event + #""subtype":"bot_message","bot_id":"B2","username":"build"}"#)
        #expect(other?.sender == .init(id: "B2", name: "build", isBot: true))
        #expect(try read(event + #""user":"U9","bot_id":"B2"}"#)?.sender == .init(id: "U9", isBot: true))
    }

    @Test(arguments: [
        "channel_join", "channel_topic", "message_deleted", "message_replied", "pinned_item", "of_tomorrow",
    ])
    func noticesAreNotForUs(subtype: String) throws {
        #expect(
            try read(
                #"{"type":"message","subtype":"\#(subtype)","channel":"C1","user":"U7","text":"a","#
                    + #""ts":"1790000000.000100"}"#) == nil)
    }

    @Test(arguments: [
        "{}", "[]", "7", #"{"type":"message"}"#, #"{"type":"message","channel":"C1","user":"U7","ts":1.5,"text":"a"}"#,
        #"{"type":"message","channel":"../etc","user":"U7","ts":"1790000000.000100","text":"a"}"#,
        #"{"type":"message","channel":"C1","user":"U7","ts":"99999999999999999999.1","text":"a"}"#,
        #"{"type":"message","channel":"C1","user":{"id":"U7"},"ts":"1790000000.000100","text":"a"}"#,
        #"{"type":"message","channel":"C1","user":"U7","ts":"1790000000.000100","text":""}"#,
        #"{"type":"message","subtype":"message_changed","channel":"C1","message":7}"#,
        #"{"type":"reaction_added","user":"U7","reaction":"a b","item":{"type":"message","channel":"C1"}}"#,
    ])
    func whatCannotBeReadIsNothing(text: String) throws { #expect(try read(text) == nil) }

    @Test(arguments: [
        ("<https://a.test>", "https://a.test"), ("<https://a.test|a.test>", "a.test"),
        ("<mailto:a@b.test|a@b.test>", "a@b.test"), ("<!subteam^S1|@ops>", "@ops"), ("<#C1>", "<#C1>"),
        ("a < b > c", "a < b > c"), ("<@U1|ann>", "<@U1>"), ("<a<b>", "<a<b>"), ("&amp;lt;", "&lt;"), ("&", "&"),
        ("<", "<"),
        ("<>", "<>"),
    ])
    func textIsWhatAPersonReads(text: String, wanted: String) { #expect(SlackText.plain(text) == wanted) }

    @Test func buttonsAreWords() throws {
        let payload = try JSONParser.parse(
            """
            {"type":"block_actions","user":{"id":"U7","username":"ann"},"team":{"id":"T1"},"channel":{"id":"D1"},
             "message":{"ts":"1790000000.000100","thread_ts":"1790000000.000050"},
             "actions":[{"type":"button","action_id":"x","value":"approve","action_ts":"1790000002.000000"}]}
            """)
        let message = try #require(reader.action(payload, now: WallTime(milliseconds: 1)))
        #expect(message.text == "approve" && message.place.thread == "1790000000.000050")
        #expect(message.id == "action:D1:1790000000.000100:U7:1790000002.000000")
        #expect(message.messageID == "1790000000.000100" && message.sender == .init(id: "U7", name: "ann"))
        #expect(reader.action(["type": "view_submission"], now: WallTime(milliseconds: 1)) == nil)
    }
}

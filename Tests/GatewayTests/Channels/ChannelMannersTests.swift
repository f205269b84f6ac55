import Agents
import Channels
import Contract
import Models
import Platform
import Settings
import Support
import Testing

@testable import Gateway

/// What is seen in a chat beside the answers, and what makes several messages one.
@Suite struct ChannelMannersTests {
    private static let open = "{token: 'one', dmPolicy: 'open', allowFrom: ['*']"
    private typealias Conversation = ChannelConversationTests

    private static func message(_ id: String, _ text: String, _ change: (inout InboundMessage) -> Void = { _ in })
        -> InboundMessage
    {
        var message = InboundMessage(
            id: id, place: .init(.direct, "7"), sender: .init(id: "7", name: "Ada"), text: text,
            sentAt: WallTime(milliseconds: 1))
        change(&message)
        return message
    }

    /// Returns when so much was said, and what led to it has settled.
    @LoopActor
    private static func said(_ count: Int, _ bench: MethodBench, _ platform: ScriptedPlatform) async throws {
        // What comes during a run would join it.
        for _ in 0..<50 where platform.said.count < count || !bench.plane.agents.runs.active().isEmpty {
            try await bench.calm()
        }
        try await bench.calm()
        #expect(platform.said.count == count)
    }

    // MARK: Several that are one

    @Test func anAlbumIsOneQuestion() async throws {
        try await Conversation.withChannel(Self.open + "}") { bench, platform in
            for number in 1...3 {
                try await platform.say(
                    Self.message("\(number)", number == 1 ? "what are these?" : "") {
                        $0.album = "x"
                        $0.media = [.init(kind: "photo", name: "\(number).png", reference: "r")]
                    })
                try await bench.calm()
                #expect(platform.said.isEmpty)
                await bench.clock.advance(by: .milliseconds(400))
            }
            await bench.clock.advance(by: .milliseconds(200))
            try await Self.said(1, bench, platform)
            let client = try await bench.connect(scopes: [.read])
            let history = try await client.call("chat.history", ["sessionKey": "agent:main:main"])
            let asked = history["messages"]?[0]?.description ?? ""
            // None of them is there to be fetched.
            let found = (1...3).map { asked.contains("\\n[photo \($0).png, not here: ") }
            #expect(asked.contains("what are these?\\n[photo 1.png") && found == [true, true, true], "\(asked)")
            #expect(try await Self.underWay(client) == 0)
        }
    }

    @Test func aLongTextThatWasCutIsOneAndWhatComesLaterIsAnother() async throws {
        try await Conversation.withChannel(Self.open + "}") { bench, platform in
            try await platform.say(Self.message("10", String(repeating: "x", count: 4096)))
            try await bench.calm()
            #expect(platform.said.isEmpty)
            try await platform.say(Self.message("11", "the end"))
            // A short part is the last: nothing is waited for.
            try await Self.said(1, bench, platform)
            try await platform.say(Self.message("12", String(repeating: "y", count: 4096)))
            try await bench.calm()
            // Somebody else's, or one that does not follow, is no part of it.
            try await platform.say(Self.message("14", "another"))
            try await Self.said(2, bench, platform)
            await bench.clock.advance(by: .seconds(2))
            try await Self.said(3, bench, platform)
        }
    }

    /// While parts are waited for, nothing is done with; the end of the process loses none of them.
    @Test func partsWaitInTheInbox() async throws {
        try await Conversation.withChannel(Self.open + "}") { bench, platform in
            for number in 1...2 { try await platform.say(Self.message("\(number)", "part") { $0.album = "x" }) }
            try await bench.calm()
            let client = try await bench.connect(scopes: [.read])
            #expect(try await Self.underWay(client) == 2)
        }
    }

    private static func underWay(_ client: BenchClient) async throws -> Int? {
        try await client.call("channels.status")["channelAccounts"]?["telegram"]?[0]?["underWay"]?.int
    }

    // MARK: Signs

    @Test(arguments: [
        ("", false, 0), ("ackReactionScope: 'direct'", false, 1),
        ("ackReactionScope: 'all', ackReaction: ''", false, 0),
        ("ackReactionScope: 'off'", true, 0), ("", true, 1), ("ackReactionScope: 'group-all'", false, 0),
        ("ackReactionScope: 'all', removeAckAfterReply: true", false, 2),
    ])
    func whatIsAcknowledged(messages: String, isGroup: Bool, signs: Int) async throws {
        try await Conversation.withChannel(
            Self.open + ", groupPolicy: 'open', groups: {'-5': {}}}", more: ", messages: {\(messages)}"
        ) { bench, platform in
            try await platform.say(
                Self.message("m", "hello") {
                    guard isGroup else { return }
                    $0.place = .init(.group, "-5")
                    $0.attention = .mention
                })
            try await Self.said(1, bench, platform)
            let reactions = platform.sent.filter { $0.action != .say }
            #expect(reactions.count == signs)
            if signs == 2 { #expect(reactions.last?.action == .react(emoji: "👀", to: "m", isRemoved: true)) }
        }
    }

    /// A sign that cannot be given is no trouble, and holds nothing up.
    @Test(arguments: [SendOutcome.refused("not there"), .notSent("no line"), .unknown("lost"), .unreadable("?")])
    func aSignThatIsRefusedIsForgotten(outcome: SendOutcome) async throws {
        try await Conversation.withChannel(Self.open + "}", more: ", messages: {ackReactionScope: 'all'}") {
            bench, platform in
            platform.outcomes = [outcome]
            try await platform.say("hello")
            try await Self.said(1, bench, platform)
            let client = try await bench.connect(scopes: [.read])
            #expect(try await client.call("health")["channels"]?["telegram"]?["lastError"] == nil)
        }
    }

    @Test(arguments: [
        ("", [false]), ("replyToMode: 'first'", [true]), ("replyToMode: 'all'", [true]),
        ("replyToMode: 'batched'", [false]), ("replyToMode: 'all', replyToModeByChatType: {direct: 'off'}", [false]),
    ])
    func whatPointsAtTheQuestion(settings: String, points: [Bool]) async throws {
        try await Conversation.withChannel(Self.open + (settings.isEmpty ? "" : ", ") + settings + "}") {
            bench, platform in
            try await platform.say(Self.message("q", "hello"))
            try await Self.said(1, bench, platform)
            #expect(platform.said.map { $0.replyTo == "q" } == points)
        }
    }

    @Test func editsAndReactionsAreToldWithTheNextQuestion() async throws {
        try await Conversation.withChannel(Self.open + "}") { bench, platform in
            try await platform.say(Self.message("a", "hello"))
            try await Self.said(1, bench, platform)
            try await platform.say(
                Self.message("e", "hello [Said to you]\nthere") {
                    $0.messageID = "a"
                    $0.event = .edited
                })
            for (id, message) in [("r1", "p1"), ("r2", "somebody-else's")] {
                try await platform.say(
                    Self.message(id, "") { $0.event = .reaction(emoji: "👍", added: true, message: message) })
            }
            try await bench.calm()
            #expect(platform.said.count == 1, "they are no questions")
            try await platform.say(Self.message("b", "and now?"))
            try await Self.said(2, bench, platform)
            let client = try await bench.connect(scopes: [.read])
            let history = try await client.call("chat.history", ["sessionKey": "agent:main:main"])
            let asked = history["messages"]?.array?.map(\.description).first { $0.contains("and now?") } ?? ""
            let told =
                "[Meanwhile]\\nAda changed a message, which now says: hello [Said to you] there\\n"
                + "Ada put 👍 on your message\\n\\nand now?"
            #expect(asked.contains(told), "\(asked)")
        }
    }

    // MARK: While an answer is made

    private static func withScene(
        _ settings: String = "", more: String = "",
        _ body: @escaping @LoopActor @Sendable (MethodBench, ScriptedPlatform, ReplyScene) async throws -> Void
    ) async throws {
        try await Conversation.withChannel(open + settings + "}", more: more) { bench, platform in
            let channels = bench.plane.channels
            let account = try #require(channels.all.first)
            let outbox = try #require(account.runner?.outbox)
            let config = try await bench.configuration.read().resolved
            let address = ChatAddress(account.settings.account, chat: "7")
            try await body(
                bench, platform,
                ReplyScene(account, outbox, address, ReplyManners(account, config), bench.clock, key: "d:1"))
        }
    }

    private static func end(_ text: String) -> RunEvent {
        .finished(RunResult(.answered(.stop), text: text, endedAt: WallTime(milliseconds: 1)))
    }

    @Test(arguments: [("instant", 1), ("thinking", 2), ("message", 3), ("never", 9)])
    func whenItIsShownThatAnAnswerIsWritten(mode: String, after: Int) async throws {
        try await Self.withScene(more: ", agents: {defaults: {typingMode: '\(mode)'}}") { bench, platform, scene in
            let events: [RunEvent] = [.started(WallTime(milliseconds: 1)), .thinking("hm"), .text("hello")]
            for (number, event) in events.enumerated() {
                await scene.take(event)
                try await bench.calm()
                #expect(platform.typing.isEmpty == (number + 1 < after), "\(mode), event \(number + 1)")
            }
            let first = platform.typing.count
            await bench.clock.advance(by: .seconds(9))
            try await bench.calm()
            #expect(mode == "never" ? platform.typing.isEmpty : platform.typing.count > first)
            await scene.take(Self.end("hello"))
            _ = await scene.result()
            let last = platform.typing.count
            await bench.clock.advance(by: .seconds(30))
            try await bench.calm()
            #expect(platform.typing.count == last)
        }
    }

    @Test func whatThereIsSoFarIsSeenAndBecomesTheAnswer() async throws {
        try await Self.withScene(", streaming: {mode: 'partial'}") { bench, platform, scene in
            await scene.take(.text("A few words that are long enough to ring for. "))
            try await bench.calm()
            #expect(platform.sent.count == 1 && platform.sent[0].isFleeting)
            await scene.take(.text("And "))
            await scene.take(.text("more."))
            try await bench.calm()
            #expect(platform.sent.count == 1, "not at once")
            await bench.clock.advance(by: .seconds(2))
            try await bench.calm()
            #expect(platform.sent.last?.action == .edit("p1"))
            #expect(platform.sent.last?.text == "A few words that are long enough to ring for. And more.")
            await scene.take(Self.end("all"))
            #expect(await scene.result() != nil)
            #expect(await scene.draftMessage() == "p1")
        }
    }

    @Test func whatNamesAFileIsNotSeen() async throws {
        try await Self.withScene(", streaming: {mode: 'partial'}") { bench, platform, scene in
            await scene.take(.text("A few words that are long enough to ring for.\nMEDIA: charts/a.p"))
            try await bench.calm()
            #expect(platform.sent.map(\.text) == ["A few words that are long enough to ring for."])
            await scene.take(Self.end("all"))
            _ = await scene.result()
        }
    }

    @Test func whatIsShortWaitsAndWithoutDraftsNothingIsSeen() async throws {
        for (mode, count) in [("partial", 1), ("off", 0), ("block", 0), ("progress", 1)] {
            try await Self.withScene(", streaming: {mode: '\(mode)'}") { bench, platform, scene in
                await scene.take(.toolStarted(id: "1", name: "web_fetch", arguments: [:]))
                await scene.take(.text("short"))
                try await bench.calm()
                #expect(platform.sent.isEmpty)
                await bench.clock.advance(by: .seconds(3))
                try await bench.calm()
                #expect(platform.sent.count == count, "\(mode)")
                if mode == "progress" { #expect(platform.sent.first?.text == "…\n· web_fetch") }
                await scene.take(Self.end("short"))
                _ = await scene.result()
                #expect(await scene.draftMessage() == (count == 1 ? "p1" : nil))
            }
        }
    }

    @Test func aDraftThatIsNotTakenIsNoLoss() async throws {
        try await Self.withScene(", streaming: {mode: 'partial'}") { bench, platform, scene in
            platform.outcomes = [.notSent("no line")]
            for _ in 0..<4 {
                await scene.take(.text("A few words that are long enough to ring for. "))
                await bench.clock.advance(by: .seconds(2))
                try await bench.calm()
            }
            #expect(platform.sent.count == 1)
            await scene.take(Self.end("all"))
            _ = await scene.result()
            #expect(await scene.draftMessage() == nil)
        }
    }
}

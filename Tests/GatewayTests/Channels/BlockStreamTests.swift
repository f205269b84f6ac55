import Agents
import Channels
import Platform
import Settings
import Store
import Support
import Testing

@testable import Gateway

/// Answers that are said block by block while they are made.
@Suite struct BlockStreamTests {
    // MARK: Where a block ends

    /// The blocks of a text that comes in pieces, and what is left for the end.
    private static func blocks(_ pieces: [String], _ sizes: BlockCutter.Sizes) -> [String] {
        var cutter = BlockCutter(sizes)
        var found: [String] = []
        for piece in pieces {
            cutter.add(piece)
            while let place = cutter.next(isEnd: false) { found.append(cutter.take(to: place)) }
        }
        return found + [cutter.rest]
    }

    @Test(arguments: [
        ("a whole one.\n\nand the", "paragraph", ["a whole one.\n\n", "and the"]),
        ("short\n\nx", "paragraph", ["short\n\nx"]), ("one long line\nand", "paragraph", ["one long line\nand"]),
        ("one long line\nand", "newline", ["one long line\n", "and"]),
        ("One is said. And so", "newline", ["One is said. And so"]),
        ("One is said. And so", "sentence", ["One is said. ", "And so"]),
        ("no end comes of this row of words at all", "paragraph", ["no end comes of this row of words at ", "all"]),
        (
            "One. Two words and then many more of them", "paragraph",
            ["One. ", "Two words and then many more of ", "them"]
        ),
        ("```\na\n\nb\n\nc\n\nd\n\n", "sentence", ["```\na\n\nb\n\nc\n\nd\n\n"]),
        ("```\na\n\nb\n\nc\n```\n\nd", "paragraph", ["```\na\n\nb\n\nc\n```\n\n", "d"]),
        ("~~~\n```\na b c d e\n\nf\n", "newline", ["~~~\n```\na b c d e\n\nf\n"]),
    ])
    func aBlockIsWholePassages(text: String, preference: String, blocks: [String]) throws {
        var sizes = BlockCutter.Sizes(least: 10, most: 30)
        sizes.preference = try #require(BlockCutter.Preference(rawValue: preference))
        #expect(Self.blocks([text], sizes) == blocks)
        #expect(Self.blocks([text], sizes).joined() == text)
    }

    @Test(arguments: [9, 10, 11]) func aBlockHasSoManyBytesAtLeast(count: Int) {
        let text = String(repeating: "x", count: count - 2) + "\n\n"
        #expect(Self.blocks([text], .init(least: 10, most: 30)) == (count < 10 ? [text] : [text, ""]))
    }

    @Test func theEndOfWhatTheModelSaysIsAnEnd() {
        var cutter = BlockCutter(.init(least: 10, most: 30, waitsForEnd: true))
        cutter.add("a passage that is whole.\n\nand more")
        #expect(cutter.next(isEnd: false) == nil)
        #expect(cutter.next(isEnd: true) == 34)
        #expect(cutter.take(to: 34) == "a passage that is whole.\n\nand more")
        cutter.add(" \n")
        #expect(cutter.next(isEnd: true) == nil)
    }

    // MARK: In a chat

    private static let settings = "{token: 'one', dmPolicy: 'open', allowFrom: ['*'], "

    private static func withReply(
        _ settings: String =
            "streaming: {block: {enabled: true, coalesce: {minChars: 10, maxChars: 30}}}, replyToMode: 'first'",
        _ body:
            @escaping @LoopActor @Sendable (MethodBench, ScriptedPlatform, Outbox, ChannelReply) async throws -> Void
    ) async throws {
        try await ChannelConversationTests.withChannel(Self.settings + settings + "}") { bench, platform in
            let account = try #require(bench.plane.channels.all.first)
            let outbox = try #require(account.runner?.outbox)
            let message = InboundMessage(
                id: "u1", messageID: "q", place: .init(.direct, "7"), sender: .init(id: "7"), text: "?",
                sentAt: WallTime(milliseconds: 1))
            let item = InboxItem(id: 5, account: account.settings.account, message: message, attempts: 0)
            let config = try await bench.configuration.read().resolved
            let reply = ChannelReply(
                item: item, account: account, manners: ReplyManners(account, config), wasJoined: false)
            try await body(bench, platform, outbox, reply)
        }
    }

    @LoopActor
    private static func blocks(_ reply: ChannelReply, _ outbox: Outbox, _ bench: MethodBench) throws -> ReplyBlocks {
        let log = Log(LogOutput(LogSettings(level: .error), clock: bench.clock), subsystem: "channels")
        return ReplyBlocks(reply, outbox, try #require(reply.manners.blocks), log)
    }

    @Test func eachGoesOutWhileMoreIsMade() async throws {
        try await Self.withReply { bench, platform, outbox, reply in
            let blocks = try Self.blocks(reply, outbox, bench)
            await blocks.take("The **first** passage.\n\nThe sec")
            try await bench.calm()
            #expect(platform.said.map(\.text) == ["The <b>first</b> passage."])
            await blocks.take("ond one.\nMEDIA: a.png")
            await blocks.pause()
            await bench.clock.advance(by: .seconds(2))
            try await bench.calm()
            #expect(platform.said.map(\.text) == ["The <b>first</b> passage.", "The second one."])
            // The first points at the question, and no other.
            #expect(platform.said.map(\.replyTo) == ["q", nil])
            await blocks.take("The end.")
            #expect(await blocks.finish() == "The end." && blocks.count == 2)
        }
    }

    /// The process ends and another makes the answer again, perhaps cut in other places.
    @Test(arguments: [
        ["One passage here.\n\nAnother passage.\n\nT", "he end."],
        ["One passage here.\n\nAnother pass", "age.\n\nThe end."],
    ])
    func anotherProcessGoesOnBehindWhatWasSaid(pieces: [String]) async throws {
        try await Self.withReply { bench, platform, outbox, reply in
            let first = try Self.blocks(reply, outbox, bench)
            for piece in ["One passage here.\n\n", "Another passage.\n\nT"] { await first.take(piece) }
            await bench.clock.advance(by: .seconds(2))
            try await bench.calm()
            #expect(platform.said.map(\.text) == ["One passage here.", "Another passage."])
            let second = try Self.blocks(reply, outbox, bench)
            await second.take("One passage ")
            for piece in [String(pieces[0].dropFirst("One passage ".count)), pieces[1]] { await second.take(piece) }
            #expect(await second.finish() == "The end." && second.count > 0)
            await bench.clock.advance(by: .seconds(2))
            try await bench.calm()
            #expect(platform.said.count == 2, "nothing is said twice")
        }
    }

    @Test func anotherAnswerIsSaidAsAWhole() async throws {
        try await Self.withReply { bench, platform, outbox, reply in
            let first = try Self.blocks(reply, outbox, bench)
            await first.take("One passage here.\n\nAnd")
            try await bench.calm()
            let second = try Self.blocks(reply, outbox, bench)
            await second.take("Two passages now.\n\nAnd")
            await bench.clock.advance(by: .seconds(2))
            try await bench.calm()
            #expect(platform.said.map(\.text) == ["One passage here.", "Two passages now."])
            #expect(await second.finish() == "And")
        }
    }

    @Test(arguments: [
        ("", "", false), ("", ", agents: {defaults: {blockStreamingDefault: 'on'}}", true),
        ("streaming: {mode: 'partial'}", ", agents: {defaults: {blockStreamingDefault: 'on'}}", false),
        ("streaming: {mode: 'partial', block: {enabled: true}}", "", true),
        ("streaming: {block: {enabled: false}}", ", agents: {defaults: {blockStreamingDefault: 'on'}}", false),
    ])
    func whereAnAnswerComesInBlocks(own: String, all: String, comes: Bool) async throws {
        try await ChannelConversationTests.withChannel(Self.settings + own + "}", more: all) { bench, _ in
            let account = try #require(bench.plane.channels.all.first)
            let manners = ReplyManners(account, try await bench.configuration.read().resolved)
            #expect((manners.blocks != nil) == comes)
            #expect((manners.drafts == .partial) == (own.contains("partial") && !comes))
            if comes { #expect(manners.blocks == BlockCutter.Sizes()) }
        }
    }
}

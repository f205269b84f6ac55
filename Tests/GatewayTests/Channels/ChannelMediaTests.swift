import Agents
import Channels
import Contract
import Models
import Platform
import Support
import Testing

@testable import Gateway

/// Files in and out, through the whole gateway with a scripted platform and a model that a test speaks for.
@Suite struct ChannelMediaTests {
    @LoopActor
    private struct Bench {
        let bench: MethodBench
        let platform: ScriptedPlatform
        let model: PushedModel

        /// Somebody sends files.
        func show(_ media: [InboundMessage.Media], text: String = "look", id: String = "m1") async throws {
            var message = InboundMessage(
                id: id, place: .init(.direct, "7"), sender: .init(id: "7", name: "Ada"), text: text,
                sentAt: WallTime(milliseconds: 1))
            message.media = media
            try await platform.say(message)
        }

        /// Goes on until the model is asked, less long than files may take, and returns what it is shown.
        func asked(_ count: Int = 1) async throws -> (text: String, images: [ImagePart]) {
            for _ in 0..<100 where model.requests < count {
                try await bench.calm()
                await bench.clock.advance(by: .milliseconds(500))
            }
            #expect(model.requests == count)
            let text = model.lastParts.compactMap(\.text).joined(separator: "\n")
            return (text, model.lastParts.compactMap(\.image))
        }

        func answer(_ text: String) async throws {
            model.push(.text(text))
            model.push(.finish(.stop))
            for _ in 0..<50 where platform.sent.isEmpty {
                try await bench.calm()
                await bench.clock.advance(by: .milliseconds(500))
            }
            try await bench.calm()
        }

        var workspace: String { bench.scratch.path("workspace") }
    }

    private static func withFiles(
        _ more: String = "", _ body: @escaping @LoopActor @Sendable (Bench) async throws -> Void
    ) async throws {
        try await onLoop {
            let model = PushedModel()
            let models = """
                models: { providers: { p: { baseUrl: 'http://127.0.0.1:1/v1', models: [{ id: 'a' }] } } },
                agents: { defaults: { model: 'p/a' } }
                """
            let configuration = ModelConfiguration(try JSON5Document("{\(models)}").value, environment: { _ in nil })
            let platform = ScriptedPlatform()
            let bench = try MethodBench(
                models: ModelDesk(configuration, clock: FakeClock(), sources: { _ in model }),
                platforms: [platform.platform()])
            try await bench.begin(
                "{channels: {telegram: {token: 'one', dmPolicy: 'open', allowFrom: ['*']\(more)}}, \(models)}")
            try await bench.openChannels()
            try await bench.calm()
            do {
                try await body(Bench(bench: bench, platform: platform, model: model))
            } catch {
                await bench.closeSessions()
                throw error
            }
            await bench.closeSessions()
        }
    }

    private static let png: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3]

    // MARK: In

    @Test func aPictureReachesTheModelAndItsWorkspace() async throws {
        try await Self.withFiles { it in
            it.platform.files["ref"] = Self.png
            // Neither the name nor the type that the sender tells is believed.
            try await it.show([
                .init(kind: "photo", name: "../../etc/[x]\n.txt", type: "text/plain", reference: "ref")
            ])
            let (text, images) = try await it.asked()
            #expect(images == [ImagePart(mediaType: "image/png", base64: Base64.standard.encode(Self.png))])
            #expect(text.hasPrefix("look\n[photo ../../etc/_x_ .txt, 11 B: media/inbound/"))
            #expect(text.hasSuffix(".png]") && text.split(separator: "\n").count == 2)
            let place = try #require(text.split(separator: ": ").last?.dropLast())
            #expect(it.bench.scratch.mode("workspace/\(place)") == 0o600)
            #expect(it.bench.scratch.names(in: "workspace").contains("AGENTS.md"), "it is new all the same")
            let shelf = it.bench.scratch.names(in: "state/media/inbound")
            #expect(shelf.count == 1 && it.bench.scratch.mode("state/media/inbound/\(shelf[0])") == 0o600)
        }
    }

    @Test func anotherFileIsNamedAndNotShown() async throws {
        try await Self.withFiles { it in
            it.platform.files = ["a": Array("some words".utf8), "b": Self.png]
            try await it.show(
                [
                    .init(kind: "file", name: "a.md", type: "image/png", size: 10, reference: "a"),
                    .init(kind: "photo", reference: "b"),
                ], text: "")
            let (text, images) = try await it.asked()
            let lines = text.split(separator: "\n")
            #expect(images.count == 1 && lines.count == 2)
            #expect(lines[0].hasPrefix("[file a.md, 10 B: media/inbound/") && lines[0].hasSuffix(".txt]"))
            #expect(lines[1].hasPrefix("[photo, 11 B: media/inbound/"))
        }
    }

    @Test func whatDoesNotComeIsSaidWithTheReason() async throws {
        try await Self.withFiles { it in
            it.platform.files["big"] = [UInt8](repeating: 65, count: 1 << 20 + 1)
            try await it.show([
                .init(kind: "file", name: "gone.pdf", size: 122_900, reference: "gone"),
                .init(kind: "file", name: "big", reference: "big"),
                .init(kind: "file", name: "huge", size: 3 << 20, reference: "huge"),
            ])
            let (text, _) = try await it.asked()
            let tooLarge = "it is larger than the 1 MB allowed (mediaMaxMb)"
            #expect(
                text == "look\n[file gone.pdf, 120 KB, not here: it is not there any more]\n"
                    + "[file big, not here: \(tooLarge)]\n[file huge, 3 MB, not here: \(tooLarge)]")
            #expect(it.platform.fetched.sorted() == ["big", "gone"])
        }
    }

    @Test(arguments: [(2, true), (3, false)])
    func aPassingTroubleIsTriedAgain(troubles: Int, comes: Bool) async throws {
        try await Self.withFiles { it in
            it.platform.files["ref"] = Self.png
            it.platform.fileTroubles = Array(repeating: .passing("the line is dead"), count: troubles)
            try await it.show([.init(kind: "photo", reference: "ref")])
            let (text, images) = try await it.asked()
            #expect(it.platform.fetched.count == 3 && images.isEmpty == !comes)
            if !comes { #expect(text == "look\n[photo, not here: the line is dead]") }
        }
    }

    @Test(arguments: [ChannelMedia.most - 1, ChannelMedia.most, ChannelMedia.most + 1])
    func soManyFilesOfAMessageAreFetched(count: Int) async throws {
        try await Self.withFiles { it in
            for number in 0..<count { it.platform.files["\(number)"] = Self.png }
            try await it.show((0..<count).map { .init(kind: "photo", reference: "\($0)") })
            let (text, images) = try await it.asked()
            #expect(images.count == min(count, ChannelMedia.most))
            #expect(text.contains("more than 10 files came at once") == (count > ChannelMedia.most))
        }
    }

    /// What is said after a picture is said after it, however long that takes to come.
    @Test func theOrderOfAChatStays() async throws {
        try await Self.withFiles { it in
            it.platform.files["ref"] = Self.png
            it.platform.fileTroubles = [.passing("the line is dead")]
            try await it.show([.init(kind: "photo", reference: "ref")], text: "first")
            try await it.show([], text: "second", id: "m2")
            let (text, images) = try await it.asked()
            #expect(text.hasPrefix("first") && images.count == 1)
        }
    }

    @Test func mediaMaxMbCounts() async throws {
        try await Self.withFiles(", mediaMaxMb: 2") { it in
            it.platform.files["ref"] = [UInt8](repeating: 65, count: 2 << 20)
            try await it.show([.init(kind: "file", reference: "ref")])
            #expect(try await it.asked().text.hasPrefix("look\n[file, 2 MB: media/inbound/"))
        }
    }

    // MARK: Out

    @Test func anAnswerBringsTheFilesThatItNames() async throws {
        try await Self.withFiles { it in
            try await PrivateDirectory.create(it.workspace)
            it.bench.scratch.write("a chart", to: "workspace/chart.txt")
            it.bench.scratch.write("secret", to: "secret")
            it.bench.scratch.link("workspace/link.txt", to: it.bench.scratch.path("secret"))
            try await it.show([], text: "hi")
            _ = try await it.asked()
            try await it.answer(
                "Here **it** is.\nMEDIA:chart.txt\n MEDIA: /etc/passwd \nMEDIA:link.txt\nMEDIA:http://127.0.0.1/x")
            let sent = it.platform.sent
            #expect(sent.count == 2 && sent[0].text == "" && sent[0].media?.name == "chart.txt")
            let words = sent[1].plainText ?? ""
            #expect(words.hasPrefix("Here it is.") && !words.contains("MEDIA"))
            #expect(words.contains("(not sent: passwd is refused: only files within the workspace"))
            #expect(words.contains("(not sent: the file link.txt cannot be sent"))
            #expect(words.contains("(not sent: x is refused: files come from the workspace, or from https addresses)"))
            let path = try #require(sent[0].media?.path)
            #expect(path.hasPrefix(it.bench.scratch.path("state/media/outbound/")))
            let bytes = try await FileReading.read(path, limit: 100)
            #expect(bytes == Array("a chart".utf8))
        }
    }

    @Test func aShortAnswerGoesAlongWithItsFile() async throws {
        try await Self.withFiles { it in
            try await PrivateDirectory.create(it.workspace)
            it.bench.scratch.write("a chart", to: "workspace/chart.txt")
            try await it.show([], text: "hi")
            _ = try await it.asked()
            try await it.answer("**Here**\n\nMEDIA:./chart.txt")
            #expect(it.platform.sent.map(\.text) == ["<b>Here</b>"])
            #expect(it.platform.sent[0].media?.type == "text/plain" && it.platform.sent[0].plainText == "Here")
        }
    }

    @Test(arguments: [
        ("MEDIA:a.png", "", ["a.png"]), ("x\n\n  MEDIA: a b.png  \ny", "x\n\ny", ["a b.png"]),
        ("**MEDIA:a.png**", "**MEDIA:a.png**", []), ("`MEDIA:a.png`", "`MEDIA:a.png`", []),
        ("Here: MEDIA:a.png", "Here: MEDIA:a.png", []), ("```\nMEDIA:a\n```\nMEDIA:b", "```\nMEDIA:a\n```", ["b"]),
        ("~~~~\nMEDIA:a\n~~~\nMEDIA:b\n~~~~", "~~~~\nMEDIA:a\n~~~\nMEDIA:b\n~~~~", []), ("MEDIA:", "MEDIA:", []),
        ("MEDIA:a\nMEDIA:a\nMEDIA:b", "", ["a", "b"]), ("media:a", "media:a", []),
    ])
    func aLineOfItsOwnNamesAFile(text: String, words: String, references: [String]) {
        let found = MediaLines.split(text)
        #expect(found.text == words && found.references == references)
    }

    @Test func aClientSendsFiles() async throws {
        try await Self.withFiles { it in
            let client = try await it.bench.connect(scopes: [.write])
            @LoopActor func send(_ key: String, _ more: JSON) async throws -> String {
                var wish: JSON = ["to": "7", "idempotencyKey": .string(key)]
                for member in more.object?.members ?? [] { wish[member.key] = member.value }
                let id = client.start("send", wish)
                return "\(try await client.response(id))"
            }
            try await PrivateDirectory.create(it.workspace)
            it.bench.scratch.write("one", to: "workspace/one.txt")
            it.bench.scratch.write("two", to: "workspace/two.txt")
            _ = try await send(
                "k1",
                [
                    "message": "look", "mediaUrl": "one.txt",
                    "mediaUrls": ["one.txt", .string("\(it.workspace)/two.txt")],
                ])
            #expect(it.platform.sent.map { $0.media?.name } == ["one.txt", "two.txt"])
            #expect(it.platform.sent.map(\.text) == ["look", ""])
            _ = try await send(
                "k2", ["buffer": "AAEC", "filename": "/tmp/x/a.bin", "forceDocument": true, "asVoice": true])
            let media = try #require(it.platform.sent.last?.media)
            #expect(media.name == "a.bin" && media.isDocument && media.isVoice)
            let bytes = try await FileReading.read(media.path, limit: 9)
            #expect(bytes == [0, 1, 2])
            let attempts: [(JSON, String)] = [
                (["mediaUrl": "../secret"], "only files within the workspace"),
                (["mediaUrl": "gone.txt"], "there is no file gone.txt"),
                (["mediaUrl": "file:///etc/passwd"], "refused"),
                (["mediaUrl": "\\\\server\\share\\x.png"], "refused"),
                (["mediaUrl": "~/.ssh/id_rsa"], "there is no file"),
                (["mediaUrl": "https://127.0.0.1/x"], "this machine"), (["mediaUrl": "https://localhost/x"], "refused"),
                (["buffer": "!"], "base64"), (["buffer": "", "filename": "a"], "the file a is empty"),
                (
                    ["buffer": .string(Base64.standard.encode([UInt8](repeating: 1, count: 2 << 20 + 1)))],
                    "larger than the 2 MB that Scripted allows"
                ),
            ]
            for (number, (more, words)) in attempts.enumerated() {
                let answer = try await send("refused \(number)", more)
                #expect(answer.contains(words), "\(answer)")
            }
            #expect(it.platform.sent.count == 3)
        }
    }
}

import Models
import Platform
import Support
import Testing

@testable import Agents

@Suite struct TranscriptTests {
    private static let samples: [TranscriptEntry.Content] = [
        .user([.text("hé\u{0}llo\n\"x\""), .image(ImagePart(mediaType: "image/png", base64: "AAAA"))], sender: "Ada"),
        .assistant(
            AssistantEntry(
                [
                    .thinking(ThinkingPart("hm", seal: Seal(.anthropicMessages, "signature"))), .text("yes"),
                    .toolCall(ToolCall(id: "c1", name: "read", argumentsText: #"{ "path" : "a" }"#)),
                    .toolCall(
                        ToolCall(id: "c2", name: "exec", argumentsText: "{broken", seal: Seal(.openAIResponses, "s"))),
                    .toolCall(ToolCall(id: "c3", name: "none", argumentsText: "")),
                ],
                model: ModelReference(provider: "open", model: "a/b"),
                usage: ModelUsage(input: 1, output: 2, cacheRead: 3, cacheWrite: 4, thinking: 5), cost: 0.25,
                stop: "tool_calls")),
        .assistant(AssistantEntry([], stop: "error", error: "no model")),
        .toolResult(
            ToolResult(
                callID: "c1", name: "read", parts: [.text("a"), .image(ImagePart(mediaType: "image/gif", base64: "R"))])
        ),
        .toolResult(ToolResult(callID: "c2", name: "exec", parts: [], isError: true)),
        .compaction(summary: "what was", tokensBefore: 1000), .compaction(summary: "", tokensBefore: nil),
        .note("remark"),
    ]

    @Test(arguments: samples.indices)
    func aLineGivesBackWhatItWasMadeOf(index: Int) throws {
        let time = WallTime(nanoseconds: 1_790_000_000_123_000_000)
        let entry = TranscriptEntry(id: "x", time: time, runID: index % 2 == 0 ? "r" : nil, Self.samples[index])
        let line = TranscriptLine(.entry(entry), seq: 7).bytes
        #expect(line.count { $0 == UInt8(ascii: "\n") } == 1)
        #expect(TranscriptLine(line[...], of: mainKey) == TranscriptLine(.entry(entry), seq: 7))
        // Ordinary tools read it.
        let json = try JSONParser.parse(Array(line.dropLast()))
        #expect(json["id"] == "x")
        #expect(json["sum"]?.string?.utf8.count == 12)
    }

    @Test func aRecordGivesBackWhatItWasMadeOf() {
        var record = SessionRecord(new: mainKey, WallTime(nanoseconds: 1_790_000_000_000_000_000))
        #expect(TranscriptLine(TranscriptLine(.header(record), seq: 0).bytes[...], of: nil)?.content == .header(record))
        record.choices.label = "a label"
        record.choices.model = ModelReference("acme/big/one")
        record.choices.thinking = .high
        record.choices.verbose = "on"
        record.choices.sendPolicy = "deny"
        record.choices.spawnedBy = "agent:main:main"
        record.choices.isArchived = true
        record.choices.isPinned = true
        record.usage = ModelUsage(input: 1, output: 2, cacheRead: 3, cacheWrite: 4, thinking: 5)
        record.contextTokens = 6
        record.cost = 0.1
        record.lastModel = ModelReference("acme/big")
        record.abortedLastRun = true
        record.origin = RunOrigin(channel: "telegram", accountID: "a", to: "t", threadID: "h", sender: "s")
        record.lastInteractionAt = record.createdAt
        #expect(
            TranscriptLine(TranscriptLine(.state(record), seq: 3).bytes[...], of: mainKey)?.content == .state(record))
    }

    @Test func everyFlippedBitOfALineIsNoticed() {
        let entry = TranscriptEntry(id: "x", time: WallTime(nanoseconds: 0), .note("text"))
        let line = TranscriptLine(.entry(entry), seq: 1).bytes
        for index in line.indices {
            for bit in 0..<8 {
                var flipped = line
                flipped[index] ^= 1 << bit
                #expect(!TranscriptLine.isSound(flipped[...]), "byte \(index), bit \(bit)")
            }
        }
    }

    @Test func aTranscriptCutAtEveryByteOfItsLastRecordOpensWithAllBefore() async throws {
        let scratch = ScratchDirectory()
        try await onLoop {
            let bench = try await ShelfBench(scratch)
            let record = try await bench.shelf.open(mainKey)
            try await bench.shelf.append([bench.user("one"), bench.answer("two")], to: mainKey)
            let before = try #require(bench.scratch.read(bench.transcript(record))).utf8.count
            try await bench.shelf.append([bench.user("the last one")], to: mainKey)
            let whole = Array(try #require(bench.scratch.read(bench.transcript(record))).utf8)
            for cut in before..<whole.count {
                scratch.write(String(decoding: whole[..<cut], as: UTF8.self), to: bench.transcript(record))
                try await bench.restart(closing: false)
                let opened = try await bench.shelf.open(mainKey)
                #expect(opened.sessionID == record.sessionID)
                #expect(texts(try await bench.shelf.entries(mainKey)) == ["one", "two"], "cut at \(cut)")
                #expect(scratch.read(bench.transcript(record))?.utf8.count == before)
                // It goes on where it was cut.
                try await bench.shelf.append([bench.note("more")], to: mainKey)
                #expect(texts(try await bench.shelf.entries(mainKey)) == ["one", "two", "more"])
            }
            #expect(bench.files() == [record.sessionID + ".jsonl"])
            await bench.end()
        }
    }

    @Test func aFlippedBitInTheMiddleCostsOneRecordAndIsKept() async throws {
        let scratch = ScratchDirectory()
        try await onLoop {
            let bench = try await ShelfBench(scratch)
            let record = try await bench.shelf.open(mainKey)
            for text in ["one", "two", "three"] { try await bench.shelf.append([bench.user(text)], to: mainKey) }
            await bench.shelf.close()
            let path = bench.transcript(record)
            let lines = try #require(scratch.read(path)).split(separator: "\n")
            let broken = lines[2].split(separator: "two", maxSplits: 1).joined(separator: "tWo")
            scratch.write(
                [String(lines[0]), String(lines[1]), broken, String(lines[3])].map { $0 + "\n" }.joined(), to: path)
            for _ in 0..<2 {
                try await bench.restart(closing: false)
                #expect(texts(try await bench.shelf.entries(mainKey)) == ["one", "three"])
            }
            // Nothing is thrown away, and a copy says what it was; once, however often it is met.
            #expect(scratch.read(path)?.contains(broken) == true)
            #expect(scratch.read(path + ".damaged") == broken + "\n")
            let history = try await bench.shelf.history(mainKey)
            #expect(history.messages.count == 2)
            await bench.end()
        }
    }

    @Test func aDamagedEndIsCutAndKept() async throws {
        let scratch = ScratchDirectory()
        try await onLoop {
            let bench = try await ShelfBench(scratch)
            let record = try await bench.shelf.open(mainKey)
            try await bench.shelf.append([bench.user("one")], to: mainKey)
            let path = bench.transcript(record)
            let sound = try #require(scratch.read(path))
            scratch.write(sound + "{\"type\":\"message\"}\nhalf", to: path)
            try await bench.restart(closing: false)
            #expect(texts(try await bench.shelf.entries(mainKey)) == ["one"])
            #expect(scratch.read(path) == sound)
            #expect(scratch.read(path + ".damaged") == "{\"type\":\"message\"}\nhalf")
            await bench.end()
        }
    }

    @Test func aTranscriptOfWhichNothingCanBeReadIsPutAside() async throws {
        let scratch = ScratchDirectory()
        try await onLoop {
            let bench = try await ShelfBench(scratch)
            let record = try await bench.shelf.open(mainKey)
            await bench.shelf.close()
            scratch.write("garbage\n", to: bench.transcript(record))
            try await bench.restart(closing: false)
            let anew = try await bench.shelf.open(mainKey)
            #expect(anew.sessionID != record.sessionID)
            #expect(bench.files().contains { $0.hasPrefix(record.sessionID + ".jsonl.unreadable.") })
            await bench.end()
        }
    }

    @Test(arguments: [-1, 0, 1])
    func aRecordHasALimit(over: Int) {
        let limit = 1000
        func entry(_ length: Int) -> TranscriptEntry {
            TranscriptEntry(id: "e", time: WallTime(nanoseconds: 0), .note(String(repeating: "x", count: length)))
        }
        // What stands around the text of a note in its line.
        let frame = TranscriptLine(.entry(entry(0)), seq: 1).bytes.count
        let batch = TranscriptBatch([[entry(1), entry(limit - frame + over)], [entry(2)]], after: 0, limit: limit)
        let refusal = SessionError.tooLarge(bytes: limit + over, limit: limit)
        #expect(batch.refusals == [over > 0 ? refusal : nil, nil])
        // Those of one append are stored together or not at all, and do not hold up the next one's.
        #expect(batch.entries.map(\.seq) == (over > 0 ? [1] : [1, 2, 3]))
    }

    @Test func linesAreTheSameFromBothEnds() async throws {
        let scratch = ScratchDirectory()
        scratch.makeDirectory("agents")
        scratch.makeDirectory("agents/main")
        scratch.makeDirectory("agents/main/sessions")
        let place = TranscriptPlace(stateDirectory: scratch.path)
        let id = UUIDText.random()
        var random = SeededRandom(seed: 4)
        for round in 0..<20 {
            let lines = (0..<Int.random(in: 0...40, using: &random)).map { number in
                "\(number)"
                    + String(repeating: "y", count: Int.random(in: 0...(round == 0 ? 200_000 : 9000), using: &random))
            }
            let text = lines.map { $0 + "\n" }.joined() + (round % 3 == 0 ? "torn" : "")
            scratch.write(text, to: "agents/main/sessions/\(id).jsonl")
            var forward = ForwardLines(try place.open("main", id), to: text.utf8.count)
            var backward = BackwardLines(try place.open("main", id), before: text.utf8.count)
            var there: [String] = []
            var back: [String] = []
            var end = 0
            while let line = try forward.next() {
                #expect(line.start == end)
                end = line.end
                there.append(String(decoding: line.bytes, as: UTF8.self))
            }
            while let line = try backward.next() {
                #expect(line.end == end)
                end = line.start
                back.append(String(decoding: line.bytes, as: UTF8.self))
            }
            #expect(there.joined() == text)
            #expect(back.reversed() == there)
        }
    }
}

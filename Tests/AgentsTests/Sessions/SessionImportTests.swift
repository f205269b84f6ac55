import Models
import Platform
import Support
import Testing

@testable import Agents

/// Conversations of OpenClaw. The whole of an import stands in Tests/BinaryTests/test_import.py; here what files may be
/// like that no program would write.
@Suite struct SessionImportTests {
    private static let header = #"{"type":"session","version":3,"id":"s","timestamp":"2026-01-15T09:20:00.000Z"}"#

    private static func said(_ id: String, _ parent: String?, _ text: String) -> String {
        let parent = parent.map { "\"\($0)\"" } ?? "null"
        return #"{"type":"message","id":"\#(id)","parentId":\#(parent),"timestamp":"2026-01-15T09:20:01.000Z","#
            + #""message":{"role":"user","content":"\#(text)"}}"#
    }

    private static func summed(_ id: String, _ parent: String, _ text: String, keeping first: String) -> String {
        #"{"type":"compaction","id":"\#(id)","parentId":"\#(parent)","timestamp":"2026-01-15T09:20:02.000Z","#
            + #""summary":"\#(text)","firstKeptEntryId":"\#(first)","tokensBefore":7}"#
    }

    private static func read(_ lines: String...) throws -> ForeignTranscript {
        try ForeignTranscript(Array(([header] + lines).joined(separator: "\n").utf8))
    }

    private static func words(_ transcript: ForeignTranscript) -> [String] {
        transcript.entries.map { entry in
            switch entry.content {
            case .user(let parts, _): parts.compactMap(\.text).joined()
            case .compaction(let summary, _): "sum \(summary)"
            case .note(let text): "note \(text)"
            case .assistant, .toolResult: "?"
            }
        }
    }

    private static func bytes(_ path: String) throws -> [UInt8] { try FileReading.read(path, limit: 4096) }

    @Test func whatWasKeptFollowsItsSummaryAndNoEarlierOneStandsBetween() throws {
        let transcript = try Self.read(
            Self.said("a", nil, "one"), Self.said("b", "a", "two"), Self.summed("c", "b", "first", keeping: "b"),
            Self.said("d", "c", "three"), Self.summed("e", "d", "second", keeping: "b"), Self.said("f", "e", "four"))
        #expect(Self.words(transcript) == ["one", "sum first", "sum second", "two", "three", "four"])
        let nested = try Self.read(
            Self.said("a", nil, "one"), Self.summed("b", "a", "first", keeping: "zz"), Self.said("c", "b", "two"),
            Self.summed("d", "c", "second", keeping: "a"))
        #expect(Self.words(nested) == ["sum second", "one", "note first", "two"])
    }

    @Test func ringsDoublesAndMissingParentsComeToAnEnd() throws {
        let ring = try Self.read(Self.said("a", "b", "one"), Self.said("b", "a", "two"))
        #expect(Self.words(ring) == ["one", "two"])
        let double = try Self.read(Self.said("a", nil, "one"), Self.said("a", "a", "two"))
        #expect(Self.words(double) == ["one", "two"])
        #expect(Set(double.entries.map(\.id)).count == 2)
        let torn = try Self.read(Self.said("a", nil, "one"), "{\"type\":\"mess", Self.said("c", "b", "three"))
        #expect(Self.words(torn) == ["one", "three"])
        #expect(torn.damaged == 1)
    }

    @Test func whatIsNoTranscriptOrALaterOneIsRefused() {
        #expect(throws: ForeignTranscript.Refusal.self) { try ForeignTranscript([]) }
        #expect(throws: ForeignTranscript.Refusal.self) { try ForeignTranscript(Array("[1]\n\u{0}\n".utf8)) }
        #expect(throws: ForeignTranscript.Refusal.self) {
            try ForeignTranscript(Array(#"{"type":"session","version":4,"id":"s"}"#.utf8))
        }
    }

    @Test func aStartLeavesAnOpenClawTranscriptWhereItLies() async throws {
        try await onLoop {
            let bench = try await ShelfBench()
            let id = "11111111-2222-4333-8444-555555555555"
            let text = Self.header + "\n" + Self.said("a", nil, "one") + "\n"
            bench.scratch.makeDirectory("agents")
            bench.scratch.makeDirectory("agents/main")
            bench.scratch.makeDirectory("agents/main/sessions")
            bench.scratch.write(text, to: "agents/main/sessions/\(id).jsonl")
            try await bench.restart()
            #expect(bench.shelf.record(mainKey) == nil)
            let path = bench.scratch.path("agents/main/sessions/\(id).jsonl")
            #expect(try Self.bytes(path) == Array(text.utf8))
            bench.scratch.write(
                #"{"main":{"sessionId":"\#(id)","updatedAt":1768468800000,"label":"home"},"x":7}"#,
                to: "agents/main/sessions/sessions.json")
            var work = SessionImport(try SafeDirectory(bench.scratch.path), into: bench.shelf)
            let tally = await work.run()
            #expect(tally.taken == 1)
            #expect(tally.left.count == 1)
            for index in [true, false] {
                try await bench.restart(keepingIndex: index)
                #expect(bench.shelf.record(mainKey)?.choices.label == "home")
                #expect(texts(try await bench.shelf.entries(mainKey)) == ["one"])
                var again = SessionImport(try SafeDirectory(bench.scratch.path), into: bench.shelf)
                #expect(await again.run().known == 1)
            }
            // Begun anew since: what was taken once does not come back.
            _ = try await bench.shelf.reset(mainKey)
            var later = SessionImport(try SafeDirectory(bench.scratch.path), into: bench.shelf)
            #expect(await later.run().known == 1)
            #expect(try await bench.shelf.entries(mainKey).isEmpty)
            #expect(try Self.bytes(path) == Array(text.utf8))
            await bench.end()
        }
    }
}

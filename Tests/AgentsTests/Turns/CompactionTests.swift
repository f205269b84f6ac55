import Models
import Platform
import Support
import Testing

@testable import Agents

@Suite struct CompactionTests {
    @Test func afterAnOverflowItIsToldInShortAndTriedOnceMore() async throws {
        try await onLoop {
            let bench = try RunBench([
                "a": [
                    ScriptedModels.says("One"), .refused(.contextOverflow), ScriptedModels.says("in short"),
                    ScriptedModels.says("Two"),
                ]
            ])
            _ = try await bench.ask("first")
            let follower = try bench.send("second")
            let result = try await bench.end(of: follower)
            #expect(result.text == "Two")
            #expect(
                follower.words == [
                    "started", "compaction", "compaction end true", "answering p/a", "text Two",
                    "finished answered stop",
                ])
            let texts = bench.models.requests.last?.messages.flatMap(\.parts).compactMap(\.text)
            #expect(texts == ["[What was said before, in short]\nin short", "second"])
            #expect(bench.words()[3].hasPrefix("compaction: in short"))
            #expect(bench.words()[3].hasSuffix("second"))
            // The tokens of the summary count, too.
            #expect(result.usage == ModelUsage(input: 20, output: 10))
        }
    }

    @Test func withNothingToShortenTheNextModelIsAsked() async throws {
        try await onLoop {
            let bench = try RunBench(
                ["a": [.refused(.contextOverflow)], "b": [ScriptedModels.says("From b")]], chain: ["a", "b"])
            #expect(try await bench.ask("long").text == "From b")
            #expect(bench.models.asked == ["a", "b"])
        }
    }

    @Test func aSummaryThatFailsLeavesTheConversationAsItIs() async throws {
        try await onLoop {
            let bench = try RunBench([
                "a": [ScriptedModels.says("One"), .refused(.contextOverflow), .refused(.badRequest)]
            ])
            _ = try await bench.ask("first")
            let result = try await bench.ask("second")
            #expect(result.model == BuiltinOperator.reference)
            #expect(!bench.words().contains { $0.hasPrefix("compaction") })
        }
    }

    /// The window is 100,000 tokens, of which 20,000 are kept free.
    @Test(arguments: [79_000, 79_990, 80_500])
    func itIsToldInShortBeforeTheWindowIsFull(tokens: Int) async throws {
        try await onLoop {
            let bench = try RunBench([
                "a": [
                    ScriptedModels.says("One", usage: ModelUsage(input: tokens, output: 0)),
                    ScriptedModels.says("in short or not"), ScriptedModels.says("Two"),
                ]
            ])
            _ = try await bench.ask("first")
            _ = try await bench.ask("second")
            #expect(bench.words().contains { $0.hasPrefix("compaction") } == (tokens > 80_000))
        }
    }

    @Test func aLongConversationIsShownFromItsEnd() {
        let messages = (0..<10).map { ModelMessage(.user, "message \($0)") }
        let text = Compactor.written(messages, bytes: 50)
        #expect(text.hasPrefix("[What was before is left out"))
        #expect(text.hasSuffix("Person: message 9"))
        #expect(!text.contains("message 0"))
    }
}

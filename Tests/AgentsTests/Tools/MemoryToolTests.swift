import Models
import Platform
import Support
import Testing

@testable import Agents

/// Vectors of two numbers: how much a text speaks of animals, and of machines.
@LoopActor
private final class FakeEmbeddings: EmbeddingProvider {
    var fails = false
    private(set) var count = 0

    func embed(_ request: EmbeddingRequest) async throws(ModelError) -> EmbeddingAnswer {
        if fails { throw ModelError(.overloaded, provider: "fake", detail: "not now") }
        count += request.texts.count
        let vectors = request.texts.map { text -> [Float] in
            let isAnimal = ["cat", "dog", "pet"].contains { text.lowercased().contains($0) }
            return isAnimal ? [1, 0] : [0, 1]
        }
        return EmbeddingAnswer(vectors: vectors, inputTokens: nil, model: request.model)
    }
}

@Suite struct MemoryToolTests {
    @Test func piecesAreFoundByTheirWords() async throws {
        try await onLoop {
            let bench = ToolBench()
            let memory = MemoryServices(stateDirectory: bench.state)
            let search = MemorySearchTool(memory)
            #expect(try await bench.good(search, ["query": "anything"]) == "nothing in the memory fits")
            bench.write("# Facts\nThe router's password hint is tulip.\n", to: "MEMORY.md")
            bench.makeDirectory("memory")
            bench.write("Déjeuner with Anna\n", to: "memory/2026-01-02.md")
            bench.write("not of the memory: tulip\n", to: "notes.md")
            let found = try await bench.run(search, ["query": "what is the TULIP hint?"])
            #expect(found.details?["results"]?.array?.compactMap { $0["path"]?.string } == ["MEMORY.md"])
            // Without regard to accents, and by the beginning of a word.
            #expect(try await bench.good(search, ["query": "dejeun"]).hasPrefix("memory/2026-01-02.md lines 1-"))
            bench.write("Nothing\n", to: "memory/2026-01-02.md")
            #expect(try await bench.good(search, ["query": "dejeuner"]) == "nothing in the memory fits")
            bench.scratch.delete("workspace/MEMORY.md")
            #expect(try await bench.good(search, ["query": "tulip"]) == "nothing in the memory fits")
            await memory.close()
        }
    }

    @Test(arguments: [
        "\"", "a\" OR b", "*", "NEAR(a b)", "x AND", "(", "col:x", "-x", "'; DROP TABLE memory_files; --", "^a", "日本 語",
        "\u{0}",
    ])
    func aQuestionIsNoQueryLanguage(query: String) async throws {
        try await onLoop {
            let bench = ToolBench()
            bench.write("some words\n", to: "MEMORY.md")
            let memory = MemoryServices(stateDirectory: bench.state)
            let output = try await bench.run(MemorySearchTool(memory), ["query": .string(query)])
            #expect(!output.isError || output.text.contains("is empty"), "\(output.text)")
            await memory.close()
        }
    }

    @Test func meaningFindsWhatWordsDoNot() async throws {
        try await onLoop {
            let bench = ToolBench()
            bench.write("The cat is called Momo.\n", to: "MEMORY.md")
            bench.makeDirectory("memory")
            bench.write("The server has two disks.\n", to: "memory/a.md")
            let provider = FakeEmbeddings()
            let memory = MemoryServices(stateDirectory: bench.state) { _ in (provider, "m") }
            let search = MemorySearchTool(memory)
            let found = try await bench.run(search, ["query": "my pet"])
            #expect(found.details?["results"]?.array?.first?["path"]?.string == "MEMORY.md")
            let made = provider.count
            _ = try await bench.run(search, ["query": "my pet"])
            #expect(provider.count == made + 1, "only the question is new")
            // Without vectors words still do.
            provider.fails = true
            let words = try await bench.run(search, ["query": "disks"])
            #expect(words.text.contains("by words only") && words.details?["results"]?.array?.count == 1)
            await memory.close()
        }
    }

    @Test func linksAreNotFollowed() async throws {
        try await onLoop {
            let bench = ToolBench()
            bench.scratch.makeDirectory("outside")
            bench.scratch.write("a tulip\n", to: "outside/a.md")
            bench.link("memory", to: "../outside")
            bench.link("MEMORY.md", to: "../outside/a.md")
            let memory = MemoryServices(stateDirectory: bench.state)
            #expect(try await bench.good(MemorySearchTool(memory), ["query": "tulip"]) == "nothing in the memory fits")
            _ = try await bench.refused(MemoryGetTool(), ["path": "memory/a.md"])
            _ = try await bench.refused(MemoryGetTool(), ["path": "notes.md"])
            await memory.close()
        }
    }

    @Test func piecesAreWholeLines() {
        let lines = (1...100).map { "line \($0) " + String(repeating: "x", count: 50) }
        let chunks = MemoryFiles.chunks(lines.joined(separator: "\n"))
        #expect(chunks.map(\.text).joined(separator: "\n") == lines.joined(separator: "\n"))
        #expect(chunks.allSatisfy { $0.text.utf8.count <= MemoryFiles.chunkBytes + 60 } && chunks.first?.first == 1)
        for (one, next) in zip(chunks, chunks.dropFirst()) { #expect(next.first == one.last + 1) }
        #expect(MemoryFiles.chunks("").isEmpty && MemoryFiles.chunks("\n \n").isEmpty)
    }

    @Test func vectorsSurviveTheirBytes() {
        let vector: [Float] = [0, 1, -1, .pi, 1e-30, .greatestFiniteMagnitude]
        #expect(MemoryIndex.floats(MemoryIndex.bytes(vector)) == vector)
        #expect(MemoryIndex.cosine([1, 0], [0, 1]) == 0 && MemoryIndex.cosine([2, 0], [5, 0]) == 1)
        #expect(MemoryIndex.cosine([1], [1, 2]) == 0 && MemoryIndex.cosine([0], [0]) == 0)
    }
}

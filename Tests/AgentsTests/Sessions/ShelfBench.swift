import Models
import Platform
import Store
import Support

@testable import Agents

/// A shelf on a scratch directory and a fake clock, which can be opened again and again as a restart does.
@LoopActor
final class ShelfBench {
    let scratch: ScratchDirectory
    let clock = FakeClock()
    private(set) var store: Store
    private(set) var shelf: SessionShelf
    let output: LogOutput

    init(_ scratch: ScratchDirectory = ScratchDirectory()) async throws {
        self.scratch = scratch
        output = LogOutput(LogSettings(level: .trace), clock: clock)
        store = try await Self.store(scratch)
        shelf = try await Self.shelf(scratch, store, clock, output)
    }

    /// Ends this gateway and begins another one. `index` false takes the list away with it.
    func restart(keepingIndex index: Bool = true, closing: Bool = true) async throws {
        if closing { await shelf.close() }
        await store.close()
        if !index { scratch.delete("store.sqlite") }
        store = try await Self.store(scratch)
        shelf = try await Self.shelf(scratch, store, clock, output)
    }

    func end() async {
        await shelf.close()
        await store.close()
    }

    private static func store(_ scratch: ScratchDirectory) async throws -> Store {
        let before = [
            Migration(2, "two", ["CREATE TABLE two (a INTEGER) STRICT"]),
            Migration(3, "three", ["CREATE TABLE three (a INTEGER) STRICT"]),
        ]
        return try await Store.open(at: scratch.path("store.sqlite"), schema: Schema(before + Migration.sessions))
    }

    private static func shelf(
        _ scratch: ScratchDirectory, _ store: Store, _ clock: FakeClock, _ output: LogOutput
    ) async throws -> SessionShelf {
        try await SessionShelf.open(
            stateDirectory: scratch.path, store: store, clock: clock, log: Log(output, subsystem: "sessions"))
    }

    var digests: [SessionKey: TranscriptDigest] { shelf.catalog.entries.mapValues(\.digest) }

    // MARK: Entries

    private var count = 0

    func entry(_ content: TranscriptEntry.Content) -> TranscriptEntry {
        count += 1
        return TranscriptEntry(id: "e\(count)", time: clock.wall, runID: "run", content)
    }

    func user(_ text: String) -> TranscriptEntry { entry(.user([.text(text)], sender: nil)) }

    func note(_ text: String) -> TranscriptEntry { entry(.note(text)) }

    func answer(_ text: String, usage: ModelUsage = ModelUsage(input: 10, output: 5), cost: Double? = 0.5)
        -> TranscriptEntry
    {
        entry(
            .assistant(
                AssistantEntry(
                    [.text(text)], model: ModelReference(provider: "acme", model: "big"), usage: usage, cost: cost)))
    }

    func call(_ id: String) -> TranscriptEntry {
        entry(
            .assistant(
                AssistantEntry(
                    [.text("let me see"), .toolCall(ToolCall(id: id, name: "read", argumentsText: #"{"path": "a"}"#))],
                    stop: "tool_calls")))
    }

    func result(_ id: String) -> TranscriptEntry {
        entry(.toolResult(ToolResult(callID: id, name: "read", parts: [.text("found")])))
    }

    // MARK: Files

    func folder(_ agent: String = "main") -> String { "agents/\(agent)/sessions" }

    func files(_ agent: String = "main") -> [String] { scratch.names(in: folder(agent)) }

    func transcript(_ record: SessionRecord) -> String {
        folder(record.key.agentID) + "/" + record.sessionID + ".jsonl"
    }
}

let mainKey = SessionKey.main("main")

/// The texts of entries, in order.
func texts(_ entries: [TranscriptEntry]) -> [String] { entries.compactMap { $0.spoken?.text } }

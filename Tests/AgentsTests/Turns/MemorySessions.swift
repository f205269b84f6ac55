import Models
import Platform

@testable import Agents

/// Sessions in memory, with the same promises as on a disk, and failures when the test says so.
@LoopActor
final class MemorySessions: SessionKeeping, SessionRenewing {
    private let clock: any Clock
    private(set) var records: [SessionKey: SessionRecord] = [:]
    private(set) var transcripts: [SessionKey: [TranscriptEntry]] = [:]
    /// What the next appends fail with.
    var failure: SessionError?
    /// What happened, in order: `open`, `append user`, …
    private(set) var log: [String] = []
    /// Told before an append is done.
    var beforeAppend: (@LoopActor ([TranscriptEntry]) async -> Void)?

    init(_ clock: any Clock) { self.clock = clock }

    func open(_ key: SessionKey) async throws(SessionError) -> SessionRecord {
        if let record = records[key] { return record }
        let record = SessionRecord(key: key, sessionID: "s\(records.count + 1)", createdAt: clock.wall)
        records[key] = record
        return record
    }

    /// From the last summary on, with calls that got no result repaired.
    func entries(_ key: SessionKey) async throws(SessionError) -> [TranscriptEntry] {
        let all = transcripts[key] ?? []
        let start = all.lastIndex { if case .compaction = $0.content { true } else { false } } ?? 0
        return Array(all[start...])
    }

    func append(_ entries: [TranscriptEntry], to key: SessionKey) async throws(SessionError) {
        await beforeAppend?(entries)
        if let failure { throw failure }
        transcripts[key, default: []] += entries
        for entry in entries {
            log.append("append \(entry.content.word)")
            guard case .assistant(let answer) = entry.content else { continue }
            if let before = records[key]?.usage { records[key]?.usage = before + answer.usage }
            if answer.usage.total > 0 { records[key]?.contextTokens = answer.usage.total }
        }
    }

    func update(
        _ key: SessionKey, _ change: @LoopActor @Sendable (inout SessionRecord) -> Void
    ) async throws(SessionError) -> SessionRecord {
        guard var record = records[key] else { throw .unknown("\(key)") }
        change(&record)
        records[key] = record
        return record
    }

    func renew(_ key: SessionKey, reason: String) async throws(SessionError) -> SessionRecord {
        var record = SessionRecord(key: key, sessionID: "new", createdAt: clock.wall)
        if let old = records[key] { record.choices = old.choices }
        records[key] = record
        transcripts[key] = []
        return record
    }

    /// The words of a transcript's entries, each with its kind.
    func words(_ key: SessionKey) -> [String] {
        (transcripts[key] ?? []).map { entry in
            switch entry.content {
            case .user(let parts, _): "user: \(parts.compactMap(\.text).joined(separator: "|"))"
            case .assistant(let answer):
                "assistant(\(answer.stop)): \(answer.parts.compactMap(\.text).joined(separator: "|"))"
            case .toolResult(let result):
                "result(\(result.callID)\(result.isError ? ", error" : "")): \(result.parts.compactMap(\.text).joined())"
            case .compaction(let summary, _): "compaction: \(summary)"
            case .note(let text): "note: \(text)"
            }
        }
    }
}

extension TranscriptEntry.Content {
    var word: String {
        switch self {
        case .user: "user"
        case .assistant: "assistant"
        case .toolResult: "result"
        case .compaction: "compaction"
        case .note: "note"
        }
    }
}

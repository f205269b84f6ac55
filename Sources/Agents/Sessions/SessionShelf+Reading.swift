import Models
package import Platform

/// A line of a preview.
package struct PreviewItem: Equatable, Sendable {
    package let role: String
    package let text: String
}

/// A place where a searched text stands.
package struct SearchHit: Equatable, Sendable {
    package let key: SessionKey
    package let sessionID: String
    package let entryID: String
    package let seq: Int
    package let time: WallTime
    package let role: String
    /// The text around it.
    package let excerpt: String
}

/// Looking into transcripts.
extension SessionShelf {
    /// Bytes of a transcript's end, or beginning, that previews and titles look at.
    nonisolated static let glanceBytes = 256 << 10
    /// Bytes of transcripts that one search reads at most.
    package static let searchBytes = 256 << 20

    /// Every session, in no order.
    package var records: [SessionRecord] { catalog.entries.values.map(\.record) }

    /// The session with this id, or this label of an agent.
    package func find(sessionID: String? = nil, label: String? = nil, agent: String? = nil) -> [SessionRecord] {
        records.filter { record in
            (sessionID == nil || record.sessionID == sessionID) && (label == nil || record.choices.label == label)
                && (agent == nil || record.key.agentID == agent)
        }
    }

    /// The last things said, oldest first; nil when there is no such session.
    package func preview(_ key: SessionKey, limit: Int, maxChars: Int) async throws(SessionError) -> [PreviewItem]? {
        try await reading(key) { (file, end) throws(FileError) in
            var items: [PreviewItem] = []
            _ = try file.backward(end, limit: Self.glanceBytes) { one in
                guard items.count < limit else { return .stopBefore }
                if let item = one.entry.previewItem(maxChars) { items.append(item) }
                return .skip
            }
            return Array(items.reversed())
        }?.value
    }

    /// What the session begins with; nil when nobody has said anything.
    package func firstWords(_ key: SessionKey, maxChars: Int) async -> String? {
        let read = try? await reading(key) { (file, end) throws(FileError) -> String? in
            var words: String?
            try file.forward(min(end.size, Self.glanceBytes)) { _, line in
                guard case .entry(let entry)? = line?.content, case .user(let parts, _) = entry.content,
                    // What is to be done with a conversation says nothing of what it is about.
                    parts.first?.text.flatMap(CommandDesk.parse) == nil
                else { return true }
                words = entry.previewItem(maxChars)?.text
                return words == nil
            }
            return words
        }
        return read?.value
    }

    /// Reads a transcript beside what is appended to it, which lies behind the end that `body` is told. Anew when it was
    /// replaced meanwhile. Nil when there is no such session.
    func reading<Value: Sendable>(
        _ key: SessionKey, _ body: @escaping @Sendable (TranscriptFile, TranscriptFile.End) throws(FileError) -> Value
    ) async throws(SessionError) -> (record: SessionRecord, value: Value)? {
        while true {
            guard let entry = try await ready(key) else { return nil }
            let (file, end, record) = (file(entry.record), entry.digest.end, entry.record)
            do throws(SessionError) {
                let value = try await disk(record) { () throws(FileError) in try body(file, end) }
                if catalog[key] === entry { return (record, value) }
            } catch {
                if catalog[key] === entry { throw error }
            }
        }
    }

    private func ready(_ key: SessionKey) async throws(SessionError) -> SessionCatalog.Entry? {
        guard let entry = catalog[key] else { return nil }
        if entry.isOpen { return entry }
        return try await lane(key).exclusively { () throws(SessionError) in try await opened(key) }
    }

    /// Where a text was said, newest session first. Upper and lower case are the same for ASCII letters.
    package func search(
        _ text: String, agent: String? = nil, limit: Int = 20, bytes: Int = searchBytes
    ) async -> [SearchHit] {
        let sessions = records.filter { agent == nil || $0.key.agentID == agent }.sorted { $0.updatedAt > $1.updatedAt }
        var hits: [SearchHit] = []
        var left = bytes
        for record in sessions {
            guard hits.count < limit, left > 0, !Task.isCancelled else { break }
            let (room, wanted) = (left, limit - hits.count)
            let found = try? await reading(record.key) { (file, end) throws(FileError) in
                try file.search(text, record, size: min(end.size, room), limit: wanted)
            }
            left -= catalog[record.key]?.digest.end.size ?? 0
            hits += found?.value ?? []
        }
        return hits
    }
}

extension TranscriptEntry {
    /// What a person would read of it; nil when that is nothing.
    func previewItem(_ maxChars: Int) -> PreviewItem? {
        guard let (role, text) = spoken, !text.isEmpty else { return nil }
        return PreviewItem(role: role, text: text.shortened(to: maxChars))
    }

    /// Who says it and what.
    var spoken: (role: String, text: String)? {
        switch content {
        case .user(let parts, _): ("user", parts.text)
        case .assistant(let answer):
            ("assistant", answer.parts.text.isEmpty ? answer.toolNames ?? answer.error ?? "" : answer.parts.text)
        case .toolResult(let result): ("tool", result.parts.text)
        case .compaction(let summary, _): ("system", summary)
        case .note(let text): ("system", text)
        }
    }
}

extension AssistantEntry {
    fileprivate var toolNames: String? {
        let names = parts.compactMap { part -> String? in
            if case .toolCall(let call) = part { call.name } else { nil }
        }
        return names.isEmpty ? nil : "call \(names.joined(separator: ", "))"
    }
}

extension TranscriptFile {
    func search(_ text: String, _ record: SessionRecord, size: Int, limit: Int) throws(FileError) -> [SearchHit] {
        let wanted = Array(text.utf8).map(\.asLowerCase)
        guard !wanted.isEmpty else { return [] }
        var hits: [SearchHit] = []
        try forward(size) { _, line in
            guard case .entry(let entry)? = line?.content, let (role, said) = entry.spoken else { return true }
            let bytes = Array(said.utf8)
            guard let place = bytes.firstPlace(of: wanted) else { return true }
            let around = bytes[max(0, place - 80)..<min(bytes.count, place + wanted.count + 160)]
            hits.append(
                SearchHit(
                    key: record.key, sessionID: record.sessionID, entryID: entry.id, seq: line?.seq ?? 0,
                    time: entry.time, role: role, excerpt: String(decoding: around, as: UTF8.self)))
            return hits.count < limit
        }
        return hits
    }
}

extension UInt8 {
    fileprivate var asLowerCase: UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) ? self | 0x20 : self
    }
}

extension [UInt8] {
    /// Where `wanted`, in lower case, stands first.
    fileprivate func firstPlace(of wanted: [UInt8]) -> Int? {
        guard count >= wanted.count else { return nil }
        return (0...(count - wanted.count)).first { start in
            wanted.indices.allSatisfy { self[start + $0].asLowerCase == wanted[$0] }
        }
    }
}

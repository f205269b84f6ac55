import Platform
package import Store

extension Migration {
    /// The list of sessions. The transcripts are the truth; this only saves reading them all.
    package static let sessions = [
        Migration(
            4, "sessions",
            [
                """
                CREATE TABLE sessions (
                    key TEXT NOT NULL PRIMARY KEY,
                    agent_id TEXT NOT NULL,
                    session_id TEXT NOT NULL,
                    updated_at INTEGER NOT NULL,
                    archived INTEGER NOT NULL,
                    label TEXT,
                    size INTEGER NOT NULL,
                    seq INTEGER NOT NULL,
                    record TEXT NOT NULL CHECK (json_valid(record))
                ) STRICT, WITHOUT ROWID
                """
            ])
    ]
}

/// The table of sessions.
struct SessionIndex: Sendable {
    /// One row to write, or a key whose row goes.
    enum Change: Sendable {
        case put(TranscriptDigest)
        case removed(SessionKey)
    }

    let store: Store

    /// Every row that can be read; the others come back from the transcripts.
    func load() async throws(StoreError) -> [TranscriptDigest] {
        try await store.read { (db) throws(StoreError) in
            try db.rows("SELECT key, size, seq, record FROM sessions") { (row) throws(StoreError) in
                Self.digest(try row[0], size: try row[1], seq: try row[2], try row[3])
            }
            .compactMap { $0 }
        }
    }

    private static func digest(_ key: String, size: Int, seq: Int, _ text: String) -> TranscriptDigest? {
        guard let key = SessionKey(canonical: key), let json = try? JSONParser.parse(text),
            let record = SessionRecord(key, json)
        else { return nil }
        return TranscriptDigest(record: record, end: TranscriptFile.End(size: size, seq: seq))
    }

    /// All of them, or none.
    func apply(_ changes: [Change]) async throws(StoreError) {
        try await store.write { (db) throws(StoreError) in
            for change in changes {
                switch change {
                case .removed(let key): try db.run("DELETE FROM sessions WHERE key = ?", key.description)
                case .put(let digest):
                    let record = digest.record
                    try db.run(
                        """
                        INSERT OR REPLACE INTO sessions
                            (key, agent_id, session_id, updated_at, archived, label, size, seq, record)
                        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                        """, record.key.description, record.key.agentID, record.sessionID,
                        record.updatedAt.milliseconds, record.choices.isArchived, record.choices.label,
                        digest.end.size, digest.end.seq, record.json.description)
                }
            }
        }
    }
}

package import Platform

/// Small things to remember that need no table of their own: one JSON text under each key. Keys that begin with
/// `store.` belong to the store.
extension WriteTransaction {
    package borrowing func setFact(_ key: String, json: String, at time: WallTime) throws(StoreError) {
        try session.setFact(key, json: json, at: time)
    }

    /// Returns whether there was one.
    @discardableResult
    package borrowing func removeFact(_ key: String) throws(StoreError) -> Bool {
        try run("DELETE FROM facts WHERE key = ?", key) > 0
    }

    package borrowing func fact(_ key: String) throws(StoreError) -> String? { try session.fact(key) }
}

extension ReadTransaction {
    package borrowing func fact(_ key: String) throws(StoreError) -> String? { try session.fact(key) }
}

extension StoreSession {
    func fact(_ key: String) throws(StoreError) -> String? {
        try first("SELECT value FROM facts WHERE key = ?", [key]) { row throws(StoreError) in try row[0] }
    }

    func setFact(_ key: String, json: String, at time: WallTime) throws(StoreError) {
        _ = try run(
            """
            INSERT INTO facts (key, value, updated_at) VALUES (?, ?, ?)
            ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at
            """, [.text(key), .text(json), .integer(time.milliseconds)]
        ) { _ in true }
    }
}

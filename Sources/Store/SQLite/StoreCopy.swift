/// Consistent copies of databases, also of those that another process is writing to. All of it blocks.
package enum StoreCopy {
    /// What a database begins with.
    package static let magic = Array("SQLite format 3\0".utf8)

    /// Copies the database at `path` as it is at one moment to `target`, where no file may be.
    package static func make(of path: String, at target: String) throws(StoreError) {
        let connection = try SQLiteConnection(path, .reader)
        defer { connection.close(clean: false) }
        _ = try connection.run("VACUUM INTO ?", [.text(target)]) { _ in true }
    }

    /// What is wrong with a database; empty when nothing is.
    package static func damage(of path: String) throws(StoreError) -> [String] {
        do throws(StoreError) {
            let connection = try SQLiteConnection(path, .reader)
            defer { connection.close(clean: false) }
            try connection.configure(SQLiteConnection.readerPragmas)
            let findings = try connection.rows("PRAGMA quick_check(10)", []) { row throws(StoreError) -> String in
                try row[0]
            }
            return findings == ["ok"] ? [] : findings
        } catch .damaged(_, let reason) {
            return [reason]
        }
    }
}

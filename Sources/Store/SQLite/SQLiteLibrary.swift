import CSQLite

/// The library's settings for the whole process, made once before its first use.
enum SQLiteLibrary {
    /// What all connections together may hold before pages are reused instead of added. The caches are bounded by
    /// themselves; this also bounds sorts and long statements.
    static let softHeapLimit: Int64 = 4 << 20

    static let ready: Void = {
        let result = csqlite_configure()
        precondition(result == SQLITE_OK, "SQLite was used before the store was: \(result)")
        sqlite3_initialize()
        sqlite3_soft_heap_limit64(softHeapLimit)
    }()
}

import CSQLite

/// A connection to the file. `@unchecked`: it goes from thread to thread but is used by one at a time.
package final class SQLiteConnection: StoreSession, @unchecked Sendable {
    package enum Role {
        case writer, reader
    }

    /// Pages of the write-ahead log after which they are copied into the file proper: 4 MiB.
    static let checkpointPages: Int32 = 1000

    /// The log is cut back to this after it grew beyond it.
    static let logBytesKept = 4 << 20

    /// How long to wait for another process, such as a person's sqlite3, to let go of the file.
    static let busyMilliseconds: Int32 = 2000

    let path: String
    private let handle: OpaquePointer
    private var statements = StatementCache()
    private var logPages: Int32 = 0
    private var isOpen = true

    package init(_ path: String, _ role: Role) throws(StoreError) {
        _ = SQLiteLibrary.ready
        self.path = path
        var handle: OpaquePointer?
        let flags = (role == .writer ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY) | SQLITE_OPEN_NOMUTEX
        // A name that begins with "file:" would be taken for a URI.
        let code = sqlite3_open_v2(path.hasPrefix("/") ? path : "./" + path, &handle, flags, nil)
        guard let handle else { throw .cannotOpen(path: path, reason: "out of memory") }
        guard code == SQLITE_OK else {
            let error = Self.error(handle, code, path: path, sql: nil)
            sqlite3_close(handle)
            throw error
        }
        self.handle = handle
        sqlite3_extended_result_codes(handle, 1)
        sqlite3_busy_timeout(handle, Self.busyMilliseconds)
        csqlite_drop_lookaside(handle)
        csqlite_set_flag(handle, SQLITE_DBCONFIG_DEFENSIVE, 1)
        // A misspelt column name is an error, not a text.
        csqlite_set_flag(handle, SQLITE_DBCONFIG_DQS_DML, 0)
        csqlite_set_flag(handle, SQLITE_DBCONFIG_DQS_DDL, 0)
        if role == .writer {
            // Checkpoints run on this connection alone and after the confirmation, not inside the commit. One
            // connection also keeps clear of the race between two checkpoints that SQLite had until 3.51.3.
            let context = Unmanaged.passUnretained(self).toOpaque()
            sqlite3_wal_hook(
                handle,
                { context, _, _, pages in
                    guard let context else { return SQLITE_OK }
                    Unmanaged<SQLiteConnection>.fromOpaque(context).takeUnretainedValue().logPages = pages
                    return SQLITE_OK
                }, context)
        }
    }

    deinit { if isOpen { close(clean: false) } }

    package func run(
        _ sql: StaticString, _ parameters: [StoreValue], row: (borrowing Row) throws(StoreError) -> Bool
    ) throws(StoreError) -> Int {
        let statement = try statements.take(sql) { () throws(StoreError) in try prepare(sql) }
        defer { statements.giveBack(statement) }
        guard sqlite3_bind_parameter_count(statement.handle) == parameters.count else {
            throw .statement("it takes another number of parameters than \(parameters.count): \(sql)")
        }
        for (index, parameter) in parameters.enumerated() {
            let code = statement.bind(parameter, at: Int32(index + 1))
            guard code == SQLITE_OK else { throw error(code, sql) }
        }
        let before = sqlite3_total_changes64(handle)
        loop: while true {
            let code = sqlite3_step(statement.handle)
            switch code {
            case SQLITE_ROW: if try !row(Row(statement)) { break loop }
            case SQLITE_DONE: break loop
            default: throw error(code, sql)
            }
        }
        // `changes` keeps the count of the last statement that changed rows, however long ago.
        return sqlite3_total_changes64(handle) == before ? 0 : Int(sqlite3_changes64(handle))
    }

    private func prepare(_ sql: StaticString) throws(StoreError) -> OpaquePointer {
        var statement: OpaquePointer?
        var tail: UnsafePointer<CChar>?
        let code = sql.utf8Start.withMemoryRebound(to: CChar.self, capacity: sql.utf8CodeUnitCount + 1) {
            sqlite3_prepare_v3(
                handle, $0, Int32(sql.utf8CodeUnitCount + 1), UInt32(SQLITE_PREPARE_PERSISTENT), &statement, &tail)
        }
        guard code == SQLITE_OK else { throw error(code, sql) }
        guard let statement else { throw .statement("it is empty") }
        guard tail?.pointee == 0 else {
            sqlite3_finalize(statement)
            throw .statement("it is more than one: \(sql)")
        }
        return statement
    }

    package var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    package func settle(_ force: Bool) throws(StoreError) -> Bool {
        guard force || logPages >= Self.checkpointPages else { return false }
        let mode = force ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE
        let code = sqlite3_wal_checkpoint_v2(handle, nil, mode, nil, nil)
        guard code == SQLITE_OK else { throw error(code, nil) }
        logPages = 0
        return true
    }

    package func close(clean: Bool) {
        guard isOpen else { return }
        isOpen = false
        statements.removeAll()
        csqlite_set_flag(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, clean ? 0 : 1)
        let code = sqlite3_close(handle)
        precondition(code == SQLITE_OK, "a statement outlived its connection")
    }

    // MARK: What the file's own upkeep needs

    /// Ends whatever statement runs. The one thing that another thread may do to an open connection.
    func interrupt() { sqlite3_interrupt(handle) }

    /// A pragma that answers a number.
    func number(_ sql: StaticString) throws(StoreError) -> Int {
        try first(sql, []) { row throws(StoreError) in try row[0] } ?? 0
    }

    /// Pragmas take no parameters; a number cannot carry anything else into the text.
    func setNumber(pragma: StaticString, _ value: Int) throws(StoreError) {
        let code = sqlite3_exec(handle, "PRAGMA \(pragma) = \(value)", nil, nil, nil)
        guard code == SQLITE_OK else { throw error(code, pragma) }
    }

    package var keptStatements: Int { statements.count }

    private func error(_ code: Int32, _ sql: StaticString?) -> StoreError {
        Self.error(handle, code, path: path, sql: sql)
    }
}

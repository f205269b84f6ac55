package import Platform

/// A store in one file.
package struct SQLiteEngine: StoreEngine {
    /// Marks the file as ours: "OCLW".
    package static let applicationID = 0x4f43_4c57

    let files: StoreFiles
    let schema: Schema
    let durable: Bool
    let now: @Sendable () -> WallTime

    /// `durable: false` commits without waiting for the disk. It exists so that the crash proofs can show that they
    /// notice the difference.
    package init(
        path: String, schema: Schema, durable: Bool = true, now: @escaping @Sendable () -> WallTime = WallTime.system
    ) {
        files = StoreFiles(path)
        self.schema = schema
        self.durable = durable
        self.now = now
    }

    package func open() throws(StoreError) -> OpenedStore {
        var events: [StoreEvent] = []
        if files.hasOrphanedLog {
            events.append(.movedAside(try moveAside(reason: "its database is missing, only its log is there")))
        }
        do throws(StoreError) {
            return try openFile(events)
        } catch .damaged(_, let reason) {
            events.append(.movedAside(try moveAside(reason: reason)))
            return try openFile(events)
        }
    }

    package func openReader() throws(StoreError) -> any StoreSession {
        let connection = try SQLiteConnection(files.path, .reader)
        try connection.configure(SQLiteConnection.readerPragmas)
        return connection
    }

    package func findDamage(_ stop: StopFlag) throws(StoreError) -> [String] {
        do throws(StoreError) {
            let connection = try SQLiteConnection(files.path, .reader)
            defer { connection.close(clean: false) }
            try connection.configure(SQLiteConnection.readerPragmas)
            let findings = try stop.run(interrupt: { connection.interrupt() }) { () throws(StoreError) in
                try connection.rows("PRAGMA quick_check(10)", []) { row throws(StoreError) -> String in try row[0] }
            }
            if findings == ["ok"] { return [] }
            return findings.map { finding in
                finding.split(separator: "\n").joined(separator: ": ")
            }
        } catch .damaged(_, let reason) {
            return [reason]
        }
    }

    package func moveAside(reason: String) throws(StoreError) -> MovedAside {
        try files.moveAside(reason: reason, at: now())
    }

    // MARK: Opening

    /// Nothing is written before the file is known to be ours and not newer than this program.
    private func openFile(_ before: [StoreEvent]) throws(StoreError) -> OpenedStore {
        var events = before
        if try files.create() { events.append(.created(path: files.path)) }
        let connection = try SQLiteConnection(files.path, .writer)
        do throws(StoreError) {
            try connection.configure(SQLiteConnection.commonPragmas)
            let version = try identify(connection)
            try connection.useLog(durable: durable)
            if let event = try migrate(connection, from: version) { events.append(event) }
            try connection.configure(SQLiteConnection.writerPragmas)
            let isMarked = try OpenMarker.isSet(in: connection)
            return OpenedStore(session: connection, events: events, stoppedUncleanly: isMarked)
        } catch {
            connection.close(clean: false)
            throw error
        }
    }

    /// The version of the file; 0 when it is empty.
    private func identify(_ connection: SQLiteConnection) throws(StoreError) -> Int {
        let application = try connection.number("PRAGMA application_id")
        let version = try connection.number("PRAGMA user_version")
        if application != Self.applicationID {
            let tables = try connection.number("SELECT count(*) FROM sqlite_schema")
            guard application == 0, version == 0, tables == 0 else { throw .foreign(path: files.path) }
        }
        guard version <= schema.version else {
            throw .newer(path: files.path, version: version, known: schema.version)
        }
        return version
    }

    // MARK: Migrations

    /// Takes every step that is missing, in one transaction.
    private func migrate(_ connection: SQLiteConnection, from version: Int) throws(StoreError) -> StoreEvent? {
        guard version < schema.version else { return nil }
        let copy = version > 0 ? try keepCopy(connection) : nil
        try connection.run("BEGIN IMMEDIATE")
        do throws(StoreError) {
            for migration in schema.migrations.dropFirst(version) { try apply(migration, connection) }
            try connection.setNumber(pragma: "application_id", Self.applicationID)
            try connection.setNumber(pragma: "user_version", schema.version)
            try connection.run("COMMIT")
        } catch {
            if connection.isInTransaction { try? connection.run("ROLLBACK") }
            throw error
        }
        if copy != nil { files.pruneCopies() }
        return version > 0 ? .migrated(from: version, to: schema.version, copy: copy) : nil
    }

    private func apply(_ migration: Migration, _ connection: SQLiteConnection) throws(StoreError) {
        func failure(_ reason: String) -> StoreError {
            .migrationFailed(number: migration.number, name: migration.name, reason: reason)
        }
        do throws(StoreError) {
            for statement in migration.statements { try connection.run(statement) }
            let broken = try connection.first("PRAGMA foreign_key_check", []) { row throws(StoreError) -> String in
                try row[0]
            }
            if let broken { throw failure("table \(broken) refers to rows that are not there") }
        } catch .constraint(let reason) {
            throw failure(reason)
        } catch .statement(let reason) {
            throw failure(reason)
        }
    }

    /// A copy of the store as it is, on the disk before the first change.
    private func keepCopy(_ connection: SQLiteConnection) throws(StoreError) -> String {
        try files.createUnfinishedCopy()
        _ = try connection.run("VACUUM INTO ?", [.text(files.unfinishedCopy)]) { _ in true }
        return try files.keepCopy(before: schema.version)
    }
}

extension SQLiteConnection {
    /// The caches bound what a connection keeps, in KiB; no file is mapped, so that a failing disk is an error and
    /// not a signal; temporary data stays in memory, so that nothing is written outside the state directory.
    static let commonPragmas: [StaticString] = [
        "PRAGMA cache_size = -512", "PRAGMA mmap_size = 0", "PRAGMA temp_store = MEMORY",
        "PRAGMA cell_size_check = ON",
    ]

    static let readerPragmas: [StaticString] = [
        "PRAGMA cache_size = -256", "PRAGMA mmap_size = 0", "PRAGMA temp_store = MEMORY", "PRAGMA query_only = ON",
    ]

    /// References are enforced after the migrations, which may have to rebuild tables.
    static let writerPragmas: [StaticString] = [
        "PRAGMA foreign_keys = ON", "PRAGMA secure_delete = FAST", "PRAGMA journal_size_limit = 4194304",
    ]

    func configure(_ pragmas: [StaticString]) throws(StoreError) {
        for pragma in pragmas { try run(pragma) }
    }

    /// Turns the write-ahead log on, synced at every commit. Apple's fsync alone does not reach the disk.
    func useLog(durable: Bool) throws(StoreError) {
        try run(durable ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = OFF")
        try configure(["PRAGMA fullfsync = ON", "PRAGMA checkpoint_fullfsync = ON"])
        let mode = try first("PRAGMA journal_mode = WAL", []) { row throws(StoreError) -> String in try row[0] }
        guard mode == "wal" else {
            throw .cannotOpen(path: path, reason: "its file system does not support a write-ahead log")
        }
    }
}

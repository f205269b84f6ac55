import Platform
package import Store

extension Migration {
    /// Jobs, and the log of their runs. A run is in the log before it begins: that is its intent.
    package static let cron = [
        Migration(
            6, "cron",
            [
                """
                CREATE TABLE cron_jobs (
                    id TEXT NOT NULL PRIMARY KEY,
                    record TEXT NOT NULL CHECK (json_valid(record))
                ) STRICT, WITHOUT ROWID
                """,
                """
                CREATE TABLE cron_runs (
                    id INTEGER PRIMARY KEY AUTOINCREMENT,
                    run_id TEXT NOT NULL UNIQUE,
                    job_id TEXT NOT NULL,
                    fire_at INTEGER,
                    is_over INTEGER NOT NULL,
                    kind TEXT NOT NULL,
                    started_at INTEGER NOT NULL,
                    entry TEXT NOT NULL CHECK (json_valid(entry)),
                    UNIQUE (job_id, fire_at)
                ) STRICT
                """,
                "CREATE INDEX cron_runs_of_job ON cron_runs (job_id, id)",
                "CREATE INDEX cron_runs_under_way ON cron_runs (job_id) WHERE is_over = 0",
            ])
    ]
}

/// Jobs and runs in the store.
struct CronTable: Sendable {
    /// Runs of one job that are kept, and of all.
    static let runsOfJob = 200
    static let runsOfAll = 10_000

    /// A run that was begun and not ended.
    struct Open: Sendable {
        let runID: String
        let jobID: String
        let fireAt: WallTime?
        let startedAt: WallTime
    }

    let store: Store

    func load() async throws(StoreError) -> [(id: String, record: String)] {
        try await store.read { (db) throws(StoreError) in
            try db.rows("SELECT id, record FROM cron_jobs ORDER BY id") {
                (row) throws(StoreError) -> (String, String) in
                (try row[0], try row[1])
            }
        }.map { (id: $0.0, record: $0.1) }
    }

    func save(_ record: CronRecord) async throws(StoreError) {
        let (id, text) = (record.job.id, record.json.description)
        try await store.write { (db) throws(StoreError) in try Self.put(db, id, text) }
    }

    /// Only what is not there yet. Returns the ids of those that were taken.
    func add(_ records: [CronRecord]) async throws(StoreError) -> [String] {
        let rows = records.map { ($0.job.id, $0.json.description) }
        return try await store.write { (db) throws(StoreError) in
            var added: [String] = []
            for (id, text) in rows {
                let count = try db.run(
                    "INSERT INTO cron_jobs (id, record) VALUES (?, ?) ON CONFLICT DO NOTHING", id, text)
                if count > 0 { added.append(id) }
            }
            return added
        }
    }

    func remove(_ id: String) async throws(StoreError) {
        try await store.write { (db) throws(StoreError) in _ = try db.run("DELETE FROM cron_jobs WHERE id = ?", id) }
    }

    private static func put(_ db: borrowing WriteTransaction, _ id: String, _ text: String) throws(StoreError) {
        try db.run(
            "INSERT INTO cron_jobs (id, record) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET record = excluded.record",
            id, text)
    }

    // MARK: Runs

    /// Keeps that a run is about to begin, with where its job then is. False when that fire was begun before; then only
    /// the job is kept.
    func begin(_ run: CronRun, _ record: CronRecord) async throws(StoreError) -> Bool {
        let (id, text) = (record.job.id, record.json.description)
        let (runID, fire, start) = (run.id, run.fireAt?.nanoseconds, run.startedAt.nanoseconds)
        return try await store.write { (db) throws(StoreError) in
            try Self.put(db, id, text)
            return try db.run(
                """
                INSERT INTO cron_runs (run_id, job_id, fire_at, is_over, kind, started_at, entry)
                VALUES (?, ?, ?, 0, 'begun', ?, '{}') ON CONFLICT DO NOTHING
                """, runID, id, fire, start) > 0
        }
    }

    /// Keeps how a run ended, and where its job is now; nil where the job is gone, or goes.
    func finish(
        _ runID: String, of jobID: String, _ kind: CronOutcome.Kind, _ entry: JSONObject, _ record: CronRecord?
    ) async throws(StoreError) {
        let (entry, record) = (JSON.object(entry).description, record?.json.description)
        try await store.write { (db) throws(StoreError) in
            try db.run(
                "UPDATE cron_runs SET is_over = 1, kind = ?, entry = ? WHERE run_id = ?", kind.rawValue, entry, runID)
            if let record {
                try Self.put(db, jobID, record)
            } else {
                try db.run("DELETE FROM cron_jobs WHERE id = ?", jobID)
            }
            try Self.trim(db, jobID)
        }
    }

    /// Keeps fires that were not begun. The newest row of the job is continued when it says the same.
    func miss(
        _ record: CronRecord, _ kind: CronOutcome.Kind, _ fires: CronSchedule.Fires, _ reason: String, at now: WallTime
    ) async throws(StoreError) {
        let job = record.job
        let (id, text) = (job.id, record.json.description)
        try await store.write { (db) throws(StoreError) in
            try Self.put(db, id, text)
            let last = try db.first(
                "SELECT id, kind, entry FROM cron_runs WHERE job_id = ? ORDER BY id DESC LIMIT 1", id
            ) { (row) throws(StoreError) -> (Int64, String, String) in (try row[0], try row[1], try row[2]) }
            if let last, last.1 == kind.rawValue, let old = try? JSONParser.parse(last.2),
                old["error"]?.string == reason, let first = old["firstAtMs"]?.int, let count = old["count"]?.int
            {
                var all = fires
                all.first = WallTime(milliseconds: Int64(first))
                all.count = min(count + fires.count, .max - CronSchedule.countLimit)
                let entry = JSON.object(CronEntry.missed(job, kind, all, reason, at: now)).description
                try db.run("UPDATE cron_runs SET entry = ? WHERE id = ?", entry, last.0)
                return
            }
            let entry = JSON.object(CronEntry.missed(job, kind, fires, reason, at: now)).description
            try db.run(
                """
                INSERT INTO cron_runs (run_id, job_id, fire_at, is_over, kind, started_at, entry)
                VALUES (?, ?, NULL, 1, ?, ?, ?)
                """, UUIDText.random(), id, kind.rawValue, now.nanoseconds, entry)
            try Self.trim(db, id)
        }
    }

    /// Runs that the last process began and did not end.
    func open() async throws(StoreError) -> [Open] {
        try await store.read { (db) throws(StoreError) in
            try db.rows("SELECT run_id, job_id, fire_at, started_at FROM cron_runs WHERE is_over = 0 ORDER BY id") {
                (row) throws(StoreError) in
                let fire: Int64? = try row[2]
                return Open(
                    runID: try row[0], jobID: try row[1], fireAt: fire.map { WallTime(nanoseconds: $0) },
                    startedAt: WallTime(nanoseconds: try row[3]))
            }
        }
    }

    private static func trim(_ db: borrowing WriteTransaction, _ jobID: String) throws(StoreError) {
        try db.run(
            """
            DELETE FROM cron_runs WHERE job_id = ?1 AND is_over = 1 AND id <= (
                SELECT id FROM cron_runs WHERE job_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)
            """, jobID, runsOfJob)
        try db.run(
            "DELETE FROM cron_runs WHERE is_over = 1 AND id <= (SELECT max(id) FROM cron_runs) - ?", runsOfAll)
    }

    /// Ended runs, and how many there are in all.
    func runs(_ query: CronQuery) async throws(StoreError) -> (entries: [String], total: Int) {
        try await store.read { (db) throws(StoreError) in
            let kinds = CronOutcome.Kind.all.filter { query.statuses.isEmpty || query.statuses.contains($0.status) }
            let words = JSON.array(kinds.map { .string($0.rawValue) }).description
            let total =
                try db.first(
                    """
                    SELECT count(*) FROM cron_runs WHERE is_over = 1 AND (?1 IS NULL OR job_id = ?1)
                        AND (?2 IS NULL OR run_id = ?2) AND kind IN (SELECT value FROM json_each(?3))
                    """, query.jobID, query.runID, words
                ) { (row) throws(StoreError) -> Int in try row[0] } ?? 0
            let entries = try db.rows(
                """
                SELECT entry FROM cron_runs WHERE is_over = 1 AND (?1 IS NULL OR job_id = ?1)
                    AND (?2 IS NULL OR run_id = ?2) AND kind IN (SELECT value FROM json_each(?3))
                ORDER BY id * ?4 LIMIT ?5 OFFSET ?6
                """, query.jobID, query.runID, words, query.isOldestFirst ? 1 : -1, query.limit, query.offset
            ) { (row) throws(StoreError) -> String in try row[0] }
            return (entries, total)
        }
    }
}

extension CronOutcome.Kind {
    static let all: [CronOutcome.Kind] = [.ok, .error, .skipped, .missed, .interrupted, .held]
}

/// What is looked for in the log of runs.
package struct CronQuery: Sendable {
    package var jobID: String?
    package var runID: String?
    package var limit = 50
    package var offset = 0
    /// The protocol's words; empty for all.
    package var statuses: [String] = []
    package var isOldestFirst = false

    package init() {}
}

package import Platform
package import Store

/// Takes over jobs of another program, each once and for ever.
@LoopActor
package enum CronTaking {
    private nonisolated static let fact = "cron.taken"

    /// Ids that were taken before, or are here.
    package static func known(_ store: Store?) async throws(StoreError) -> Set<String> {
        guard let store else { return [] }
        return try await store.read { (db) throws(StoreError) in
            var known = Set(read(try db.fact(fact)))
            for id in try db.rows(
                "SELECT id FROM cron_jobs", read: { (row) throws(StoreError) -> String in try row[0] })
            {
                known.insert(id)
            }
            return known
        }
    }

    /// A job, and when the other program would have run it next.
    package struct Job: Sendable {
        package let job: CronJob
        package let due: WallTime?

        package init(_ job: CronJob, due: WallTime?) {
            self.job = job
            self.due = due
        }
    }

    /// All of them, or none. What was due while neither program ran is late here.
    package static func take(_ jobs: [Job], into store: Store, at now: WallTime) async throws(StoreError) {
        guard !jobs.isEmpty else { return }
        let rows = jobs.map { one in
            var record = CronRecord(new: one.job, at: now)
            if let due = one.due, due < record.position { record.position = WallTime(nanoseconds: due.nanoseconds - 1) }
            return (one.job.id, record.json.description)
        }
        try await store.write { (db) throws(StoreError) in
            var taken = read(try db.fact(fact))
            for (id, text) in rows {
                try db.run("INSERT INTO cron_jobs (id, record) VALUES (?, ?) ON CONFLICT DO NOTHING", id, text)
                taken.append(id)
            }
            try db.setFact(fact, json: JSON.array(taken.map { .string($0) }).description, at: now)
        }
    }

    private nonisolated static func read(_ text: String?) -> [String] {
        text.flatMap { try? JSONParser.parse($0) }?.array?.compactMap(\.string) ?? []
    }
}

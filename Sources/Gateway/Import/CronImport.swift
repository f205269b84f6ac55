package import Agents
package import Platform
package import Store

/// Takes over `cron/jobs.json`. Each job is taken once: what was taken is remembered, so that neither a second import nor
/// one after a job was done or removed brings it back.
@LoopActor
package enum CronImport {
    private nonisolated static let path = "cron/jobs.json"

    package static func run(
        _ source: SafeDirectory, into store: Store?, isTrial: Bool, zones: CronZones, at now: WallTime
    ) async throws(StoreError) -> ImportTally {
        var (tally, documents) = await BlockingPool.shared.run { read(source) }
        var jobs: [CronTaking.Job] = []
        for (id, name, document) in documents {
            let job = CronJob(imported: id, document, zones: zones)
            if let problem = job.problem ?? passed(job, document, now) {
                tally.leave(name, problem)
            } else if jobs.contains(where: { $0.job.id == id }) {
                tally.leave(name, "another job has this id")
            } else {
                let due = document["state"]?["nextRunAtMs"]?.int
                jobs.append(CronTaking.Job(job, due: due.map { WallTime(milliseconds: Int64($0)) }))
            }
        }
        let known = try await CronTaking.known(store)
        let new = jobs.filter { !known.contains($0.job.id) }
        let room = max(0, CronBook.limit - known.count)
        for one in new.dropFirst(room) { tally.leave("job \(one.job.id)", "\(CronBook.limit) jobs are here already") }
        for one in jobs where known.contains(one.job.id) { tally.count(.known, one.job.id) }
        let taken = Array(new.prefix(room))
        if let store, !isTrial { try await CronTaking.take(taken, into: store, at: now) }
        for one in taken { tally.count(.taken, one.job.id) }
        return tally
    }

    /// A job of one moment that ran, or whose moment is too long ago.
    private static func passed(_ job: CronJob, _ document: JSONObject, _ now: WallTime) -> String? {
        guard case .at(let moment)? = job.schedule else { return nil }
        if document["state"]?["lastRunAtMs"]?.int != nil { return "it has run" }
        guard job.isEnabled, moment.nanoseconds < now.nanoseconds - job.catchUp.inNanoseconds else { return nil }
        return "its time has passed: \(CalendarDate(moment).text())"
    }

    private nonisolated static func read(
        _ source: SafeDirectory
    ) -> (ImportTally, [(id: String, name: String, document: JSONObject)]) {
        var tally = ImportTally("cron jobs")
        guard let file = ForeignJSON.object(path, in: source, &tally) else { return (tally, []) }
        guard file["version"]?.int ?? 1 == 1 else {
            tally.leave(path, "it is not of version 1")
            return (tally, [])
        }
        var found: [(id: String, name: String, document: JSONObject)] = []
        for job in file["jobs"]?.array ?? [] {
            let id = job["id"]?.string ?? job["jobId"]?.string ?? ""
            let label = job["name"]?.string.map { " \"\($0.prefix(64))\"" } ?? ""
            let name = "job \(id.prefix(64))\(label)"
            guard let document = job.object, (try? StrictID(id)) != nil else {
                tally.leave(name, "its id is none")
                continue
            }
            found.append((id, name, document))
        }
        return (tally, found)
    }
}

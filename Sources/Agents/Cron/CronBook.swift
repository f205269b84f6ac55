package import Platform
package import Store

/// The jobs, in memory and in the store. A change counts when it is in both.
@LoopActor
package final class CronBook {
    /// Jobs that there may be.
    package nonisolated static let limit = 1000
    /// A job of one moment that fails for a passing reason is tried again after each.
    package nonisolated static let retries: [Duration] = [.seconds(60), .seconds(120), .seconds(300)]
    /// After so many failures in a row a job that comes again and again waits so long at least.
    nonisolated static let pauses: [Duration] = [
        .seconds(30), .seconds(60), .seconds(300), .seconds(900), .seconds(3600),
    ]

    package let zones: CronZones
    private let table: CronTable
    private let turn = CronTurn()
    private var records: [String: CronRecord] = [:]
    /// When each is due next, worked out once for each change.
    private var dues: [String: WallTime] = [:]
    package var onEvent: [@LoopActor (CronEvent) -> Void] = []

    private init(_ store: Store, zones: CronZones) {
        table = CronTable(store: store)
        self.zones = zones
    }

    /// Takes up what the store holds. Runs that were begun and not ended are recorded as interrupted, and never begun again.
    package static func open(_ store: Store, zones: CronZones, at now: WallTime) async throws(StoreError) -> CronBook {
        let book = CronBook(store, zones: zones)
        for (id, text) in try await book.table.load() {
            guard let json = try? JSONParser.parse(text), let record = CronRecord(id: id, json, zones: zones) else {
                continue
            }
            book.put(id, record)
        }
        for open in try await book.table.open() { try await book.interrupt(open, at: now) }
        return book
    }

    private func interrupt(_ open: CronTable.Open, at now: WallTime) async throws(StoreError) {
        let outcome = CronOutcome(.interrupted, error: "the gateway ended while it ran; it is not begun again")
        let job = records[open.jobID]?.job ?? CronJob(id: open.jobID, JSONObject(), zones: zones)
        let run = CronRun(id: open.runID, job: job, fireAt: open.fireAt, startedAt: open.startedAt, attempt: 0)
        try await finish(run, outcome, at: max(now, open.startedAt))
    }

    // MARK: Jobs

    package var count: Int { records.count }

    package func record(_ id: String) -> CronRecord? { records[id] }

    package func due(_ id: String) -> WallTime? { dues[id] }

    /// When the next of them is due that `isMeant`.
    package func nextDue(_ isMeant: (String) -> Bool = { _ in true }) -> WallTime? {
        dues.filter { isMeant($0.key) }.values.min()
    }

    private func put(_ id: String, _ record: CronRecord?) {
        records[id] = record
        dues[id] = record?.due
    }

    /// Those that are due next come first, and those that never are last.
    package var inOrder: [CronRecord] {
        let soon = records.keys.map { (id: $0, due: dues[$0]?.nanoseconds ?? Int64.max) }
            .sorted { a, b in a.due == b.due ? a.id < b.id : a.due < b.due }
        return soon.compactMap { records[$0.id] }
    }

    package func add(_ job: CronJob, at now: WallTime) async throws(StoreError) -> CronRecord {
        await turn.enter()
        defer { turn.leave() }
        let record = CronRecord(new: job, at: now)
        try await table.save(record)
        put(job.id, record)
        tell(.added(job.id))
        return record
    }

    /// Takes over those that are not there yet. Returns their ids.
    package func take(_ jobs: [CronJob], at now: WallTime) async throws(StoreError) -> [String] {
        await turn.enter()
        defer { turn.leave() }
        let new = jobs.map { CronRecord(new: $0, at: now) }
        let added = try await table.add(new)
        for record in new where added.contains(record.job.id) {
            put(record.job.id, record)
            tell(.added(record.job.id))
        }
        return added
    }

    package enum Change: Sendable {
        case done(CronRecord)
        case missing
        case refused(CronProblem)
    }

    /// Changes one job by `patch`.
    package func change(_ id: String, by patch: JSONObject, at now: WallTime) async throws(StoreError) -> Change {
        await turn.enter()
        defer { turn.leave() }
        guard var record = records[id] else { return .missing }
        let job: CronJob
        do throws(CronProblem) {
            job = try record.job.changed(by: patch, at: now, zones: zones)
        } catch {
            return .refused(error)
        }
        let isSame = record.job.schedule == job.schedule && record.job.isEnabled == job.isEnabled
        record.job = job
        if !isSame {
            record.begin(at: now)
            record.state.failuresInARow = 0
        }
        try await table.save(record)
        put(id, record)
        tell(.updated(id))
        return .done(record)
    }

    package func remove(_ id: String) async throws(StoreError) -> Bool {
        await turn.enter()
        defer { turn.leave() }
        guard records[id] != nil else { return false }
        try await table.remove(id)
        put(id, nil)
        tell(.removed(id))
        return true
    }

    package func runs(_ query: CronQuery) async throws(StoreError) -> (entries: [JSON], total: Int) {
        let found = try await table.runs(query)
        return (found.entries.compactMap { try? JSONParser.parse($0) }, found.total)
    }

    // MARK: Runs

    /// Goes by the clock as it is now.
    func takeClock(_ now: WallTime) async {
        await turn.enter()
        defer { turn.leave() }
        for (id, record) in records {
            var taken = record
            taken.takeClock(now)
            if taken.position != record.position || taken.retry != record.retry || taken.notBefore != record.notBefore {
                put(id, taken)
            }
        }
    }

    /// Keeps the intent of a run. False when its fire was begun before, or the job went meanwhile.
    func begin(_ run: CronRun) async throws(StoreError) -> Bool {
        await turn.enter()
        defer { turn.leave() }
        guard var record = records[run.job.id] else { return false }
        if let fire = run.fireAt {
            record.position = max(record.position, fire)
            record.begun = fire
            record.retry = nil
            record.notBefore = nil
        }
        let isNew = try await table.begin(run, record)
        put(run.job.id, record)
        return isNew
    }

    /// Keeps how a run ended, and what follows from it for its job.
    func finish(_ run: CronRun, _ outcome: CronOutcome, at end: WallTime) async throws(StoreError) {
        await turn.enter()
        defer { turn.leave() }
        var entry = CronEntry.finished(run, outcome, at: end)
        let before = records[run.job.id]
        let record = before.flatMap { Self.after(run, outcome, $0, at: end) }
        entry["nextRunAtMs"] = record?.due.map { .int($0.milliseconds) }
        try await table.finish(run.id, of: run.job.id, outcome.kind, entry, record)
        put(run.job.id, record)
        tell(.finished(run.job.id, .object(entry)))
        if before != nil, record == nil { tell(.removed(run.job.id)) }
    }

    /// What a job is after a run; nil when it goes.
    private static func after(
        _ run: CronRun, _ outcome: CronOutcome, _ record: CronRecord, at end: WallTime
    ) -> CronRecord? {
        var record = record
        if outcome.kind != .held, outcome.kind != .missed { record.state.lastRunAt = run.startedAt }
        record.state.lastOutcome = outcome.kind
        record.state.lastError = outcome.error.map { $0.cut(to: CronEntry.errorBytes) }
        // When the process ended is not known.
        let isKnown = outcome.kind != .interrupted
        record.state.lastDuration =
            isKnown ? .nanoseconds(max(0, end.nanoseconds - run.startedAt.nanoseconds)) : nil
        record.state.failuresInARow = outcome.kind == .error ? record.state.failuresInARow + 1 : 0
        // What somebody asks for changes nothing of when the job is due.
        guard run.fireAt != nil else { return record }
        if record.job.schedule?.isOnce == true {
            if outcome.kind == .error, outcome.isTransient, run.attempt < retries.count {
                record.retry = CronRecord.Retry(at: end.later(by: retries[run.attempt]), attempts: run.attempt + 1)
                return record
            }
            if outcome.kind == .ok, record.job.isDeletedAfterRun { return nil }
            record.job.disable()
            return record
        }
        if outcome.kind == .error {
            record.notBefore = end.later(by: pauses[min(record.state.failuresInARow, pauses.count) - 1])
        }
        return record
    }

    /// Keeps fires that are not begun. A job of one moment is over then.
    func miss(
        _ id: String, _ kind: CronOutcome.Kind, _ fires: CronSchedule.Fires, _ reason: String,
        through position: WallTime,
        at now: WallTime
    ) async throws(StoreError) {
        await turn.enter()
        defer { turn.leave() }
        guard var record = records[id] else { return }
        record.position = max(record.position, position)
        record.retry = nil
        if record.job.schedule?.isOnce == true { record.job.disable() }
        record.state.lastOutcome = kind
        record.state.lastError = reason
        try await table.miss(record, kind, fires, reason, at: now)
        put(id, record)
        tell(.finished(id, .object(CronEntry.missed(record.job, kind, fires, reason, at: now))))
    }

    func tell(_ event: CronEvent) { for hear in onEvent { hear(event) } }
}

extension WallTime {
    func later(by duration: Duration) -> WallTime {
        WallTime(nanoseconds: nanoseconds.addingReportingOverflow(duration.inNanoseconds).partialValue)
    }
}

/// One change of the jobs after another: each begins with what the one before left.
@LoopActor
private final class CronTurn {
    private var isTaken = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    nonisolated init() {}

    func enter() async {
        guard isTaken else {
            isTaken = true
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    func leave() {
        if waiting.isEmpty { isTaken = false } else { waiting.removeFirst().resume() }
    }
}

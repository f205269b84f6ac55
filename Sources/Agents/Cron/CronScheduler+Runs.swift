import Platform
import Store

extension CronScheduler {
    /// What came of a wish to run a job now.
    package enum Wish: Sendable {
        case begun(String)
        case unknown, notDue, alreadyRunning
        /// It cannot run at all.
        case invalid(String)
        /// It cannot begin here now.
        case refused(String)
    }

    /// Runs a job because somebody wants it. Its own times stay as they are, unless it is due.
    package func run(_ id: String, onlyIfDue: Bool = false) async -> Wish {
        guard let record = book.record(id) else { return .unknown }
        if let problem = record.job.problem { return .invalid(problem) }
        guard underWay[id] == nil else { return .alreadyRunning }
        guard isOpen else { return .refused("the gateway stops") }
        guard mayStart() else { return .refused(Self.held) }
        if onlyIfDue {
            guard let due = book.due(id), due <= clock.wall else { return .notDue }
            await consider(record, at: clock.wall)
            return underWay[id].map { .begun($0.id) } ?? .notDue
        }
        await begin(record.job, fire: nil, attempt: 0)
        return underWay[id].map { .begun($0.id) } ?? .refused("the store does not take it; see the log")
    }

    func begin(_ job: CronJob, fire: WallTime?, attempt: Int) async {
        let run = CronRun(id: UUIDText.random(), job: job, fireAt: fire, startedAt: clock.wall, attempt: attempt)
        // From here on it counts as begun, so that nobody begins it beside us.
        underWay[job.id] = run
        do throws(StoreError) {
            guard try await book.begin(run) else {
                underWay[job.id] = nil
                return wake()
            }
        } catch {
            underWay[job.id] = nil
            return trouble(error)
        }
        startTask { await self.perform(run) }
    }

    private func perform(_ run: CronRun) async {
        let outcome: CronOutcome
        if !isOpen {
            outcome = CronOutcome(.missed, error: "the gateway stopped as it was to begin")
        } else if !mayStart() {
            outcome = CronOutcome(.held, error: Self.held)
        } else {
            book.tell(.started(run))
            outcome = await runner.run(run)
        }
        await settle { [book, clock] () throws(StoreError) in try await book.finish(run, outcome, at: clock.wall) }
        if run.fireAt != nil { await skipWhatCameMeanwhile(run.job.id) }
        underWay[run.job.id] = nil
        wake()
    }

    /// Fires that came while the job's own run was under way are not made up for.
    private func skipWhatCameMeanwhile(_ id: String) async {
        let now = clock.wall
        guard let record = book.record(id), record.retry == nil, record.job.isEnabled,
            let schedule = record.job.schedule,
            !schedule.isOnce,
            let fires = schedule.fires(after: record.position, through: now, job: id, enough: Self.punctual)
        else { return }
        await settle { [book] () throws(StoreError) in
            try await book.miss(id, .skipped, fires, Self.stillRunning, through: now, at: now)
        }
    }

    /// A store in trouble is asked again: what was run must not be run twice for want of a note.
    private func settle(_ note: @LoopActor () async throws(StoreError) -> Void) async {
        while true {
            do throws(StoreError) {
                return try await note()
            } catch {
                log.error("what became of a run is not stored yet: \(error)")
                if case .closed = error { return }
                guard await Suspension(clock).wait(until: clock.now + Self.pause) == .deadline else { return }
            }
        }
    }
}

package import Platform

/// A job, and how far it is.
package struct CronRecord: Sendable {
    package var job: CronJob
    /// Every fire up to here is settled: it ran, or stands in the log as missed.
    var position: WallTime
    /// The last fire that was begun.
    var begun: WallTime?
    /// A job of one moment that failed is tried again.
    var retry: Retry?
    /// After failures it is not begun before.
    var notBefore: WallTime?
    package var state = State()

    struct Retry: Equatable, Sendable {
        var at: WallTime
        /// How often it was tried.
        var attempts: Int
    }

    /// What is told of the last run.
    package struct State: Equatable, Sendable {
        package var lastRunAt: WallTime?
        package var lastOutcome: CronOutcome.Kind?
        package var lastError: String?
        package var lastDuration: Duration?
        package var failuresInARow = 0
    }

    package init(new job: CronJob, at now: WallTime) {
        self.job = job
        position = now
        begin(at: now)
    }

    /// Nothing before `now` is due any more; of a job of one moment that moment still is.
    mutating func begin(at now: WallTime) {
        position = now
        if case .at(let moment)? = job.schedule, moment <= now, begun != moment {
            position = WallTime(nanoseconds: moment.nanoseconds - 1)
        }
        retry = nil
        notBefore = nil
    }

    /// When it is due next, were nothing in its way; nil when never.
    package var due: WallTime? {
        guard job.isEnabled, job.problem == nil else { return nil }
        if let retry { return retry.at }
        let from = notBefore.map { max(position, WallTime(nanoseconds: $0.nanoseconds - 1)) } ?? position
        return job.schedule?.next(after: from, job: job.id)
    }

    /// Goes by a clock that was set back, so that it waits neither for the moments that it had in advance, nor runs for
    /// one of them twice: what was begun stays done. Only where the clock was wrong by more than a day, the log of runs
    /// alone keeps those apart.
    mutating func takeClock(_ now: WallTime) {
        if let retry, retry.at.nanoseconds - now.nanoseconds > Self.farRetry { self.retry?.at = now }
        if let notBefore, notBefore.nanoseconds - now.nanoseconds > Self.farRetry { self.notBefore = nil }
        guard position > now else { return }
        guard let begun, begun > now else {
            position = now
            return
        }
        position = begun.nanoseconds - now.nanoseconds > Self.farOff ? now : begun
    }

    private static let farOff: Int64 = 24 * 3600 * 1_000_000_000
    private static let farRetry: Int64 = 2 * 3600 * 1_000_000_000
}

// MARK: In the store

extension CronRecord {
    var json: JSON {
        var json = JSONObject([("job", .object(job.document)), ("position", .int(position.nanoseconds))])
        json["begun"] = begun.map { .int($0.nanoseconds) }
        if let retry {
            json["retryAt"] = .int(retry.at.nanoseconds)
            json["attempts"] = JSON(retry.attempts)
        }
        json["notBefore"] = notBefore.map { .int($0.nanoseconds) }
        json["lastRunAt"] = state.lastRunAt.map { .int($0.nanoseconds) }
        json["lastOutcome"] = state.lastOutcome.map { .string($0.rawValue) }
        json["lastError"] = state.lastError.map { .string($0) }
        json["lastDuration"] = state.lastDuration.map { .int($0.inNanoseconds) }
        if state.failuresInARow > 0 { json["failures"] = JSON(state.failuresInARow) }
        return .object(json)
    }

    /// Nil for what is none, which only a hand in the store can have made.
    @LoopActor
    init?(id: String, _ json: JSON, zones: CronZones) {
        func time(_ name: String) -> WallTime? { json[name]?.int.map { WallTime(nanoseconds: Int64($0)) } }
        guard let document = json["job"]?.object, let position = time("position") else { return nil }
        job = CronJob(id: id, document, zones: zones)
        self.position = position
        begun = time("begun")
        retry = time("retryAt").map { Retry(at: $0, attempts: json["attempts"]?.int ?? 1) }
        notBefore = time("notBefore")
        state.lastRunAt = time("lastRunAt")
        state.lastOutcome = json["lastOutcome"]?.string.flatMap { CronOutcome.Kind(rawValue: $0) }
        state.lastError = json["lastError"]?.string
        state.lastDuration = json["lastDuration"]?.int.map { .nanoseconds($0) }
        state.failuresInARow = json["failures"]?.int ?? 0
    }

    /// As clients see it.
    package func stateJSON(runningSince: WallTime?) -> JSONObject {
        var json = JSONObject()
        json["nextRunAtMs"] = due.map { .int($0.milliseconds) }
        json["runningAtMs"] = runningSince.map { .int($0.milliseconds) }
        json["lastRunAtMs"] = state.lastRunAt.map { .int($0.milliseconds) }
        if let last = state.lastOutcome {
            json["lastStatus"] = .string(last.status)
            json["lastRunStatus"] = .string(last.status)
            json["lastOutcome"] = .string(last.rawValue)
        }
        if let error = job.problem ?? state.lastError { json["lastError"] = .string(error) }
        json["lastDurationMs"] = state.lastDuration.map { .int($0.inNanoseconds / 1_000_000) }
        if state.failuresInARow > 0 { json["consecutiveErrors"] = JSON(state.failuresInARow) }
        return json
    }
}

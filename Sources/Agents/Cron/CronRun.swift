package import Platform

/// One run of a job.
package struct CronRun: Sendable {
    package let id: String
    package let job: CronJob
    /// The moment it is for; nil when somebody asked for it.
    package let fireAt: WallTime?
    package let startedAt: WallTime
    /// 0 for the first attempt.
    package let attempt: Int
}

/// What came of a run.
package struct CronOutcome: Sendable {
    package enum Kind: String, Sendable {
        case ok, error, skipped
        /// It was not begun: the gateway was not there, or could not.
        case missed
        /// It was begun, and the gateway ended.
        case interrupted
        /// It was not begun: another gateway does this gateway's work.
        case held

        /// In the protocol's words.
        package var status: String {
            switch self {
            case .ok: "ok"
            case .error, .interrupted: "error"
            case .skipped, .missed, .held: "skipped"
            }
        }
    }

    package var kind: Kind
    package var error: String?
    /// Whether it may go better in a while.
    package var isTransient = false
    /// The answer, cut short.
    package var summary: String?
    /// Further members for the log: session, model, delivery.
    package var details = JSONObject()

    package init(_ kind: Kind, error: String? = nil, isTransient: Bool = false) {
        self.kind = kind
        self.error = error
        self.isTransient = isTransient
    }
}

/// Does what a job says.
@LoopActor
package protocol CronRunner: AnyObject, Sendable {
    func run(_ run: CronRun) async -> CronOutcome
}

/// What happened to a job.
package enum CronEvent: Sendable {
    case added(String)
    case updated(String)
    case removed(String)
    case started(CronRun)
    /// With what stands in the log.
    case finished(String, JSON)
}

/// A row of the log as it is kept: one JSON text, in the protocol's words.
enum CronEntry {
    static let summaryBytes = 2000
    static let errorBytes = 1000

    static func finished(_ run: CronRun, _ outcome: CronOutcome, at end: WallTime) -> JSONObject {
        let duration = max(0, end.milliseconds - run.startedAt.milliseconds)
        var entry = head(run.job, outcome.kind, at: end)
        entry["runId"] = .string(run.id)
        entry["error"] = outcome.error.map { .string($0.cut(to: errorBytes)) }
        entry["summary"] = outcome.summary.map { .string($0.cut(to: summaryBytes)) }
        entry["runAtMs"] = .int(run.startedAt.milliseconds)
        entry["dueAtMs"] = run.fireAt.map { .int($0.milliseconds) }
        if outcome.kind != .interrupted { entry["durationMs"] = .int(duration) }
        if run.attempt > 0 { entry["attempt"] = JSON(run.attempt + 1) }
        for member in outcome.details.members { entry[member.key] = member.value }
        return entry
    }

    /// Fires that were not begun, of one span of time and for one reason.
    static func missed(
        _ job: CronJob, _ kind: CronOutcome.Kind, _ fires: CronSchedule.Fires, _ reason: String, at now: WallTime
    ) -> JSONObject {
        var entry = head(job, kind, at: now)
        entry["error"] = .string(reason)
        entry["runAtMs"] = .int(fires.last.milliseconds)
        entry["count"] = JSON(fires.count)
        entry["firstAtMs"] = .int(fires.first.milliseconds)
        entry["lastAtMs"] = .int(fires.last.milliseconds)
        return entry
    }

    private static func head(_ job: CronJob, _ kind: CronOutcome.Kind, at now: WallTime) -> JSONObject {
        JSONObject([
            ("ts", .int(now.milliseconds)), ("jobId", .string(job.id)), ("jobName", .string(job.name)),
            ("action", "finished"), ("status", .string(kind.status)), ("outcome", .string(kind.rawValue)),
        ])
    }
}

package import Platform

/// What became of a step that is repeated.
package struct SyncReport: Equatable, Sendable {
    package var lastTry: WallTime?
    package var lastSuccess: WallTime?
    /// Why the last try failed; nil after a good one.
    package var failure: String?
    /// Tries that failed in a row.
    package var failures = 0

    package init() {}

    package func json(now: WallTime) -> JSON {
        var json: JSON = ["ok": .bool(failure == nil), "failures": .int(Int64(failures))]
        json["lastTryAt"] = lastTry.map { .string(CalendarDate($0).text()) }
        json["lastSuccessAt"] = lastSuccess.map { .string(CalendarDate($0).text()) }
        json["ageMs"] = lastSuccess.map { .int(max(0, now.milliseconds - $0.milliseconds)) }
        json["failure"] = failure.map(JSON.string)
        return json
    }
}

/// A step that is done every interval, and in between when somebody asks. It is never at work twice at once, and who
/// cannot wait for its end leaves it to go on.
@LoopActor
package final class RepeatedStep: Service {
    package let name: String
    package private(set) var report = SyncReport()
    /// Hears of every try.
    package var onReport: (@LoopActor (SyncReport) -> Void)?
    /// Whether it is to be done at the next interval.
    package var isWanted: @LoopActor () -> Bool = { true }

    private let step: any SyncStep
    private let interval: Duration
    private let limit: Duration
    private let clock: any Clock
    private let pause: Suspension
    private var isDraining = false
    private var isAtWork = false
    /// Each who waits has a deadline of its own.
    private var waiting: [Awaited<StepOutcome>] = []

    /// `limit` is what one try may take, whoever waits for it.
    package init(
        _ name: String, _ step: any SyncStep, every interval: Duration, limit: Duration, clock: any Clock
    ) {
        self.name = name
        self.step = step
        self.interval = interval
        self.limit = limit
        self.clock = clock
        pause = Suspension(clock)
    }

    package func run() async throws {
        while !isDraining {
            if isWanted() { _ = await run(by: clock.now + limit) }
            if isDraining { break }
            if await pause.wait(until: clock.now + interval) == .cancelled { break }
        }
    }

    package func drain() {
        isDraining = true
        pause.wake()
    }

    /// Joins the try that is under way, or begins one.
    package func run(by deadline: Instant) async -> StepOutcome {
        let mine = Awaited<StepOutcome>(clock)
        waiting.append(mine)
        if !isAtWork { begin() }
        if let outcome = await mine.wait(until: deadline) { return outcome }
        waiting.removeAll { $0 === mine }
        let age =
            report.lastSuccess.map { "what is here is of \(CalendarDate($0).text())" }
            ?? "it was not done since the start"
        return .failed("\(name) is still under way; \(age)")
    }

    private func begin() {
        isAtWork = true
        let end = clock.now + limit
        startTask {
            let outcome = await self.step.run(by: end)
            self.isAtWork = false
            self.note(outcome)
            let all = self.waiting
            self.waiting = []
            for one in all { one.bring(outcome) }
        }
    }

    private func note(_ outcome: StepOutcome) {
        report.lastTry = clock.wall
        if case .failed(let reason) = outcome {
            report.failure = reason
            report.failures += 1
        } else {
            report.lastSuccess = clock.wall
            report.failure = nil
            report.failures = 0
        }
        onReport?(report)
    }
}

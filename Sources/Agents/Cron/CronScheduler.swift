package import Platform
import Store

/// Begins each job when it is due: once for each of its moments, never twice at once, and never before the intent is on
/// the disk.
@LoopActor
package final class CronScheduler {
    /// So often it looks whether the clock was set, which no timer tells.
    package nonisolated static let interval = Duration.seconds(60)
    /// So late a fire is still in time.
    nonisolated static let punctual = Duration.seconds(60)
    /// How long the store is left alone after it failed.
    nonisolated static let pause = Duration.seconds(5)

    package let book: CronBook
    let runner: any CronRunner
    let clock: any Clock
    let log: Log
    package var settings = CronSettings() {
        didSet { wake() }
    }
    /// Whether this gateway is the one to begin runs; else they are recorded as held.
    package var mayStart: @LoopActor () -> Bool = { true }
    /// By the job.
    var underWay: [String: CronRun] = [:]
    private(set) var isOpen = true
    private let look: Duration
    private let place: Suspension
    private let openedAt: WallTime
    private var mustLook = false
    private var isSound = true

    package init(
        _ book: CronBook, runner: any CronRunner, clock: any Clock, log: Log, look: Duration = CronScheduler.interval
    ) {
        self.book = book
        self.runner = runner
        self.clock = clock
        self.log = log
        self.look = look
        place = Suspension(clock)
        openedAt = clock.wall
    }

    /// Begins to look after the jobs.
    package func start() {
        book.onEvent.append { [weak self] _ in self?.wake() }
        startTask { await self.work() }
    }

    /// Begins nothing any more. What is under way goes on.
    package func close() {
        isOpen = false
        wake()
    }

    /// Returns when nothing is under way any more, or when the time is up.
    package func drain(within time: Duration) async {
        close()
        let deadline = clock.now + time
        while !underWay.isEmpty, await place.wait(until: deadline) == .event {}
    }

    package func runningSince(_ id: String) -> WallTime? { underWay[id]?.startedAt }

    /// When it will look for something to begin; nil while there is nothing, or it is off.
    package var nextWake: WallTime? { settings.isEnabled ? book.nextDue() : nil }

    /// Whether it waits for time to pass.
    var isWaiting: Bool { place.isWaiting }

    /// Something may be due now.
    func wake() {
        mustLook = true
        place.wake()
    }

    // MARK: The loop

    private func work() async {
        while isOpen {
            mustLook = false
            isSound = true
            await lookOnce()
            guard isOpen, !mustLook else { continue }
            _ = await place.wait(until: deadline)
        }
    }

    /// Nil while there is nothing to wait for.
    private var deadline: Instant? {
        guard isSound else { return clock.now + Self.pause }
        guard settings.isEnabled, let due = book.nextDue({ underWay[$0] == nil }) else { return nil }
        let wait = Duration.nanoseconds(due.nanoseconds - clock.wall.nanoseconds)
        // What is due and waits for a place is looked at again when a run ends.
        return clock.now + (wait > .zero ? min(wait, look) : look)
    }

    private func lookOnce() async {
        guard settings.isEnabled else { return }
        let now = clock.wall
        await book.takeClock(now)
        for record in book.inOrder {
            guard let due = book.due(record.job.id), due <= now else { return }
            guard isOpen, isSound, settings.isEnabled else { return }
            if underWay[record.job.id] == nil { await consider(record, at: now) }
        }
    }

    /// What is due of a job: run, or recorded as missed.
    func consider(_ record: CronRecord, at now: WallTime) async {
        let job = record.job
        guard let fires = Self.fires(of: record, through: now) else { return }
        guard mayStart() else { return await miss(job.id, .held, fires, Self.held, through: now) }
        let late = Duration.nanoseconds(now.nanoseconds - fires.last.nanoseconds)
        guard late <= max(job.catchUp, Self.punctual) else {
            return await miss(job.id, .missed, fires, reason(fires.first), through: now)
        }
        guard underWay.count < settings.maxConcurrentRuns else { return }
        if fires.count > 1, let before = fires.beforeLast {
            var earlier = fires
            earlier.last = before
            earlier.count -= 1
            await miss(job.id, .missed, earlier, reason(fires.first), through: before)
            guard isSound else { return }
        }
        await begin(job, fire: fires.last, attempt: record.retry?.attempts ?? 0)
    }

    private static func fires(of record: CronRecord, through now: WallTime) -> CronSchedule.Fires? {
        if let retry = record.retry { return CronSchedule.Fires(first: retry.at, last: retry.at, count: 1) }
        return record.job.schedule?.fires(
            after: record.position, through: now, job: record.job.id, enough: max(record.job.catchUp, punctual))
    }

    static let held = "another gateway does the work of this one"
    static let stillRunning = "the run before it was still under way"

    private func reason(_ fire: WallTime) -> String {
        fire < openedAt
            ? "the gateway was not running at that time"
            : "it could not be begun in time: the clock was set, this machine slept, or the job waited for others or after "
                + "failures"
    }

    private func miss(
        _ id: String, _ kind: CronOutcome.Kind, _ fires: CronSchedule.Fires, _ reason: String,
        through position: WallTime
    ) async {
        log.warn(
            "a job was not run: \(reason)",
            ["job": .text(id), "count": LogValue(fires.count), "due": .text(CalendarDate(fires.last).text())])
        do throws(StoreError) {
            try await book.miss(id, kind, fires, reason, through: position, at: clock.wall)
        } catch {
            trouble(error)
        }
    }

    func trouble(_ error: StoreError) {
        isSound = false
        log.error("jobs wait for the store: \(error)")
    }
}

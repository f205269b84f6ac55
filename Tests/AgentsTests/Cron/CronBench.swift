import Platform
import Store
import Support
import Testing

@testable import Agents

/// Runs jobs as the test says, and keeps which.
@LoopActor
final class FakeCronRunner: CronRunner {
    private(set) var runs: [CronRun] = []
    /// What comes of the next runs; then all are fine.
    var outcomes: [CronOutcome] = []
    /// While it is set, runs do not end.
    var isHeld = false
    private(set) var holding = 0
    private(set) var mostAtOnce = 0
    private var atOnce: [String: Int] = [:]
    private(set) var overlaps = 0
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func run(_ run: CronRun) async -> CronOutcome {
        runs.append(run)
        holding += 1
        mostAtOnce = max(mostAtOnce, holding)
        atOnce[run.job.id, default: 0] += 1
        if atOnce[run.job.id] != 1 { overlaps += 1 }
        if isHeld { await withCheckedContinuation { waiting.append($0) } }
        holding -= 1
        atOnce[run.job.id, default: 1] -= 1
        return outcomes.isEmpty ? CronOutcome(.ok) : outcomes.removeFirst()
    }

    func release() {
        isHeld = false
        for one in waiting { one.resume() }
        waiting = []
    }

    /// The moments that runs were for, as UTC shows them.
    var fires: [String] { runs.map { $0.fireAt?.text ?? "by hand" } }
}

extension WallTime {
    /// "2027-03-28T01:00:00".
    var text: String { String(CalendarDate(self).text(zone: "").dropLast(4)) }

    init?(_ text: String) {
        guard let time = CalendarDate.read(iso: text)?.date.time() else { return nil }
        self = time
    }
}

/// A scheduler with a store of its own and a clock that the test moves.
@LoopActor
final class CronBench {
    let clock = FakeClock()
    private(set) var runner = FakeCronRunner()
    private let scratch = ScratchDirectory()
    private(set) var store: Store
    private(set) var scheduler: CronScheduler
    private let look: Duration
    private var stale: [FakeCronRunner] = []

    static let schema = Schema((2...5).map { Migration($0, "another's", []) } + Migration.cron)

    init(at start: String, look: Duration = CronScheduler.interval) async throws {
        self.look = look
        clock.wall = try #require(WallTime(start))
        store = try await Store.open(at: scratch.path("s.sqlite"), schema: Self.schema)
        scheduler = try await Self.scheduler(store, clock, runner, look)
    }

    private static func scheduler(
        _ store: Store, _ clock: FakeClock, _ runner: FakeCronRunner, _ look: Duration
    ) async throws -> CronScheduler {
        let zones = CronZones(ZoneShelf(), local: .utc)
        let book = try await CronBook.open(store, zones: zones, at: clock.wall)
        return CronScheduler(
            book, runner: runner, clock: clock,
            log: Log(LogOutput(LogSettings(level: .error), clock: clock), subsystem: "cron"), look: look)
    }

    var book: CronBook { scheduler.book }

    func start() async throws {
        scheduler.start()
        try await rest()
    }

    /// The gateway is ended without a word; another one begins after `down`.
    func crash(down: Duration = .zero) async throws {
        scheduler.close()
        await store.close()
        stale.append(runner)
        runner = FakeCronRunner()
        clock.wall.nanoseconds += down.inNanoseconds
        store = try await Store.open(at: scratch.path("s.sqlite"), schema: Self.schema)
        scheduler = try await Self.scheduler(store, clock, runner, look)
    }

    func end() async {
        scheduler.close()
        for one in stale + [runner] { one.release() }
        await scheduler.drain(within: .zero)
        await store.close()
    }

    @discardableResult
    func add(_ id: String, _ schedule: JSON, _ more: JSON = [:]) async throws -> CronJob {
        var document = more.object ?? JSONObject()
        document["schedule"] = schedule
        document["payload"] = more["payload"] ?? ["kind": "agentTurn", "message": "do it"]
        let job = try CronJob(new: document, id: id, at: clock.wall, zones: book.zones)
        _ = try await book.add(job, at: clock.wall)
        return job
    }

    /// Returns when all that is due was begun, and all that was done is stored.
    func rest() async throws {
        try await turns { self.scheduler.isWaiting && self.scheduler.underWay.count == self.runner.holding }
    }

    /// What is held comes to its end.
    func release() async throws {
        runner.release()
        try await turns { self.runner.holding == 0 }
        try await rest()
    }

    /// Lets time pass, from timer to timer.
    func pass(until end: String) async throws {
        let end = try #require(WallTime(end))
        try await rest()
        while clock.wall < end {
            let left = Duration.nanoseconds(end.nanoseconds - clock.wall.nanoseconds)
            let next = clock.timers.next.map { $0 - clock.now } ?? left
            await clock.advance(by: min(max(next, .zero), left))
            try await rest()
        }
    }

    /// The clock is set.
    func set(_ time: String) throws { clock.wall = try #require(WallTime(time)) }

    /// The log of a job, oldest first: what came of it, and which moments.
    func log(_ id: String) async throws -> [String] {
        var query = CronQuery()
        query.jobID = id
        query.limit = 1000
        query.isOldestFirst = true
        return try await book.runs(query).entries.map { entry in
            func time(_ name: String) -> String {
                entry[name]?.int.map { WallTime(milliseconds: Int64($0)).text } ?? "by hand"
            }
            let kind = entry["outcome"]?.string ?? ""
            guard let count = entry["count"]?.int else { return "\(kind) \(time("dueAtMs"))" }
            return "\(kind) \(count) \(time("firstAtMs"))-\(time("lastAtMs"))"
        }
    }
}

func withCron(
    at start: String, look: Duration = CronScheduler.interval,
    _ body: @escaping @LoopActor @Sendable (CronBench) async throws -> Void
) async throws {
    try await onLoop {
        let bench = try await CronBench(at: start, look: look)
        do {
            try await body(bench)
        } catch {
            await bench.end()
            throw error
        }
        await bench.end()
    }
}

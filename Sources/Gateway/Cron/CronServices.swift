import Agents
import Contract
import Platform
import Settings
import Store

/// Jobs at set times, put together.
@LoopActor
final class CronServices {
    /// For runs that end with the gateway to be recorded.
    nonisolated static let lastTime = Duration.seconds(2)

    private let door: CronDoor
    let zones: CronZones
    private let runner: CronTurns
    private let hub: EventHub
    private let clock: any Clock
    private let log: Log
    private var settings = CronSettings()

    init(_ runner: CronTurns, door: CronDoor, hub: EventHub, environment: Environment, clock: any Clock, log: Log) {
        self.runner = runner
        self.door = door
        self.hub = hub
        self.clock = clock
        self.log = log
        let shelf = ZoneShelf()
        zones = CronZones(shelf, local: shelf.local(environment))
    }

    /// Nil until the store is open.
    var scheduler: CronScheduler? { door.scheduler }

    /// Whether this gateway is the one that begins jobs; else they are recorded as held.
    var mayStart: @LoopActor () -> Bool = { true } {
        didSet { scheduler?.mayStart = mayStart }
    }

    var isEnabled: Bool { settings.isEnabled }

    func take(_ snapshot: ConfigSnapshot) {
        settings = CronSettings(snapshot)
        scheduler?.settings = settings
    }

    /// Takes up what the store holds, and begins what is due.
    func open(_ store: Store) async throws(StoreError) {
        let book = try await CronBook.open(store, zones: zones, at: clock.wall)
        let scheduler = CronScheduler(book, runner: runner, clock: clock, log: log)
        scheduler.settings = settings
        scheduler.mayStart = mayStart
        book.onEvent.append { [weak self] in self?.tell($0) }
        door.scheduler = scheduler
        scheduler.start()
    }

    func opened() throws(RPCError) -> CronScheduler {
        guard let scheduler else { throw .unavailable("the gateway is starting; try again shortly") }
        return scheduler
    }

    /// Begins nothing any more.
    func close() { scheduler?.close() }

    /// Returns when what was under way is recorded.
    func drain() async { await scheduler?.drain(within: Self.lastTime) }

    // MARK: For clients

    /// A job as clients see it.
    func json(_ record: CronRecord) -> JSON {
        record.job.json(state: record.stateJSON(runningSince: scheduler?.runningSince(record.job.id)))
    }

    private func tell(_ event: CronEvent) {
        var payload = JSONObject()
        switch event {
        case .added(let id): payload = Self.payload(id, "added")
        case .updated(let id): payload = Self.payload(id, "updated")
        case .removed(let id): payload = Self.payload(id, "removed")
        case .started(let run):
            payload = Self.payload(run.job.id, "started")
            payload["runAtMs"] = .int(run.startedAt.milliseconds)
            payload["runId"] = .string(run.id)
        case .finished(let id, let entry):
            payload = Self.payload(id, "finished")
            for name in Self.told { payload[name] = entry[name] }
        }
        if let id = payload["jobId"]?.string, payload["nextRunAtMs"] == nil, let due = scheduler?.book.due(id) {
            payload["nextRunAtMs"] = .int(due.milliseconds)
        }
        hub.broadcast(.cron, .object(payload))
    }

    private static let told = [
        "runId", "runAtMs", "durationMs", "status", "outcome", "error", "summary", "nextRunAtMs",
    ]

    private static func payload(_ id: String, _ action: String) -> JSONObject {
        JSONObject([("jobId", .string(id)), ("action", .string(action))])
    }
}

import Agents
import Platform
import Store
import Support
import Testing

@testable import Gateway

@Suite struct CronImportTests {
    private static func withImport(
        _ jobs: String,
        _ body: @escaping @LoopActor @Sendable (ScratchDirectory, Store, FakeClock) async throws -> Void
    ) async throws {
        try await onLoop {
            let scratch = ScratchDirectory()
            try await PrivateDirectory.create(scratch.path("from/cron"))
            scratch.write("{\"version\": 1, \"jobs\": [\(jobs)]}", to: "from/cron/jobs.json")
            let store = try await Store.open(at: scratch.path("s.sqlite"), schema: GatewaySchema.schema)
            do {
                try await body(scratch, store, FakeClock())
            } catch {
                await store.close()
                throw error
            }
            await store.close()
        }
    }

    @LoopActor
    private static func run(
        _ scratch: ScratchDirectory, _ store: Store?, _ clock: FakeClock, isTrial: Bool = false
    ) async throws -> ImportTally {
        try await CronImport.run(
            try SafeDirectory(scratch.path("from")), into: store, isTrial: isTrial,
            zones: CronZones(ZoneShelf(), local: .utc), at: clock.wall)
    }

    @LoopActor
    private static func book(_ store: Store, _ clock: FakeClock) async throws -> CronBook {
        try await CronBook.open(store, zones: CronZones(ZoneShelf(), local: .utc), at: clock.wall)
    }

    private static let morning = """
        {"id": "job-1", "name": "morning", "enabled": true, "createdAtMs": 1, "updatedAtMs": 2, "extra": {"x": 1},
        "schedule": {"kind": "cron", "expr": "0 7 * * *"}, "sessionTarget": "main", "wakeMode": "now",
        "payload": {"kind": "systemEvent", "text": "good morning"}, "state": {"nextRunAtMs": 1}}
        """

    @Test func aJobIsTakenOnceHoweverOftenTheImportRuns() async throws {
        try await Self.withImport(Self.morning) { scratch, store, clock in
            let trial = try await Self.run(scratch, store, clock, isTrial: true)
            #expect(trial.taken == 1)
            #expect(try await Self.book(store, clock).count == 0)
            let first = try await Self.run(scratch, store, clock)
            #expect(first.taken == 1 && first.left == [])
            let again = try await Self.run(scratch, store, clock)
            #expect(again.taken == 0 && again.known == 1)
            let book = try await Self.book(store, clock)
            let job = try #require(book.record("job-1")).job
            #expect(job.document["extra"] == ["x": 1] && job.createdAt.milliseconds == 1)
            // What was removed here does not come back.
            #expect(try await book.remove("job-1"))
            #expect(try await Self.run(scratch, store, clock).known == 1)
            #expect(try await Self.book(store, clock).count == 0)
        }
    }

    @Test func whatRanWhatIsPastAndWhatIsNotServedStaysWithItsReason() async throws {
        func job(_ id: String, _ schedule: String, _ more: String = "") -> String {
            "{\"id\": \"\(id)\", \"schedule\": \(schedule), \"payload\": {\"kind\": \"agentTurn\", \"message\": \"m\"}\(more)}"
        }
        let now: Int64 = 1_790_000_000_000
        let jobs = [
            job("ran", "{\"kind\": \"at\", \"atMs\": \(now + 1000)}", ", \"state\": {\"lastRunAtMs\": 5}"),
            job("past", "{\"kind\": \"at\", \"atMs\": \(now - 90_000_000)}"),
            job("late", "{\"kind\": \"at\", \"atMs\": \(now - 3_600_000)}"),
            job("stream", "{\"kind\": \"stream\"}"), job("../x", "{\"kind\": \"every\", \"everyMs\": 60000}"),
            job("twice", "{\"kind\": \"every\", \"everyMs\": 60000}"),
            job("twice", "{\"kind\": \"every\", \"everyMs\": 60000}"),
            job("zone", "{\"kind\": \"cron\", \"expr\": \"0 7 * * *\", \"tz\": \"Mars/Base\"}"),
            job("old", "{\"cron\": \"0 7 * * *\"}"),
        ]
        try await Self.withImport(jobs.joined(separator: ",")) { scratch, store, clock in
            let tally = try await Self.run(scratch, store, clock)
            #expect(tally.taken == 3)
            let reasons = Dictionary(tally.left.map { ($0.name, $0.reason) }) { first, _ in first }
            #expect(reasons["job ran"] == "it has run")
            #expect(reasons["job past"]?.hasPrefix("its time has passed") == true)
            #expect(reasons["job stream"]?.contains("not served") == true)
            #expect(reasons["job ../x"] == "its id is none")
            #expect(reasons["job twice"] == "another job has this id")
            #expect(reasons["job zone"]?.contains("Mars/Base") == true)
            let book = try await Self.book(store, clock)
            #expect(book.record("late")?.due?.milliseconds == now - 3_600_000)
        }
    }

    @Test func whatWasDueWhileNeitherRanIsLateAndNotForgotten() async throws {
        let now: Int64 = 1_790_000_000_000
        let job = """
            {"id": "hourly", "schedule": {"kind": "every", "everyMs": 3600000, "anchorMs": \(now - 7_800_000)},
            "payload": {"kind": "agentTurn", "message": "m"}, "state": {"nextRunAtMs": \(now - 600_000)}}
            """
        try await Self.withImport(job) { scratch, store, clock in
            let tally = try await Self.run(scratch, store, clock)
            #expect(tally.taken == 1)
            #expect(try await Self.book(store, clock).record("hourly")?.due?.milliseconds == now - 600_000)
        }
    }

    @Test func aDirectoryWithoutJobsGivesNone() async throws {
        try await Self.withImport("") { scratch, store, clock in
            let tally = try await Self.run(scratch, store, clock)
            #expect(tally == ImportTally("cron jobs"))
            #expect(try await Self.run(scratch, nil, clock, isTrial: true) == ImportTally("cron jobs"))
        }
    }
}

import Platform
import Store
import Support
import Testing

@testable import Agents

@Suite(.serialized) struct CronSchedulerTests {
    static let hourly: JSON = ["kind": "cron", "expr": "0 * * * *"]
    static let daily: JSON = ["kind": "cron", "expr": "0 9 * * *"]

    @Test func aJobRunsAtEachOfItsTimes() async throws {
        try await withCron(at: "2027-01-01T00:30") { bench in
            try await bench.add("hourly", Self.hourly)
            try await bench.add("every", ["kind": "every", "everyMs": 3_000_000])
            try await bench.start()
            try await bench.pass(until: "2027-01-01T03:10")
            let hourly = ["2027-01-01T01:00:00", "2027-01-01T02:00:00", "2027-01-01T03:00:00"]
            let every = ["2027-01-01T01:20:00", "2027-01-01T02:10:00", "2027-01-01T03:00:00"]
            #expect(bench.runner.runs.filter { $0.job.id == "hourly" }.map { $0.fireAt?.text } == hourly)
            #expect(bench.runner.runs.filter { $0.job.id == "every" }.map { $0.fireAt?.text } == every)
            #expect(try await bench.log("hourly") == hourly.map { "ok \($0)" })
        }
    }

    /// Five zones, a year, a job in the night when clocks are changed, stops of a day each month: each day's run is there
    /// once, or stands in the log as missed.
    @Test func inAYearOfFiveZonesEachDayHasItsRunOrIsRecorded() async throws {
        let zones = [
            "Europe/Berlin", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe", "America/Sao_Paulo",
        ]
        let seed = UInt64.random(in: 0...UInt64.max)
        try await withCron(at: "2026-12-31T18:00", look: .seconds(86_400 * 3)) { bench in
            var random = SeededRandom(seed: seed)
            for zone in zones {
                try await bench.add(
                    zone,
                    [
                        "kind": "cron", "expr": .string(zone.hasPrefix("Aus") ? "10 2 * * *" : "30 2 * * *"),
                        "tz": .string(zone),
                    ])
            }
            try await bench.start()
            var runs: [CronRun] = []
            var missed: [String: Set<String>] = [:]
            for month in 1...12 {
                let day = Int.random(in: 10...27, using: &random)
                try await bench.pass(until: "2027-\(month < 10 ? "0" : "")\(month)-\(day)T00:05")
                runs += bench.runner.runs
                try await bench.crash(down: .seconds(Int64.random(in: 3...60, using: &random) * 3600))
                try await bench.start()
                // The log of a job has an end, so it is read as the year goes on.
                for zone in zones {
                    for line in try await bench.log(zone) where line.hasPrefix("missed") {
                        missed[zone, default: []].insert(line)
                    }
                }
            }
            try await bench.pass(until: "2027-12-31T18:00")
            runs += bench.runner.runs
            #expect(bench.runner.overlaps == 0)
            for zone in zones {
                let rules = try ZoneShelf().zone(zone)
                let mine = runs.filter { $0.job.id == zone }.compactMap(\.fireAt)
                #expect(Set(mine).count == mine.count, "\(zone) ran twice, seed \(seed)")
                let days = Set(mine.map { rules.date(of: $0).daysSince1970 })
                #expect(days.count == mine.count, "\(zone) ran twice on a day, seed \(seed)")
                let count = missed[zone, default: []].reduce(0) { $0 + (Int($1.split(separator: " ")[1]) ?? 0) }
                #expect(days.count + count == 365, "\(zone): \(days.count) and \(count), seed \(seed)")
            }
        }
    }

    @Test func whatWasDueWhileTheGatewayWasDownIsMadeUpForOnceWithinItsTime() async throws {
        try await withCron(at: "2027-01-01T08:30") { bench in
            try await bench.add("daily", Self.daily)
            try await bench.add("hourly", Self.hourly)
            try await bench.add("never late", Self.daily, ["catchUpMs": 0])
            try await bench.add("patient", Self.daily, ["catchUpMs": 86_400_000])
            try await bench.start()
            try await bench.crash(down: .seconds(1800 + 3 * 3600 + 60))
            try await bench.start()
            #expect(try await bench.log("daily") == ["missed 1 2027-01-01T09:00:00-2027-01-01T09:00:00"])
            #expect(try await bench.log("never late") == ["missed 1 2027-01-01T09:00:00-2027-01-01T09:00:00"])
            #expect(try await bench.log("patient") == ["ok 2027-01-01T09:00:00"])
            #expect(
                try await bench.log("hourly") == [
                    "missed 3 2027-01-01T09:00:00-2027-01-01T11:00:00", "ok 2027-01-01T12:00:00",
                ])
            try await bench.pass(until: "2027-01-02T08:00")
            try await bench.crash(down: .seconds(3600 + 3600))
            try await bench.start()
            #expect(try await bench.log("daily").last == "ok 2027-01-02T09:00:00")
            let state = try #require(bench.book.record("never late")).stateJSON(runningSince: nil)
            #expect(state["lastStatus"] == "skipped" && state["lastOutcome"] == "missed")
            #expect(state["lastError"]?.string?.contains("not running") == true)
        }
    }

    @Test func aRunWhoseIntentWasKeptIsNeverBegunAgain() async throws {
        try await withCron(at: "2027-01-01T08:59") { bench in
            try await bench.add("daily", Self.daily)
            try await bench.add("once", ["kind": "at", "at": "2027-01-01T09:00:00Z"])
            bench.runner.isHeld = true
            try await bench.start()
            try await bench.pass(until: "2027-01-01T09:00:30")
            #expect(bench.runner.runs.count == 2)
            try await bench.crash()
            try await bench.start()
            try await bench.pass(until: "2027-01-01T10:00")
            #expect(bench.runner.runs.isEmpty)
            #expect(try await bench.log("daily") == ["interrupted 2027-01-01T09:00:00"])
            #expect(try await bench.log("once") == ["interrupted 2027-01-01T09:00:00"])
            #expect(bench.book.record("once")?.job.isEnabled == false)
            try await bench.pass(until: "2027-01-02T09:01")
            #expect(bench.runner.fires == ["2027-01-02T09:00:00"])
        }
    }

    @Test func aJobThatIsStillRunningIsNotBegunASecondTime() async throws {
        try await withCron(at: "2027-01-01T08:30") { bench in
            try await bench.add("hourly", Self.hourly)
            bench.runner.isHeld = true
            try await bench.start()
            try await bench.pass(until: "2027-01-01T11:30")
            #expect(bench.runner.fires == ["2027-01-01T09:00:00"])
            try await bench.release()
            try await bench.pass(until: "2027-01-01T12:30")
            #expect(bench.runner.fires == ["2027-01-01T09:00:00", "2027-01-01T12:00:00"])
            #expect(
                try await bench.log("hourly") == [
                    "ok 2027-01-01T09:00:00", "skipped 2 2027-01-01T10:00:00-2027-01-01T11:00:00",
                    "ok 2027-01-01T12:00:00",
                ])
        }
    }

    @Test func noMoreRunAtOnceThanAreAllowed() async throws {
        try await withCron(at: "2027-01-01T08:59") { bench in
            for number in 0..<7 { try await bench.add("job\(number)", Self.daily) }
            bench.scheduler.settings.maxConcurrentRuns = 3
            bench.runner.isHeld = true
            try await bench.start()
            try await bench.pass(until: "2027-01-01T09:01")
            #expect(bench.runner.runs.map(\.job.id) == ["job0", "job1", "job2"])
            try await bench.release()
            try await bench.pass(until: "2027-01-01T09:10")
            #expect(bench.runner.mostAtOnce == 3)
            #expect(bench.runner.runs.count == 7 && Set(bench.runner.runs.map(\.job.id)).count == 7)
        }
    }

    @Test func aJobOfOneMomentIsTriedAgainWhileItsFailuresPass() async throws {
        try await withCron(at: "2027-01-01T08:59") { bench in
            try await bench.add(
                "once", ["kind": "at", "atMs": .int(try #require(WallTime("2027-01-01T09:00")).milliseconds)])
            bench.runner.outcomes = [
                CronOutcome(.error, error: "overloaded", isTransient: true),
                CronOutcome(.error, error: "overloaded", isTransient: true),
            ]
            try await bench.start()
            try await bench.pass(until: "2027-01-01T09:30")
            #expect(bench.runner.fires == ["2027-01-01T09:00:00", "2027-01-01T09:01:00", "2027-01-01T09:03:00"])
            #expect(bench.book.record("once") == nil)
            #expect(try await bench.log("once").map { $0.prefix(3) } == ["err", "err", "ok "])
            // A retry outlives the process.
            try await bench.add("again", ["kind": "at", "at": "2027-01-01T10:00:00Z"], ["deleteAfterRun": false])
            bench.runner.outcomes = [CronOutcome(.error, error: "overloaded", isTransient: true)]
            try await bench.pass(until: "2027-01-01T10:00:10")
            try await bench.crash()
            try await bench.start()
            try await bench.pass(until: "2027-01-01T10:30")
            #expect(bench.runner.fires == ["2027-01-01T10:01:00"])
            #expect(bench.book.record("again")?.job.isEnabled == false)
            // What will not pass is not tried again, and four times are enough.
            try await bench.add("wrong", ["kind": "at", "at": "2027-01-01T11:00:00Z"])
            bench.runner.outcomes = [CronOutcome(.error, error: "no such model")]
            try await bench.pass(until: "2027-01-01T11:59")
            #expect(try await bench.log("wrong") == ["error 2027-01-01T11:00:00"])
            try await bench.add("hopeless", ["kind": "at", "at": "2027-01-01T12:00:00Z"])
            bench.runner.outcomes = Array(
                repeating: CronOutcome(.error, error: "overloaded", isTransient: true), count: 9)
            try await bench.pass(until: "2027-01-01T13:00")
            #expect(try await bench.log("hopeless").count == 1 + CronBook.retries.count)
            #expect(bench.book.record("hopeless")?.job.isEnabled == false)
        }
    }

    @Test func aJobThatKeepsFailingWaitsLongerAndRecovers() async throws {
        try await withCron(at: "2027-01-01T08:59") { bench in
            try await bench.add("minute", ["kind": "cron", "expr": "* * * * *"])
            bench.runner.outcomes = Array(repeating: CronOutcome(.error, error: "no"), count: 3)
            try await bench.start()
            try await bench.pass(until: "2027-01-01T09:10:30")
            // After 30 s, a minute, five minutes; then as it should be.
            #expect(
                bench.runner.fires.map { $0.suffix(8) } == [
                    "09:00:00", "09:01:00", "09:02:00", "09:07:00", "09:08:00", "09:09:00", "09:10:00",
                ])
            #expect(try await bench.log("minute").contains("missed 4 2027-01-01T09:03:00-2027-01-01T09:06:00"))
            #expect(bench.book.record("minute")?.state.failuresInARow == 0)
        }
    }
}

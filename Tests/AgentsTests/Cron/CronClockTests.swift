import Platform
import Store
import Support
import Testing

@testable import Agents

/// A clock that is set, a gateway that must not, people who ask.
@Suite(.serialized) struct CronClockTests {
    @Test(arguments: [5, 90, 600, 7200, 20 * 3600])
    func aClockThatIsSetBackRunsNothingAgain(_ seconds: Int) async throws {
        try await withCron(at: "2027-01-01T00:30") { bench in
            try await bench.add("hourly", CronSchedulerTests.hourly)
            try await bench.start()
            try await bench.pass(until: "2027-01-01T22:10")
            bench.clock.wall.nanoseconds -= Int64(seconds) * 1_000_000_000
            try await bench.pass(until: "2027-01-02T03:10")
            let fires = bench.runner.fires
            #expect(Set(fires).count == fires.count)
            #expect(fires.count == 27 && fires.last == "2027-01-02T03:00:00")
        }
    }

    @Test func aClockThatWasAYearAheadStopsNoJobForAYear() async throws {
        try await withCron(at: "2027-01-01T00:30") { bench in
            try await bench.add("hourly", CronSchedulerTests.hourly)
            try await bench.start()
            try await bench.pass(until: "2027-01-01T02:10")
            try bench.set("2028-01-01T00:10")
            try await bench.pass(until: "2028-01-01T02:10")
            try bench.set("2027-01-01T02:20")
            try await bench.pass(until: "2027-01-01T04:10")
            #expect(bench.runner.fires.suffix(2) == ["2027-01-01T03:00:00", "2027-01-01T04:00:00"])
            // After a restart, too.
            try bench.set("2028-01-01T02:50")
            try await bench.pass(until: "2028-01-01T03:10")
            try await bench.crash()
            try bench.set("2027-01-01T04:20")
            try await bench.start()
            try await bench.pass(until: "2027-01-01T05:10")
            #expect(bench.runner.fires == ["2027-01-01T05:00:00"])
        }
    }

    @Test func aClockThatIsSetForwardIsAsIfTheGatewayHadBeenDown() async throws {
        try await withCron(at: "2027-01-01T00:30") { bench in
            try await bench.add("hourly", CronSchedulerTests.hourly)
            try await bench.start()
            try await bench.pass(until: "2027-01-01T01:10")
            bench.clock.wall.nanoseconds += 5 * 3600 * 1_000_000_000
            // It is noticed within a look.
            try await bench.pass(until: "2027-01-01T06:11:30")
            #expect(bench.runner.fires == ["2027-01-01T01:00:00", "2027-01-01T06:00:00"])
            #expect(try await bench.log("hourly")[1] == "missed 4 2027-01-01T02:00:00-2027-01-01T05:00:00")
        }
    }

    @Test func aGatewayThatMustNotBeginRunsRecordsThemAsHeld() async throws {
        try await withCron(at: "2027-01-01T00:30") { bench in
            try await bench.add("hourly", CronSchedulerTests.hourly)
            try await bench.add("once", ["kind": "at", "at": "2027-01-01T02:00:00Z"])
            bench.scheduler.mayStart = { false }
            try await bench.start()
            try await bench.pass(until: "2027-01-01T04:10")
            #expect(bench.runner.runs.isEmpty)
            #expect(try await bench.log("hourly") == ["held 4 2027-01-01T01:00:00-2027-01-01T04:00:00"])
            #expect(try await bench.log("once") == ["held 1 2027-01-01T02:00:00-2027-01-01T02:00:00"])
            guard case .refused = await bench.scheduler.run("hourly") else { throw Wrong("it was begun") }
            bench.scheduler.mayStart = { true }
            try await bench.pass(until: "2027-01-01T05:10")
            #expect(bench.runner.fires == ["2027-01-01T05:00:00"])
        }
    }

    @Test func whatIsLateByADayIsStillAReminderAndLaterOnlyARecord() async throws {
        try await withCron(at: "2027-01-01T08:00") { bench in
            try await bench.add("once", ["kind": "at", "at": "2027-01-01T09:00:00Z"])
            try await bench.add("other", ["kind": "at", "at": "2027-01-01T08:30:00Z"])
            try await bench.crash(down: .seconds(24 * 3600 + 1800 + 120))
            try await bench.start()
            #expect(bench.runner.runs.map(\.job.id) == ["once"])
            #expect(try await bench.log("other") == ["missed 1 2027-01-01T08:30:00-2027-01-01T08:30:00"])
            #expect(bench.book.record("other")?.job.isEnabled == false && bench.book.record("once") == nil)
        }
    }

    @Test func aRunThatSomebodyWantsIsOneMoreAndChangesNothing() async throws {
        try await withCron(at: "2027-01-01T08:30") { bench in
            try await bench.add("daily", CronSchedulerTests.daily, ["enabled": false])
            try await bench.add("once", ["kind": "at", "at": "2027-01-01T09:00:00Z"])
            try await bench.start()
            bench.runner.isHeld = true
            guard case .begun(let id) = await bench.scheduler.run("daily") else { throw Wrong("not begun") }
            guard case .alreadyRunning = await bench.scheduler.run("daily") else { throw Wrong("begun twice") }
            guard case .notDue = await bench.scheduler.run("once", onlyIfDue: true) else { throw Wrong("due") }
            guard case .begun = await bench.scheduler.run("once") else { throw Wrong("not begun") }
            guard case .unknown = await bench.scheduler.run("nobody") else { throw Wrong("known") }
            try await bench.rest()
            try await bench.release()
            #expect(bench.runner.runs.first?.id == id && bench.runner.fires == ["by hand", "by hand"])
            try await bench.pass(until: "2027-01-01T10:00")
            #expect(bench.runner.fires.last == "2027-01-01T09:00:00" && bench.runner.runs.count == 3)
            #expect(try await bench.log("daily") == ["ok by hand"])
        }
    }

    @Test func aChangeCountsFromThenOn() async throws {
        try await withCron(at: "2027-01-01T08:30") { bench in
            try await bench.add("job", CronSchedulerTests.hourly)
            try await bench.start()
            let schedule: JSON = ["kind": "cron", "expr": "45 * * * *"]
            let later = JSONObject([("schedule", schedule), ("other", JSON.array([1]))])
            guard case .done(let record) = try await bench.book.change("job", by: later, at: bench.clock.wall) else {
                throw Wrong("not changed")
            }
            #expect(record.job.document["other"] == [1])
            try await bench.pass(until: "2027-01-01T09:10")
            #expect(bench.runner.fires == ["2027-01-01T08:45:00"])
            _ = try await bench.book.change("job", by: JSONObject([("enabled", false)]), at: bench.clock.wall)
            try await bench.pass(until: "2027-01-01T11:10")
            _ = try await bench.book.change("job", by: JSONObject([("enabled", true)]), at: bench.clock.wall)
            try await bench.pass(until: "2027-01-01T11:50")
            let impossible: JSON = ["kind": "cron", "expr": "0 0 30 2 *"]
            let never = JSONObject([("schedule", impossible)])
            // What came while it was off is neither made up for nor missed.
            #expect(bench.runner.fires == ["2027-01-01T08:45:00", "2027-01-01T11:45:00"])
            guard
                case .refused(let problem) = try await bench.book.change(
                    "job", by: never, at: bench.clock.wall)
            else { throw Wrong("not refused") }
            #expect("\(problem)".contains("never happens"))
            #expect(try await bench.book.remove("job"))
            #expect(try await !bench.book.remove("job"))
        }
    }

    @Test func theLogOfAJobHasAnEnd() async throws {
        try await withCron(at: "2027-01-01T00:00:30") { bench in
            try await bench.add("minute", ["kind": "cron", "expr": "* * * * *"])
            try await bench.start()
            for (end, count) in [("03:19:30", 199), ("03:20:30", 200), ("03:21:30", 200)] {
                try await bench.pass(until: "2027-01-01T\(end)")
                #expect(try await bench.log("minute").count == count)
            }
            #expect(bench.runner.runs.count == 201)
        }
    }

    @Test func offMeansOff() async throws {
        try await withCron(at: "2027-01-01T08:30") { bench in
            try await bench.add("hourly", CronSchedulerTests.hourly)
            bench.scheduler.settings.isEnabled = false
            try await bench.start()
            try await bench.pass(until: "2027-01-01T10:30")
            #expect(bench.runner.runs.isEmpty && bench.scheduler.nextWake == nil)
            bench.scheduler.settings.isEnabled = true
            try await bench.rest()
            #expect(bench.runner.fires == ["2027-01-01T10:00:00"])
        }
    }
}

struct Wrong: Error {
    let what: String
    init(_ what: String) { self.what = what }
}

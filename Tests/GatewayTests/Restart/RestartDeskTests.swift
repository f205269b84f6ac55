import Platform
import Settings
import Support
import Testing

@testable import Gateway

@LoopActor
private final class Bench {
    let clock = FakeClock()
    let desk: RestartDesk
    var begun: [RestartRequest] = []
    var work = 0

    init(_ means: RestartMeans? = .supervised) {
        desk = RestartDesk(means: means, clock: clock)
        desk.begin = { [weak self] in self?.begun.append($0) }
        desk.work = { [weak self] in self?.work ?? 0 }
    }

    func ask(
        _ reason: String, _ patience: RestartRequest.Patience = .now
    ) async throws -> RestartDesk.Answer {
        try await desk.ask(RestartRequest(reason: reason, patience: patience))
    }
}

@Suite struct RestartDeskTests {
    @Test func manyWishesAreOneRestart() async throws {
        try await onLoop {
            let bench = Bench()
            let first = try await bench.ask("one")
            #expect(first == .begun)
            for number in 0..<20 {
                let late = try await bench.ask("\(number)", .atOnce)
                #expect(late == .coalesced)
            }
            #expect(bench.begun.map(\.reason) == ["one"])
        }
    }

    @Test func aPatientWishWaitsForRuns() async throws {
        try await onLoop {
            let bench = Bench()
            bench.work = 2
            let patient = try await bench.ask("later", .whenIdle)
            #expect(patient == .waits(until: .seconds(300)))
            let another = try await bench.ask("later too", .whenIdle)
            #expect(another == .coalesced)
            await bench.clock.advance(by: .seconds(10))
            #expect(bench.begun.isEmpty)
            bench.work = 0
            await bench.clock.advance(by: RestartDesk.pollTime)
            #expect(bench.begun.map(\.reason) == ["later"])
        }
    }

    @Test func patienceHasAnEnd() async throws {
        try await onLoop {
            let bench = Bench()
            bench.work = 1
            bench.desk.deferralTime = { .seconds(5) }
            let patient = try await bench.ask("later", .whenIdle)
            #expect(patient == .waits(until: .seconds(5)))
            await bench.clock.advance(by: .milliseconds(4_900))
            #expect(bench.begun.isEmpty)
            await bench.clock.advance(by: .milliseconds(200))
            #expect(bench.begun.count == 1)
        }
    }

    @Test func whoIsInAHurryGoesFirst() async throws {
        try await onLoop {
            let bench = Bench()
            bench.work = 1
            _ = try await bench.ask("later", .whenIdle)
            let hurried = try await bench.ask("now")
            #expect(hurried == .begun)
            await bench.clock.advance(by: .seconds(600))
            #expect(bench.begun.map(\.reason) == ["now"])
        }
    }

    @Test func whatWouldNotStartIsNotEnded() async throws {
        try await onLoop {
            let bench = Bench()
            bench.desk.obstacle = { .noProgram }
            let error = await #expect(throws: RestartRefusal.self) { try await bench.ask("bad") }
            #expect(error.map { "\($0)" }?.contains("does not tell") == true)
            bench.desk.obstacle = { nil }
            let good = try await bench.ask("good")
            #expect(good == .begun)
        }
    }

    @Test func aProgramThatIsGoneIsNamed() async throws {
        try await onLoop {
            let bench = Bench(.inPlace(program: "/no/such/openclaw"))
            let error = await #expect(throws: RestartRefusal.self) { try await bench.ask("in vain") }
            #expect(error.map { "\($0)" }?.hasPrefix("/no/such/openclaw cannot be run any more") == true)
            #expect(!bench.desk.isPending)
        }
    }
}

@Suite struct RestartMeansTests {
    private let program = RunningProgram(link: "/usr/bin/openclaw")

    private func means(_ environment: Environment, parent: Int32 = 77, process: Int32 = 42, isLaunchd: Bool = false)
        -> RestartMeans?
    {
        RestartMeans.find(environment, process: process, parent: parent, isLaunchd: isLaunchd, program: program)
    }

    @Test func withoutASupervisorTheProgramIsReplaced() {
        #expect(means([:]) == .inPlace(program: "/usr/bin/openclaw"))
        #expect(RestartMeans.find([:], process: 1, parent: 0, program: nil) == nil)
    }

    @Test func marksOfAServiceCountForItsOwnProcessAlone() {
        let marks: Environment = ["OPENCLAW_SERVICE_MARKER": "openclaw", "SYSTEMD_EXEC_PID": "42"]
        #expect(means(marks) == .supervised)
        #expect(means(marks, process: 43) == .inPlace(program: "/usr/bin/openclaw"))
        #expect(means(["OPENCLAW_SERVICE_MARKER": "openclaw"], parent: 1, isLaunchd: true) == .supervised)
        #expect(means(["OPENCLAW_SERVICE_MARKER": "openclaw"]) == .inPlace(program: "/usr/bin/openclaw"))
    }

    @Test func aSupervisorOfOnesOwnIsBelieved() {
        #expect(means(["OPENCLAW_SUPERVISOR_MODE": "external"]) == .supervised)
    }
}

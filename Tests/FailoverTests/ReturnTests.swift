import Platform
import Testing

@testable import Failover

@Suite struct ReturnTests {
    private func active(_ rules: FailoverRules = MachineBench.rules()) -> MachineBench {
        var bench = MachineBench(rules)
        bench.pass(20_000)
        bench.answers = rules.above.map { _ in .failed(.refused) }
        #expect(bench.pass(atMost: 60_000, until: .active) != nil)
        bench.forgetActions()
        return bench
    }

    @Test func itStepsBackAfterFiveGoodProbesAndAMinute() {
        var bench = active()
        bench.answers = [MachineBench.well()]
        bench.pass(55_000)
        #expect(bench.word == .active)
        bench.pass(20_000)
        #expect(bench.word == .watching)
        #expect(bench.steps == [.drain, .hold])
        #expect(bench.alerts == [.steppedBack(.well(peer: "vps1"))])
    }

    @Test func oneBadProbeBeginsTheCountAnew() {
        var bench = active()
        bench.pass(100_000)
        bench.answers = [MachineBench.well()]
        bench.pass(35_000)
        bench.answers = [.failed(.refused)]
        bench.pass(10_000)
        bench.answers = [MachineBench.well()]
        bench.pass(35_000)
        #expect(bench.word == .active)
        bench.pass(20_000)
        #expect(bench.word == .watching)
    }

    @Test func aPrimaryThatOnlyStartsIsNotYetWell() {
        var bench = active()
        bench.pass(60_000)
        bench.answers = [MachineBench.well(phase: .starting(progress: 1))]
        bench.pass(300_000)
        #expect(bench.word == .active)
    }

    @Test func failbackByHandIsLeftToTheOperator() {
        var bench = active(MachineBench.rules { $0.returnsByItself = false })
        bench.answers = [MachineBench.well()]
        bench.pass(600_000)
        #expect(bench.word == .active)
        bench.tell(.command(.demote))
        #expect(bench.word == .watching)
    }

    @Test func whatCannotBeStoppedIsTriedUntilItIs() {
        var bench = active()
        bench.outcomes = [.hold: .failed("polkit refuses")]
        bench.answers = [MachineBench.well()]
        bench.pass(100_000)
        #expect(bench.word == .draining)
        #expect(bench.alerts == [.stillUp("polkit refuses")])
        bench.outcomes = [:]
        bench.pass(10_000)
        #expect(bench.word == .watching)
    }

    // MARK: Flapping

    @Test func theSecondSwitchWaitsAndTheThirdPauses() {
        var bench = active()
        bench.answers = [MachineBench.well()]
        #expect(bench.pass(atMost: 120_000, until: .watching) != nil)
        bench.answers = [.failed(.refused)]
        let second = bench.pass(atMost: 120_000, until: .active)
        #expect(second.map { (60_000...62_000).contains($0) } == true)
        bench.answers = [MachineBench.well()]
        // The second stays twice the hold-down.
        #expect(bench.pass(atMost: 119_000, until: .draining) == nil)
        #expect(bench.pass(atMost: 60_000, until: .watching) != nil)
        bench.answers = [.failed(.refused)]
        #expect(bench.pass(atMost: 300_000, until: .paused) != nil)
        #expect(bench.alerts.last == .flapping)
        // The unrest is over when the window is.
        #expect(bench.pass(atMost: 1_900_000, until: .active) != nil)
    }

    @Test func anOperatorEndsThePauseAtOnce() {
        var bench = active()
        for _ in 0..<2 {
            bench.answers = [MachineBench.well()]
            bench.pass(200_000)
            bench.answers = [.failed(.refused)]
            bench.pass(200_000)
        }
        #expect(bench.word == .paused)
        bench.tell(.command(.resume))
        bench.pass(20_000)
        #expect(bench.word == .active)
    }

    // MARK: Restarts of the monitor

    @Test func aMonitorThatWasPromotedGoesOnAsPromoted() throws {
        var before = active()
        before.tell(.owned(peer: 0, ["a"]))
        let memory = try #require(FailoverMemory(before.machine.memory.json))
        #expect(memory == before.machine.memory)
        // Its clock begins anew with the machine.
        var bench = MachineBench(memory: memory, at: 5)
        #expect(bench.word == .active && bench.machine.epoch == 1)
        bench.tell(.tick)
        #expect(bench.steps == [.bringUp])
        #expect(bench.machine.history == before.machine.history)
        bench.answers = [MachineBench.well()]
        bench.pass(50_000)
        #expect(bench.word == .active)
        bench.pass(30_000)
        #expect(bench.word == .watching)
        // And remembers that this was a switch.
        bench.answers = [.failed(.refused)]
        #expect(bench.pass(atMost: 35_000, until: .active) == nil)
        #expect(bench.pass(atMost: 10_000, until: .active) != nil)
    }

    @Test func onePausedStaysPausedForWhatIsLeft() throws {
        var before = MachineBench()
        before.tell(.command(.pause(600_000)))
        before.pass(301_000)
        let memory = try #require(FailoverMemory(before.machine.memory.json))
        var bench = MachineBench(memory: memory, at: 7_000_000)
        bench.answers = [.failed(.refused)]
        bench.pass(290_000)
        #expect(bench.word == .paused)
        bench.pass(30_000)
        #expect(bench.word == .active)
    }

    @Test func oneThatCouldNotComeUpTwiceIsNotUpAfterARestart() throws {
        var before = MachineBench()
        before.pass(20_000)
        before.outcomes = [.bringUp: .failed("unit failed")]
        before.answers = [.failed(.refused)]
        before.pass(80_000)
        #expect(before.word == .blocked && before.steps.count { $0 == .bringUp } >= 2)
        let memory = try #require(before.written)
        #expect(MachineBench(memory: memory).word == .watching)
    }

    @Test func oneThatWasOnItsWayDownAgainStaysOnIt() throws {
        var before = MachineBench()
        before.pass(20_000)
        before.outcomes = [.bringUp: .failed("unit failed")]
        before.answers = [.failed(.refused)]
        #expect(before.pass(atMost: 60_000, until: .blocked) != nil)
        before.silent = [.hold]
        #expect(before.pass(atMost: 60_000, until: .draining) != nil)
        let memory = try #require(before.written)
        #expect(MachineBench(memory: memory).word == .draining)
    }

    @Test func aProbeThatIsLostWhileItActsIsFollowedByTheNext() {
        var bench = active()
        bench.answers = [nil]
        bench.pass(60_000)
        #expect(bench.word == .active && bench.probes >= 5)
        #expect(bench.machine.nextTick > bench.now)
    }

    @Test func whatAnotherVersionWroteIsNoMemory() {
        #expect(FailoverMemory([:]) == nil)
        var json = MachineBench().machine.memory.json
        json["version"] = 2
        #expect(FailoverMemory(json) == nil)
    }

    // MARK: Orders

    @Test func promotionByOrderNeedsNobodyDownAndStays() {
        var bench = MachineBench()
        bench.pass(20_000)
        bench.tell(.command(.promote))
        #expect(bench.word == .active)
        bench.pass(600_000)
        #expect(bench.word == .active)
        bench.tell(.command(.demote))
        #expect(bench.word == .watching)
    }

    @Test func demotionWhileThePrimaryIsDownPauses() {
        var bench = active()
        bench.tell(.command(.demote))
        bench.pass(600_000)
        #expect(bench.word == .paused)
    }

    @Test func aPlannedSwitchWaitsForThePrimaryToMakeWay() {
        var bench = MachineBench()
        bench.pass(20_000)
        bench.tell(.command(.switchover))
        #expect(bench.actions.contains(.askToStandAside(peer: 0)) && bench.word == .watching)
        bench.answers = [MachineBench.well(role: .draining, willAct: false)]
        bench.pass(10_000)
        #expect(bench.word == .active)
        bench.pass(300_000)
        #expect(bench.word == .active)
        bench.answers = [MachineBench.well()]
        bench.pass(60_000)
        #expect(bench.word == .watching)
    }

    @Test func aPrimaryThatDoesNotMakeWayKeepsItsPart() {
        var bench = MachineBench()
        bench.pass(20_000)
        bench.tell(.command(.switchover))
        bench.pass(60_000)
        #expect(bench.word == .watching && bench.alerts == [.wouldNotStandAside(peer: "vps1")])
    }

    @Test func aDrillDoesAllButTheLast() {
        var bench = MachineBench(MachineBench.rules { $0.steps = [.pull, .hook, .ownership, .bringUp] })
        bench.pass(20_000)
        bench.tell(.command(.drill))
        #expect(bench.word == .watching && bench.steps == [.pull, .ownership])
    }

    @Test func aPrimaryStepsAsideAndComesBackByOrder() {
        var bench = MachineBench(MachineBench.rules(priority: 0, above: []) { $0.steps = [.ownership, .bringUp] })
        #expect(bench.word == .active)
        bench.tell(.command(.demote))
        #expect(bench.word == .paused && !bench.machine.announcement.willAct)
        bench.tell(.command(.resume))
        #expect(bench.word == .active && bench.machine.announcement.role == .primary)
    }

    // MARK: Several standbys

    private static let second = FailoverRules.Peer(name: "vps3", priority: 1)

    @Test func theThirdActsOnlyWhenBothAboveAreDown() {
        var bench = MachineBench(MachineBench.rules(priority: 2, above: [MachineBench.primary, Self.second]))
        let standby = MachineBench.well(role: .standby, priority: 1)
        bench.answers = [MachineBench.well(), standby]
        bench.pass(20_000)
        bench.answers[0] = .failed(.refused)
        bench.pass(120_000)
        #expect(bench.word == .watching)
        bench.answers[1] = .failed(.timedOut)
        bench.pass(30_000)
        #expect(bench.word == .active)
        bench.answers[1] = standby
        bench.pass(120_000)
        #expect(bench.word == .watching)
    }

    @Test func theThirdActsWhenTheSecondSaysThatItWillNot() {
        var bench = MachineBench(MachineBench.rules(priority: 2, above: [MachineBench.primary, Self.second]))
        bench.answers = [MachineBench.well(), MachineBench.well(role: .standby, willAct: false, priority: 1)]
        bench.pass(20_000)
        bench.answers[0] = .failed(.refused)
        bench.pass(30_000)
        #expect(bench.word == .active)
    }

    @Test func oneOfTheSameRankIsRefused() {
        var bench = MachineBench()
        bench.answers = [MachineBench.well(priority: 1)]
        bench.pass(20_000)
        bench.answers = [.failed(.refused)]
        bench.pass(30_000)
        #expect(bench.alerts == [.blocked(.samePriority(peer: "vps1"))])
    }
}

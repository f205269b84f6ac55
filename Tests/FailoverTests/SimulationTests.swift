import Failover
import FailoverSimulation
import Testing

/// A few seeds, as Scripts/parts/failover-sim runs many.
@Suite struct SimulationTests {
    @Test func noPromiseIsBroken() {
        let batch = Batch(from: 1, count: 40)
        #expect(batch.failure == nil, "replay: failover-sim --seed \(batch.failure?.seed ?? 0) --trace")
        #expect(batch.tally.takeovers > 10)
    }

    /// Seeds in which it is noticed, so that few are enough.
    @Test(arguments: WrongRule.allCases)
    func aWrongRuleIsCaught(rule: WrongRule) {
        #expect(Batch(from: rule.tellingSeed, count: 1, wrong: rule).failure != nil)
        #expect(Batch(from: rule.tellingSeed, count: 1).failure == nil)
    }

    @Test func aSeedRepeatsItself() {
        var traces: [[String]] = [[], []]
        for round in 0..<2 {
            var simulation = Simulation(seed: 12) { traces[round].append($0) }
            simulation.run()
        }
        #expect(traces[0].count > 100 && traces[0] == traces[1])
    }

    @Test(arguments: [true, false])
    func aDayOfStallsAndARestartMoveNothing(isOurs: Bool) {
        let weeks = Weeks(from: 1, count: 2, isOurs: isOurs, days: 1)
        #expect(weeks.takeovers.isEmpty)
        #expect(weeks.failedProbes > 100)
    }

    @Test func theWeekNoticesARuleThatIsTooQuick() {
        var week = Week(
            seed: 1, isOurs: false, days: 1,
            change: { rules in
                rules.failThreshold = 1
                rules.minSuspect = 0
            })
        week.run()
        #expect(week.takeover != nil)
    }
}

extension WrongRule {
    fileprivate var tellingSeed: UInt64 {
        switch self {
        case .thresholdOne: 1
        case .noWitness, .actsIsolated: 12
        case .firstSuccess, .neverActs: 3
        case .forgets: 6
        case .equalPriority: 26
        case .noLease: 7
        case .flaps: 14
        }
    }
}

/// Many seeds, one after the other.
package struct Batch: Sendable {
    package private(set) var tally = Tally()
    /// The first that broke a promise, and which one.
    package private(set) var failure: (seed: UInt64, violation: Violation)?
    package private(set) var failures = 0

    package init() {}

    /// Ends at the first failure where that is all that is asked for.
    package init(
        from seed: UInt64, count: Int, wrong: WrongRule? = nil, isPlain: Bool = false, isShell: Bool = false,
        stopsAtFailure: Bool = true
    ) {
        for offset in 0..<UInt64(count) {
            var simulation = Simulation(seed: seed &+ offset, wrong: wrong, isPlain: isPlain, isShell: isShell)
            simulation.run()
            tally.add(simulation.tally)
            guard let violation = simulation.violation else { continue }
            failures += 1
            if failure == nil { failure = (simulation.seed, violation) }
            if stopsAtFailure { return }
        }
    }

    package mutating func add(_ other: Batch) {
        tally.add(other.tally)
        failures += other.failures
        failure = failure ?? other.failure
    }
}

/// Many weeks beside a primary that never dies.
package struct Weeks: Sendable {
    package private(set) var count = 0
    package private(set) var probes = 0
    package private(set) var failedProbes = 0
    package private(set) var suspicions = 0
    /// The seeds of those in which something was taken over.
    package private(set) var takeovers: [UInt64] = []

    package init(from seed: UInt64, count: Int, isOurs: Bool, days: Int = 7) {
        for offset in 0..<UInt64(count) {
            var week = Week(seed: seed &+ offset, isOurs: isOurs, days: days)
            week.run()
            self.count += 1
            probes += week.probes
            failedProbes += week.failedProbes
            suspicions += week.suspicions
            if week.takeover != nil { takeovers.append(week.seed) }
        }
    }
}

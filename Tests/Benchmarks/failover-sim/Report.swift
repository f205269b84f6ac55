import FailoverSimulation
import Platform

/// Runs what was asked for, and says what came of it.
struct Report {
    private let options: Options

    init(_ options: Options) { self.options = options }

    /// Whether all promises were kept.
    func run() -> Bool {
        switch options.mode {
        case .seeds: options.isTraced ? trace() : seeds()
        case .wrong: wrong()
        case .baseline: options.isTraced ? trace(isPlain: true) : baseline()
        case .weeks: weeks()
        }
    }

    private func trace(isPlain: Bool = false) -> Bool {
        var simulation = Simulation(seed: options.seed, wrong: options.wrong, isPlain: isPlain) { print($0) }
        simulation.run()
        print(simulation.violation.map { "broken: \($0)" } ?? "no promise broken")
        return simulation.violation == nil
    }

    private func seeds() -> Bool {
        let start = Instant.monotonic()
        var batch = Batch()
        let most = options.seconds == nil ? options.count ?? 100_000 : .max
        while batch.tally.runs < most, batch.failure == nil || options.keepsGoing {
            if let seconds = options.seconds, Instant.monotonic() - start >= .seconds(seconds) { break }
            batch.add(
                Batch(
                    from: options.seed &+ UInt64(batch.tally.runs), count: min(1000, most - batch.tally.runs),
                    wrong: options.wrong, stopsAtFailure: !options.keepsGoing))
        }
        let hours = batch.tally.time / 3_600_000
        print(
            "seeds \(options.seed)..+\(batch.tally.runs), \(hours) hours, \(batch.tally.events) events, "
                + "\(batch.tally.takeovers) takeovers: \(batch.failures) broken")
        guard let failure = batch.failure else { return true }
        print("seed \(failure.seed): \(failure.violation)")
        print("replay: failover-sim --seed \(failure.seed) --trace")
        return false
    }

    private func wrong() -> Bool {
        var isGood = true
        for rule in WrongRule.allCases {
            let batch = Batch(from: options.seed, count: options.count ?? 2000, wrong: rule)
            if let failure = batch.failure {
                print("\(rule.rawValue): caught after \(batch.tally.runs) seeds: \(failure.violation)")
            } else {
                print("\(rule.rawValue): not caught in \(batch.tally.runs) seeds")
                isGood = false
            }
        }
        return isGood
    }

    private func baseline() -> Bool {
        let count = options.count ?? 5000
        for isShell in [true, false] {
            let batch = Batch(from: options.seed, count: count, isPlain: true, isShell: isShell)
            print(line(isShell ? "shell rule" : "ours", batch.tally))
            if batch.failure != nil { return false }
        }
        return true
    }

    private func line(_ name: String, _ tally: Tally) -> String {
        "\(name): \(tally.runs) runs, \(tally.takeovers) takeovers, \(tally.falseForNothing) for nothing, "
            + "\(tally.falseByCut) across a cut, \(tally.tooLate) too late, \(tally.stepsBack) steps back; to take over "
            + "p50 \(tally.latency(0.5)) s, p95 \(tally.latency(0.95)) s, max \(tally.latency(1)) s"
    }

    private func weeks() -> Bool {
        if options.isTraced {
            var week = Week(seed: options.seed, isOurs: !options.isForeign) { print($0) }
            week.run()
            return week.takeover == nil
        }
        // Every other one beside a node of ours.
        let count = options.count ?? 1000
        var isGood = true
        for (name, isOurs, count) in [("ours", true, (count + 1) / 2), ("another's", false, count / 2)] {
            let weeks = Weeks(from: options.seed, count: count, isOurs: isOurs)
            print(
                "weeks beside a primary of \(name): \(weeks.count), \(weeks.probes) probes, \(weeks.failedProbes) failed, "
                    + "\(weeks.suspicions) suspicions, \(weeks.takeovers.count) takeovers")
            guard let seed = weeks.takeovers.first else { continue }
            print("replay: failover-sim weeks --seed \(seed) --trace\(isOurs ? "" : " --foreign")")
            isGood = false
        }
        return isGood
    }
}

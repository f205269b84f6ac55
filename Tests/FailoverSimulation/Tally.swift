package import Failover

/// What came of the runs, in numbers.
package struct Tally: Sendable {
    private static let bucket: Milliseconds = 500
    private static let buckets = 1200

    package var runs = 0
    package var events = 0
    package var time: Milliseconds = 0
    /// Takeovers, and those while the primary served people: when it had just come back, with the path between the two
    /// cut, or for nothing.
    package var takeovers = 0
    package var tooLate = 0
    package var falseByCut = 0
    package var falseForNothing = 0
    package var stepsBack = 0
    private var latencies = [Int](repeating: 0, count: buckets + 1)

    package init() {}

    mutating func tookOver(after time: Milliseconds) {
        latencies[min(Int(time / Self.bucket), Self.buckets)] += 1
    }

    package mutating func add(_ other: Tally) {
        runs += other.runs
        events += other.events
        time += other.time
        takeovers += other.takeovers
        tooLate += other.tooLate
        falseByCut += other.falseByCut
        falseForNothing += other.falseForNothing
        stepsBack += other.stepsBack
        for position in latencies.indices { latencies[position] += other.latencies[position] }
    }

    /// The time within which that share of the takeovers came, in seconds.
    package func latency(_ share: Double) -> Double {
        let total = latencies.reduce(0, +)
        guard total > 0 else { return 0 }
        var seen = 0
        for (position, count) in latencies.enumerated() {
            seen += count
            if Double(seen) >= share * Double(total) {
                return Double((Int64(position) + 1) * Self.bucket) / 1000
            }
        }
        return 0
    }
}

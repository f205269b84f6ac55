/// How long to wait before trying again: longer each time, up to a cap, and never quite the same, so that many who lost
/// the same service do not come back in one moment.
package struct Backoff: Sendable {
    package static let first = Duration.seconds(2)
    package static let factor = 1.8
    package static let cap = Duration.seconds(30)
    /// How much of a wait is left to chance.
    package static let spread = 0.25

    private var count = 0

    package init() {}

    package mutating func reset() { count = 0 }

    /// The next wait. `chance` is a number from 0 to 1.
    package mutating func next(chance: Double) -> Duration {
        var seconds = Double(Self.first.components.seconds)
        let most = Double(Self.cap.components.seconds)
        for _ in 0..<count where seconds < most { seconds *= Self.factor }
        if seconds < most { count += 1 }
        return .seconds(min(seconds, most) * (1 - Self.spread * min(max(chance, 0), 1)))
    }
}

import Platform

/// Keeps to a pace: it knows from when on the next message may go.
struct PaceMeter {
    private let pace: Pace
    /// When everything sent so far would have been sent at the slow pace.
    private var debt: Instant?
    /// The platform's own word, which goes before.
    private var pausedUntil: Instant?

    init(_ pace: Pace?) { self.pace = pace ?? Pace(burst: .max, every: .zero) }

    /// When the next message may go; nil for now. One that counts for more than may go at once goes alone.
    func earliest(_ now: Instant, cost: Int = 1) -> Instant? {
        var earliest = pausedUntil.flatMap { $0 > now ? $0 : nil }
        if let debt, pace.interval > .zero {
            let allowed = Instant(
                nanoseconds: debt.nanoseconds - pace.interval.inNanoseconds &* Int64(pace.burst - min(cost, pace.burst))
            )
            if allowed > now { earliest = max(earliest ?? allowed, allowed) }
        }
        return earliest
    }

    mutating func count(_ now: Instant, cost: Int = 1) {
        guard pace.interval > .zero else { return }
        debt = max(debt ?? now, now) + pace.interval * cost
    }

    mutating func pause(until instant: Instant) { pausedUntil = max(pausedUntil ?? instant, instant) }

    /// Whether it says nothing any more that a fresh one would not.
    func isIdle(_ now: Instant) -> Bool { (debt.map { $0 <= now } ?? true) && earliest(now) == nil }
}

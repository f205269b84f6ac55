package import Platform

/// Why a job is none. The text says which member, and what would do.
package struct CronProblem: Error, Equatable, Sendable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

/// When a job is due.
package enum CronSchedule: Equatable, Sendable {
    case at(WallTime)
    /// Counted from the anchor on.
    case every(Duration, anchor: WallTime)
    /// Each fire later by a part of `stagger` that is the job's own.
    case cron(CronExpression, ZoneRules, stagger: Duration)

    /// No shorter interval.
    package static let shortest = Duration.seconds(1)

    /// Fires of a span of time.
    package struct Fires: Equatable, Sendable {
        package var first: WallTime
        package var last: WallTime
        /// The one before the last, where there are two at least.
        package var beforeLast: WallTime?
        /// How many there are; `countLimit` stands for that many or more.
        package var count: Int
    }

    /// Fires are counted that far, one by one.
    package static let countLimit = 1000

    package var isOnce: Bool { if case .at = self { true } else { false } }

    package var kind: String {
        switch self {
        case .at: "at"
        case .every: "every"
        case .cron: "cron"
        }
    }

    /// The first fire after `time`, for the job of that id.
    package func next(after time: WallTime, job id: String) -> WallTime? {
        switch self {
        case .at(let moment): return moment > time ? moment : nil
        case .every(let interval, let anchor):
            let step = max(interval, Self.shortest).inNanoseconds
            guard time >= anchor else { return anchor }
            let (elapsed, isTooLong) = time.nanoseconds.subtractingReportingOverflow(anchor.nanoseconds)
            let (next, overflow) = anchor.nanoseconds.addingReportingOverflow((elapsed / step + 1) &* step)
            return isTooLong || overflow ? nil : WallTime(nanoseconds: next)
        case .cron(let expression, let zone, let stagger):
            let later = Self.share(of: stagger, id).inNanoseconds
            let (start, overflow) = time.nanoseconds.subtractingReportingOverflow(later)
            guard !overflow, let fire = expression.next(after: WallTime(nanoseconds: start), in: zone) else {
                return nil
            }
            return WallTime(nanoseconds: fire.nanoseconds + later)
        }
    }

    /// The fires after `start` up to and with `end`; nil when there are none. `enough` is how far back from the end fires
    /// matter one by one, however many there are.
    package func fires(
        after start: WallTime, through end: WallTime, job id: String, enough: Duration
    ) -> Fires? {
        guard let first = next(after: start, job: id), first <= end else { return nil }
        var fires = Fires(first: first, last: first, beforeLast: nil, count: 1)
        while let next = next(after: fires.last, job: id), next <= end {
            if fires.count == Self.countLimit {
                // The rest is looked through from near its end.
                let near = WallTime(nanoseconds: end.nanoseconds - enough.inNanoseconds)
                if near > next, let jumped = self.next(after: near, job: id), jumped <= end {
                    fires.last = jumped
                    fires.count += 1
                    continue
                }
            }
            // An interval is a second at least, so that even of a day there is an end.
            guard fires.count < 90_000 else { break }
            fires.beforeLast = fires.last
            fires.last = next
            fires.count += 1
        }
        fires.count = min(fires.count, Self.countLimit)
        return fires
    }

    /// The same for a job each time, and spread over all jobs.
    static func share(of stagger: Duration, _ id: String) -> Duration {
        let milliseconds = stagger.inNanoseconds / 1_000_000
        guard milliseconds > 0 else { return .zero }
        let number = SHA256.hash(id).prefix(6).reduce(Int64(0)) { $0 << 8 | Int64($1) }
        return .milliseconds(number % milliseconds)
    }
}

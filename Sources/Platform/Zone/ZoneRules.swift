/// How far the clocks of a place are ahead of UTC at any moment: what its file says, and its rule for all later years
/// (RFC 9636).
package struct ZoneRules: Equatable, Sendable {
    /// A time in which the clocks are not put forward or back. Ends are seconds since 1970.
    package struct Stretch: Equatable, Sendable {
        /// `Int64.min` for the first.
        package let start: Int64
        /// `Int64.max` for the last.
        package let end: Int64
        /// Seconds ahead of UTC.
        package let offset: Int
    }

    package let name: String
    /// Moments at which `offsets` begin; in order.
    let times: [Int64]
    let offsets: [Int]
    /// Before the first of `times`.
    let firstOffset: Int
    /// After the last of them; nil where nothing changes any more.
    let rule: ZoneYearRule?

    package static let utc = ZoneRules(name: "UTC", times: [], offsets: [], firstOffset: 0, rule: nil)

    package func offset(at time: WallTime) -> Int { stretch(at: time.flooredSeconds).offset }

    /// What calendar and clock show there.
    package func date(of time: WallTime) -> CalendarDate { CalendarDate(time, offset: offset(at: time)) }

    /// The stretch that the moment is in.
    package func stretch(at second: Int64) -> Stretch {
        var low = 0
        var high = times.count
        while low < high {
            let middle = (low + high) / 2
            if times[middle] <= second { low = middle + 1 } else { high = middle }
        }
        let start = low == 0 ? Int64.min : times[low - 1]
        let offset = low == 0 ? firstOffset : offsets[low - 1]
        guard low == times.count else { return Stretch(start: start, end: times[low], offset: offset) }
        return rule?.stretch(at: second, after: start) ?? Stretch(start: start, end: .max, offset: offset)
    }

    /// The moment at which clocks there show `date`: the first of two when they are put back over it, the end of the gap
    /// when they are put forward over it. Nil beyond the years that a moment can have.
    package func time(of date: CalendarDate) -> WallTime? {
        guard let local = date.time() else { return nil }
        let seconds = local.flooredSeconds
        var stretch = stretch(at: seconds - Self.farthest)
        while stretch.start <= seconds + Self.farthest {
            let moment = seconds - Int64(stretch.offset)
            // Shown before this stretch began: clocks were put forward over it.
            if moment < stretch.start { return WallTime(seconds: stretch.start) }
            if moment < stretch.end {
                return local.nanoseconds.reduced(by: Int64(stretch.offset) * 1_000_000_000).map {
                    WallTime(nanoseconds: $0)
                }
            }
            guard stretch.end < .max else { break }
            stretch = self.stretch(at: stretch.end)
        }
        return nil
    }

    /// No clock is farther from UTC; RFC 9636 allows just over a day.
    private static let farthest: Int64 = 93_600
}

extension WallTime {
    /// Saturates at the last moment there is.
    package init(seconds: Int64) {
        let (nanoseconds, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        self.init(nanoseconds: overflow ? seconds < 0 ? .min : .max : nanoseconds)
    }

    /// The second it is in, before 1970 as well.
    package var flooredSeconds: Int64 {
        let (quotient, remainder) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        return remainder < 0 ? quotient - 1 : quotient
    }
}

extension Int64 {
    fileprivate func reduced(by other: Int64) -> Int64? {
        let (value, overflow) = subtractingReportingOverflow(other)
        return overflow ? nil : value
    }
}

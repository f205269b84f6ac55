import Platform

/// Spans of time and moments, for people.
enum Age {
    /// "3 s", "12 min", "3 d 4 h": two units at most, since nobody counts seconds after days.
    static func span(_ duration: Duration) -> String {
        let seconds = max(0, duration.inNanoseconds / 1_000_000_000)
        switch seconds {
        case ..<60: return "\(seconds) s"
        case ..<3600: return "\(seconds / 60) min"
        case ..<86_400: return join(seconds / 3600, "h", seconds / 60 % 60, "min")
        default: return join(seconds / 86_400, "d", seconds / 3600 % 24, "h")
        }
    }

    private static func join(_ large: Int64, _ unit: String, _ small: Int64, _ smallUnit: String) -> String {
        small == 0 ? "\(large) \(unit)" : "\(large) \(unit) \(small) \(smallUnit)"
    }

    /// "3 min ago"; "just now" within a second.
    static func ago(_ time: WallTime, now: WallTime) -> String {
        let elapsed = Duration.nanoseconds(now.nanoseconds - time.nanoseconds)
        // Two machines' clocks differ a little; more than that is worth being seen.
        if elapsed < .seconds(-5) { return "in \(span(.zero - elapsed))" }
        return elapsed < .seconds(1) ? "just now" : "\(span(elapsed)) ago"
    }

    /// "1.2 ms", "210 ms", "3.4 s": how long something took.
    static func latency(_ duration: Duration) -> String {
        let microseconds = duration.inNanoseconds / 1000
        switch microseconds {
        case ..<10_000: return "\(tenths(microseconds, of: 1000)) ms"
        case ..<1_000_000: return "\(microseconds / 1000) ms"
        default: return "\(tenths(microseconds, of: 1_000_000)) s"
        }
    }

    private static func tenths(_ value: Int64, of unit: Int64) -> String {
        let number = (value * 10 + unit / 2) / unit
        return "\(number / 10).\(number % 10)"
    }

    /// Day and time where the reader is: "Tue 09:14" within a week, else "2026-11-02 03:12".
    static func moment(_ time: WallTime, now: WallTime, zone: TimeZone) -> String {
        let date = zone.date(of: time)
        let clock = "\(twoDigits(date.hour)):\(twoDigits(date.minute))"
        let elapsed = now.nanoseconds - time.nanoseconds
        if (0..<6 * 86_400_000_000_000).contains(elapsed) {
            return "\(weekdays[date.weekday]) \(clock)\(zone.mark)"
        }
        return "\(date.dateText) \(clock)\(zone.mark)"
    }

    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]

    static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}

/// Whose clock times are shown by.
enum TimeZone: Sendable {
    case local
    case utc

    func date(of time: WallTime) -> CalendarDate {
        switch self {
        case .local: CalendarDate(time, offset: LocalTime.offset(at: time))
        case .utc: CalendarDate(time)
        }
    }

    var isUTC: Bool { self == .utc }

    var mark: String {
        switch self {
        case .local: ""
        case .utc: " UTC"
        }
    }
}

extension WallTime {
    /// For programs: ISO 8601 in UTC.
    var iso: String { CalendarDate(self).text() }
}

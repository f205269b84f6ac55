package import Platform

/// How long a service wants to be left alone (RFC 9110 section 10.2.3, and what some send besides).
package enum RetryAfter {
    /// Longer ones are taken for this: nobody waits for them, and a slip of the pen must not switch a model off.
    package static let limit = Duration.seconds(24 * 3600)

    package static func read(_ fields: HTTPFields, now: WallTime) -> Duration? {
        if let text = fields["retry-after-ms"], let milliseconds = Double(text), milliseconds >= 0 {
            return bounded(milliseconds / 1000)
        }
        guard let text = fields["Retry-After"] else { return nil }
        if let seconds = Double(text), seconds >= 0 { return bounded(seconds) }
        guard let date = date(text) else { return nil }
        return bounded(Double(max(0, date.seconds - now.seconds)))
    }

    /// `31s` or `1.5s`, as Google writes a duration.
    package static func duration(_ text: String) -> Duration? {
        guard text.hasSuffix("s"), let seconds = Double(text.dropLast()), seconds >= 0 else { return nil }
        return bounded(seconds)
    }

    private static func bounded(_ seconds: Double) -> Duration {
        guard seconds < 24 * 3600 else { return limit }
        return .milliseconds(Int64((seconds * 1000).rounded(.up)))
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`, the only form that is still to be sent (RFC 9110 section 5.6.7).
    package static func date(_ text: String) -> WallTime? {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let words = text.split(separator: " ")
        guard words.count == 6, words[5] == "GMT", let day = Int(words[1]),
            let month = months.firstIndex(of: "\(words[2])"),
            let year = Int(words[3])
        else { return nil }
        let clock = words[4].split(separator: ":").compactMap { Int($0) }
        guard clock.count == 3 else { return nil }
        let date = CalendarDate(
            year: year, month: month + 1, day: day, hour: clock[0], minute: clock[1], second: clock[2])
        return date.isValid ? date.time() : nil
    }
}

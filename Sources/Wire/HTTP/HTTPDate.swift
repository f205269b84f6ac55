import Platform

/// The Date field's text (RFC 9110 section 5.6.7).
enum HTTPDate {
    static func text(_ time: WallTime) -> String {
        let date = CalendarDate(time)
        let clock = [date.hour, date.minute, date.second].map(twoDigits).joined(separator: ":")
        return "\(weekdays[date.weekday]), \(twoDigits(date.day)) \(months[date.month - 1]) \(date.year) \(clock) GMT"
    }

    private static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}

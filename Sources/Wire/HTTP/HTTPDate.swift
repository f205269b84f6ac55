import Platform

/// The Date field's text (RFC 9110 section 5.6.7), made anew once a second.
@LoopActor
struct HTTPDate {
    private var second = Int64.min
    private(set) var line: [UInt8] = []

    /// The whole line with its CR LF.
    mutating func update(_ now: WallTime) {
        guard now.seconds != second else { return }
        second = now.seconds
        line = Array("Date: \(Self.text(now))\r\n".utf8)
    }

    nonisolated static func text(_ time: WallTime) -> String {
        let date = CalendarDate(time)
        let clock = [date.hour, date.minute, date.second].map(twoDigits).joined(separator: ":")
        return "\(weekdays[date.weekday]), \(twoDigits(date.day)) \(months[date.month - 1]) \(date.year) \(clock) GMT"
    }

    private nonisolated static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    private nonisolated static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private nonisolated static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}

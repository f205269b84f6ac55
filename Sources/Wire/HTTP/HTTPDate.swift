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
        let days = time.seconds >= 0 ? time.seconds / 86_400 : (time.seconds - 86_399) / 86_400
        let inDay = time.seconds - days * 86_400
        // Days since 0000-03-01, in 400-year cycles: the leap day then ends each year.
        let shifted = days + 719_468
        let cycle = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfCycle = shifted - cycle * 146_097
        let yearOfCycle = (dayOfCycle - dayOfCycle / 1460 + dayOfCycle / 36_524 - dayOfCycle / 146_096) / 365
        let dayOfYear = dayOfCycle - (365 * yearOfCycle + yearOfCycle / 4 - yearOfCycle / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfCycle + cycle * 400 + (month <= 2 ? 1 : 0)
        let weekday = weekdays[Int((days % 7 + 11) % 7)]
        let clock = [inDay / 3600, inDay / 60 % 60, inDay % 60].map(twoDigits).joined(separator: ":")
        return "\(weekday), \(twoDigits(day)) \(months[Int(month - 1)]) \(year) \(clock) GMT"
    }

    private nonisolated static func twoDigits(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
    private nonisolated static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private nonisolated static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}

/// A day and time of the Gregorian calendar, without a time zone: whoever makes it says how far it is from UTC.
package struct CalendarDate: Hashable, Sendable {
    package var year: Int
    /// 1 to 12.
    package var month: Int
    /// 1 to 31.
    package var day: Int
    package var hour = 0
    package var minute = 0
    package var second = 0
    package var millisecond = 0

    package init(
        year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0, millisecond: Int = 0
    ) {
        self.year = year
        self.month = month
        self.day = day
        self.hour = hour
        self.minute = minute
        self.second = second
        self.millisecond = millisecond
    }

    /// What calendar and clock show at `time` where they are `offset` seconds ahead of UTC.
    package init(_ time: WallTime, offset: Int = 0) {
        let (seconds, rest) = time.nanoseconds.flooredDivision(by: 1_000_000_000)
        let (days, ofDay) = (seconds + Int64(offset)).flooredDivision(by: 86_400)
        (year, month, day) = Self.date(fromDays: Int(days))
        hour = Int(ofDay) / 3600
        minute = Int(ofDay) / 60 % 60
        second = Int(ofDay) % 60
        millisecond = Int(rest / 1_000_000)
    }

    /// Whether there is such a date and time. A leap second is none.
    package var isValid: Bool {
        (1...12).contains(month) && day >= 1 && day <= Self.days(inMonth: month, of: year) && (0..<24).contains(hour)
            && (0..<60).contains(minute) && (0..<60).contains(second) && (0..<1000).contains(millisecond)
    }

    /// The moment of this date where clocks are `offset` seconds ahead of UTC; nil beyond the years 1678 to 2261.
    package func time(offset: Int = 0) -> WallTime? {
        let ofDay = hour * 3600 + minute * 60 + second - offset
        let (seconds, tooMany) = daysSince1970.multipliedReportingOverflow(by: 86_400)
        let (nanoseconds, tooLong) = Int64(seconds + ofDay).multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, tooLate) = nanoseconds.addingReportingOverflow(Int64(millisecond) * 1_000_000)
        return tooMany || tooLong || tooLate ? nil : WallTime(nanoseconds: sum)
    }

    /// 0 is Sunday.
    package var weekday: Int { Int(Int64(daysSince1970 + 4).flooredDivision(by: 7).remainder) }

    package static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    package static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days since 1970-01-01. The year is counted from March, so that the leap day is its last; 400 years are a cycle
    /// of 146097 days.
    package var daysSince1970: Int {
        let fromMarch = month > 2 ? year : year - 1
        let (cycle, ofCycle) = Int64(fromMarch).flooredDivision(by: 400)
        let ofYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let yearOfCycle = Int(ofCycle)
        return Int(cycle) * 146_097 + yearOfCycle * 365 + yearOfCycle / 4 - yearOfCycle / 100 + ofYear - 719_468
    }

    private static func date(fromDays days: Int) -> (year: Int, month: Int, day: Int) {
        let (cycle, ofCycle) = Int64(days + 719_468).flooredDivision(by: 146_097)
        let dayOfCycle = Int(ofCycle)
        let yearOfCycle = (dayOfCycle - dayOfCycle / 1460 + dayOfCycle / 36_524 - dayOfCycle / 146_096) / 365
        let dayOfYear = dayOfCycle - (365 * yearOfCycle + yearOfCycle / 4 - yearOfCycle / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        let year = Int(cycle) * 400 + yearOfCycle + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }

    // MARK: Text

    /// "2026-11-02".
    package var dateText: String {
        var bytes: [UInt8] = []
        appendDate(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// ISO 8601 with milliseconds; the zone is the caller's claim: "2026-11-02T03:12:45.123Z".
    package func text(zone: String = "Z") -> String {
        var bytes: [UInt8] = []
        appendDate(to: &bytes)
        bytes.append(UInt8(ascii: "T"))
        appendTime(to: &bytes)
        return String(decoding: bytes, as: UTF8.self) + zone
    }

    func appendDate(to bytes: inout [UInt8]) {
        Self.append(year, digits: 4, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        Self.append(month, digits: 2, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        Self.append(day, digits: 2, to: &bytes)
    }

    /// "03:12:45.123".
    func appendTime(to bytes: inout [UInt8]) {
        Self.append(hour, digits: 2, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        Self.append(minute, digits: 2, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        Self.append(second, digits: 2, to: &bytes)
        bytes.append(UInt8(ascii: "."))
        Self.append(millisecond, digits: 3, to: &bytes)
    }

    private static func append(_ number: Int, digits: Int, to bytes: inout [UInt8]) {
        var divisor = 1
        for _ in 1..<digits { divisor *= 10 }
        while divisor > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(number / divisor % 10))
            divisor /= 10
        }
    }
}

extension Int64 {
    /// Division towards negative infinity, so that times before 1970 fall on the day they are in.
    fileprivate func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}

extension WallTime {
    /// As in `20261120T121500Z`, for names of files.
    package var compactUTC: String {
        let date = CalendarDate(self)
        func padded(_ value: Int, _ digits: Int) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, digits - text.count)) + text
        }
        return padded(date.year, 4) + padded(date.month, 2) + padded(date.day, 2) + "T" + padded(date.hour, 2)
            + padded(date.minute, 2) + padded(date.second, 2) + "Z"
    }
}

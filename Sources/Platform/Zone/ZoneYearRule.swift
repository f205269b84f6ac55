/// When clocks are put forward and back in every year, as POSIX writes it: `CET-1CEST,M3.5.0,M10.5.0/3` (RFC 9636
/// section 3.3.1).
struct ZoneYearRule: Equatable, Sendable {
    /// A day of the year, and the time on it by the clocks before the change.
    struct Change: Equatable, Sendable {
        enum Day: Equatable, Sendable {
            /// 1 to 365; February 29 is never counted.
            case withoutLeapDay(Int)
            /// 0 to 365; February 29 is counted.
            case withLeapDay(Int)
            /// Week 5 is the last; 0 is Sunday.
            case weekday(month: Int, week: Int, weekday: Int)
        }

        let day: Day
        /// Of the day; from -167 to 167 hours.
        let seconds: Int
    }

    let standard: Int
    /// With summer time; nil where there is none.
    let summer: (offset: Int, begins: Change, ends: Change)?

    static func == (a: ZoneYearRule, b: ZoneYearRule) -> Bool {
        guard a.standard == b.standard else { return false }
        switch (a.summer, b.summer) {
        case (nil, nil): return true
        case (let a?, let b?): return a.offset == b.offset && a.begins == b.begins && a.ends == b.ends
        default: return false
        }
    }

    /// The stretch around `second`; none begins before `first`, where the rule comes into force.
    func stretch(at second: Int64, after first: Int64) -> ZoneRules.Stretch {
        guard let summer else { return ZoneRules.Stretch(start: first, end: .max, offset: standard) }
        let year = CalendarDate(WallTime(seconds: second)).year
        var changes: [(time: Int64, offset: Int)] = []
        for year in year - 1...year + 1 {
            changes.append((summer.begins.second(of: year) - Int64(standard), summer.offset))
            changes.append((summer.ends.second(of: year) - Int64(summer.offset), standard))
        }
        changes.sort { $0.time < $1.time }
        // Two in the same moment are summer time that never ends: the one that begins counts.
        let later = changes.firstIndex { $0.time > second } ?? changes.count
        let before = later > 0 ? changes[later - 1] : (time: first, offset: standard)
        return ZoneRules.Stretch(
            start: max(before.time, first), end: later < changes.count ? changes[later].time : .max,
            offset: before.offset)
    }
}

extension ZoneYearRule.Change {
    /// By a clock that is not put forward or back.
    func second(of year: Int) -> Int64 { Int64(days(in: year)) * 86_400 + Int64(seconds) }

    /// Since 1970-01-01.
    private func days(in year: Int) -> Int {
        let newYear = CalendarDate(year: year, month: 1, day: 1).daysSince1970
        switch day {
        case .withLeapDay(let number): return newYear + number
        case .withoutLeapDay(let number):
            return newYear + number - 1 + (number >= 60 && CalendarDate.isLeap(year) ? 1 : 0)
        case .weekday(let month, let week, let weekday):
            let first = CalendarDate(year: year, month: month, day: 1)
            let day = (weekday - first.weekday + 7) % 7 + 7 * (week - 1)
            let isBeyond = day >= CalendarDate.days(inMonth: month, of: year)
            return first.daysSince1970 + (isBeyond ? day - 7 : day)
        }
    }
}

// MARK: Reading

extension ZoneYearRule {
    /// Nil for what is no such rule.
    init?(_ text: some Sequence<UInt8>) {
        var reader = ZoneRuleReader(bytes: Array(text)[...])
        guard reader.skipName(), let west = reader.offset(hours: 24) else { return nil }
        standard = -west
        guard !reader.bytes.isEmpty else {
            summer = nil
            return
        }
        guard reader.skipName() else { return nil }
        var offset = standard + 3600
        if reader.bytes.first != UInt8(ascii: ",") {
            guard let west = reader.offset(hours: 24) else { return nil }
            offset = -west
        }
        guard let begins = reader.change(), let ends = reader.change(), reader.bytes.isEmpty else { return nil }
        summer = (offset, begins, ends)
    }
}

private struct ZoneRuleReader {
    var bytes: ArraySlice<UInt8>

    private mutating func take(_ character: UInt8) -> Bool {
        guard bytes.first == character else { return false }
        bytes.removeFirst()
        return true
    }

    private mutating func number(_ range: ClosedRange<Int>) -> Int? {
        let digits = bytes.prefix { ASCII.isDigit($0) }
        guard !digits.isEmpty, digits.count <= 3 else { return nil }
        bytes = bytes.dropFirst(digits.count)
        let value = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        return range.contains(value) ? value : nil
    }

    /// `CET`, `<-03>`.
    mutating func skipName() -> Bool {
        if take(UInt8(ascii: "<")) {
            guard let end = bytes.firstIndex(of: UInt8(ascii: ">")), end > bytes.startIndex else { return false }
            bytes = bytes[(end + 1)...]
            return true
        }
        let letters = bytes.prefix { ASCII.isLetter($0) }
        bytes = bytes.dropFirst(letters.count)
        return letters.count >= 3
    }

    /// `-1`, `3:30`, `+5:45:30`, in seconds.
    mutating func offset(hours: Int) -> Int? {
        let isNegative = take(UInt8(ascii: "-"))
        if !isNegative { _ = take(UInt8(ascii: "+")) }
        guard let hour = number(0...hours) else { return nil }
        var seconds = hour * 3600
        for unit in [60, 1] where take(UInt8(ascii: ":")) {
            guard let value = number(0...59) else { return nil }
            seconds += value * unit
        }
        return isNegative ? -seconds : seconds
    }

    /// `,M3.5.0/3`.
    mutating func change() -> ZoneYearRule.Change? {
        guard take(UInt8(ascii: ",")), let day = day() else { return nil }
        guard take(UInt8(ascii: "/")) else { return ZoneYearRule.Change(day: day, seconds: 7200) }
        return offset(hours: 167).map { ZoneYearRule.Change(day: day, seconds: $0) }
    }

    private mutating func day() -> ZoneYearRule.Change.Day? {
        if take(UInt8(ascii: "J")) { return number(1...365).map { .withoutLeapDay($0) } }
        guard take(UInt8(ascii: "M")) else { return number(0...365).map { .withLeapDay($0) } }
        guard let month = number(1...12), take(UInt8(ascii: ".")), let week = number(1...5),
            take(UInt8(ascii: ".")), let weekday = number(0...6)
        else { return nil }
        return .weekday(month: month, week: week, weekday: weekday)
    }
}

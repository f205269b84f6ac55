package import Platform

/// When something happens again and again, as cron writes it: five fields, or six with seconds first.
package struct CronExpression: Equatable, Sendable {
    /// As it was written.
    package let text: String
    /// Bit n stands for the value n, here and below.
    var seconds: UInt64 = 1
    var minutes: UInt64 = 0
    var hours: UInt64 = 0
    var months: UInt64 = 0
    var days = Days()

    /// Days of the month and of the week. Where both are named, a day need be only one of them.
    struct Days: Equatable, Sendable {
        var ofMonth: UInt64 = 0
        /// `L`.
        var hasLast = false
        /// `15W`: the working day nearest to the 15th.
        var nearest: UInt64 = 0
        /// 0 is Sunday.
        var ofWeek: UInt64 = 0
        /// `1#2`, the second Monday: bit 7 * (n - 1) + weekday.
        var numbered: UInt64 = 0
        /// `5L` or `5#L`, the last Friday.
        var lastOfWeek: UInt64 = 0
        var isEveryOfMonth = false
        var isEveryOfWeek = false
        /// `+` before the day of the week: it must be both.
        var needsBoth = false
    }

    /// Whether no hour of the day is left out. Then it is about time that passes, and not about a time of day.
    package var isEveryHour: Bool { hours == (1 << 24) - 1 }
}

extension CronExpression.Days {
    func contain(year: Int, month: Int, day: Int, weekday: Int) -> Bool {
        switch (isEveryOfMonth, isEveryOfWeek) {
        case (true, true): return true
        case (false, true): return isOfMonth(year, month, day, weekday)
        case (true, false): return isOfWeek(year, month, day, weekday)
        case (false, false):
            let isOne = isOfMonth(year, month, day, weekday)
            return needsBoth == isOne ? isOfWeek(year, month, day, weekday) : isOne
        }
    }

    private func isOfMonth(_ year: Int, _ month: Int, _ day: Int, _ weekday: Int) -> Bool {
        if ofMonth.has(day) { return true }
        let count = CalendarDate.days(inMonth: month, of: year)
        if hasLast, day == count { return true }
        guard nearest != 0, (1...5).contains(weekday) else { return false }
        return nearest.has(day) || weekday == 5 && nearest.has(day + 1) && day + 1 <= count
            || weekday == 1 && (nearest.has(day - 1) || day == 3 && nearest.has(1))
            || weekday == 5 && day == count - 2 && nearest.has(count)
    }

    private func isOfWeek(_ year: Int, _ month: Int, _ day: Int, _ weekday: Int) -> Bool {
        ofWeek.has(weekday) || numbered.has(7 * ((day - 1) / 7) + weekday)
            || lastOfWeek.has(weekday) && day + 7 > CalendarDate.days(inMonth: month, of: year)
    }
}

// MARK: What comes next

extension CronExpression {
    /// The first time at or after `date` that the calendar and clock on a wall can show; nil when there is none up to
    /// the end of `lastYear`.
    func next(from date: CalendarDate, through lastYear: Int) -> CalendarDate? {
        var (year, month, day) = (date.year, date.month, date.day)
        var time: (hour: Int, minute: Int, second: Int)? = (date.hour, date.minute, date.second)
        while year <= lastYear {
            if months.has(month) {
                var weekday = CalendarDate(year: year, month: month, day: day).weekday
                while day <= CalendarDate.days(inMonth: month, of: year) {
                    if days.contain(year: year, month: month, day: day, weekday: weekday),
                        let found = timeOfDay(from: time)
                    {
                        return CalendarDate(
                            year: year, month: month, day: day, hour: found.hour, minute: found.minute,
                            second: found.second)
                    }
                    day += 1
                    weekday = (weekday + 1) % 7
                    time = nil
                }
            }
            day = 1
            time = nil
            month += 1
            if month > 12 { (year, month) = (year + 1, 1) }
        }
        return nil
    }

    /// From midnight where there is no `time`.
    private func timeOfDay(
        from time: (hour: Int, minute: Int, second: Int)?
    ) -> (hour: Int, minute: Int, second: Int)? {
        guard let firstMinute = minutes.first(from: 0), let firstSecond = seconds.first(from: 0) else { return nil }
        guard let time else { return hours.first(from: 0).map { ($0, firstMinute, firstSecond) } }
        if hours.has(time.hour) {
            if minutes.has(time.minute), let second = seconds.first(from: time.second) {
                return (time.hour, time.minute, second)
            }
            if let minute = minutes.first(from: time.minute + 1) { return (time.hour, minute, firstSecond) }
        }
        return hours.first(from: time.hour + 1).map { ($0, firstMinute, firstSecond) }
    }

    /// No expression waits longer: February 29 on one day of the week, over a year that is no leap year.
    static let longestWait = 100

    /// The first fire after `time`. Where clocks are put forward over a time of day, it comes right after the gap, once;
    /// where they are put back over it, it comes the first time. An expression of every hour goes by the time that
    /// passes: an hour that is there twice has two, one that is not there has none.
    package func next(after time: WallTime, in zone: ZoneRules) -> WallTime? {
        var moment = time.flooredSeconds + 1
        var stretch = zone.stretch(at: moment)
        let lastYear = CalendarDate(WallTime(seconds: moment)).year + Self.longestWait
        // Two stretches a year at most, in some years a few more.
        for _ in 0..<4 * Self.longestWait {
            var local = moment + Int64(stretch.offset)
            if !isEveryHour, stretch.start > .min {
                // What the clocks showed before they were put back does not count again.
                let before = zone.stretch(at: stretch.start - 1).offset
                local = max(local, stretch.start + Int64(before))
            }
            guard let date = next(from: CalendarDate(WallTime(seconds: local)), through: lastYear),
                let found = date.time()?.flooredSeconds
            else { return nil }
            let candidate = found - Int64(stretch.offset)
            if candidate < stretch.end { return WallTime(seconds: candidate) }
            let end = stretch.end
            let after = zone.stretch(at: end)
            let gap = after.offset - stretch.offset
            // A part of an hour that is not there is made up for in any case.
            if found < end + Int64(after.offset), !isEveryHour || gap < 3600 { return WallTime(seconds: end) }
            moment = end
            stretch = after
        }
        return nil
    }
}

extension UInt64 {
    func has(_ bit: Int) -> Bool { (0..<64).contains(bit) && self >> UInt64(bit) & 1 == 1 }

    /// The lowest bit from `bit` on.
    fileprivate func first(from bit: Int) -> Int? {
        guard bit < 64 else { return nil }
        let rest = self >> UInt64(bit)
        return rest == 0 ? nil : bit + rest.trailingZeroBitCount
    }
}

import Platform

/// Why a text is no cron expression. The text says which part, and what would do.
package struct CronExpressionProblem: Error, Equatable, Sendable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}

extension CronExpression {
    /// Bytes of an expression.
    package static let limit = 256

    private enum Field: String {
        case second, minute, hour
        case day = "day of the month"
        case month
        case weekday = "day of the week"

        var range: ClosedRange<Int> {
            switch self {
            case .second, .minute: 0...59
            case .hour: 0...23
            case .day: 1...31
            case .month: 1...12
            // 7 is Sunday as well.
            case .weekday: 0...7
            }
        }

        var names: [String] {
            switch self {
            case .month: ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
            case .weekday: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
            default: []
            }
        }

        func problem(_ part: some StringProtocol, _ reason: String) -> CronExpressionProblem {
            CronExpressionProblem("\"\(String(part).cut(to: 40))\" is no \(rawValue): \(reason)")
        }
    }

    private static func written(_ text: String) -> String? {
        switch text.lowercased() {
        case "@yearly", "@annually": "0 0 1 1 *"
        case "@monthly": "0 0 1 * *"
        case "@weekly": "0 0 * * 0"
        case "@daily", "@midnight": "0 0 * * *"
        case "@hourly": "0 * * * *"
        default: text.hasPrefix("@") ? nil : text
        }
    }

    package init(_ text: String) throws(CronExpressionProblem) {
        guard text.utf8.count <= Self.limit else {
            throw CronExpressionProblem("a cron expression has at most \(Self.limit) bytes")
        }
        self.text = text.withoutOuterSpace
        guard let written = Self.written(self.text) else {
            throw CronExpressionProblem(
                "\"\(self.text.cut(to: 40))\" is none of @yearly, @monthly, @weekly, @daily and @hourly")
        }
        let parts = written.split { $0 == " " || $0 == "\t" }
        guard parts.count == 5 || parts.count == 6 else {
            throw CronExpressionProblem(
                "\"\(self.text.cut(to: 60))\" has \(parts.count) fields; a cron expression has five (minute, hour, day of "
                    + "the month, month, day of the week) or six (second before them)")
        }
        let fields = parts.suffix(5).map { String($0).uppercased() }
        if parts.count == 6 { seconds = try Self.read(parts[0].uppercased(), .second) }
        minutes = try Self.read(fields[0], .minute)
        hours = try Self.read(fields[1], .hour)
        months = try Self.read(fields[3], .month)
        try days.readOfMonth(fields[2])
        try days.readOfWeek(fields[4])
        // Of all that repeats in the calendar, 400 years are one round.
        guard next(from: CalendarDate(year: 2000, month: 1, day: 1), through: 2400) != nil else {
            throw CronExpressionProblem(
                "\"\(self.text.cut(to: 60))\" never happens: there is no such day in any of its months")
        }
    }

    private static func read(_ text: String, _ field: Field) throws(CronExpressionProblem) -> UInt64 {
        var mask: UInt64 = 0
        for part in text.split(separator: ",", omittingEmptySubsequences: false) { mask |= try read(part: part, field) }
        return mask
    }

    /// `5`, `MON`, `1-5`, `*/15`, `10-40/5`, `10/5`.
    private static func read(part: Substring, _ field: Field) throws(CronExpressionProblem) -> UInt64 {
        let pieces = part.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let (low, high) = (field.range.lowerBound, field.range.upperBound)
        var step = 1
        if pieces.count == 2 {
            guard let number = Int(pieces[1]), (1...high).contains(number) else {
                throw field.problem(part, "a step is a number from 1 to \(high)")
            }
            step = number
        }
        let ends = pieces[0].split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        var first: Int
        var last: Int
        if pieces[0] == "*" {
            (first, last) = (low, field == .weekday ? 6 : high)
        } else {
            first = try value(ends[0], field, part)
            last = ends.count == 2 ? try value(ends[1], field, part) : pieces.count == 2 ? high : first
        }
        if field == .weekday, ends.count == 2, last < first {
            // FRI-MON; SUN at the end is 7.
            last += 7
        }
        guard first <= last else { throw field.problem(part, "the range ends before it begins") }
        var mask: UInt64 = 0
        for number in stride(from: first, through: last, by: step) {
            mask |= 1 << UInt64(field == .weekday ? number % 7 : number)
        }
        return mask
    }

    private static func value(
        _ text: Substring, _ field: Field, _ part: Substring
    ) throws(CronExpressionProblem) -> Int {
        if let index = field.names.firstIndex(where: { $0 == text }) { return field.range.lowerBound + index }
        let isNumber = !text.isEmpty && text.utf8.allSatisfy { ASCII.isDigit($0) }
        guard isNumber, let number = Int(text), field.range.contains(number) else {
            let names = field.names.isEmpty ? "" : " or a name such as \(field.names[1])"
            throw field.problem(
                part, "it takes a number from \(field.range.lowerBound) to \(field.range.upperBound)\(names)")
        }
        return number
    }
}

extension CronExpression.Days {
    fileprivate mutating func readOfMonth(_ text: String) throws(CronExpressionProblem) {
        if text == "*" || text == "?" {
            isEveryOfMonth = true
            return
        }
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            if part == "L" {
                hasLast = true
            } else if part.last == "W" {
                nearest |= try CronExpression.dayOfMonth(part.dropLast())
            } else {
                ofMonth |= try CronExpression.dayOfMonth(part)
            }
        }
    }

    fileprivate mutating func readOfWeek(_ text: String) throws(CronExpressionProblem) {
        var text = text[...]
        if text.first == "+" {
            needsBoth = true
            text.removeFirst()
        }
        if text == "*" || text == "?" {
            isEveryOfWeek = true
            return
        }
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let pieces = part.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
            if pieces.count == 2 {
                let weekdays = try CronExpression.dayOfWeek(pieces[0])
                if pieces[1] == "L" {
                    lastOfWeek |= weekdays
                } else if let number = UInt64(pieces[1]), (1...5).contains(number) {
                    numbered |= weekdays << (7 * (number - 1))
                } else {
                    throw CronExpressionProblem("\"\(part)\" is no day of the week: after # comes 1 to 5, or L")
                }
            } else if part.count > 1, part.last == "L" {
                lastOfWeek |= try CronExpression.dayOfWeek(part.dropLast())
            } else {
                ofWeek |= try CronExpression.dayOfWeek(part)
            }
        }
    }
}

extension CronExpression {
    fileprivate static func dayOfMonth(_ part: Substring) throws(CronExpressionProblem) -> UInt64 {
        try read(part: part, .day)
    }

    fileprivate static func dayOfWeek(_ part: Substring) throws(CronExpressionProblem) -> UInt64 {
        try read(part: part, .weekday)
    }
}

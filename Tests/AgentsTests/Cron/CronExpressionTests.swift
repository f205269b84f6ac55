import Platform
import Support
import Testing

@testable import Agents

@Suite struct CronExpressionTests {
    /// The fires after `start`, as a clock in UTC shows them.
    private func fires(_ text: String, after start: String, _ count: Int) throws -> [String] {
        let expression = try CronExpression(text)
        var time = try #require(CalendarDate.read(iso: start)?.date.time())
        var found: [String] = []
        for _ in 0..<count {
            guard let next = expression.next(after: time, in: .utc) else { break }
            found.append(String(CalendarDate(next).text(zone: "").dropLast(4)))
            time = next
        }
        return found
    }

    @Test(arguments: [
        (
            "*/20 9-10 * * *",
            ["2027-01-01T09:00:00", "2027-01-01T09:20:00", "2027-01-01T09:40:00", "2027-01-01T10:00:00"]
        ),
        ("30 7 * * MON-FRI", ["2027-01-01T07:30:00", "2027-01-04T07:30:00", "2027-01-05T07:30:00"]),
        (
            "0 0 * * fri-mon",
            ["2027-01-02T00:00:00", "2027-01-03T00:00:00", "2027-01-04T00:00:00", "2027-01-08T00:00:00"]
        ),
        ("0 12 * * 7", ["2027-01-03T12:00:00", "2027-01-10T12:00:00"]),
        ("0 12 * * 5-7", ["2027-01-01T12:00:00", "2027-01-02T12:00:00", "2027-01-03T12:00:00", "2027-01-08T12:00:00"]),
        ("0 0 1 JAN,jul ?", ["2027-07-01T00:00:00", "2028-01-01T00:00:00"]),
        ("0 0 L * *", ["2027-01-31T00:00:00", "2027-02-28T00:00:00", "2027-03-31T00:00:00"]),
        ("0 0 29 2 *", ["2028-02-29T00:00:00", "2032-02-29T00:00:00"]),
        ("0 0 31 * *", ["2027-01-31T00:00:00", "2027-03-31T00:00:00", "2027-05-31T00:00:00"]),
        // The 15th, and every Monday; with + only a 15th that is one.
        ("0 9 15 * 1", ["2027-01-04T09:00:00", "2027-01-11T09:00:00", "2027-01-15T09:00:00", "2027-01-18T09:00:00"]),
        ("0 9 15 * +1", ["2027-02-15T09:00:00", "2027-03-15T09:00:00", "2027-11-15T09:00:00"]),
        ("0 0 * * 2#2", ["2027-01-12T00:00:00", "2027-02-09T00:00:00"]),
        ("0 0 * * FRI#L", ["2027-01-29T00:00:00", "2027-02-26T00:00:00"]),
        ("0 0 * * 5L", ["2027-01-29T00:00:00", "2027-02-26T00:00:00"]),
        ("0 0 * * 0#5", ["2027-01-31T00:00:00", "2027-05-30T00:00:00"]),
        // 1 May and 15 May 2027 are Saturdays, 31 January a Sunday.
        ("0 0 1W 5 *", ["2027-05-03T00:00:00", "2028-05-01T00:00:00"]),
        ("0 0 15W 5 *", ["2027-05-14T00:00:00", "2028-05-15T00:00:00"]),
        ("0 0 31W 1 *", ["2027-01-29T00:00:00", "2028-01-31T00:00:00"]),
        ("15,45 30 6 * * *", ["2027-01-01T06:30:15", "2027-01-01T06:30:45", "2027-01-02T06:30:15"]),
        ("10/25 * * * *", ["2027-01-01T00:10:00", "2027-01-01T00:35:00", "2027-01-01T01:10:00"]),
        ("@hourly", ["2027-01-01T01:00:00", "2027-01-01T02:00:00"]),
        ("@Daily", ["2027-01-02T00:00:00"]), ("@weekly", ["2027-01-03T00:00:00"]),
        ("@monthly", ["2027-02-01T00:00:00"]), ("@yearly", ["2028-01-01T00:00:00"]),
    ])
    func firesAsWritten(_ text: String, _ expected: [String]) throws {
        #expect(try fires(text, after: "2027-01-01T00:00:00.000", expected.count) == expected)
    }

    @Test func aFireIsNeverTheMomentItself() throws {
        #expect(try fires("0 0 * * *", after: "2027-01-01T23:59:59.999", 1) == ["2027-01-02T00:00:00"])
        #expect(try fires("0 0 * * *", after: "2027-01-02T00:00:00.000", 1) == ["2027-01-03T00:00:00"])
        #expect(try fires("0 0 * * *", after: "2027-01-02T00:00:00.001", 1) == ["2027-01-03T00:00:00"])
        #expect(try fires("0 0 29 2 *", after: "2097-01-01T00:00:00", 1) == ["2104-02-29T00:00:00"])
    }

    @Test(arguments: [
        ("0 0 30 2 *", "never happens"), ("0 0 31 4,6,9,11 *", "never happens"), ("0 0 30 2 +1", "never happens"),
        ("* * * *", "has 4 fields"), ("* * * * * * *", "has 7 fields"), ("", "has 0 fields"),
        ("60 * * * *", "from 0 to 59"), ("* 24 * * *", "from 0 to 23"), ("* * 0 * *", "from 1 to 31"),
        ("* * 32 * *", "from 1 to 31"), ("* * * 13 *", "from 1 to 12 or a name such as FEB"),
        ("* * * * 8", "from 0 to 7"),
        ("40-20 * * * *", "ends before it begins"), ("*/0 * * * *", "a step is"), ("*/60 * * * *", "a step is"),
        ("1,,2 * * * *", "\"\" is no minute"), ("-5 * * * *", "no minute"), ("+5 * * * *", "no minute"),
        ("x * * * *", "\"X\" is no minute"), ("? * * * *", "no minute"), ("* * * * MON#6", "1 to 5, or L"),
        ("* * * * L", "no day of the week"), ("@often", "none of @yearly"), ("٣ * * * *", "no minute"),
    ])
    func whatIsNoExpressionIsToldWhy(_ text: String, _ reason: String) {
        #expect {
            try CronExpression(text)
        } throws: {
            "\($0)".contains(reason)
        }
        #expect(throws: CronExpressionProblem.self) {
            try CronExpression(String(repeating: "1,", count: CronExpression.limit) + "1 * * * *")
        }
    }

    /// Against a clock that goes second by second.
    @Test func theNextFireIsTheFirstThatMatches() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed)
        for _ in 0..<20 {
            func field(_ range: ClosedRange<Int>) -> String {
                switch Int.random(in: 0...4, using: &random) {
                case 0: "*"
                case 1: "*/\(Int.random(in: 1...range.upperBound, using: &random))"
                case 2: "\(Int.random(in: range, using: &random)),\(Int.random(in: range, using: &random))"
                default: "\(Int.random(in: range, using: &random))"
                }
            }
            let text = "\(field(0...59)) \(field(0...23)) \(field(1...28)) * \(field(0...6))"
            let expression = try CronExpression(text)
            let start = Int64.random(in: 30_000_000...60_000_000, using: &random) * 60
            let next = try #require(expression.next(after: WallTime(seconds: start), in: .utc))
            var time = start + 60
            while !matches(text, CalendarDate(WallTime(seconds: time))), time < start + 100 * 86_400 { time += 60 }
            #expect(next.seconds == time, "\(text) after \(start), seed \(seed)")
        }
    }

    /// Plain reading of numbers, stars, steps and lists.
    private func matches(_ text: String, _ date: CalendarDate) -> Bool {
        let fields = text.split(separator: " ")
        func has(_ index: Int, _ value: Int, _ low: Int) -> Bool {
            fields[index].split(separator: ",").contains { part in
                if part == "*" { return true }
                if part.hasPrefix("*/") { return (value - low) % (Int(part.dropFirst(2)) ?? 1) == 0 }
                return Int(part) == value
            }
        }
        let (ofMonth, ofWeek) = (has(2, date.day, 1), has(4, date.weekday, 0))
        let day = fields[2] == "*" || fields[4] == "*" ? ofMonth && ofWeek : ofMonth || ofWeek
        return has(0, date.minute, 0) && has(1, date.hour, 0) && day
    }
}

import Platform
import Support
import Testing

@Suite struct CalendarDateTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z", 4), (-1, "1969-12-31T23:59:59.999Z", 3),
        (951_782_400_000, "2000-02-29T00:00:00.000Z", 2), (951_868_799_999, "2000-02-29T23:59:59.999Z", 2),
        (1_709_251_199_000, "2024-02-29T23:59:59.000Z", 4), (4_107_542_400_000, "2100-03-01T00:00:00.000Z", 1),
        (-2_203_891_200_000, "1900-03-01T00:00:00.000Z", 4), (1_790_000_000_123, "2026-09-21T14:13:20.123Z", 1),
    ])
    func knownMomentsHaveTheirDate(_ milliseconds: Int64, _ text: String, _ weekday: Int) {
        let time = WallTime(nanoseconds: milliseconds * 1_000_000)
        let date = CalendarDate(time)
        #expect(date.text() == text)
        #expect(date.weekday == weekday)
        #expect(date.time() == time)
        #expect(date.isValid)
    }

    @Test func everyDayFollowsTheOneBefore() {
        var date = CalendarDate(year: 1890, month: 1, day: 1)
        var days = date.daysSince1970
        while date.year < 2110 {
            let next = CalendarDate(WallTime(nanoseconds: Int64(days + 1) * 86_400_000_000_000))
            let isLast = date.day == CalendarDate.days(inMonth: date.month, of: date.year)
            let expected =
                !isLast
                ? CalendarDate(year: date.year, month: date.month, day: date.day + 1)
                : date.month < 12
                    ? CalendarDate(year: date.year, month: date.month + 1, day: 1)
                    : CalendarDate(year: date.year + 1, month: 1, day: 1)
            guard next == expected, next.weekday == (date.weekday + 1) % 7, next.daysSince1970 == days + 1 else {
                Issue.record("after \(date.dateText) came \(next.dateText)")
                return
            }
            date = next
            days += 1
        }
    }

    @Test func anOffsetMovesTheDateAndBack() {
        var random = SeededRandom(seed: 3)
        for _ in 0..<1000 {
            let time = WallTime(
                nanoseconds: Int64.random(in: -4_000_000_000_000...4_000_000_000_000, using: &random) * 1_000_000)
            let offset = Int.random(in: -50_400...50_400, using: &random)
            #expect(CalendarDate(time, offset: offset).time(offset: offset) == time)
        }
        let time = WallTime(nanoseconds: 1_709_251_199_000_000_000)
        #expect(CalendarDate(time, offset: 3600).text(zone: "+01:00") == "2024-03-01T00:59:59.000+01:00")
    }

    @Test func datesThatDoNotExistAreKnown() {
        #expect(!CalendarDate(year: 2023, month: 2, day: 29).isValid)
        #expect(!CalendarDate(year: 1900, month: 2, day: 29).isValid)
        #expect(CalendarDate(year: 2000, month: 2, day: 29).isValid)
        for date in [
            CalendarDate(year: 2024, month: 0, day: 1), CalendarDate(year: 2024, month: 13, day: 1),
            CalendarDate(year: 2024, month: 4, day: 31), CalendarDate(year: 2024, month: 4, day: 0),
            CalendarDate(year: 2024, month: 4, day: 1, hour: 24),
            CalendarDate(year: 2024, month: 4, day: 1, second: 60),
        ] { #expect(!date.isValid) }
        #expect(CalendarDate(year: 2300, month: 1, day: 1).time() == nil)
        #expect(CalendarDate(year: 1600, month: 1, day: 1).time() == nil)
    }
}

@Suite struct CalendarDateReadingTests {
    @Test(arguments: [
        ("2026-01-15T09:30:00.123Z", "2026-01-15T09:30:00.123", 0), ("2026-01-15T09:30Z", "2026-01-15T09:30:00.000", 0),
        ("2026-01-15T09:30:00+01:00", "2026-01-15T09:30:00.000", 3600),
        ("2026-01-15t09:30:00-0330", "2026-01-15T09:30:00.000", -12_600),
        ("2026-01-15 09:30:00.1234567", "2026-01-15T09:30:00.123", nil), ("2026-01-15", "2026-01-15T00:00:00.000", nil),
        ("2026-01-15T09:30:00.5", "2026-01-15T09:30:00.500", nil),
    ])
    func isoIsRead(_ text: String, _ date: String, _ offset: Int?) throws {
        let read = try #require(CalendarDate.read(iso: text))
        #expect(read.date.text(zone: "") == date && read.offset == offset)
    }

    @Test(arguments: [
        "", "2026", "2026-01", "2026-13-01", "2026-02-30", "2026-01-15T", "2026-01-15T25:00", "2026-01-15T09",
        "2026-01-15T09:30:00.", "2026-01-15T09:30:00+1", "2026-01-15T09:30:00+24:00", "2026-01-15T09:30:00Zx",
        "2026-01-15X09:30", "26-01-15", "2026-1-15", "2026-01-15T09:30:60",
    ])
    func whatIsNoDateIsRefused(_ text: String) { #expect(CalendarDate.read(iso: text) == nil) }
}

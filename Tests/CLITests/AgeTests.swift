import Platform
import Testing

@testable import CLI

struct AgeTests {
    @Test(arguments: [
        (0, "0 s"), (59, "59 s"), (60, "1 min"), (3599, "59 min"), (3600, "1 h"), (3660, "1 h 1 min"),
        (86_399, "23 h 59 min"), (86_400, "1 d"), (273_600, "3 d 4 h"),
    ])
    func aSpanHasTwoUnitsAtMost(seconds: Int, text: String) {
        #expect(Age.span(.seconds(seconds)) == text)
    }

    @Test func aMomentJustPastIsNamedAsSuchAndOneAheadIsNotHidden() {
        let now = WallTime(nanoseconds: 1_790_000_000_000_000_000)
        func ago(_ milliseconds: Int64) -> String {
            Age.ago(WallTime(nanoseconds: now.nanoseconds - milliseconds * 1_000_000), now: now)
        }
        #expect(ago(999) == "just now")
        #expect(ago(1000) == "1 s ago")
        #expect(ago(180_000) == "3 min ago")
        #expect(ago(-4000) == "just now")
        #expect(ago(-60_000) == "in 1 min")
    }

    @Test(arguments: [
        (1_240, "1.2 ms"), (9_960, "10.0 ms"), (10_000, "10 ms"), (999_999, "999 ms"), (3_449_000, "3.4 s"),
    ])
    func aLatencyHasTheFiguresThatMatter(microseconds: Int, text: String) {
        #expect(Age.latency(.microseconds(microseconds)) == text)
    }

    @Test func aMomentOfThisWeekIsADayAndOlderOnesADate() {
        let now = CalendarDate(year: 2026, month: 11, day: 5, hour: 12).time()!
        let tuesday = CalendarDate(year: 2026, month: 11, day: 3, hour: 9, minute: 4).time()!
        let older = CalendarDate(year: 2026, month: 10, day: 2, hour: 3, minute: 12).time()!
        #expect(Age.moment(tuesday, now: now, zone: .utc) == "Tue 09:04 UTC")
        #expect(Age.moment(older, now: now, zone: .utc) == "2026-10-02 03:12 UTC")
    }
}

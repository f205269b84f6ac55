import Platform
import Support
import Testing

@testable import Agents

/// Where clocks are put forward and back.
@Suite struct CronDaylightTests {
    private func fires(_ text: String, _ name: String, from start: String, to end: String) async throws -> [String] {
        let zone = try await onLoop { try ZoneShelf().zone(name) }
        let expression = try CronExpression(text)
        func moment(_ text: String) -> WallTime? { CalendarDate.read(iso: text).flatMap { zone.time(of: $0.date) } }
        var time = try #require(moment(start))
        let last = try #require(moment(end))
        var found: [String] = []
        while let next = expression.next(after: time, in: zone), next <= last {
            #expect(next > time)
            let hours = zone.offset(at: next)
            found.append(
                "\(zone.date(of: next).text(zone: "").dropFirst(5).prefix(11))\(hours >= 0 ? "+" : "")\(hours / 60)")
            time = next
        }
        return found
    }

    @Test(arguments: [
        // Berlin, 28 March 2027: 02:00 becomes 03:00.
        (
            "30 2 * * *", "Europe/Berlin", "2027-03-27T12:00", "2027-03-29T12:00",
            ["03-28T03:00+120", "03-29T02:30+120"]
        ),
        ("0 2,3 * * *", "Europe/Berlin", "2027-03-27T12:00", "2027-03-28T12:00", ["03-28T03:00+120"]),
        ("*/20 2 * * *", "Europe/Berlin", "2027-03-28T00:00", "2027-03-28T12:00", ["03-28T03:00+120"]),
        (
            "30 * * * *", "Europe/Berlin", "2027-03-28T00:00", "2027-03-28T04:00",
            ["03-28T00:30+60", "03-28T01:30+60", "03-28T03:30+120"]
        ),
        // 31 October 2027: 03:00 becomes 02:00.
        ("30 2 * * *", "Europe/Berlin", "2027-10-30T12:00", "2027-11-01T12:00", ["10-31T02:30+120", "11-01T02:30+60"]),
        ("0 3 * * *", "Europe/Berlin", "2027-10-30T12:00", "2027-10-31T12:00", ["10-31T03:00+60"]),
        (
            "*/30 1-3 * * *", "Europe/Berlin", "2027-10-31T01:00", "2027-10-31T03:30",
            ["10-31T01:30+120", "10-31T02:00+120", "10-31T02:30+120", "10-31T03:00+60", "10-31T03:30+60"]
        ),
        (
            "30 * * * *", "Europe/Berlin", "2027-10-31T01:00", "2027-10-31T04:00",
            ["10-31T01:30+120", "10-31T02:30+120", "10-31T02:30+60", "10-31T03:30+60"]
        ),
        // Lord Howe: half an hour.
        ("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T12:00", "2026-10-04T12:00", ["10-04T02:30+660"]),
        (
            "15 * * * *", "Australia/Lord_Howe", "2026-10-04T01:00", "2026-10-04T03:30",
            ["10-04T01:15+630", "10-04T02:30+660", "10-04T03:15+660"]
        ),
        ("45 1 * * *", "Australia/Lord_Howe", "2027-04-03T12:00", "2027-04-04T12:00", ["04-04T01:45+660"]),
        // São Paulo, as long as there was a change, at midnight.
        (
            "0 0 * * *", "America/Sao_Paulo", "2018-11-03T12:00", "2018-11-05T12:00",
            ["11-04T01:00-120", "11-05T00:00-120"]
        ),
        (
            "30 23 * * *", "America/Sao_Paulo", "2019-02-16T12:00", "2019-02-18T00:00",
            ["02-16T23:30-120", "02-17T23:30-180"]
        ),
        ("0 0 1 * *", "Asia/Shanghai", "2027-01-15T00:00", "2027-03-15T00:00", ["02-01T00:00+480", "03-01T00:00+480"]),
        // A day that was not there at all.
        (
            "0 12 * * *", "Pacific/Apia", "2011-12-29T00:00", "2011-12-31T13:00",
            ["12-29T12:00-600", "12-31T00:00+840", "12-31T12:00+840"]
        ),
    ])
    func aTimeOfDayComesOnceADay(
        _ text: String, _ zone: String, _ start: String, _ end: String, _ expected: [String]
    ) async throws {
        #expect(try await fires(text, zone, from: start, to: end) == expected)
    }

    @Test(arguments: [
        "Europe/Berlin", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe", "America/Sao_Paulo",
    ])
    func everyTimeOfDayComesOnEveryDayOfTenYears(_ name: String) async throws {
        let zone = try await onLoop { try ZoneShelf().zone(name) }
        for text in ["15 0 * * *", "45 1 * * *", "30 2 * * *", "0 3 * * *", "59 23 * * *"] {
            let expression = try CronExpression(text)
            var time = WallTime(seconds: 1_514_764_800)
            var day = zone.date(of: time).daysSince1970
            var count = 0
            while let next = expression.next(after: time, in: zone), next.seconds < 1_830_297_600 {
                let date = zone.date(of: next)
                if count > 0, date.daysSince1970 != day + 1 { Issue.record("\(name) \(text): \(date.text())") }
                day = date.daysSince1970
                time = next
                count += 1
            }
            #expect(count >= 3650)
        }
    }
}

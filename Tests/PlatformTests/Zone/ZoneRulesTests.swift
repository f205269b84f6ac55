import Support
import Testing

@testable import Platform

@Suite struct ZoneRulesTests {
    static let names = [
        "Europe/Berlin", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe", "America/Sao_Paulo",
        "Africa/Casablanca", "Europe/Dublin", "America/Nuuk", "Asia/Kolkata", "Pacific/Apia", "Etc/GMT+12", "UTC",
    ]

    /// The C library reads the same files by itself.
    @Test(arguments: names) func theOffsetIsTheCLibrarys(_ name: String) async throws {
        let zone = try await onLoop { try ZoneShelf().zone(name) }
        var random = SeededRandom(seed: 20_261_128)
        var moments = (0..<2000).map { _ in Int64.random(in: -2_000_000_000...7_000_000_000, using: &random) }
        var stretch = zone.stretch(at: 1_600_000_000)
        for _ in 0..<200 where stretch.end < .max {
            moments += [stretch.end - 1, stretch.end, stretch.end + 1]
            #expect(zone.stretch(at: stretch.end).start == stretch.end)
            stretch = zone.stretch(at: stretch.end)
        }
        let expected = try OtherZone.offsets(of: name, at: moments)
        #expect(expected.count == moments.count)
        for (moment, offset) in zip(moments, expected) where zone.stretch(at: moment).offset != offset {
            Issue.record("\(name) at \(moment): \(zone.stretch(at: moment).offset), should be \(offset)")
            return
        }
    }

    @Test(arguments: [
        // Put forward over it, shown twice, plain.
        ("Europe/Berlin", "2027-03-28T02:30:00", "2027-03-28T01:00:00.000Z"),
        ("Europe/Berlin", "2027-10-31T02:30:00", "2027-10-31T00:30:00.000Z"),
        ("Europe/Berlin", "2027-10-31T03:00:00", "2027-10-31T02:00:00.000Z"),
        ("Europe/Berlin", "2300-07-01T12:00:00", nil),
        ("Australia/Lord_Howe", "2026-10-04T02:10:00", "2026-10-03T15:30:00.000Z"),
        ("Australia/Lord_Howe", "2027-04-04T01:45:00", "2027-04-03T14:45:00.000Z"),
        // A day that was not there.
        ("Pacific/Apia", "2011-12-30T12:00:00", "2011-12-30T10:00:00.000Z"),
        ("Pacific/Apia", "2011-12-31T00:00:00", "2011-12-30T10:00:00.000Z"),
        ("America/Sao_Paulo", "2018-11-04T00:15:00", "2018-11-04T03:00:00.000Z"),
        ("Asia/Shanghai", "2150-06-01T08:00:00", "2150-06-01T00:00:00.000Z"),
    ])
    func aTimeOnTheWallHasOneMoment(_ name: String, _ local: String, _ moment: String?) async throws {
        let zone = try await onLoop { try ZoneShelf().zone(name) }
        let date = try #require(CalendarDate.read(iso: local)).date
        #expect(zone.time(of: date).map { CalendarDate($0).text() } == moment)
    }

    @Test func everyMomentIsFoundAgainByWhatTheWallShows() async throws {
        for name in Self.names {
            let zone = try await onLoop { try ZoneShelf().zone(name) }
            var random = SeededRandom(seed: 7)
            for _ in 0..<500 {
                let time = WallTime(seconds: Int64.random(in: 0...8_000_000_000, using: &random))
                let found = try #require(zone.time(of: zone.date(of: time)))
                // The earlier of two that look the same.
                #expect(found == time || found < time && zone.date(of: found) == zone.date(of: time), "\(name)")
            }
        }
    }

    @Test(arguments: [
        "EST5EDT,M3.2.0,M11.1.0", "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "<-03>3", "IST-1GMT0,M10.5.0,M3.5.0/1",
        "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "IST-2IDT,M3.4.4/26,M10.5.0", "XXX3EDT4,0/0,J365/23", "UTC0",
    ])
    func rulesAreRead(_ text: String) { #expect(ZoneYearRule(text.utf8) != nil) }

    @Test(arguments: [
        "", "E5", "EST", "EST25", "EST5EDT", "EST5EDT,M3.2.0", "EST5EDT,M13.2.0,M11.1.0", "EST5EDT,M3.6.0,M11.1.0",
        "EST5EDT,M3.2.7,M11.1.0", "EST5EDT,J0,J365", "EST5EDT,M3.2.0/168,M11.1.0", "<EST5", "EST5EDT,M3.2.0,M11.1.0x",
    ])
    func whatIsNoRuleIsRefused(_ text: String) { #expect(ZoneYearRule(text.utf8) == nil) }
}

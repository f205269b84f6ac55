import Platform
import Support
import Testing

@testable import Agents

/// The parts of heartbeats that only compute.
@Suite struct HeartbeatTests {
    // MARK: Hours

    @Test(
        arguments: [
            ("00:00", 0), ("08:30", 510), ("23:59", 1439), ("24:00", 1440), ("24:01", nil), ("8:00", nil),
            ("08:60", nil),
            ("0800", nil), ("", nil), ("08:00:00", nil), ("-1:00", nil),
        ] as [(String, Int?)])
    func aTimeOfDay(_ text: String, _ minutes: Int?) { #expect(ActiveHours.minutes(text) == minutes) }

    @Test(arguments: [
        (540, 1320, 539, false), (540, 1320, 540, true), (540, 1320, 1319, true), (540, 1320, 1320, false),
        (0, 1440, 0, true), (0, 1440, 1439, true),
        // Over midnight.
        (1320, 360, 1319, false), (1320, 360, 1320, true), (1320, 360, 0, true), (1320, 360, 359, true),
        (1320, 360, 360, false),
        // No width: never.
        (480, 480, 480, false), (480, 480, 0, false),
    ])
    func hours(_ start: Int, _ end: Int, _ minute: Int, _ isIn: Bool) {
        #expect(ActiveHours(start: start, end: end).contain(minute) == isIn)
    }

    // MARK: The schedule

    private func next(
        _ after: String, every: Duration = .seconds(1800), _ hours: ActiveHours? = nil, zone: ZoneRules = .utc
    ) throws -> String? {
        HeartbeatSchedule(every: every, hours: hours, zone: zone).next(after: try #require(WallTime(after)))?.text
    }

    @Test func beatsKeepTheirDistance() throws {
        #expect(try next("2026-11-28T10:00:00") == "2026-11-28T10:30:00")
        #expect(try next("2026-11-28T10:00:00", every: .zero) == nil)
    }

    @Test func outsideOfItsHoursTheNextIsTheFirstWithin() throws {
        let day = ActiveHours(start: 9 * 60, end: 22 * 60)
        #expect(try next("2026-11-28T21:45:00", day) == "2026-11-29T09:15:00")
        #expect(try next("2026-11-28T21:20:00", day) == "2026-11-28T21:50:00")
        #expect(try next("2026-11-28T03:00:00", day) == "2026-11-28T09:00:00")
        let night = ActiveHours(start: 22 * 60, end: 6 * 60)
        #expect(try next("2026-11-28T05:45:00", night) == "2026-11-28T22:15:00")
        #expect(try next("2026-11-28T23:45:00", night) == "2026-11-29T00:15:00")
        #expect(try next("2026-11-28T12:00:00", ActiveHours(start: 480, end: 480)) == nil)
    }

    @Test func aBeatThatNeverFallsIntoItsHoursComesWithThem() throws {
        let lunch = ActiveHours(start: 12 * 60, end: 12 * 60 + 5)
        #expect(try next("2026-11-28T10:00:00", every: .seconds(86_400), lunch) == "2026-11-29T12:00:00")
    }

    @Test(arguments: ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"])
    func aYearOfBeatsLiesWithinTheHoursOfItsZone(_ name: String) async throws {
        try await onLoop {
            let zone = try ZoneShelf().zone(name)
            let hours = ActiveHours(start: 8 * 60, end: 23 * 60)
            let schedule = HeartbeatSchedule(every: .seconds(2 * 3600), hours: hours, zone: zone)
            var time = try #require(WallTime("2027-01-01T00:00:00"))
            let end = try #require(WallTime("2028-01-01T00:00:00"))
            var days = Set<String>()
            while let next = schedule.next(after: time), next < end {
                let distance = next.nanoseconds - time.nanoseconds
                #expect(distance > 0 && distance <= 13 * 3600 * 1_000_000_000, "\(time.text) to \(next.text)")
                let date = zone.date(of: next)
                #expect(hours.contain(date.hour * 60 + date.minute), "\(next.text)")
                days.insert(date.dateText)
                time = next
            }
            #expect(days.count >= 365, "a day without a beat")
        }
    }

    // MARK: The answer

    @Test(
        arguments: [
            ("HEARTBEAT_OK", .quiet), ("  heartbeat_ok", .alert("heartbeat_ok")), ("HEARTBEAT_OK.", .quiet),
            ("**HEARTBEAT_OK**", .quiet), ("HEARTBEAT_OK — all is well.", .quiet),
            ("All is well. HEARTBEAT_OK", .quiet),
            ("", .empty), (" \n", .empty), ("NO_REPLY", .quiet), ("HEARTBEAT_OKAY", .alert("HEARTBEAT_OKAY")),
            ("The build broke", .alert("The build broke")),
            ("I would say HEARTBEAT_OK but the disk is full", .alert("I would say HEARTBEAT_OK but the disk is full")),
        ] as [(String, HeartbeatAnswer)])
    func anAnswer(_ text: String, _ meaning: HeartbeatAnswer) { #expect(HeartbeatAnswer(text, limit: 300) == meaning) }

    @Test func whatIsSaidBesideTheTokenIsDroppedUpToALimit() {
        let words = String(repeating: "a", count: 300)
        #expect(HeartbeatAnswer("HEARTBEAT_OK \(words)", limit: 300) == .quiet)
        #expect(HeartbeatAnswer("HEARTBEAT_OK \(words)", limit: 299) == .alert(words))
        #expect(HeartbeatAnswer("\(words) HEARTBEAT_OK", limit: 299) == .alert(words))
        #expect(HeartbeatAnswer("HEARTBEAT_OK x", limit: 0) == .alert("x"))
    }

    // MARK: The document

    @Test(arguments: [
        "", "\n\n", "# Heartbeat\n", "## A\n### B", "<!-- nothing -->", "<!-- two\nlines -->\n# Title", "- [ ]\n- [ ]",
        "-\n*", "```\n```", "# What to look at now and then\n\nAn empty list means there is nothing to do.\n",
    ])
    func aDocumentThatAsksForNothing(_ text: String) { #expect(HeartbeatDocument.isEmpty(text)) }

    @Test(arguments: [
        "- look at the mail", "#hashtag", "<!-- a --> look <!-- b -->", "```\ncode\n```", "- [ ] water the plants",
        "An empty list means there is nothing to do, but look at the mail.",
    ])
    func aDocumentThatAsks(_ text: String) { #expect(!HeartbeatDocument.isEmpty(text)) }

    @Test func aDocumentIsReadFromTheWorkspaceAlone() async throws {
        let scratch = ScratchDirectory()
        #expect(HeartbeatDocument.look(in: scratch.path("nothing")) == .empty)
        #expect(HeartbeatDocument.look(in: scratch.path) == .missing)
        scratch.write("- look", to: HeartbeatDocument.name)
        #expect(HeartbeatDocument.look(in: scratch.path) == .asks)
        scratch.write("# Nothing", to: HeartbeatDocument.name)
        #expect(HeartbeatDocument.look(in: scratch.path) == .empty)
    }

    // MARK: Settings

    private func plan(_ text: String) throws -> HeartbeatPlan { HeartbeatPlan(try JSON5Document(text).value) }

    @Test func withoutSettingsTheDefaultAgentLooksAroundEveryHalfHour() throws {
        let plan = try plan("{}")
        #expect(plan.settings.keys.sorted() == ["main"])
        let settings = try #require(plan.settings["main"])
        #expect(settings.every == .seconds(1800) && settings.target == .owner && settings.ackMaxChars == 300)
        #expect(settings.runTime == .seconds(600))
    }

    @Test func onlyAgentsWithABlockOfTheirOwnLookAroundWhereOneHasOne() throws {
        let plan = try plan(
            """
            {agents: {defaults: {heartbeat: {every: '1h', target: 'none'}}, entries: {main: {default: true},
              ops: {heartbeat: {target: 'telegram', to: '7'}}}, list: [{id: 'old', heartbeat: {every: '0m'}}]}}
            """)
        #expect(plan.settings.keys.sorted() == ["old", "ops"])
        #expect(plan.settings["ops"]?.every == .seconds(3600))
        #expect(plan.settings["ops"]?.target == .channel("telegram") && plan.settings["ops"]?.to == "7")
        #expect(plan.settings["old"]?.isScheduled == false)
        #expect(plan.settings(of: "main").target == HeartbeatSettings.Target.none)
    }

    @Test(arguments: [("30m", 1800), ("45", 2700), ("90s", 90), ("2h", 7200), ("1d", 86_400), ("0m", 0), ("soon", nil)])
    func aDistance(_ text: String, _ seconds: Int?) {
        #expect(HeartbeatSettings.duration(text) == seconds.map { .seconds($0) })
    }
}

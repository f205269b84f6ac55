import Platform
import Support
import Testing

@testable import Agents

/// When sessions begin anew, and which are cleaned up.
@Suite struct SessionRulesTests {
    private static let hour: Int64 = 3_600_000_000_000

    private func time(_ day: Int, _ hour: Int, _ minute: Int = 0) throws -> WallTime {
        try #require(CalendarDate(year: 2026, month: 11, day: day, hour: hour, minute: minute).time())
    }

    @Test(arguments: [0, 3600, -18_000])
    func aNewDayBeginsAtItsHour(offset: Int) throws {
        var rules = ResetRules()
        rules.usual = ResetRules.Policy(hour: 4)
        func isOver(_ created: WallTime, _ now: WallTime) -> Bool {
            // The same moments by the clock on the wall, wherever that is.
            let shift = Int64(offset) * 1_000_000_000
            let record = SessionRecord(
                key: mainKey, sessionID: "s", createdAt: WallTime(nanoseconds: created.nanoseconds - shift))
            return rules.isOver(record, at: WallTime(nanoseconds: now.nanoseconds - shift)) { _ in offset }
        }
        #expect(!isOver(try time(20, 12), try time(20, 23)))
        #expect(!isOver(try time(20, 12), try time(21, 3, 59)))
        #expect(isOver(try time(20, 12), try time(21, 4)))
        #expect(isOver(try time(20, 3, 59), try time(20, 4)))
        #expect(!isOver(try time(20, 4), try time(20, 4)))
        #expect(isOver(try time(1, 12), try time(21, 3)))
    }

    @Test func aSilenceEndsASession() throws {
        var rules = ResetRules()
        rules.usual = ResetRules.Policy(idle: .seconds(3600))
        var record = SessionRecord(key: mainKey, sessionID: "s", createdAt: try time(20, 10))
        func isOver(_ now: WallTime) -> Bool { rules.isOver(record, at: now) { _ in 0 } }
        #expect(!isOver(try time(20, 10, 59)))
        #expect(isOver(try time(20, 11)))
        record.lastInteractionAt = try time(20, 10, 30)
        #expect(!isOver(try time(20, 11, 29)))
        #expect(isOver(try time(20, 11, 30)))
        // Work that nobody asked for just now does not keep it alive.
        record.updatedAt = try time(20, 11, 29)
        #expect(isOver(try time(20, 11, 30)))
        rules.usual = ResetRules.Policy()
        #expect(!isOver(try time(30, 11)))
    }

    @Test func channelsGoBeforeKindsAndKindsBeforeTheRest() {
        var rules = ResetRules()
        rules.usual = ResetRules.Policy(hour: 1)
        rules.byKind = ["group": ResetRules.Policy(hour: 2), "thread": ResetRules.Policy(hour: 3)]
        rules.byChannel = ["discord": ResetRules.Policy(hour: 5)]
        let group = SessionKey.group("a", channel: "telegram", group: "1")
        #expect(rules.policy(for: mainKey).hour == 1)
        #expect(rules.policy(for: group).hour == 2)
        #expect(rules.policy(for: group.thread("1")).hour == 3)
        #expect(rules.policy(for: .group("a", channel: "discord", group: "1")).hour == 5)
        #expect(rules.policy(for: .cron("a", job: "j")) == ResetRules.Policy())
    }

    @Test func aSessionWhoseTimeIsOverBeginsAnewWhenItIsOpened() async throws {
        try await onLoop {
            let bench = try await ShelfBench()
            bench.shelf.settings.reset.usual = ResetRules.Policy(idle: .seconds(600))
            let first = try await bench.shelf.open(mainKey)
            bench.clock.wall.nanoseconds += Self.hour
            // Nothing was said in it, so there is nothing to end.
            #expect(try await bench.shelf.open(mainKey).sessionID == first.sessionID)
            try await bench.shelf.append([bench.user("a")], to: mainKey)
            bench.clock.wall.nanoseconds += 599 * 1_000_000_000
            #expect(try await bench.shelf.open(mainKey).sessionID == first.sessionID)
            bench.clock.wall.nanoseconds += 1_000_000_000
            let second = try await bench.shelf.open(mainKey)
            #expect(second.sessionID != first.sessionID)
            #expect(try await bench.shelf.entries(mainKey) == [])
            await bench.end()
        }
    }

    // MARK: Upkeep

    private func session(
        _ rest: String, age days: Int64, archived: Bool = false, pinned: Bool = false, busy: Bool = false
    )
        -> MaintenancePlan.Session
    {
        MaintenancePlan.Session(
            key: SessionKey(agentID: "a", rest: rest), updatedAt: WallTime(nanoseconds: (1000 - days) * 24 * Self.hour),
            isArchived: archived, isPinned: pinned, isBusy: busy)
    }

    private func plan(_ sessions: [MaintenancePlan.Session], _ change: (inout MaintenanceRules) -> Void = { _ in })
        -> (removed: [String], archived: [String])
    {
        var rules = MaintenanceRules()
        change(&rules)
        let plan = MaintenancePlan(sessions, rules, now: WallTime(nanoseconds: 1000 * 24 * Self.hour))
        return (plan.removed.map(\.rest), plan.archived.map(\.rest))
    }

    @Test func whatIsOldIsArchivedOrRemoved() {
        let all = [
            session("chat:old", age: 31), session("chat:young", age: 30), session("cron:old", age: 31),
            session("cron:young", age: 29), session("main", age: 400), session("telegram:group:1", age: 400),
            session("chat:pinned", age: 400, pinned: true), session("chat:away", age: 400, archived: true),
            session("cron:busy", age: 400, busy: true), session("dashboard:x", age: 8), session("dashboard:y", age: 7),
            session("openai:u", age: 31), session("openai-user:u", age: 31),
        ]
        let found = plan(all)
        #expect(found.removed == ["cron:old", "openai:u"])
        #expect(found.archived == ["chat:old", "dashboard:x", "openai-user:u"])
        let never = plan(all) {
            $0.pruneAfter = nil
            $0.archiveDashboardAfter = nil
        }
        #expect(never.removed == [] && never.archived == [])
    }

    @Test(arguments: [2, 3, 4])
    func theOldestGoWhenThereAreTooMany(limit: Int) {
        let all = [
            session("chat:a", age: 5), session("cron:b", age: 4), session("chat:c", age: 3),
            session("chat:away", age: 9, archived: true),
        ]
        let found = plan(all) { $0.maxEntries = limit }
        #expect(found.archived == (limit < 3 ? ["chat:a"] : []))
        let protected = plan(all) {
            $0.maxEntries = 1
            $0.preserveRecent = .seconds(6 * 86_400)
        }
        #expect(protected.removed == ["cron:b"] && protected.archived == [])
    }

    @Test(arguments: [1, 2, 3])
    func whatWasPutAsideGoesByAgeAndByRoom(kept: Int) async throws {
        let scratch = ScratchDirectory()
        let place = TranscriptPlace(stateDirectory: scratch.path)
        try place.makeFolder("main")
        var names: [String] = []
        for day in 1...3 {
            let id = UUIDText.random()
            scratch.write(String(repeating: "x", count: 100), to: "agents/main/sessions/\(id).jsonl")
            names.append(try #require(try place.putAside("main", id, .reset, at: try time(day, 0))))
        }
        let live = UUIDText.random()
        scratch.write(String(repeating: "x", count: 100), to: "agents/main/sessions/\(live).jsonl")
        var rules = MaintenanceRules()
        rules.archiveRetention = .seconds((kept + 1) * 86_400)
        let dry = AsideSweep(place, "main", rules, try time(5, 0), isApplied: false)
        #expect(dry.files == Array(names.prefix(3 - kept)))
        rules.archiveRetention = nil
        rules.diskBytes = 399
        rules.highWaterBytes = 100 + kept * 100
        let swept = AsideSweep(place, "main", rules, try time(5, 0), isApplied: true)
        #expect(swept.files == Array(names.prefix(3 - kept)))
        #expect(swept.bytes == (3 - kept) * 100)
        #expect(Set(scratch.names(in: "agents/main/sessions")) == Set([live + ".jsonl"] + names.suffix(kept)))
    }

    @Test(arguments: [
        ("500mb", 500 << 20), ("10GB", 10 << 30), ("7", 7), ("7b", 7), ("1k", 1024), ("x", nil), ("0", nil),
        ("-1", nil), ("99999999999999999999gb", nil), ("9999999999tb", nil), ("", nil),
    ])
    func sizesAreReadAsPeopleWriteThem(text: String, bytes: Int?) {
        #expect(MaintenanceRules.bytes(.string(text)) == bytes)
    }

    @Test func upkeepComesByItself() async throws {
        try await onLoop {
            let bench = try await ShelfBench()
            _ = try await bench.shelf.open(.cron("main", job: "x"))
            _ = try await bench.shelf.open(mainKey)
            bench.clock.wall.nanoseconds += 31 * 24 * Self.hour
            await bench.clock.advance(by: SessionShelf.upkeepInterval)
            try await turns { bench.shelf.count == 1 }
            #expect(bench.shelf.record(mainKey) != nil)
            await bench.end()
        }
    }
}

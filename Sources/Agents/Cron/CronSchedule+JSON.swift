package import Platform

/// Where schedules find their time zones.
@LoopActor
package struct CronZones {
    package let shelf: ZoneShelf
    /// For schedules that name none.
    package let local: ZoneRules

    package init(_ shelf: ZoneShelf, local: ZoneRules) {
        self.shelf = shelf
        self.local = local
    }

    package func zone(_ name: String?) throws(CronProblem) -> ZoneRules {
        guard let name, !name.isEmpty else { return local }
        do throws(ZoneShelf.Problem) { return try shelf.zone(name) } catch {
            throw CronProblem("schedule.tz: \(error)")
        }
    }
}

extension CronSchedule {
    /// Reads what either generation of the protocol writes. `created` is where intervals begin that name no anchor.
    @LoopActor
    package static func read(_ json: JSON?, created: WallTime, zones: CronZones) throws(CronProblem) -> CronSchedule {
        guard let json = json?.object else { throw CronProblem("schedule must be an object with a kind") }
        switch json["kind"]?.string ?? kindUnsaid(json) {
        case "at": return .at(try moment(json, zones))
        case "every":
            guard let interval = json["everyMs"]?.int, interval >= 1000 else {
                throw CronProblem("schedule.everyMs must be a number of milliseconds, 1000 at least")
            }
            var anchor = created
            if let value = json["anchorMs"] {
                guard let milliseconds = value.int, milliseconds >= 0 else {
                    throw CronProblem("schedule.anchorMs must be a moment in milliseconds since 1970")
                }
                anchor = WallTime(milliseconds: Int64(milliseconds))
            }
            return .every(.milliseconds(interval), anchor: anchor)
        case "cron": return try cron(json, zones)
        case let kind:
            throw CronProblem("schedule.kind \"\((kind ?? "").cut(to: 40))\" is not served; one of at, every, cron")
        }
    }

    /// What the oldest files leave out.
    private static func kindUnsaid(_ json: JSONObject) -> String? {
        if json["at"] != nil || json["atMs"] != nil { return "at" }
        if json["everyMs"] != nil { return "every" }
        return json["expr"] != nil || json["cron"] != nil ? "cron" : nil
    }

    @LoopActor
    private static func cron(_ json: JSONObject, _ zones: CronZones) throws(CronProblem) -> CronSchedule {
        guard let text = (json["expr"] ?? json["cron"])?.string else {
            throw CronProblem("schedule.expr must be a cron expression")
        }
        var stagger = 0
        if let value = json["staggerMs"] {
            guard let milliseconds = value.int, (0...86_400_000).contains(milliseconds) else {
                throw CronProblem("schedule.staggerMs must be from 0 to 86400000 milliseconds")
            }
            stagger = milliseconds
        }
        let expression: CronExpression
        do throws(CronExpressionProblem) { expression = try CronExpression(text) } catch {
            throw CronProblem("schedule.expr: \(error)")
        }
        return .cron(expression, try zones.zone(json["tz"]?.string), stagger: .milliseconds(stagger))
    }

    /// Milliseconds, or ISO 8601; without a zone of its own that of `tz`, else UTC.
    @LoopActor
    private static func moment(_ json: JSONObject, _ zones: CronZones) throws(CronProblem) -> WallTime {
        if let milliseconds = json["atMs"]?.int ?? json["at"]?.int, milliseconds >= 0 {
            return WallTime(milliseconds: Int64(milliseconds))
        }
        let text = json["at"]?.string ?? json["atMs"]?.string ?? ""
        if let milliseconds = Int64(text), milliseconds > 100_000_000_000 {
            return WallTime(milliseconds: milliseconds)
        }
        guard let (date, offset) = CalendarDate.read(iso: text.withoutOuterSpace) else {
            throw CronProblem(
                "schedule.at must be a moment such as 2027-01-15T09:30:00Z, or schedule.atMs milliseconds since 1970")
        }
        var time = date.time(offset: offset ?? 0)
        if offset == nil, let name = json["tz"]?.string, !name.isEmpty { time = try zones.zone(name).time(of: date) }
        guard let time else { throw CronProblem("schedule.at is out of range") }
        return time
    }
}

import Contract
import Platform

/// The days that a question about use is about.
@LoopActor
struct UsageRange {
    static let defaultDays = 30

    /// Seconds ahead of UTC, of the zone that the days are those of.
    let offset: Int
    let start: WallTime
    let firstDay: String
    let lastDay: String
    let days: Int

    init(_ params: JSONObject, now: WallTime) throws(RPCError) {
        offset = try Self.offset(params, now)
        let today = CalendarDate(now, offset: offset)
        let last = try Self.day(params, "endDate") ?? CalendarDate(year: today.year, month: today.month, day: today.day)
        let count = params["days"]?.int ?? Self.defaultDays
        let first: CalendarDate
        if let given = try Self.day(params, "startDate") {
            first = given
        } else {
            guard let end = last.time() else { throw .invalid("the date endDate is out of range") }
            let begin = WallTime(nanoseconds: end.nanoseconds - Int64(count - 1) * 86_400 * 1_000_000_000)
            first = CalendarDate(begin)
        }
        guard let start = first.time(offset: offset) else { throw .invalid("the date startDate is out of range") }
        guard first.daysSince1970 <= last.daysSince1970 else { throw .invalid("startDate is later than endDate") }
        self.start = start
        firstDay = first.dateText
        lastDay = last.dateText
        days = last.daysSince1970 - first.daysSince1970 + 1
    }

    func contains(_ day: String) -> Bool { day >= firstDay && day <= lastDay }

    /// `2026-11-20`.
    private static func day(_ params: JSONObject, _ name: String) throws(RPCError) -> CalendarDate? {
        guard let text = params[name]?.string, !text.isEmpty else { return nil }
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        if parts.map(\.utf8.count) == [4, 2, 2], let year = Int(parts[0]), let month = Int(parts[1]),
            let day = Int(parts[2])
        {
            let date = CalendarDate(year: year, month: month, day: day)
            if date.isValid { return date }
        }
        throw .invalid("invalid \(name): must be a day such as 2026-11-20")
    }

    private static func offset(_ params: JSONObject, _ now: WallTime) throws(RPCError) -> Int {
        switch params["mode"]?.string {
        case "gateway": return LocalTime.offset(at: now)
        case "specific":
            guard let offset = params["utcOffset"]?.string.flatMap(parse) else {
                throw .invalid("invalid utcOffset: must be such as UTC-4 or UTC+5:30")
            }
            return offset
        default: return 0
        }
    }

    /// `UTC+5:30`; nil for anything else.
    private static func parse(_ text: String) -> Int? {
        guard text.hasPrefix("UTC"), let sign = text.dropFirst(3).first, sign == "+" || sign == "-" else { return nil }
        let parts = text.dropFirst(4).split(separator: ":", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts[0].utf8.count <= 2, let hours = Int(parts[0]),
            (0...14).contains(hours)
        else { return nil }
        let minutes = parts.count == 2 ? Int(parts[1]) : 0
        guard let minutes, (0..<60).contains(minutes) else { return nil }
        return (hours * 3600 + minutes * 60) * (sign == "-" ? -1 : 1)
    }
}

package import Platform

/// The part of a day in which heartbeats take place, in minutes since midnight by the clocks of a zone.
package struct ActiveHours: Equatable, Sendable {
    /// Whose clocks count.
    package enum Clocks: Equatable, Sendable {
        /// `agents.defaults.userTimezone`, else this machine's.
        case user
        case machine
        case zone(String)

        init(_ text: String?) {
            self =
                switch text {
                case nil, "", "user": .user
                case "local": .machine
                case let name?: .zone(name)
                }
        }
    }

    package let start: Int
    /// No longer within; up to 1440, the end of the day.
    package let end: Int
    package let clocks: Clocks

    package init(start: Int, end: Int, clocks: Clocks = .user) {
        self.start = start
        self.end = end
        self.clocks = clocks
    }

    /// `{start: "08:00", end: "24:00", timezone}`. Nil where nothing is limited.
    package init?(_ json: JSON?) {
        guard let json, json["start"] != nil || json["end"] != nil else { return nil }
        guard let start = Self.minutes(json["start"]?.string ?? "00:00"),
            let end = Self.minutes(json["end"]?.string ?? "24:00"), start < 1440
        else { return nil }
        self.init(start: start, end: end, clocks: Clocks(json["timezone"]?.string))
    }

    /// Nil for what is no time of a day. 24:00 is its end.
    package static func minutes(_ text: String) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 && $0.utf8.allSatisfy(ASCII.isDigit) }),
            let hour = Int(parts[0]), let minute = Int(parts[1]), minute < 60, hour < 24 || hour == 24 && minute == 0
        else { return nil }
        return hour * 60 + minute
    }

    /// The whole day; or none of it, where both ends are the same.
    package var isEmpty: Bool { start == end }

    /// Hours that end before they begin go over midnight.
    package func contain(_ minute: Int) -> Bool {
        start <= end ? start <= minute && minute < end : minute >= start || minute < end
    }
}

package import Platform

extension WallTime {
    /// A moment as OpenClaw's files write it: milliseconds, or ISO 8601 in UTC.
    package init?(foreign json: JSON?) {
        guard let json else { return nil }
        if let text = json.string {
            self.init(isoUTC: text)
        } else {
            self.init(json: json)
        }
    }

    /// Reads `2026-01-15T09:30:00.123Z`; the fraction may be missing.
    private init?(isoUTC text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 20 || bytes.count == 24, bytes.last == UInt8(ascii: "Z"), bytes[10] == UInt8(ascii: "T")
        else { return nil }
        func number(_ range: Range<Int>) -> Int? {
            let digits = bytes[range]
            guard digits.allSatisfy({ (48...57).contains($0) }) else { return nil }
            return digits.reduce(0) { $0 * 10 + Int($1 - 48) }
        }
        guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
            let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
            let fraction = bytes.count == 24 ? number(20..<23) : 0
        else { return nil }
        let date = CalendarDate(
            year: year, month: month, day: day, hour: hour, minute: minute, second: second, millisecond: fraction)
        guard date.isValid, let time = date.time() else { return nil }
        self = time
    }
}

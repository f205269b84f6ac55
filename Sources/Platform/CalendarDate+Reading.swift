extension CalendarDate {
    /// Reads `2026-01-15T09:30:00.123+01:00`, and how far its zone is ahead of UTC; nil where it names none. Fraction and
    /// seconds may be missing, and the time altogether, which then is midnight.
    package static func read(iso text: String) -> (date: CalendarDate, offset: Int?)? {
        var rest = Array(text.utf8)[...]
        guard let year = rest.number(digits: 4), rest.skip(ASCII.minus), let month = rest.number(digits: 2),
            rest.skip(ASCII.minus), let day = rest.number(digits: 2)
        else { return nil }
        var date = CalendarDate(year: year, month: month, day: day)
        var offset: Int?
        if !rest.isEmpty {
            guard rest.skip(UInt8(ascii: "T")) || rest.skip(UInt8(ascii: "t")) || rest.skip(ASCII.space),
                date.readTime(&rest), let zone = readZone(&rest)
            else { return nil }
            offset = zone.offset
        }
        return date.isValid && rest.isEmpty ? (date, offset) : nil
    }

    private mutating func readTime(_ rest: inout ArraySlice<UInt8>) -> Bool {
        guard let hour = rest.number(digits: 2), rest.skip(ASCII.colon), let minute = rest.number(digits: 2) else {
            return false
        }
        self.hour = hour
        self.minute = minute
        guard rest.skip(ASCII.colon) else { return true }
        guard let second = rest.number(digits: 2) else { return false }
        self.second = second
        guard rest.skip(ASCII.dot) else { return true }
        let digits = rest.prefix { ASCII.isDigit($0) }
        rest = rest.dropFirst(digits.count)
        for place in 0..<3 {
            let digit = digits.dropFirst(place).first.map { Int($0 - ASCII.zero) } ?? 0
            millisecond = millisecond * 10 + digit
        }
        return !digits.isEmpty && digits.count <= 9
    }

    private static func readZone(_ rest: inout ArraySlice<UInt8>) -> (offset: Int?, Void)? {
        guard !rest.isEmpty else { return (nil, ()) }
        if rest.skip(UInt8(ascii: "Z")) || rest.skip(UInt8(ascii: "z")) { return (0, ()) }
        let isWest = rest.skip(ASCII.minus)
        guard isWest || rest.skip(ASCII.plus), let hours = rest.number(digits: 2), hours < 24 else { return nil }
        _ = rest.skip(ASCII.colon)
        guard let minutes = rest.number(digits: 2), minutes < 60 else { return nil }
        let seconds = hours * 3600 + minutes * 60
        return (isWest ? -seconds : seconds, ())
    }
}

extension ArraySlice<UInt8> {
    fileprivate mutating func skip(_ byte: UInt8) -> Bool {
        guard first == byte else { return false }
        removeFirst()
        return true
    }

    fileprivate mutating func number(digits count: Int) -> Int? {
        let digits = prefix(count)
        guard digits.count == count, digits.allSatisfy({ ASCII.isDigit($0) }) else { return nil }
        removeFirst(count)
        return digits.reduce(0) { $0 * 10 + Int($1 - ASCII.zero) }
    }
}

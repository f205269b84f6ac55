import Platform

/// A line of the log, as a person reads it.
struct LogEntry: Sendable {
    let raw: String
    private let json: JSON?

    init(_ raw: String) {
        self.raw = raw
        json = try? JSONParser.parse(Array(raw.utf8).span)
    }

    private static let own: Set<String> = ["time", "level", "subsystem", "message", "repeated"]

    /// Whether it was written by what keeps channels connected; by that of one channel, where one is named.
    func isAbout(channel: String?) -> Bool {
        let parts = (json?["subsystem"]?.string ?? "").split(separator: ".")
        guard let place = parts.firstIndex(of: "channels") else { return false }
        guard let channel else { return true }
        if parts.dropFirst(place + 1).first.map(String.init) == channel { return true }
        let account = json?["account"]?.string ?? ""
        return account == channel || account.hasPrefix("\(channel)/")
    }

    /// A line that is no record is shown as it is: someone else wrote it.
    func text(_ style: TextStyle, _ zone: TimeZone) -> String {
        guard let json, let message = json["message"]?.string else { return style.plain(raw.shown) }
        let level = json["level"]?.string ?? "info"
        var parts = [level.shown.padded(to: 5), (json["subsystem"]?.string ?? "").shown, message.shown]
        for member in json.object?.members ?? [] where !Self.own.contains(member.key) {
            parts.append("\(member.key.shown)=\((member.value.string ?? member.value.description).shown)")
        }
        if let count = json["repeated"]?.int { parts.append("(\(count) times)") }
        let time = json["time"]?.string.map { Self.time($0, zone) } ?? ""
        let colour: TextStyle.Colour? = level == "error" ? .red : level == "warn" ? .yellow : nil
        return style.plain(time) + " " + style.paint(style.plain(parts.joined(separator: " ")), colour)
    }

    /// "2026-11-02 03:12:45", with a mark where it is not the reader's clock.
    static func time(_ iso: String, _ zone: TimeZone) -> String {
        guard let time = ISOTime.read(iso) else { return iso.shown }
        let date = zone.date(of: time)
        let clock = [date.hour, date.minute, date.second].map(Age.twoDigits).joined(separator: ":")
        return "\(date.dateText) \(clock)" + (zone.isUTC ? "Z" : "")
    }
}

/// Times as the log and the protocol write them: "2026-11-02T03:12:45.123Z".
enum ISOTime {
    static func read(_ text: String) -> WallTime? {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes.last == UInt8(ascii: "Z") else { return nil }
        func number(_ range: Range<Int>) -> Int? { Int(String(decoding: bytes[range], as: UTF8.self)) }
        guard let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
            let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19)
        else { return nil }
        let millisecond = bytes.count >= 24 ? number(20..<23) ?? 0 : 0
        let date = CalendarDate(
            year: year, month: month, day: day, hour: hour, minute: minute, second: second, millisecond: millisecond)
        return date.isValid ? date.time() : nil
    }
}

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

    private init?(isoUTC text: String) {
        guard let (date, offset) = CalendarDate.read(iso: text), offset == 0, let time = date.time() else { return nil }
        self = time
    }
}

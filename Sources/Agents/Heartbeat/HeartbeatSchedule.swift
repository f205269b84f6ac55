package import Platform

/// When an agent looks around by itself: at a steady distance, within its hours.
package struct HeartbeatSchedule: Equatable, Sendable {
    package let every: Duration
    package let hours: ActiveHours?
    package let zone: ZoneRules

    package init(every: Duration, hours: ActiveHours? = nil, zone: ZoneRules = .utc) {
        self.every = every
        self.hours = hours
        self.zone = zone
    }

    package func isActive(at time: WallTime) -> Bool {
        guard let hours else { return true }
        let date = zone.date(of: time)
        return hours.contain(date.hour * 60 + date.minute)
    }

    /// The first beat after the one at `last`: whole distances later, the first that lies within the hours. Nil where
    /// there is none.
    package func next(after last: WallTime) -> WallTime? {
        guard every > .zero else { return nil }
        let first = WallTime(nanoseconds: last.nanoseconds + every.inNanoseconds)
        guard let hours, !isActive(at: first) else { return first }
        guard !hours.isEmpty else { return nil }
        // A beat may be so rare that it misses the hours of a day, or of many.
        var from = first
        for _ in 0..<Self.daysTried {
            guard let opening = opening(after: from, hours) else { return nil }
            let distance = opening.nanoseconds - last.nanoseconds
            let count = (distance + every.inNanoseconds - 1) / every.inNanoseconds
            let beat = WallTime(nanoseconds: last.nanoseconds + count * every.inNanoseconds)
            if isActive(at: beat) { return beat }
            from = beat
        }
        // No beat of this distance falls into the hours: the hours count for more.
        return opening(after: first, hours)
    }

    private static let daysTried = 60

    /// When the hours begin the next time.
    private func opening(after time: WallTime, _ hours: ActiveHours) -> WallTime? {
        // From noon to noon: clocks that are put forward or back change no date there.
        var today = zone.date(of: time)
        (today.hour, today.minute, today.second, today.millisecond) = (12, 0, 0, 0)
        guard let noon = zone.time(of: today) else { return nil }
        for ahead in 0...2 {
            var date = zone.date(of: WallTime(nanoseconds: noon.nanoseconds + Int64(ahead) * 86_400_000_000_000))
            (date.hour, date.minute, date.second, date.millisecond) = (hours.start / 60, hours.start % 60, 0, 0)
            if let opening = zone.time(of: date), opening > time { return opening }
        }
        return nil
    }
}

import Platform
package import Settings

/// What the configuration says of sessions.
package struct SessionSettings: Equatable, Sendable {
    package var directScope = DirectScope.main
    package var resetTriggers = ["/new", "/reset"]
    package var reset = ResetRules()
    package var maintenance = MaintenanceRules()

    package init() {}

    package init(_ snapshot: ConfigSnapshot) {
        self.init()
        directScope = snapshot.string("session.dmScope").flatMap(DirectScope.init(rawValue:)) ?? .main
        if let triggers = snapshot.strings("session.resetTriggers") { resetTriggers = triggers }
        reset = ResetRules(snapshot)
        maintenance = MaintenanceRules(snapshot)
    }
}

/// When a session begins anew by itself.
package struct ResetRules: Equatable, Sendable {
    /// One policy; both may be set, and whichever is over first counts.
    package struct Policy: Equatable, Sendable {
        /// The hour of the day, by this machine's clock, at which a new day begins.
        package var hour: Int?
        package var idle: Duration?

        package init(hour: Int? = nil, idle: Duration? = nil) {
            self.hour = hour
            self.idle = idle
        }
    }

    package static let defaultHour = 4
    package static let defaultIdle = Duration.seconds(60 * 60)

    package var usual = Policy()
    package var byKind: [String: Policy] = [:]
    package var byChannel: [String: Policy] = [:]

    package init() {}

    init(_ snapshot: ConfigSnapshot) {
        usual = Self.policy(snapshot.given("session.reset")) ?? Policy()
        if usual == Policy(), let minutes = snapshot.given("session.idleMinutes")?.int, minutes > 0 {
            usual.idle = .seconds(minutes * 60)
        }
        for member in snapshot.members("session.resetByType") {
            byKind[member.key == "dm" ? "direct" : member.key] = Self.policy(member.value)
        }
        for member in snapshot.members("session.resetByChannel") {
            byChannel[member.key.lowercased()] = Self.policy(member.value)
        }
    }

    private static func policy(_ json: JSON?) -> Policy? {
        guard let json else { return nil }
        let hour = json["atHour"]?.int.map { min(max($0, 0), 23) } ?? defaultHour
        let idle = json["idleMinutes"]?.int.flatMap { $0 > 0 ? Duration.seconds($0 * 60) : nil }
        return switch json["mode"]?.string {
        case "daily": Policy(hour: hour, idle: idle)
        case "idle": Policy(idle: idle ?? defaultIdle)
        case nil: Policy(hour: json["atHour"] == nil ? nil : hour, idle: idle)
        default: Policy()
        }
    }

    func policy(for key: SessionKey) -> Policy {
        if key.isDisposable { return Policy() }
        if let channel = key.channel, let policy = byChannel[channel.lowercased()] { return policy }
        let kind =
            switch key.kind {
            case .group: "group"
            case .thread: "thread"
            default: "direct"
            }
        return byKind[kind] ?? usual
    }

    /// Whether the session's day or idle time is over. `offset` says how far this machine's clock is ahead of UTC.
    func isOver(_ record: SessionRecord, at now: WallTime, offset: (WallTime) -> Int) -> Bool {
        let policy = policy(for: record.key)
        if let hour = policy.hour, record.createdAt < Self.dayBegan(hour, now, offset) { return true }
        guard let idle = policy.idle else { return false }
        return now.nanoseconds - (record.lastInteractionAt ?? record.createdAt).nanoseconds >= idle.inNanoseconds
    }

    /// The last time that it was that hour.
    private static func dayBegan(_ hour: Int, _ now: WallTime, _ offset: (WallTime) -> Int) -> WallTime {
        let here = offset(now)
        var date = CalendarDate(now, offset: here)
        let isLater = date.hour >= hour
        date = CalendarDate(year: date.year, month: date.month, day: date.day, hour: hour)
        guard let today = date.time(offset: here) else { return now }
        return isLater ? today : WallTime(nanoseconds: today.nanoseconds - 86_400 * 1_000_000_000)
    }
}

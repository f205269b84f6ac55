import Platform
import Settings

/// How many sessions are kept, and for how long.
package struct MaintenanceRules: Equatable, Sendable {
    package static let defaultPruneAfter = Duration.seconds(30 * 86_400)
    package static let defaultDashboardAfter = Duration.seconds(7 * 86_400)
    package static let defaultMaxEntries = 5000
    package static let defaultDiskBytes = 10 << 30

    /// Else only the log says what would be done.
    package var isEnforced = true
    package var pruneAfter: Duration? = defaultPruneAfter
    package var archiveDashboardAfter: Duration? = defaultDashboardAfter
    /// Sessions that are not archived.
    package var maxEntries = defaultMaxEntries
    package var preserveRecent: Duration?
    /// How long transcripts that were put aside stay; nil for as long as there is room.
    package var archiveRetention: Duration?
    /// Of an agent's sessions, all files together; nil for no limit.
    package var diskBytes: Int? = defaultDiskBytes
    package var highWaterBytes: Int?

    package init() {}

    init(_ snapshot: ConfigSnapshot) {
        isEnforced = snapshot.string("session.maintenance.mode") != "warn"
        if let days = snapshot.given("session.maintenance.pruneDays")?.int, days > 0 {
            pruneAfter = .seconds(days * 86_400)
        }
        read(snapshot, "pruneAfter", &pruneAfter)
        read(snapshot, "archiveDashboardAfter", &archiveDashboardAfter)
        read(snapshot, "preserveRecent", &preserveRecent)
        read(snapshot, "resetArchiveRetention", &archiveRetention)
        maxEntries = snapshot.integer("session.maintenance.maxEntries") ?? maxEntries
        if let given = snapshot.given("session.maintenance.maxDiskBytes") { diskBytes = Self.bytes(given) }
        if let given = snapshot.given("session.maintenance.highWaterBytes") { highWaterBytes = Self.bytes(given) }
    }

    /// A time; `false` and zero are none.
    private func read(_ snapshot: ConfigSnapshot, _ key: String, _ target: inout Duration?) {
        guard let given = snapshot.given("session.maintenance.\(key)") else { return }
        let read = given.string.flatMap(SettingDuration.parse)
        target = read == .zero ? nil : read
    }

    /// `500mb`, `10gb`, or a number of bytes; nil for none.
    static func bytes(_ json: JSON) -> Int? {
        if let number = json.int { return number > 0 ? number : nil }
        guard let text = json.string?.lowercased() else { return nil }
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let units = ["": 0, "b": 0, "kb": 10, "k": 10, "mb": 20, "m": 20, "gb": 30, "g": 30, "tb": 40, "t": 40]
        guard let number = Int(digits), number > 0, let shift = units[String(text.dropFirst(digits.count))],
            number <= Int.max >> shift
        else { return nil }
        return number << shift
    }

    /// Where cleaning up stops once there is too much.
    var targetBytes: Int? { diskBytes.map { highWaterBytes ?? $0 / 10 * 8 } }
}

/// Which sessions there are too many of.
struct MaintenancePlan: Equatable {
    /// What it decides by.
    struct Session: Equatable {
        var key: SessionKey
        var updatedAt: WallTime
        var isArchived = false
        var isPinned = false
        /// Something is being done to it now.
        var isBusy = false

        /// Nobody loses what someone comes back to: those that people hold on to, and the places in chats.
        var isProtected: Bool {
            if isPinned || isArchived || isBusy { return true }
            return switch key.kind {
            case .main, .group, .thread: true
            default: false
            }
        }
    }

    /// Made by the program for one piece of work; deleted.
    var removed: [SessionKey] = []
    /// Kept, and no longer shown.
    var archived: [SessionKey] = []

    init(_ sessions: [Session], _ rules: MaintenanceRules, now: WallTime) {
        func isOlder(_ session: Session, than age: Duration?) -> Bool {
            age.map { now.nanoseconds - session.updatedAt.nanoseconds > $0.inNanoseconds } ?? false
        }
        var live = sessions.count { !$0.isArchived }
        var left: [Session] = []
        for session in sessions where !session.isProtected {
            let isRecent = !session.key.isDisposable && rules.preserveRecent.map { !isOlder(session, than: $0) } == true
            if isRecent { continue }
            let isIdleDashboard =
                session.key.rest.hasPrefix("dashboard:") && isOlder(session, than: rules.archiveDashboardAfter)
            if isOlder(session, than: rules.pruneAfter) || isIdleDashboard {
                add(session.key)
                live -= 1
            } else {
                left.append(session)
            }
        }
        guard live > rules.maxEntries else { return }
        left.sort { ($0.updatedAt, $0.key.rest) < ($1.updatedAt, $1.key.rest) }
        for session in left.prefix(live - rules.maxEntries) { add(session.key) }
    }

    private mutating func add(_ key: SessionKey) {
        if key.isDisposable { removed.append(key) } else { archived.append(key) }
    }
}

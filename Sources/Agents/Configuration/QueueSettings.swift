package import Platform

/// What becomes of a message that comes while its session has a run under way.
package enum QueueMode: String, CaseIterable, Sendable {
    /// It joins the run before the model is asked again; if that does not happen, it has a run of its own afterwards.
    case steer
    /// It waits for a run of its own.
    case followup
    /// What waits is put into one run.
    case collect
    /// It ends the run under way.
    case interrupt

    /// Reads what people and older files write.
    package init?(_ text: String) {
        switch text.lowercased() {
        case "steer", "queue", "steer-backlog", "steer+backlog": self = .steer
        case "followup", "follow-up": self = .followup
        case "collect": self = .collect
        case "interrupt": self = .interrupt
        default: return nil
        }
    }
}

/// `messages.queue`.
package struct QueueSettings: Sendable, Equatable {
    /// What gives way when too many messages wait.
    package enum Drop: String, CaseIterable, Sendable {
        case old, new
        /// The oldest, and the next run is told in short what it said.
        case summarize
    }

    package static let defaultCap = 20
    package static let defaultDebounce = Duration.milliseconds(500)

    package var mode = QueueMode.steer
    package var cap = defaultCap
    package var drop = Drop.summarize
    package var debounce = defaultDebounce
    package private(set) var modes: [String: QueueMode] = [:]
    package private(set) var debounces: [String: Duration] = [:]

    package init() {}

    /// `configuration` is the whole of it.
    package init(_ configuration: JSON) {
        guard let queue = configuration["messages"]?["queue"] else { return }
        if let mode = queue["mode"]?.string.flatMap(QueueMode.init(_:)) { self.mode = mode }
        if let cap = queue["cap"]?.int, cap > 0 { self.cap = cap }
        if let drop = queue["drop"]?.string.flatMap(Drop.init) { self.drop = drop }
        if let milliseconds = queue["debounceMs"]?.int, milliseconds >= 0 { debounce = .milliseconds(milliseconds) }
        for member in queue["byChannel"]?.object?.members ?? [] {
            modes[member.key] = member.value.string.flatMap(QueueMode.init(_:))
        }
        for member in queue["debounceMsByChannel"]?.object?.members ?? [] {
            debounces[member.key] = member.value.int.flatMap { $0 >= 0 ? .milliseconds($0) : nil }
        }
    }

    /// What holds for a message: its own wish, its session's, its channel's, that for all.
    package func mode(asked: String?, session: String?, channel: String) -> QueueMode {
        asked.flatMap(QueueMode.init(_:)) ?? session.flatMap(QueueMode.init(_:)) ?? modes[channel] ?? mode
    }

    /// Quiet after the last message before those that wait are taken up.
    package func debounce(channel: String) -> Duration { debounces[channel] ?? debounce }
}

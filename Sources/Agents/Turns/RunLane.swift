import Models
import Platform

/// The runs of one session: one under way, the others behind it in the order in which they came.
@LoopActor
final class RunLane {
    let key: SessionKey
    var current: Run?
    private(set) var queue: [Run] = []
    /// What was said by messages that gave way, in short.
    private(set) var dropped: [String] = []
    /// The session's own wish, as it was when its last run began.
    var sessionMode: String?
    /// When the last message came.
    private(set) var lastArrival: Instant

    /// Bytes of a message that gave way that are kept.
    nonisolated static let droppedBytes = 160
    /// Messages that gave way that are kept.
    nonisolated static let droppedLimit = 20

    init(_ key: SessionKey, at now: Instant) {
        self.key = key
        lastArrival = now
    }

    var isIdle: Bool { current == nil && queue.isEmpty }

    func add(_ run: Run, at now: Instant) {
        queue.append(run)
        lastArrival = now
    }

    func remove(_ run: Run) { queue.removeAll { $0 === run } }

    func takeAll() -> [Run] {
        defer { queue = [] }
        return queue
    }

    func takeFirst() -> Run? { queue.isEmpty ? nil : queue.removeFirst() }

    /// Makes room for one more; returns what gave way.
    func dropOldest(summarize: Bool) -> Run? {
        guard let oldest = takeFirst() else { return nil }
        if summarize {
            let text = oldest.request.message.compactMap(\.text).joined(separator: " ")
            dropped.append(text.cut(to: Self.droppedBytes))
            if dropped.count > Self.droppedLimit { dropped.removeFirst() }
        }
        return oldest
    }

    func takeDropped() -> [String] {
        defer { dropped = [] }
        return dropped
    }

    /// Those that wait to join what is under way.
    func takeSteering(into run: Run) -> [Run] {
        let joining = queue.filter { $0.mode == .steer && $0.canJoin(run) }
        queue.removeAll { one in joining.contains { $0 === one } }
        return joining
    }

    /// Those behind the first of the queue that can be answered together with it.
    func takeCollected(with first: Run) -> [Run] {
        let count = queue.prefix { $0.mode == .collect && $0.canJoin(first) }.count
        defer { queue.removeFirst(count) }
        return Array(queue.prefix(count))
    }
}

extension Run {
    /// Whether one answer can do for both: from the same place, with the same rights, and with no wishes of its own.
    func canJoin(_ other: Run) -> Bool {
        let (a, b) = (request, other.request)
        return a.isOwner == b.isOwner && a.origin.channel == b.origin.channel && a.origin.to == b.origin.to
            && a.origin.threadID == b.origin.threadID && a.origin.accountID == b.origin.accountID
            && a.options.isPlain && b.options.isPlain
    }
}

extension RunOptions {
    /// Without anything that holds for one message alone.
    fileprivate var isPlain: Bool {
        model == nil && limits == nil && extraSystemPrompt == nil && history == nil && clientTools.isEmpty && isRecorded
    }
}

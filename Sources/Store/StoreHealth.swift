package import Platform

/// How the store is, for `/readyz` and `doctor`.
package enum StoreHealth: Hashable, Sendable {
    case ok
    /// Writes fail for want of space. Ends by itself.
    case full(since: Instant)
    /// Writes fail for another reason that time or an operator may end.
    case failing(since: Instant, reason: String)
    /// A damaged store was moved aside since this process started. The store works, and starts from nothing: someone
    /// has to look at what was moved.
    case damaged(since: Instant, movedTo: String)

    /// How long it has been so; nil when all is well.
    package func age(at now: Instant) -> Duration? { since.map { now - $0 } }

    var since: Instant? {
        switch self {
        case .ok: nil
        case .full(let since), .failing(let since, _), .damaged(let since, _): since
        }
    }
}

/// A damaged store and where it went.
package struct MovedAside: Hashable, Sendable {
    package let path: String
    package let movedTo: String
    package let reason: String

    package init(path: String, movedTo: String, reason: String) {
        self.path = path
        self.movedTo = movedTo
        self.reason = reason
    }
}

/// What happens to the store that someone should hear of.
package enum StoreEvent: Hashable, Sendable {
    case created(path: String)
    case migrated(from: Int, to: Int, copy: String?)
    case movedAside(MovedAside)
    case troubled(StoreError)
    case recovered
    /// A damage was suspected or the last stop was unclean, and the check found nothing.
    case sound
}

extension StoreEvent: CustomStringConvertible {
    package var description: String {
        switch self {
        case .created(let path): "created the store \(path)"
        case .migrated(let from, let to, let copy):
            "the store went from version \(from) to \(to)" + (copy.map { "; the one before is kept as \($0)" } ?? "")
        case .movedAside(let moved):
            "the store \(moved.path) was damaged (\(moved.reason)). It was moved to \(moved.movedTo), and a new, empty "
                + "store took its place. Keep the moved file; sqlite3's .recover may read what is left."
        case .troubled(let error): error.description
        case .recovered: "the store can be written again"
        case .sound: "the store was checked and is sound"
        }
    }
}

/// Counts since the store was opened.
package struct StoreCounts: Hashable, Sendable {
    /// Transactions made durable; each cost one fsync.
    package var commits = 0
    /// Writes confirmed. Several share a commit.
    package var confirmed = 0
    package var checkpoints = 0

    package init() {}
}

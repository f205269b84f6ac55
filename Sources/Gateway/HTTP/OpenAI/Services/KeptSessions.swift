import Agents
import Platform
import Wire

/// The conversations that are kept, for clients of the HTTP API.
@LoopActor
final class KeptSessions: SessionReading, SessionListener {
    private let shelf: SessionShelf
    private var followers: [UInt64: Follower] = [:]
    private var lastNumber: UInt64 = 0

    private struct Follower {
        let key: SessionKey
        let take: @LoopActor (HistoryNews) -> Void
    }

    init(_ shelf: SessionShelf) {
        self.shelf = shelf
        shelf.listeners.append(self)
    }

    func exists(_ key: SessionKey) async -> Bool { shelf.record(key) != nil }

    func history(_ key: SessionKey, limit: Int, before cursor: String?) async throws(APIError) -> HistoryExcerpt? {
        var page = HistoryPage(limit: limit)
        if let cursor {
            guard let number = Int(cursor), number > 0 else {
                throw .invalid("cursor: must be the `nextCursor` of an earlier page", param: "cursor")
            }
            page.before = number
        }
        let found: SessionHistory
        do throws(SessionError) {
            found = try await shelf.history(key, page)
        } catch {
            throw APIError(.internalError, "api_error", error.description)
        }
        guard found.record != nil else { return nil }
        let oldest = found.messages.first?["__openclaw"]?["seq"]?.int
        return HistoryExcerpt(
            messages: found.messages, nextCursor: found.hasMore ? oldest.map { "\($0)" } : nil)
    }

    func follow(_ key: SessionKey, _ take: @escaping @LoopActor (HistoryNews) -> Void) -> AnyObject {
        lastNumber += 1
        let number = lastNumber
        followers[number] = Follower(key: key, take: take)
        return Subscription { [weak self] in self?.followers[number] = nil }
    }

    // MARK: SessionListener

    func session(_ record: SessionRecord, appended one: NumberedEntry) {
        guard !followers.isEmpty else { return }
        tell(record.key, .message(one.entry.message(seq: one.seq), id: one.entry.id, number: one.seq))
    }

    func session(_ record: SessionRecord, changed change: SessionChange) {
        switch change {
        case .reset, .delete, .compact: tell(record.key, .changed)
        case .create, .patch, .cleanup, .update: break
        }
    }

    private func tell(_ key: SessionKey, _ news: HistoryNews) {
        for follower in followers.values where follower.key == key { follower.take(news) }
    }

    /// Ends what it stands for when it is let go of.
    @LoopActor
    private final class Subscription {
        private let end: @LoopActor () -> Void

        init(_ end: @escaping @LoopActor () -> Void) { self.end = end }

        isolated deinit { end() }
    }
}

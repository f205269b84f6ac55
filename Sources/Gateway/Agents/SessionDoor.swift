import Agents
import Platform

/// The sessions, for those that were put together before the store was open.
@LoopActor
final class SessionDoor: SessionKeeping, SessionRenewing {
    /// Nil until the store is open.
    var shelf: SessionShelf? {
        didSet { shelf?.settings = settings }
    }
    var settings = SessionSettings() {
        didSet { shelf?.settings = settings }
    }

    init() {}

    func opened() throws(SessionError) -> SessionShelf {
        guard let shelf else { throw .notStored("the gateway is starting") }
        return shelf
    }

    func open(_ key: SessionKey) async throws(SessionError) -> SessionRecord { try await opened().open(key) }

    func entries(_ key: SessionKey) async throws(SessionError) -> [TranscriptEntry] {
        try await opened().entries(key)
    }

    func append(_ entries: [TranscriptEntry], to key: SessionKey) async throws(SessionError) {
        try await opened().append(entries, to: key)
    }

    func update(
        _ key: SessionKey, _ change: @LoopActor @Sendable (inout SessionRecord) -> Void
    ) async throws(SessionError) -> SessionRecord {
        try await opened().update(key, change)
    }

    func renew(_ key: SessionKey, reason: String) async throws(SessionError) -> SessionRecord {
        try await opened().reset(key)
    }
}

package import Platform

/// What a run needs of the sessions. What it was told is stored is durable.
@LoopActor
package protocol SessionKeeping: AnyObject, Sendable {
    /// The session's record; a new session when there is none, or when the old one's day or idle time is over.
    func open(_ key: SessionKey) async throws(SessionError) -> SessionRecord
    /// All that a model is to be told of: from the last compaction on, oldest first, tool calls without result repaired.
    func entries(_ key: SessionKey) async throws(SessionError) -> [TranscriptEntry]
    /// Returns when they are on the disk. Tells those who follow the session. Tokens, cost and model of answers are
    /// counted into the record here, so that nobody else needs to.
    func append(_ entries: [TranscriptEntry], to key: SessionKey) async throws(SessionError)
    /// Changes the record and returns it as it is kept from now on.
    func update(
        _ key: SessionKey, _ change: @LoopActor @Sendable (inout SessionRecord) -> Void
    ) async throws(SessionError) -> SessionRecord
}

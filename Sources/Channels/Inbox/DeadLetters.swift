package import Platform
package import Store

/// The messages that were given up, for the person who looks after them.
package struct DeadLetters: Sendable {
    private let table: InboxTable

    package init(_ store: Store) { table = InboxTable(store: store) }

    /// Newest first.
    package func list(limit: Int) async throws(StoreError) -> [DeadLetter] { try await table.dead(limit) }

    /// Lets a message wait once more. Returns whose it is, for its feed to look again; nil when there is none.
    package func resubmit(_ id: Int64, at now: WallTime) async throws(StoreError) -> ChannelAccount? {
        try await table.resubmit(id, now)
    }
}

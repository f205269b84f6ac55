import Platform
import Store

/// A message on its way out, before it is kept.
package struct OutboxEntry: Sendable {
    /// Our own name of it: the same again is the same message.
    package let key: String
    package let message: OutboundMessage

    package init(key: String = UUIDText.random(), _ message: OutboundMessage) {
        self.key = key
        self.message = message
    }
}

/// How far a message is on its way out.
package enum OutboxState: Int, CaseIterable, Sendable {
    case prepared, sending, delivered
    /// It may have been delivered: nobody knows, and it is not sent again blindly.
    case ambiguous
    case failed

    /// Nothing more will be done about it.
    package var isEnd: Bool { rawValue >= Self.delivered.rawValue }

    package var word: String {
        switch self {
        case .prepared: "prepared"
        case .sending: "sending"
        case .delivered: "delivered"
        case .ambiguous: "ambiguous"
        case .failed: "failed"
        }
    }
}

/// A message of the outbox that is not at its end.
struct OutboxRow: Sendable {
    let id: Int64
    let key: String
    let message: OutboundMessage
    let attempts: Int
    let nextAt: Int64
    let createdAt: Int64
}

/// What became of a message.
package struct OutboxReport: Equatable, Sendable {
    package let state: OutboxState
    package let platformID: String?
    package let error: String?

    package init(state: OutboxState, platformID: String?, error: String?) {
        self.state = state
        self.platformID = platformID
        self.error = error
    }
}

/// The outbox in the store.
struct OutboxTable: Sendable {
    /// How long it is known what became of a message.
    static let memory = Duration.seconds(7 * 24 * 3600)

    let store: Store

    static func insert(
        _ db: borrowing WriteTransaction, _ entry: OutboxEntry, _ now: WallTime
    ) throws(StoreError) {
        let address = entry.message.address
        try db.run(
            """
            INSERT INTO outbox
                (key, channel, account, chat, thread, message, state, next_at, created_at, updated_at)
            VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?, ?) ON CONFLICT (key) DO NOTHING
            """, entry.key, address.account.channel, address.account.account, address.chat, address.thread,
            entry.message.json.description, now.milliseconds, now.milliseconds, now.milliseconds)
    }

    /// Ends what was not sent yet.
    static func giveUp(
        _ db: borrowing WriteTransaction, _ account: ChannelAccount, _ reason: String, _ now: WallTime
    ) throws(StoreError) {
        try db.run(
            """
            UPDATE outbox SET state = ?, error = ?, message = NULL, updated_at = ?
            WHERE channel = ? AND account = ? AND state < 2
            """, OutboxState.failed.rawValue, reason, now.milliseconds, account.channel, account.account)
    }

    func insert(_ entries: [OutboxEntry], _ now: WallTime) async throws(StoreError) {
        try await store.write { (db) throws(StoreError) in
            for entry in entries { try Self.insert(db, entry, now) }
        }
    }

    /// What the last process was sending when it ended: sent again where that is harmless, else nobody knows. Returns of
    /// how many nobody knows.
    func recover(_ account: ChannelAccount, _ facts: ConnectorFacts, _ now: WallTime) async throws(StoreError) -> Int {
        let isIdempotent = facts.abilities.contains(.idempotentSends)
        let known = facts.keyMemory.map { now.milliseconds - Int64($0.inNanoseconds / 1_000_000) } ?? 0
        return try await store.write { (db) throws(StoreError) in
            // What is the same when it is done twice (an edit, a reaction) is done again; a sign of life has come too late.
            let lost = try db.run(
                """
                UPDATE outbox SET state = ?, updated_at = ?, error = 'the gateway ended while it was sent'
                WHERE channel = ? AND account = ? AND state = ?
                    AND (NOT ? OR created_at < ? OR (? AND message ->> 'media' IS NOT NULL))
                    AND message ->> 'edit' IS NULL AND message ->> 'react' IS NULL AND message ->> 'fleeting' IS NULL
                """, OutboxState.ambiguous.rawValue, now.milliseconds, account.channel, account.account,
                OutboxState.sending.rawValue, isIdempotent ? 1 : 0, known, facts.files?.areKnownAgain == false ? 1 : 0)
            try db.run(
                """
                UPDATE outbox SET state = ?, updated_at = ?, message = NULL, error = 'the gateway ended meanwhile'
                WHERE channel = ? AND account = ? AND state < 2 AND message ->> 'fleeting' IS NOT NULL
                """, OutboxState.failed.rawValue, now.milliseconds, account.channel, account.account)
            try db.run(
                "UPDATE outbox SET state = ?, updated_at = ? WHERE channel = ? AND account = ? AND state = ?",
                OutboxState.prepared.rawValue, now.milliseconds, account.channel, account.account,
                OutboxState.sending.rawValue)
            return lost
        }
    }

    /// What is to be sent behind `position`, oldest first.
    func open(_ account: ChannelAccount, after position: Int64, limit: Int) async throws(StoreError) -> [OutboxRow] {
        try await store.read { (db) throws(StoreError) in
            try db.rows(
                """
                SELECT id, key, chat, thread, message, attempts, next_at, created_at FROM outbox
                WHERE state < 2 AND channel = ? AND account = ? AND id > ? ORDER BY id LIMIT ?
                """, account.channel, account.account, position, limit
            ) { (row) throws(StoreError) in
                let address = ChatAddress(account, chat: try row[2], thread: try row[3])
                let text: String? = try row[4]
                return OutboxRow(
                    id: try row[0], key: try row[1], message: try Self.message(text ?? "", address),
                    attempts: try row[5], nextAt: try row[6], createdAt: try row[7])
            }
        }
    }

    private static func message(_ text: String, _ address: ChatAddress) throws(StoreError) -> OutboundMessage {
        do {
            return try OutboundMessage(JSONField(JSONParser.parse(text)), to: address)
        } catch {
            throw .rejected("a message of the outbox cannot be read: \(error)")
        }
    }

    /// Before it goes out: from here on its end is unknown until it is noted.
    func begin(_ id: Int64, _ now: WallTime) async throws(StoreError) {
        try await store.write { (db) throws(StoreError) in
            _ = try db.run(
                "UPDATE outbox SET state = ?, attempts = attempts + 1, updated_at = ? WHERE id = ?",
                OutboxState.sending.rawValue, now.milliseconds, id)
        }
    }

    func postpone(_ id: Int64, until next: WallTime, _ error: String, _ now: WallTime) async throws(StoreError) {
        try await store.write { (db) throws(StoreError) in
            _ = try db.run(
                "UPDATE outbox SET state = 0, next_at = ?, error = ?, updated_at = ? WHERE id = ?",
                next.milliseconds, error, now.milliseconds, id)
        }
    }

    /// Its end. The text goes; what became of it stays for a while.
    func end(_ id: Int64, _ report: OutboxReport, _ now: WallTime) async throws(StoreError) {
        try await store.write { (db) throws(StoreError) in
            _ = try db.run(
                "UPDATE outbox SET state = ?, platform_id = ?, error = ?, message = NULL, updated_at = ? WHERE id = ?",
                report.state.rawValue, report.platformID, report.error, now.milliseconds, id)
        }
    }

    func report(_ key: String) async throws(StoreError) -> OutboxReport? {
        try await store.read { (db) throws(StoreError) in
            try db.first("SELECT state, platform_id, error FROM outbox WHERE key = ?", key) {
                (row) throws(StoreError) in
                OutboxReport(
                    state: OutboxState(rawValue: try row[0]) ?? .failed, platformID: try row[1], error: try row[2])
            }
        }
    }

    /// The keys that begin with something that ends in a colon.
    func keys(beginning prefix: String) async -> [String] {
        let found = try? await store.read { (db) throws(StoreError) in
            // The colon's next is the semicolon.
            try db.rows(
                "SELECT key FROM outbox WHERE key >= ? AND key < ? AND state != ?", prefix,
                String(prefix.dropLast()) + ";", OutboxState.failed.rawValue
            ) { (row) throws(StoreError) -> String in try row[0] }
        }
        return found ?? []
    }

    /// Whether a message of that id was sent by the account. In doubt it was not.
    func has(_ account: ChannelAccount, _ id: String) async -> Bool {
        let found = try? await store.read { (db) throws(StoreError) in
            try db.first(
                "SELECT 1 FROM outbox WHERE channel = ? AND account = ? AND platform_id = ?", account.channel,
                account.account, id
            ) { (_) throws(StoreError) in true }
        }
        return found == true
    }

    func forget(_ now: WallTime) async throws(StoreError) {
        let oldest = now.milliseconds - Int64(Self.memory.inNanoseconds / 1_000_000)
        try await store.write { (db) throws(StoreError) in
            _ = try db.run("DELETE FROM outbox WHERE updated_at < ? AND state >= 2", oldest)
        }
    }
}

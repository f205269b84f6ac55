package import Platform
import Store

/// A message that was kept and waits to be answered.
package struct InboxItem: Sendable {
    package let id: Int64
    package let account: ChannelAccount
    package let message: InboundMessage
    /// How often it was begun before.
    package let attempts: Int

    package init(id: Int64, account: ChannelAccount, message: InboundMessage, attempts: Int) {
        self.id = id
        self.account = account
        self.message = message
        self.attempts = attempts
    }
}

/// A message that was given up, for the person who looks after it.
package struct DeadLetter: Equatable, Sendable {
    package let id: Int64
    package let account: ChannelAccount
    package let receivedAt: WallTime
    package let attempts: Int
    package let error: String
}

/// The inbox in the store.
struct InboxTable: Sendable {
    enum State: Int, Sendable {
        case waiting, finished, dead
    }

    /// How long it is known that a message was there before.
    static let memory = Duration.seconds(3 * 24 * 3600)
    /// How long a message that was given up can be sent in again.
    static let grave = Duration.seconds(30 * 24 * 3600)

    let store: Store

    /// Notes whose stream it is. Returns where that bot left off; nothing when it was another's.
    func begin(_ account: ChannelAccount, _ botID: String, _ now: WallTime) async throws(StoreError) -> String? {
        try await store.write { (db) throws(StoreError) in
            let known = try db.first(
                "SELECT bot_id, cursor FROM channel_streams WHERE channel = ? AND account = ?", account.channel,
                account.account
            ) { (row) throws(StoreError) -> (String, String?) in (try row[0], try row[1]) }
            if known?.0 == botID { return known?.1 }
            try db.run(
                """
                INSERT INTO channel_streams (channel, account, bot_id, cursor, updated_at) VALUES (?, ?, ?, NULL, ?)
                ON CONFLICT (channel, account) DO UPDATE SET bot_id = excluded.bot_id, cursor = NULL,
                    updated_at = excluded.updated_at
                """, account.channel, account.account, botID, now.milliseconds)
            guard known != nil else { return nil }
            let reason = "it was said to another bot"
            try db.run(
                """
                UPDATE inbox SET state = ?, error = ? WHERE channel = ? AND account = ? AND state = 0 AND bot_id <> ?
                """, State.dead.rawValue, reason, account.channel, account.account, botID)
            try OutboxTable.giveUp(db, account, "it was written for another bot", now)
            return nil
        }
    }

    /// Keeps what is new, and the place in the stream after it. Returns how many were new.
    func take(
        _ account: ChannelAccount, _ botID: String, _ messages: [InboundMessage], cursor: String?, _ now: WallTime
    ) async throws(StoreError) -> Int {
        let texts = messages.map { ($0.id, $0.json.description) }
        return try await store.write { (db) throws(StoreError) in
            var count = 0
            for (id, text) in texts {
                count += try db.run(
                    """
                    INSERT INTO inbox (channel, account, bot_id, platform_id, message, state, next_at, received_at)
                    VALUES (?, ?, ?, ?, ?, 0, ?, ?) ON CONFLICT DO NOTHING
                    """, account.channel, account.account, botID, id, text, now.milliseconds, now.milliseconds)
            }
            if let cursor {
                try db.run(
                    "UPDATE channel_streams SET cursor = ?, updated_at = ? WHERE channel = ? AND account = ? AND bot_id = ?",
                    cursor, now.milliseconds, account.channel, account.account, botID)
            }
            return count
        }
    }

    /// The number of the newest message.
    func newest() async throws(StoreError) -> Int64 {
        try await store.read { (db) throws(StoreError) in
            try db.first("SELECT max(id) FROM inbox") { (row) throws(StoreError) -> Int64? in try row[0] }.flatMap(
                \.self)
                ?? 0
        }
    }

    /// What waits behind `position`, oldest first.
    func waiting(_ account: ChannelAccount, after position: Int64, limit: Int) async throws(StoreError) -> [InboxRow] {
        try await store.read { (db) throws(StoreError) in
            try db.rows(
                """
                SELECT id, message, attempts, next_at FROM inbox
                WHERE state = 0 AND channel = ? AND account = ? AND id > ? ORDER BY id LIMIT ?
                """, account.channel, account.account, position, limit
            ) { (row) throws(StoreError) in
                InboxRow(id: try row[0], text: try row[1] ?? "", attempts: try row[2], nextAt: try row[3])
            }
        }
    }

    /// Counts a beginning that may be the one that ends the process.
    func count(_ id: Int64) async throws(StoreError) {
        try await store.write { (db) throws(StoreError) in
            _ = try db.run("UPDATE inbox SET attempts = attempts + 1 WHERE id = ?", id)
        }
    }

    /// Done with, together with what is said in return: both are on the disk or neither.
    func finish(_ ids: [Int64], _ replies: [OutboxEntry], _ now: WallTime) async throws(StoreError) {
        try await store.write { (db) throws(StoreError) in
            for id in ids {
                try db.run(
                    "UPDATE inbox SET state = ?, message = NULL, error = NULL WHERE id = ?", State.finished.rawValue, id
                )
            }
            for reply in replies { try OutboxTable.insert(db, reply, now) }
        }
    }

    func postpone(_ id: Int64, until next: WallTime, _ error: String) async throws(StoreError) {
        try await store.write { (db) throws(StoreError) in
            _ = try db.run(
                "UPDATE inbox SET next_at = ?, error = ? WHERE id = ?", next.milliseconds, error, id)
        }
    }

    func bury(_ id: Int64, _ error: String) async throws(StoreError) {
        try await store.write { (db) throws(StoreError) in
            _ = try db.run("UPDATE inbox SET state = ?, error = ? WHERE id = ?", State.dead.rawValue, error, id)
        }
    }

    func dead(_ limit: Int) async throws(StoreError) -> [DeadLetter] {
        try await store.read { (db) throws(StoreError) in
            try db.rows(
                """
                SELECT id, channel, account, received_at, attempts, error FROM inbox WHERE state = ?
                ORDER BY id DESC LIMIT ?
                """, State.dead.rawValue, limit
            ) { (row) throws(StoreError) in
                DeadLetter(
                    id: try row[0], account: ChannelAccount(channel: try row[1], account: try row[2]),
                    receivedAt: WallTime(milliseconds: try row[3]), attempts: try row[4], error: try row[5] ?? "")
            }
        }
    }

    /// Puts a letter back to those that wait. Returns whose it is; nil when there is none of that number.
    func resubmit(_ id: Int64, _ now: WallTime) async throws(StoreError) -> ChannelAccount? {
        try await store.write { (db) throws(StoreError) in
            try db.first(
                """
                UPDATE inbox SET state = 0, attempts = 0, next_at = ?, error = NULL
                WHERE id = ? AND state = ? AND message IS NOT NULL RETURNING channel, account
                """, now.milliseconds, id, State.dead.rawValue
            ) { (row) throws(StoreError) in ChannelAccount(channel: try row[0], account: try row[1]) }
        }
    }

    /// Forgets what nobody will send again.
    func forget(_ now: WallTime) async throws(StoreError) {
        let finished = now.milliseconds - Int64(Self.memory.inNanoseconds / 1_000_000)
        let dead = now.milliseconds - Int64(Self.grave.inNanoseconds / 1_000_000)
        try await store.write { (db) throws(StoreError) in
            try db.run(
                "DELETE FROM inbox WHERE received_at < ? AND state = ?", finished, State.finished.rawValue)
            try db.run("DELETE FROM inbox WHERE received_at < ? AND state = ?", dead, State.dead.rawValue)
        }
    }
}

/// A row of the inbox before it is understood.
struct InboxRow: Sendable {
    let id: Int64
    let text: String
    let attempts: Int
    let nextAt: Int64
}

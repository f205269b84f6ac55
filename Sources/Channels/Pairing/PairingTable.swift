import Platform
import Store

/// Requests and approvals in the store.
struct PairingTable: Sendable {
    let store: Store

    private static func sender(_ row: borrowing Row) throws(StoreError) -> PairedSender {
        let code: String? = try row[4]
        return PairedSender(
            account: ChannelAccount(channel: try row[0], account: try row[1]), id: try row[2], name: try row[3],
            code: code.flatMap { PairingCode($0) }, since: WallTime(milliseconds: try row[5]))
    }

    func all() async throws(StoreError) -> [PairedSender] {
        try await store.read { (db) throws(StoreError) in
            try db.rows(
                "SELECT channel, account, sender, name, code, since FROM channel_senders ORDER BY since, sender"
            ) { (row) throws(StoreError) in try Self.sender(row) }
        }
    }

    /// Returns whether there is a new request.
    func ask(
        _ account: ChannelAccount, _ sender: InboundMessage.Sender, _ code: PairingCode, _ now: WallTime
    ) async throws(StoreError) -> Bool {
        let (id, name) = (sender.id, sender.name)
        return try await store.write { (db) throws(StoreError) in
            try Self.forget(db, now)
            let known = try db.first(
                "SELECT 1 FROM channel_senders WHERE channel = ? AND account = ? AND sender = ?", account.channel,
                account.account, id
            ) { _ throws(StoreError) in true }
            let pending = try db.first(
                "SELECT count(*) FROM channel_senders WHERE channel = ? AND account = ? AND code IS NOT NULL",
                account.channel, account.account
            ) { (row) throws(StoreError) -> Int in try row[0] }
            guard known == nil, (pending ?? 0) < PairingDesk.pendingLimit else { return false }
            try db.run(
                "INSERT INTO channel_senders (channel, account, sender, name, code, since) VALUES (?, ?, ?, ?, ?, ?)",
                account.channel, account.account, id, name, code.description, now.milliseconds)
            return true
        }
    }

    func approve(
        _ code: PairingCode, _ channel: String, _ account: String?, _ now: WallTime
    ) async throws(StoreError) -> PairedSender? {
        try await store.write { (db) throws(StoreError) in
            try Self.forget(db, now)
            return try db.first(
                """
                UPDATE channel_senders SET code = NULL, since = ?
                WHERE code = ? AND channel = ? AND account = coalesce(?, account)
                RETURNING channel, account, sender, name, code, since
                """, now.milliseconds, code.description, channel, account
            ) { (row) throws(StoreError) in try Self.sender(row) }
        }
    }

    func reject(
        _ code: PairingCode, _ channel: String, _ account: String?, _ now: WallTime
    ) async throws(StoreError) -> PairedSender? {
        try await store.write { (db) throws(StoreError) in
            try Self.forget(db, now)
            return try db.first(
                """
                DELETE FROM channel_senders WHERE code = ? AND channel = ? AND account = coalesce(?, account)
                RETURNING channel, account, sender, name, code, since
                """, code.description, channel, account
            ) { (row) throws(StoreError) in try Self.sender(row) }
        }
    }

    func remove(_ account: ChannelAccount, _ sender: String) async throws(StoreError) -> Bool {
        try await store.write { (db) throws(StoreError) in
            try db.run(
                "DELETE FROM channel_senders WHERE channel = ? AND account = ? AND sender = ? AND code IS NULL",
                account.channel, account.account, sender) > 0
        }
    }

    func forget(_ now: WallTime) async throws(StoreError) {
        try await store.write { (db) throws(StoreError) in try Self.forget(db, now) }
    }

    /// A request that nobody answered in time. One from the future was made under a wrong clock.
    private static func forget(_ db: borrowing WriteTransaction, _ now: WallTime) throws(StoreError) {
        let lifetime = Int64(PairingDesk.lifetime.inNanoseconds / 1_000_000)
        try db.run(
            "DELETE FROM channel_senders WHERE code IS NOT NULL AND (since <= ? OR since > ?)",
            now.milliseconds - lifetime, now.milliseconds + lifetime)
    }
}

package import Store

extension Migration {
    /// What came in and what goes out, where each account's stream was left, and who was let in.
    package static let channels = [
        Migration(
            5, "channels",
            [
                """
                CREATE TABLE channel_streams (
                    channel TEXT NOT NULL,
                    account TEXT NOT NULL,
                    bot_id TEXT NOT NULL,
                    cursor TEXT,
                    updated_at INTEGER NOT NULL,
                    PRIMARY KEY (channel, account)
                ) STRICT, WITHOUT ROWID
                """,
                """
                CREATE TABLE inbox (
                    id INTEGER PRIMARY KEY AUTOINCREMENT,
                    channel TEXT NOT NULL,
                    account TEXT NOT NULL,
                    bot_id TEXT NOT NULL,
                    platform_id TEXT NOT NULL,
                    message TEXT,
                    state INTEGER NOT NULL,
                    attempts INTEGER NOT NULL DEFAULT 0,
                    next_at INTEGER NOT NULL,
                    received_at INTEGER NOT NULL,
                    error TEXT,
                    UNIQUE (channel, account, bot_id, platform_id)
                ) STRICT
                """,
                "CREATE INDEX inbox_waiting ON inbox (channel, account, id) WHERE state = 0",
                "CREATE INDEX inbox_age ON inbox (received_at)",
                """
                CREATE TABLE outbox (
                    id INTEGER PRIMARY KEY AUTOINCREMENT,
                    key TEXT NOT NULL UNIQUE,
                    channel TEXT NOT NULL,
                    account TEXT NOT NULL,
                    chat TEXT NOT NULL,
                    thread TEXT,
                    message TEXT,
                    state INTEGER NOT NULL,
                    attempts INTEGER NOT NULL DEFAULT 0,
                    next_at INTEGER NOT NULL,
                    created_at INTEGER NOT NULL,
                    updated_at INTEGER NOT NULL,
                    platform_id TEXT,
                    error TEXT
                ) STRICT
                """,
                "CREATE INDEX outbox_open ON outbox (channel, account, id) WHERE state < 2",
                "CREATE INDEX outbox_age ON outbox (updated_at)",
                """
                CREATE TABLE channel_senders (
                    channel TEXT NOT NULL,
                    account TEXT NOT NULL,
                    sender TEXT NOT NULL,
                    name TEXT,
                    code TEXT UNIQUE,
                    since INTEGER NOT NULL,
                    PRIMARY KEY (channel, account, sender)
                ) STRICT, WITHOUT ROWID
                """,
            ])
    ]
}

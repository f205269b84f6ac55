import Agents
import Channels
package import Store

/// Every table of the gateway's own, in the order in which they came: each namespace adds its migrations to the end.
package enum GatewaySchema {
    static let migrations: [Migration] =
        nodes + devices + Migration.sessions + Migration.channels
        + Migration.cron

    package static var schema: Schema { Schema(migrations) }

    /// Nodes that were approved or came in with a paired device; what each is, is one JSON text, read whole at start.
    private static let nodes = [
        Migration(
            2, "nodes",
            [
                """
                CREATE TABLE nodes (
                    node_id TEXT NOT NULL PRIMARY KEY,
                    record TEXT NOT NULL CHECK (json_valid(record)),
                    updated_at INTEGER NOT NULL
                ) STRICT, WITHOUT ROWID
                """
            ])
    ]

    /// Devices that may come in and those that wait for it, kept likewise.
    private static let devices = [
        Migration(
            3, "devices",
            [
                """
                CREATE TABLE paired_devices (
                    device_id TEXT NOT NULL PRIMARY KEY,
                    record TEXT NOT NULL CHECK (json_valid(record))
                ) STRICT, WITHOUT ROWID
                """,
                """
                CREATE TABLE pairing_requests (
                    request_id TEXT NOT NULL PRIMARY KEY,
                    record TEXT NOT NULL CHECK (json_valid(record))
                ) STRICT, WITHOUT ROWID
                """,
            ])
    ]
}

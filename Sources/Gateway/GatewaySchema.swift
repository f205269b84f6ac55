import Store

/// Every table of the gateway's own, in the order in which they came: each namespace adds its migrations to the end.
enum GatewaySchema {
    static let migrations: [Migration] = nodes

    static var schema: Schema { Schema(migrations) }

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
}

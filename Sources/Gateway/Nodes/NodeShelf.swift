import Platform
import Store

/// Where nodes are remembered across restarts.
struct NodeShelf: Sendable {
    let store: Store

    /// Every node; one whose record cannot be read is left out, and named in `unreadable`.
    func load() async throws(StoreError) -> (records: [NodeRecord], unreadable: [String]) {
        let rows = try await store.read { (transaction) throws(StoreError) in
            try transaction.rows("SELECT node_id, record FROM nodes ORDER BY node_id") {
                (row) throws(StoreError) -> (String, String) in (try row[0], try row[1])
            }
        }
        var records: [NodeRecord] = []
        var unreadable: [String] = []
        for (nodeID, text) in rows {
            if let record = NodeRecord(nodeID: nodeID, text: text) {
                records.append(record)
            } else {
                unreadable.append(nodeID)
            }
        }
        return (records, unreadable)
    }

    /// Nil takes the node away.
    func put(_ record: NodeRecord?, _ nodeID: String, at time: WallTime) async throws(StoreError) {
        let text = record?.text
        try await store.write { (transaction) throws(StoreError) in
            guard let text else {
                try transaction.run("DELETE FROM nodes WHERE node_id = ?", nodeID)
                return
            }
            try transaction.run(
                """
                INSERT INTO nodes (node_id, record, updated_at) VALUES (?, ?, ?)
                ON CONFLICT (node_id) DO UPDATE SET record = excluded.record, updated_at = excluded.updated_at
                """, nodeID, text, time.milliseconds)
        }
    }
}

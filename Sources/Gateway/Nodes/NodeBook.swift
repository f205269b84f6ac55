import Contract
import Platform
import Store

/// The nodes that are known, connected or not: what each said of itself, its name, and what it was let offer. Kept in
/// memory and written through.
@LoopActor
final class NodeBook {
    /// Nodes that are remembered at most.
    static let limit = 512
    static let nameBytes = 200

    private let clock: any Clock
    private let log: Log
    private var shelf: NodeShelf?
    private var records: [String: NodeRecord] = [:]

    init(clock: any Clock, log: Log) {
        self.clock = clock
        self.log = log
    }

    /// Takes up what the store holds, and writes there from now on.
    func load(_ store: Store) async throws(StoreError) {
        let shelf = NodeShelf(store: store)
        let stored = try await shelf.load()
        for record in stored.records { records[record.nodeID] = record }
        for nodeID in stored.unreadable {
            log.warn("the record of a node cannot be read; it must be approved again", ["node": .text(nodeID)])
        }
        self.shelf = shelf
    }

    var all: [NodeRecord] { records.values.sorted { $0.nodeID < $1.nodeID } }

    subscript(nodeID: String) -> NodeRecord? { records[nodeID] }

    /// What came in with a paired device is remembered from then on, as long as there is room.
    func saw(_ nodeID: String, _ facts: NodeFacts?, reason: String) {
        if records[nodeID] == nil {
            guard let facts else { return }
            guard records.count < Self.limit else {
                return log.warn(
                    "too many nodes are known; this one is not remembered",
                    ["node": .text(nodeID), "limit": LogValue(Self.limit)])
            }
            records[nodeID] = NodeRecord(nodeID: nodeID, facts: facts, createdAt: clock.wall)
        }
        if let facts { records[nodeID]?.facts = facts }
        records[nodeID]?.lastSeenAt = clock.wall
        records[nodeID]?.lastSeenReason = reason
    }

    /// Writes what is known now, some time soon.
    func writeLater(_ nodeID: String) {
        guard shelf != nil else { return }
        startTask { [self] in
            do throws(StoreError) {
                try await write(nodeID)
            } catch .closed {
            } catch {
                log.warn("a node was not written", ["node": .text(nodeID), "reason": LogValue(error)])
            }
        }
    }

    /// Writes what is known when it runs, so that an older state never follows a newer one.
    func write(_ nodeID: String) async throws(StoreError) {
        try await shelf?.put(records[nodeID], nodeID, at: clock.wall)
    }

    /// Changes a record and writes it. When it cannot be written, nothing has changed.
    func change(_ nodeID: String, _ change: (inout NodeRecord) -> Void) async throws(RPCError) -> NodeRecord {
        guard let before = records[nodeID] else { throw .unknownNode }
        var after = before
        change(&after)
        return try await replace(nodeID, before, with: after) ?? after
    }

    /// Adds what an operator approved before it ever came.
    func approve(
        _ nodeID: String, _ facts: NodeFacts, _ approval: NodeRecord.Approval
    ) async throws(RPCError) -> NodeRecord {
        let before = records[nodeID]
        guard before != nil || records.count < Self.limit else {
            throw .unavailable("\(Self.limit) nodes are known already; remove one with node.pair.remove first")
        }
        var after = before ?? NodeRecord(nodeID: nodeID, facts: facts, createdAt: clock.wall)
        after.approval = approval
        return try await replace(nodeID, before, with: after) ?? after
    }

    func remove(_ nodeID: String) async throws(RPCError) {
        guard let before = records[nodeID] else { throw .unknownNode }
        _ = try await replace(nodeID, before, with: nil)
    }

    private func replace(
        _ nodeID: String, _ before: NodeRecord?, with after: NodeRecord?
    ) async throws(RPCError) -> NodeRecord? {
        records[nodeID] = after
        do throws(StoreError) {
            try await write(nodeID)
        } catch {
            if records[nodeID]?.approval == after?.approval, records[nodeID]?.name == after?.name {
                records[nodeID] = before
            }
            throw .unavailable("this was not stored: \(error)")
        }
        return records[nodeID]
    }
}

extension RPCError {
    static let unknownNode = RPCError.invalid("unknown nodeId")
}

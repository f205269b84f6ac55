package import Agents
package import Platform
package import Store

/// Takes over `nodes/paired.json`: what each node was let offer, and the token by which older programs verify it.
@LoopActor
package enum NodeImport {
    package static func run(
        _ source: SafeDirectory, into store: Store?, isTrial: Bool, at time: WallTime
    ) async throws(StoreError) -> ImportTally {
        var (tally, records) = await BlockingPool.shared.run { read(source) }
        let shelf = store.map(NodeShelf.init)
        var present = Set(try await shelf?.load().records.map(\.nodeID) ?? [])
        for record in records {
            let name = "node \(record.nodeID.prefix(16))"
            if present.contains(record.nodeID) {
                tally.count(.known, name)
            } else if present.count >= NodeBook.limit {
                tally.leave(name, "\(NodeBook.limit) nodes are known already")
            } else {
                if !isTrial { try await shelf?.put(record, record.nodeID, at: time) }
                present.insert(record.nodeID)
                tally.count(.taken, name)
            }
        }
        return tally
    }

    private nonisolated static func read(_ source: SafeDirectory) -> (ImportTally, [NodeRecord]) {
        var tally = ImportTally("nodes")
        let paired = ForeignJSON.object("nodes/paired.json", in: source, &tally)
        if let waiting = ForeignJSON.object("nodes/pending.json", in: source, &tally), !waiting.isEmpty {
            tally.leave("nodes/pending.json", "\(waiting.members.count) that waited for approval; they ask again")
        }
        var records: [NodeRecord] = []
        for member in paired?.members ?? [] {
            let json = member.value
            guard let id = json["nodeId"]?.string, id == member.key, (try? StrictID(id)) != nil else {
                tally.leave("node \(member.key.prefix(16))", "its id is none")
                continue
            }
            let created = WallTime(foreign: json["createdAtMs"]) ?? WallTime(nanoseconds: 0)
            var record = NodeRecord(nodeID: id, facts: NodeFacts(json), createdAt: created)
            record.approval = NodeRecord.Approval(
                caps: record.facts.caps, commands: record.facts.commands,
                approvedAt: WallTime(foreign: json["approvedAtMs"]) ?? created,
                tokenDigest: json["token"]?.string.map { SHA256.hash($0) })
            record.lastSeenAt = WallTime(foreign: json["lastConnectedAtMs"])
            records.append(record)
        }
        return (tally, records)
    }
}

import Platform

/// A node that the gateway remembers: one that was approved, or that came in with a paired device.
struct NodeRecord: Sendable, Equatable {
    let nodeID: String
    /// As it said last.
    var facts: NodeFacts
    /// The name that an operator gave; it goes before the node's own.
    var name: String?
    var approval: Approval?
    let createdAt: WallTime
    var lastSeenAt: WallTime?
    var lastSeenReason: String?

    /// What an operator has let the node offer.
    struct Approval: Sendable, Equatable {
        var caps: [String]
        var commands: [String]
        var approvedAt: WallTime
        /// Of the token that the older generation's `node.pair.verify` compares; the token itself is not kept.
        var tokenDigest: [UInt8]?
    }

    var displayName: String? { name ?? facts.displayName }

    /// As `node.pair.list` and the store have it. `pairedJSON` shows clients no digest.
    var pairedJSON: JSON {
        var json = facts.json
        json["nodeId"] = .string(nodeID)
        json["displayName"] = displayName.map { .string($0) }
        json["createdAtMs"] = .int(createdAt.milliseconds)
        json["lastSeenAtMs"] = lastSeenAt.map { .int($0.milliseconds) }
        json["lastSeenReason"] = lastSeenReason.map { .string($0) }
        if let approval {
            json["caps"] = NodeFacts.list(approval.caps)
            json["commands"] = NodeFacts.list(approval.commands)
            json["approvedAtMs"] = .int(approval.approvedAt.milliseconds)
        }
        return json
    }
}

/// The stored form.
extension NodeRecord {
    var text: String {
        var json: JSON = ["facts": facts.json, "createdAtMs": .int(createdAt.milliseconds)]
        json["name"] = name.map { .string($0) }
        json["lastSeenAtMs"] = lastSeenAt.map { .int($0.milliseconds) }
        json["lastSeenReason"] = lastSeenReason.map { .string($0) }
        if let approval {
            var stored: JSON = [
                "caps": NodeFacts.list(approval.caps), "commands": NodeFacts.list(approval.commands),
                "approvedAtMs": .int(approval.approvedAt.milliseconds),
            ]
            stored["tokenDigest"] = approval.tokenDigest.map { .string(Hex.encode($0)) }
            json["approval"] = stored
        }
        return json.description
    }

    /// Nil when `text` is not what this program wrote.
    init?(nodeID: String, text: String) {
        guard let json = try? JSONParser.parse(Array(text.utf8).span), let facts = json["facts"],
            let createdAt = WallTime(json["createdAtMs"])
        else { return nil }
        self.nodeID = nodeID
        self.facts = NodeFacts(facts)
        self.createdAt = createdAt
        name = json["name"]?.string
        lastSeenAt = WallTime(json["lastSeenAtMs"])
        lastSeenReason = json["lastSeenReason"]?.string
        if let approval = json["approval"], let approvedAt = WallTime(approval["approvedAtMs"]) {
            self.approval = Approval(
                caps: approval["caps"]?.array?.compactMap(\.string) ?? [],
                commands: approval["commands"]?.array?.compactMap(\.string) ?? [], approvedAt: approvedAt,
                tokenDigest: approval["tokenDigest"]?.string.flatMap { Hex.decode($0) })
        }
    }
}

extension WallTime {
    fileprivate init?(_ json: JSON?) {
        guard let milliseconds = json?.int else { return nil }
        self.init(nanoseconds: Int64(milliseconds) * 1_000_000)
    }
}

import Platform

extension Command {
    private static let nodeList: Run = { invocation throws(CommandFailure) in
        let list = try await invocation.withGateway { gateway throws(CommandFailure) in
            try await gateway.call("node.list")
        }
        if invocation.output.isJSON { invocation.output.json(list) } else { showNodes(list, invocation) }
        return .good
    }

    private static let nodeFlags = [Flag("--connected", nil, "only those that are connected now")] + Flag.client

    static let nodesList = Command(
        "nodes list", "nodes that the gateway knows, and whether they are connected",
        flags: nodeFlags,
        examples: ["openclaw nodes list", "openclaw nodes list --connected --json"],
        seeAlso: ["nodes pending", "nodes describe"], run: nodeList)

    static let nodesStatus = Command(
        "nodes status", "which nodes are connected, since when, and what they can do",
        flags: nodeFlags,
        examples: ["openclaw nodes status", "openclaw nodes status --connected"],
        seeAlso: ["nodes list", "nodes invoke"], run: nodeList)

    static let nodesPending = Command(
        "nodes pending", "nodes that ask to be let in",
        flags: Flag.client,
        examples: ["openclaw nodes pending", "openclaw nodes pending --json"],
        seeAlso: ["nodes approve", "nodes reject"],
        run: { invocation throws(CommandFailure) in
            let list = try await invocation.withGateway { gateway throws(CommandFailure) in
                try await gateway.call("node.pair.list")
            }
            if invocation.output.isJSON {
                invocation.output.json(list)
                return .good
            }
            let pending = (list["pending"]?.array ?? []).map(NodeRecord.init)
            let now = invocation.surroundings.clock.wall
            invocation.output.line("\(pending.isEmpty ? "●" : "▲") \(pending.count) to be approved")
            guard let first = pending.first else { return .good }
            var table = Table("request", "node", "commands", "from", "since")
            table.rows = pending.map { [$0.shortRequest, $0.name, $0.commands, $0.from, $0.age("ts", now)] }
            invocation.output.write(table.text(invocation.output.style))
            invocation.output.command("  Next: ", "\(invocation.program) nodes approve \(first.shortRequest)")
            return .good
        })
}

@LoopActor
private func showNodes(_ list: JSON, _ invocation: Invocation) {
    let output = invocation.output
    let now = invocation.surroundings.clock.wall
    let all = (list["nodes"]?.array ?? []).map(NodeRecord.init)
    let connected = all.filter(\.isConnected)
    let shown = invocation.has("--connected") ? connected : all
    output.line("\(connected.count == all.count ? "●" : "▲") \(connected.count) of \(all.count) connected")
    guard !shown.isEmpty else { return }
    var table = Table("node", "name", "state", "commands")
    table.rows = shown.map { [$0.shortID, $0.name, $0.state(now), $0.commands] }
    output.write(table.text(output.style))
}

/// A node, or a request of one, as the gateway tells of it.
struct NodeRecord: Sendable {
    let json: JSON

    init(_ json: JSON) { self.json = json }

    var nodeID: String { json["nodeId"]?.string ?? "" }
    var shortID: String { String(nodeID.prefix(12)) }
    var requestID: String { json["requestId"]?.string ?? "" }
    /// The first part of a UUID; commands take it for the whole.
    var shortRequest: String { String(requestID.prefix(8)) }
    var isConnected: Bool { json["connected"]?.bool ?? false }
    var from: String { json["remoteIp"]?.string ?? "" }

    var name: String {
        let name = json["displayName"]?.string ?? shortID
        return json["platform"]?.string.map { "\(name) (\($0))" } ?? name
    }

    var commands: String { (json["commands"]?.array?.compactMap(\.string) ?? []).joined(separator: " ") }

    func state(_ now: WallTime) -> String {
        if json["paired"]?.bool == false { return "to be approved" }
        if isConnected { return "connected \(age("connectedAtMs", now))" }
        let seen = age("lastSeenAtMs", now)
        return seen.isEmpty ? "away" : "away, seen \(seen)"
    }

    func age(_ field: String, _ now: WallTime) -> String {
        json[field]?.int.map { Age.ago(WallTime(milliseconds: Int64($0)), now: now) } ?? ""
    }
}

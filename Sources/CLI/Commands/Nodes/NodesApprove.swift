import Platform

extension Command {
    static let nodesApprove = Command(
        "nodes approve", "let a node in, with the commands it offers",
        arguments: [Argument("request", "the request's id, as nodes pending shows it")],
        flags: [.yes] + Flag.client,
        examples: ["openclaw nodes approve 6f1c2f9e", "openclaw nodes approve 6f1c2f9e --yes"],
        seeAlso: ["nodes pending", "nodes reject"],
        run: { invocation throws(CommandFailure) in try await decide("approve", invocation) })

    static let nodesReject = Command(
        "nodes reject", "turn a node away that asks to be let in",
        arguments: [Argument("request", "the request's id, as nodes pending shows it")],
        flags: [.yes] + Flag.client,
        examples: ["openclaw nodes reject 6f1c2f9e", "openclaw nodes reject 6f1c2f9e --yes"],
        seeAlso: ["nodes pending", "nodes approve"],
        run: { invocation throws(CommandFailure) in try await decide("reject", invocation) })

    static let nodesRename = Command(
        "nodes rename", "give a node the name that you know it by",
        flags: [.node, Flag("--name", "<name>", "the new name")] + Flag.client,
        examples: [
            "openclaw nodes rename --node kitchen --name pantry",
            "openclaw nodes rename --node 3fa94b1c --name kitchen",
        ],
        seeAlso: ["nodes list", "nodes describe"],
        run: { invocation throws(CommandFailure) in
            let name = try invocation.required("--name")
            return try await invocation.withNode { gateway, node throws(CommandFailure) in
                let answer = try await gateway.call(
                    "node.rename", ["nodeId": .string(node.nodeID), "displayName": .string(name)])
                let old = node.json["displayName"]?.string
                invocation.done(
                    "\(node.name) is \(name) now",
                    undo: old.map {
                        "\(invocation.program) nodes rename --node \(node.shortID) --name \($0.shellWord)"
                    },
                    json: answer)
                return .good
            }
        })
}

@LoopActor
private func decide(_ verb: String, _ invocation: Invocation) async throws(CommandFailure) -> ExitCode {
    try await invocation.withGateway { gateway throws(CommandFailure) in
        let list = try await gateway.call("node.pair.list")
        let pending = (list["pending"]?.array ?? []).map(NodeRecord.init)
        let request = try invocation.one(
            "request", invocation.arguments[0], of: pending.map { ($0.requestID, $0.name, $0) })
        let isApproval = verb == "approve"
        let offer = request.commands.isEmpty ? "without commands" : "with the commands \(request.commands)"
        try invocation.confirm("\(isApproval ? "Approve" : "Reject") \(request.name), \(offer)".shown)
        let answer = try await gateway.call("node.pair.\(verb)", ["requestId": .string(request.requestID)])
        invocation.done("\(isApproval ? "approved" : "rejected") \(request.name)", undo: nil, json: answer)
        return .good
    }
}

extension Flag {
    static let node = Flag("--node", "<node>", "the node: its name, its address, its id or the beginning of that")
}

extension Invocation {
    /// The value of a flag without which the command means nothing.
    func required(_ flag: String) throws(CommandFailure) -> String {
        if let value = self[flag] { return value }
        throw .usage("\(command.name) needs \(flag)", hint: "usage: \(command.usage)")
    }

    /// Connects, and finds the node that `--node` names.
    @LoopActor
    func withNode(
        _ body: @LoopActor (GatewaySession, NodeRecord) async throws(CommandFailure) -> ExitCode
    ) async throws(CommandFailure) -> ExitCode {
        let wanted = try required("--node")
        return try await withGateway { gateway throws(CommandFailure) in
            let nodes = (try await gateway.call("node.list")["nodes"]?.array ?? []).map(NodeRecord.init)
            if let named = nodes.first(where: { $0.json["displayName"]?.string == wanted || $0.from == wanted }) {
                return try await body(gateway, named)
            }
            let node = try one("node", wanted, of: nodes.map { ($0.nodeID, $0.name, $0) })
            return try await body(gateway, node)
        }
    }
}

import Platform

extension Command {
    static let nodesDescribe = Command(
        "nodes describe", "all that is known of one node",
        flags: [.node] + Flag.client,
        examples: ["openclaw nodes describe --node kitchen", "openclaw nodes describe --node kitchen --json"],
        seeAlso: ["nodes list", "nodes invoke"],
        run: { invocation throws(CommandFailure) in
            try await invocation.withNode { gateway, node throws(CommandFailure) in
                let answer = try await gateway.call("node.describe", ["nodeId": .string(node.nodeID)])
                if invocation.output.isJSON {
                    invocation.output.json(answer)
                } else {
                    describe(NodeRecord(answer), invocation)
                }
                return .good
            }
        })

    static let nodesInvoke = Command(
        "nodes invoke", "have a connected node carry out a command, and print its answer",
        notes: "Exit code 1 when the node is not connected, may not do this, or fails.",
        flags: [
            .node,
            Flag("--command", "<name>", "the command, as nodes describe lists it"),
            Flag("--params", "<json>", "the command's parameters, as JSON or JSON5", default: "{}"),
            Flag(
                "--invoke-timeout", "<ms>", "how long the node may take, in milliseconds",
                kind: .integer(1...86_400_000),
                default: "15000"),
            Flag("--idempotency-key", "<key>", "makes a repetition give the first answer", default: "a new one"),
        ] + Flag.client,
        examples: [
            "openclaw nodes invoke --node kitchen --command device.info",
            "openclaw nodes invoke --node kitchen --command system.notify --params '{title: \"tea\"}'",
        ],
        seeAlso: ["nodes describe", "nodes status"],
        run: { invocation throws(CommandFailure) in try await invoke(invocation) })
}

private let defaultInvokeMilliseconds = 15_000

@LoopActor
private func invoke(_ invocation: Invocation) async throws(CommandFailure) -> ExitCode {
    let command = try invocation.required("--command")
    let params = try invocation.object("--params")
    let time = invocation.integer("--invoke-timeout") ?? defaultInvokeMilliseconds
    return try await invocation.withNode { gateway, node throws(CommandFailure) in
        var request: JSON = [
            "nodeId": .string(node.nodeID), "command": .string(command), "timeoutMs": JSON(time),
            "idempotencyKey": .string(invocation["--idempotency-key"] ?? UUIDText.random()),
        ]
        request["params"] = params
        do throws(ClientError) {
            // The gateway answers for the node when its time is over, so it is given that and ours.
            let answer = try await gateway.client.call(
                "node.invoke", request, within: .milliseconds(time) + invocation.timeout)
            invocation.output.json(invocation.output.isJSON ? answer : answer["payload"] ?? answer)
            return .good
        } catch {
            throw error.failure(invocation.program)
        }
    }
}

@LoopActor
private func describe(_ node: NodeRecord, _ invocation: Invocation) {
    let now = invocation.surroundings.clock.wall
    var report = Report(verdict: node.isConnected ? .good : .degraded, state: node.name.shown)
    report.subject = [node.state(now)]
    let fields = [
        ("nodeId", "Id"), ("version", "Version"), ("deviceFamily", "Device"), ("modelIdentifier", "Model"),
        ("remoteIp", "Address"),
    ]
    for (name, label) in fields {
        if let value = node.json[name]?.string { report.facts.append(Fact(name, label, value)) }
    }
    let caps = node.json["caps"]?.array?.compactMap(\.string) ?? []
    report.facts.append(Fact("caps", "Can", caps.isEmpty ? "nothing declared" : caps.joined(separator: " ")))
    report.facts.append(Fact("commands", "Commands", node.commands.isEmpty ? "none" : node.commands))
    if !node.isConnected { report.next = ["\(invocation.program) nodes status"] }
    invocation.output.report(report, now: now)
}

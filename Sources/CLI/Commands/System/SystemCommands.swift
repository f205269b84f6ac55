import Platform

extension Command {
    static let systemEvent = Command(
        "system event", "tell the agent something at its next heartbeat",
        flags: [
            Flag("--text", "<text>", "what to tell"),
            Flag(
                "--mode", "<mode>", "when", kind: .oneOf(["now", "next-heartbeat"]), default: "next-heartbeat"),
        ] + Flag.client,
        examples: [
            "openclaw system event --text 'The backup is done'",
            "openclaw system event --text 'Check the oven' --mode now",
        ],
        seeAlso: ["system heartbeat", "system presence"],
        run: { invocation throws(CommandFailure) in
            let text = try invocation.required("--text")
            let mode = invocation["--mode"] ?? "next-heartbeat"
            let answer = try await invocation.withGateway { gateway throws(CommandFailure) in
                try await gateway.call("wake", ["mode": .string(mode), "text": .string(text)])
            }
            let isTaken = answer["ok"]?.bool ?? false
            guard isTaken else {
                throw CommandFailure(.notGood, "not-taken", "the gateway did not take it: the text is empty")
            }
            invocation.done(mode == "now" ? "told now" : "kept for the next heartbeat", undo: nil, json: answer)
            return .good
        })

    static let systemPresence = Command(
        "system presence", "who is there: the gateway, clients and nodes",
        flags: Flag.client,
        examples: ["openclaw system presence", "openclaw system presence --json"],
        seeAlso: ["status", "nodes list"],
        run: { invocation throws(CommandFailure) in
            let list = try await invocation.withGateway { gateway throws(CommandFailure) in
                try await gateway.call("system-presence")
            }
            let entries = list.array ?? []
            if invocation.output.isJSON {
                invocation.output.json(["presence": list])
                return .good
            }
            let now = invocation.surroundings.clock.wall
            invocation.output.line("● \(entries.count) there")
            var table = Table("host", "mode", "version", "address", "seen")
            table.rows = entries.map { entry in
                let seen = entry["ts"]?.int.map { Age.ago(WallTime(milliseconds: Int64($0)), now: now) }
                return ["host", "mode", "version", "ip"].map { entry[$0]?.string ?? "" } + [seen ?? ""]
            }
            invocation.output.write(table.text(invocation.output.style))
            return .good
        })

    static let systemHeartbeat = Command(
        "system heartbeat", "the agent's last heartbeat; or switch heartbeats on or off",
        arguments: [
            Argument("what", "last, enable or disable", .optional, kind: .oneOf(["last", "enable", "disable"]))
        ],
        flags: [.yes] + Flag.client,
        examples: ["openclaw system heartbeat last", "openclaw system heartbeat disable"],
        seeAlso: ["system event", "status"],
        run: { invocation throws(CommandFailure) in
            switch invocation.arguments.first {
            case "enable": try await setHeartbeats(true, invocation)
            case "disable": try await setHeartbeats(false, invocation)
            default: try await showLastHeartbeat(invocation)
            }
        })
}

@LoopActor
private func setHeartbeats(_ isOn: Bool, _ invocation: Invocation) async throws(CommandFailure) -> ExitCode {
    try invocation.confirm(isOn ? "Switch heartbeats on" : "Switch heartbeats off, until they are enabled again")
    let answer = try await invocation.withGateway { gateway throws(CommandFailure) in
        try await gateway.call("set-heartbeats", ["enabled": .bool(isOn)])
    }
    invocation.done(
        "heartbeats are \(isOn ? "on" : "off")",
        undo: "\(invocation.program) system heartbeat \(isOn ? "disable" : "enable")", json: answer)
    return .good
}

@LoopActor
private func showLastHeartbeat(_ invocation: Invocation) async throws(CommandFailure) -> ExitCode {
    let last = try await invocation.withGateway { gateway throws(CommandFailure) in
        try await gateway.call("last-heartbeat")
    }
    if invocation.output.isJSON {
        invocation.output.json(["heartbeat": last])
        return .good
    }
    guard let status = last["status"]?.string else {
        invocation.output.line("No heartbeat since the gateway started")
        return .good
    }
    let now = invocation.surroundings.clock.wall
    let isGood = status != "failed"
    var report = Report(verdict: isGood ? .good : .degraded, state: status.shown)
    if let time = last["ts"]?.int {
        report.subject = [Age.ago(WallTime(milliseconds: Int64(time)), now: now)]
    }
    for (name, label) in [("reason", "Reason"), ("channel", "Channel"), ("to", "To"), ("preview", "Said")] {
        if let value = last[name]?.string { report.facts.append(Fact(name, label, value)) }
    }
    invocation.output.report(report, now: now)
    return .good
}

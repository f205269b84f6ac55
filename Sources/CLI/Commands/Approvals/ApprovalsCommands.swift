import Platform
import Settings

extension Command {
    static let approvalsGet = Command(
        "approvals get", "the rules for programs that agents run on the gateway's host",
        flags: Flag.client,
        examples: ["openclaw approvals get", "openclaw approvals get --json"],
        seeAlso: ["approvals allowlist", "approvals set"], isGroupDefault: true,
        run: { invocation throws(CommandFailure) in
            let rules = try await invocation.withGateway { gateway throws(CommandFailure) in
                try await gateway.call("exec.approvals.get")
            }
            if invocation.output.isJSON { invocation.output.json(rules) } else { show(rules, invocation) }
            return .good
        })

    static let approvalsSet = Command(
        "approvals set", "replace the rules by those of a file",
        notes: "The file is the member \"file\" of what approvals get --json prints. \"-\" is standard input.",
        flags: [Flag("--file", "<path>", "the new rules, as JSON or JSON5; - for standard input"), .yes] + Flag.client,
        examples: ["openclaw approvals set --file rules.json", "openclaw approvals set --file - --yes"],
        seeAlso: ["approvals get", "approvals allowlist"],
        run: { invocation throws(CommandFailure) in try await replace(invocation) })

    static let approvalsAllowlist = Command(
        "approvals allowlist", "programs that an agent may run without being asked about: list, add, remove",
        arguments: [
            Argument("what", "list, add or remove", .optional, kind: .oneOf(["list", "add", "remove"])),
            Argument("pattern", "a program's path, with * and ** for parts of it", .optional),
        ],
        flags: [.agent, .yes] + Flag.client,
        examples: [
            "openclaw approvals allowlist list", "openclaw approvals allowlist add '/usr/bin/uptime' --agent main",
        ],
        seeAlso: ["approvals get"],
        run: { invocation throws(CommandFailure) in try await changeAllowlist(invocation) })
}

private func policy(_ json: JSON?) -> String {
    let words = ["security", "ask", "askFallback"].compactMap { key in
        json?[key]?.string.map { "\(key) \($0)" }
    }
    return words.isEmpty ? "as tools.exec says" : words.joined(separator: ", ")
}

private func patterns(_ agent: JSON?) -> [String] {
    agent?["allowlist"]?.array?.compactMap { $0["pattern"]?.string } ?? []
}

@LoopActor
private func show(_ rules: JSON, _ invocation: Invocation) {
    let file = rules["file"]
    let exists = rules["exists"]?.bool == true
    var report = Report(verdict: .good, state: exists ? "rules are set" : "no rules yet")
    report.facts.append(Fact("file", "File", invocation.instance.shown(rules["path"]?.string ?? "unknown")))
    report.facts.append(Fact("defaults", "All agents", policy(file?["defaults"])))
    for member in file?["agents"]?.object?.members ?? [] {
        var fact = Fact("agent", member.key.shown, policy(member.value))
        fact.lines += patterns(member.value).map { "may run \($0)" }
        report.facts.append(fact)
    }
    report.next = ["\(invocation.program) approvals allowlist list"]
    invocation.output.report(report, now: invocation.surroundings.clock.wall)
}

/// Bytes of rules that are read.
private let rulesLimit = 1 << 20

@LoopActor
private func replace(_ invocation: Invocation) async throws(CommandFailure) -> ExitCode {
    let path = try invocation.required("--file")
    let text: String
    if path == "-" {
        text = await BlockingPool.shared.run {
            var lines = ""
            while lines.utf8.count <= rulesLimit, let line = readLine(strippingNewline: false) { lines += line }
            return lines
        }
    } else {
        do throws(FileError) {
            text = String(decoding: try await FileReading.read(path, limit: rulesLimit), as: UTF8.self)
        } catch {
            throw CommandFailure(.usage, "usage", "--file: \(error)")
        }
    }
    var file: JSON
    do throws(JSONError) { file = try JSON5Document(text).value } catch {
        throw CommandFailure(.usage, "usage", "--file: \(error)")
    }
    // The whole of what `approvals get --json` prints is meant as well.
    if file["version"] == nil, let inner = file["file"], inner.object != nil { file = inner }
    let rules = file
    return try await invocation.withGateway { gateway throws(CommandFailure) in
        let before = try await gateway.call("exec.approvals.get")
        try invocation.confirm("Replace the rules in \(before["path"]?.string ?? "the file")".shown)
        var params: JSON = ["file": rules]
        if before["exists"]?.bool == true { params["baseHash"] = before["hash"] }
        let after = try await gateway.call("exec.approvals.set", params)
        invocation.done("the rules are replaced", undo: nil, json: after)
        return .good
    }
}

@LoopActor
private func changeAllowlist(_ invocation: Invocation) async throws(CommandFailure) -> ExitCode {
    let what = invocation.arguments.first ?? "list"
    let pattern = invocation.arguments.dropFirst().first
    if what != "list", pattern == nil {
        throw .usage("approvals allowlist \(what) needs <pattern>", hint: "usage: \(invocation.command.usage)")
    }
    return try await invocation.withGateway { gateway throws(CommandFailure) in
        let rules = try await gateway.call("exec.approvals.get")
        guard what != "list", let pattern else {
            listPatterns(rules, invocation)
            return .good
        }
        let agent = try await agent(gateway, invocation)
        var entry = rules["file"]?["agents"]?[agent] ?? .object(JSONObject())
        let there = entry["allowlist"]?.array ?? []
        let rest = there.filter { $0["pattern"]?.string != pattern }
        if what == "remove", rest.count == there.count {
            throw CommandFailure(
                .notGood, "not-listed", "\(pattern.shown) is not on the list of agent \(agent.shown)",
                next: ["\(invocation.program) approvals allowlist list"])
        }
        let plan = what == "add" ? "Let agent \(agent) run \(pattern)" : "Take \(pattern) off the list of \(agent)"
        try invocation.confirm(plan.shown)
        entry["allowlist"] = .array(what == "add" ? rest + [["pattern": .string(pattern)]] : rest)
        var file = rules["file"] ?? ["version": 1]
        var agents = file["agents"] ?? .object(JSONObject())
        agents[agent] = entry
        file["agents"] = agents
        var params: JSON = ["file": file]
        if rules["exists"]?.bool == true { params["baseHash"] = rules["hash"] }
        let after = try await gateway.call("exec.approvals.set", params)
        let back = what == "add" ? "remove" : "add"
        invocation.done(
            what == "add" ? "agent \(agent) may run \(pattern)" : "\(pattern) is off the list of \(agent)",
            undo: "\(invocation.program) approvals allowlist \(back) \(ShellWord.quoted(pattern)) --agent \(agent)",
            json: after)
        return .good
    }
}

/// The agent that is named, or the default one.
@LoopActor
private func agent(_ gateway: GatewaySession, _ invocation: Invocation) async throws(CommandFailure) -> String {
    let agents = try await gateway.call("agents.list")
    let ids = agents["agents"]?.array?.compactMap { $0["id"]?.string } ?? []
    guard let id = invocation["--agent"] else { return agents["defaultId"]?.string ?? "main" }
    guard ids.contains(id) || id == "*" else {
        throw CommandFailure(
            .notGood, "unknown-agent", "no agent \"\(id.shown)\"",
            details: ["there are: " + ids.joined(separator: ", ").shown],
            next: ["\(invocation.program) agents list"])
    }
    return id
}

@LoopActor
private func listPatterns(_ rules: JSON, _ invocation: Invocation) {
    let rows = (rules["file"]?["agents"]?.object?.members ?? [])
        .filter { invocation["--agent"] == nil || $0.key == invocation["--agent"] }
        .flatMap { member in
            (member.value["allowlist"]?.array ?? []).map { (member.key, $0) }
        }
    let output = invocation.output
    if output.isJSON {
        return output.json([
            "ok": true,
            "allowlist": .array(
                rows.map { agent, entry in
                    var row: JSON = ["agentId": .string(agent), "pattern": entry["pattern"] ?? .null]
                    row["lastUsedAt"] = entry["lastUsedAt"]
                    return row
                }),
        ])
    }
    output.line("● \(rows.count) programs are listed")
    guard !rows.isEmpty else { return }
    var table = Table("agent", "program")
    table.rows = rows.map { [$0, $1["pattern"]?.string ?? ""] }
    output.write(table.text(output.style))
}

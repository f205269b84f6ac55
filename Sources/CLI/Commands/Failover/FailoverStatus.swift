import Platform

extension Command {
    static let failoverStatus = Command(
        "failover status", "whether this gateway acts, whom it watches, and what it saw last",
        notes: "Exit code 0 when it could act or acts, 1 while it could not, or where failover is off.",
        flags: Flag.client,
        examples: ["openclaw failover status", "openclaw failover status --json"],
        seeAlso: ["failover history", "gateway status"], isGroupDefault: true,
        run: { invocation throws(CommandFailure) in try await showStatus(invocation) })

    static let failoverHistory = Command(
        "failover history", "the last changes: when, from what to what, and why",
        flags: [Flag("--limit", "<number>", "how many of the last", kind: .integer(1...1000), default: "32")]
            + Flag.client,
        examples: ["openclaw failover history", "openclaw failover history --limit 5 --json"],
        seeAlso: ["failover status"],
        run: { invocation throws(CommandFailure) in try await showHistory(invocation) })
}

@LoopActor
private func showStatus(_ invocation: Invocation) async throws(CommandFailure) -> ExitCode {
    let status = try await invocation.callFailover("failover.status")
    let view = FailoverView(json: status, now: invocation.surroundings.clock.wall)
    if invocation.output.isJSON {
        invocation.output.json(status)
    } else {
        invocation.output.report(view.report(invocation.program), now: view.now)
    }
    return view.isWell ? .good : .notGood
}

@LoopActor
private func showHistory(_ invocation: Invocation) async throws(CommandFailure) -> ExitCode {
    let answer = try await invocation.callFailover(
        "failover.history", ["limit": JSON(invocation.integer("--limit") ?? 32)])
    if invocation.output.isJSON {
        invocation.output.json(answer)
        return .good
    }
    let now = invocation.surroundings.clock.wall
    let entries = answer["entries"]?.array ?? []
    if entries.isEmpty { invocation.output.sentence("Nothing has changed yet.") }
    for entry in entries {
        let time = WallTime(milliseconds: Int64(entry["ts"]?.int ?? 0))
        let (from, to) = (entry["from"]?.string ?? "?", entry["to"]?.string ?? "?")
        invocation.output.line(
            "\(Age.moment(time, now: now, zone: .local))  \(from) → \(to): \(entry["reason"]?.string ?? "")".shown)
    }
    return .good
}

/// What `failover.status` says, in the words of people.
struct FailoverView {
    let json: JSON
    let now: WallTime

    var isOn: Bool { json["enabled"]?.bool == true }
    var isWell: Bool { isOn && json["ready"]?.bool ?? true && json["willAct"]?.bool ?? true }

    var state: String { "\(json["role"]?.string ?? "?"), \(json["state"]?.string ?? "?")".shown }

    func report(_ program: String) -> Report {
        guard isOn else {
            var report = Report(verdict: .degraded, state: "failover is off: this gateway is alone")
            report.next = ["\(program) failover pair user@host"]
            return report
        }
        var report = Report(verdict: isWell ? .good : .degraded, state: state)
        report.facts = [
            fact("node", "Node", "node"), fact("since", "Since", changed), fact("reason", "Reason", "reason"),
            fact("blocked", "Blocked", "blocked"), fact("paused", "Paused", paused),
            fact("channels", "Channels", "channels"),
        ].compactMap { $0 }
        for peer in [json["primary"]].compactMap({ $0 }) + (json["peers"]?.array?.dropFirst() ?? []) {
            report.facts.append(self.peer(peer))
        }
        report.facts += [workspace, proof].compactMap { $0 }
        report.next = isWell && json["proof"]?["failure"] == nil ? [] : ["\(program) failover check"]
        return report
    }

    private func fact(_ name: String, _ label: String, _ member: String) -> Fact? {
        json[member]?.string.map { Fact(name, label, $0.shown) }
    }

    private func fact(_ name: String, _ label: String, _ text: String?) -> Fact? { text.map { Fact(name, label, $0) } }

    private var changed: String? {
        json["lastChangeAtMs"]?.int.map { Age.ago(WallTime(milliseconds: Int64($0)), now: now) }
    }

    private var paused: String? {
        guard let pause = json["paused"] else { return nil }
        let cause = pause["cause"]?.string == "flapping" ? "too many switches" : "ordered"
        guard let until = pause["untilMs"]?.int else { return "\(cause), until it is resumed" }
        return "\(cause), for \(Age.span(.milliseconds(until - Int(now.milliseconds)))) more"
    }

    private var workspace: Fact? {
        guard let copy = json["workspace"] else { return nil }
        let word = json["priority"]?.int == 0 ? "pushed" : "pulled"
        let isGood = copy["ok"]?.bool ?? true
        let age = copy["ageMs"]?.int.map { Age.span(.milliseconds($0)) }
        var text = age.map { "\(word) \($0) ago" } ?? "not \(word) since the start"
        if let failure = copy["failure"]?.string { text += "; \(failure)" }
        return Fact("workspace", "Workspace", text.shown, isGood: isGood)
    }

    /// Whether the model and the bots would answer.
    private var proof: Fact? {
        guard let proof = json["proof"] else { return nil }
        let age = proof["ageMs"]?.int.map { "\(Age.span(.milliseconds($0))) ago" }
        guard let failure = proof["failure"]?.string else {
            return Fact("proof", "Proven", age.map { "\($0): model and bots answer" } ?? "not since the start")
        }
        let text = "\(failure); last good \(age ?? "before the start")"
        return Fact("proof", "Proven", text.shown, isGood: false)
    }

    private func peer(_ peer: JSON) -> Fact {
        var text = "\(peer["name"]?.string ?? "?"): \(peer["standing"]?.string ?? "?")"
        if let problem = peer["problem"]?.string { text += ", it \(problem)" }
        if let version = peer["version"]?.string { text += ", version \(version)" }
        if peer["ours"]?.bool == false { text += ", known by its /healthz alone" }
        let seen = peer["lastProbeAtMs"]?.int.map { WallTime(milliseconds: Int64($0)) }
        return Fact("watches", "Watches", text.shown, isGood: peer["problem"] == nil, observedAt: seen)
    }
}

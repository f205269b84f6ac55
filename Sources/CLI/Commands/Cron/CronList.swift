import Platform

extension Command {
    static let cronList = Command(
        "cron list", "jobs at set times, the next to run first",
        flags: [
            Flag("--all", nil, "those that are off as well"), .agentOnly,
            Flag("--search", "<text>", "only those whose id, name or description has it"),
        ] + Flag.client,
        examples: ["openclaw cron list", "openclaw cron list --all --json"],
        seeAlso: ["cron add", "cron runs"], isGroupDefault: true,
        run: { invocation throws(CommandFailure) in try await listJobs(invocation) })

    static let cronStatus = Command(
        "cron status", "whether jobs run, how many there are, and when the next is due",
        flags: Flag.client,
        examples: ["openclaw cron status", "openclaw cron status --json"],
        seeAlso: ["cron list", "cron runs"],
        run: { invocation throws(CommandFailure) in try await jobStatus(invocation) })

    static let cronRuns = Command(
        "cron runs", "past runs of a job, or of all; also those that were missed, and why",
        arguments: [Argument("job", "its id or name", .optional)],
        flags: [
            Flag("--limit", "<number>", "how many of the last", kind: .integer(1...500), default: "20")
        ] + Flag.client,
        examples: ["openclaw cron runs", "openclaw cron runs morning --limit 50"],
        seeAlso: ["cron list", "cron run"],
        run: { invocation throws(CommandFailure) in try await listRuns(invocation) })
}

extension GatewaySession {
    /// The job that a person names by id, by a beginning of it that only one has, or by name.
    func job(_ text: String) async throws(CommandFailure) -> JSON {
        let jobs = try await call("cron.list", ["includeDisabled": true])["jobs"]?.array ?? []
        if let job = jobs.first(where: { $0["id"]?.string == text }) { return job }
        var found = jobs.filter { $0["name"]?.string?.lowercased() == text.lowercased() }
        if found.isEmpty, text.count >= 4 { found = jobs.filter { $0["id"]?.string?.hasPrefix(text) == true } }
        guard let job = found.first, found.count == 1 else {
            throw CommandFailure(
                .notGood, "unknown-job",
                found.isEmpty ? "no job \"\(text.shown)\"" : "more than one job is \"\(text.shown)\"",
                details: found.isEmpty ? ["by id or name"] : found.map { $0["id"]?.string ?? "" },
                next: ["\(invocation.program) cron list --all"])
        }
        return job
    }
}

/// A job as `cron.list` has it, in the words of people.
struct JobView: Sendable {
    let json: JSON
    let now: WallTime

    var id: String { json["id"]?.string ?? "" }
    var name: String { json["name"]?.string ?? id }
    private var state: JSON? { json["state"] }

    var schedule: String {
        let schedule = json["schedule"]
        switch schedule?["kind"]?.string {
        case "at": return "once"
        case "every": return "every " + Age.span(.milliseconds(schedule?["everyMs"]?.int ?? 0))
        case "cron":
            let zone = schedule?["tz"]?.string.map { " (\($0))" } ?? ""
            return (schedule?["expr"]?.string ?? "") + zone
        case let kind: return kind ?? "?"
        }
    }

    var next: String {
        if state?["runningAtMs"]?.int != nil { return "runs now" }
        guard json["enabled"]?.bool != false else { return "off" }
        guard let next = state?["nextRunAtMs"]?.int else { return "never" }
        let time = WallTime(milliseconds: Int64(next))
        return time <= now ? "due" : Age.ago(time, now: now)
    }

    var last: String {
        guard let outcome = state?["lastOutcome"]?.string else { return state?["lastError"]?.string ?? "not yet" }
        let time = state?["lastRunAtMs"]?.int.map { " \(Age.ago(WallTime(milliseconds: Int64($0)), now: now))" } ?? ""
        let error = state?["lastError"]?.string.map { ": \($0)" } ?? ""
        return outcome + time + error
    }
}

@LoopActor
private func listJobs(_ invocation: Invocation) async throws(CommandFailure) -> ExitCode {
    var params: JSON = ["includeDisabled": .bool(invocation.has("--all"))]
    params["agentId"] = invocation["--agent"].map { .string($0) }
    params["query"] = invocation["--search"].map { .string($0) }
    let request = params
    let list = try await invocation.withGateway { gateway throws(CommandFailure) in
        try await gateway.call("cron.list", request)
    }
    let output = invocation.output
    if output.isJSON {
        output.json(list)
        return .good
    }
    let now = invocation.surroundings.clock.wall
    let jobs = (list["jobs"]?.array ?? []).map { JobView(json: $0, now: now) }
    output.line("● \(jobs.count) \(jobs.count == 1 ? "job" : "jobs")")
    guard !jobs.isEmpty else {
        output.command("  Add one: ", "\(invocation.program) cron add --cron \"0 8 * * *\" --message \"…\"")
        return .good
    }
    var table = Table("id", "name", "schedule", "next", "last")
    table.rows = jobs.map { [String($0.id.prefix(8)), $0.name, $0.schedule, $0.next, $0.last] }
    output.write(table.text(output.style))
    return .good
}

@LoopActor
private func jobStatus(_ invocation: Invocation) async throws(CommandFailure) -> ExitCode {
    let status = try await invocation.withGateway { gateway throws(CommandFailure) in
        try await gateway.call("cron.status")
    }
    let isOn = status["enabled"]?.bool == true
    if invocation.output.isJSON {
        invocation.output.json(status)
        return .good
    }
    var report = Report(verdict: isOn ? .good : .degraded, state: isOn ? "jobs run" : "jobs do not run (cron.enabled)")
    report.facts = [Fact("jobs", "Jobs", "\(status["jobs"]?.int ?? 0)")]
    let now = invocation.surroundings.clock.wall
    if let next = status["nextWakeAtMs"]?.int {
        report.facts.append(Fact("next", "Next", Age.ago(WallTime(milliseconds: Int64(next)), now: now)))
    }
    report.next = ["\(invocation.program) cron list"]
    invocation.output.report(report, now: now)
    return .good
}

@LoopActor
private func listRuns(_ invocation: Invocation) async throws(CommandFailure) -> ExitCode {
    let limit = invocation.integer("--limit") ?? 20
    let runs = try await invocation.withGateway { gateway throws(CommandFailure) in
        var params: JSON = ["limit": JSON(limit), "sortDir": "desc"]
        if let name = invocation.arguments.first {
            // The log of a job outlives the job.
            do throws(CommandFailure) {
                params["id"] = try await gateway.job(name)["id"]
            } catch {
                guard error.reason == "unknown-job", name.count == 36 else { throw error }
                params["id"] = .string(name)
            }
        } else {
            params["scope"] = "all"
        }
        return try await gateway.call("cron.runs", params)
    }
    let output = invocation.output
    if output.isJSON {
        output.json(runs)
        return .good
    }
    let entries = runs["entries"]?.array ?? []
    output.line("● \(entries.count) of \(runs["total"]?.int ?? entries.count) runs")
    guard !entries.isEmpty else { return .good }
    let now = invocation.surroundings.clock.wall
    var table = Table("job", "when", "came to", "about")
    table.rows = entries.map { entry in
        let when = entry["runAtMs"]?.int.map { Age.moment(WallTime(milliseconds: Int64($0)), now: now, zone: .local) }
        let count = entry["count"]?.int.map { $0 > 1 ? " (\($0))" : "" } ?? ""
        let about = (entry["error"]?.string ?? entry["summary"]?.string ?? "").split { $0.isNewline }
        return [
            entry["jobName"]?.string ?? entry["jobId"]?.string ?? "", when ?? "",
            (entry["outcome"]?.string ?? entry["status"]?.string ?? "") + count, about.joined(separator: " "),
        ]
    }
    output.write(table.text(output.style))
    return .good
}

import Contract
import Platform

extension Command {
    static let sessionsList = Command(
        "sessions list", "the conversations, the newest first",
        flags: [
            .agentOnly,
            Flag("--active", "<minutes>", "only those used within so many minutes", kind: .integer(1...Int.max)),
            Flag("--search", "<text>", "only those whose key or label has it"),
            Flag(
                "--limit", "<number>", "how many", kind: .integer(1...5000), default: "20"),
        ] + Flag.client,
        examples: ["openclaw sessions list", "openclaw sessions list --active 60 --json"],
        seeAlso: ["sessions show", "sessions export"], isGroupDefault: true,
        run: { invocation throws(CommandFailure) in try await listSessions(invocation) })

    static let sessionsShow = Command(
        "sessions show", "one conversation: what was chosen for it, what it used, its last words",
        arguments: [Argument("session", "its key, id or label")],
        flags: [
            Flag("--limit", "<number>", "how many of the last messages", kind: .integer(1...100), default: "6")
        ] + Flag.client,
        examples: ["openclaw sessions show agent:main:main", "openclaw sessions show main --limit 20"],
        seeAlso: ["sessions list", "sessions export"],
        run: { invocation throws(CommandFailure) in try await showSession(invocation) })
}

extension Flag {
    static let agentOnly = Flag("--agent", "<id>", "only this agent's")
}

private let listedSessions = 20

@LoopActor
private func listSessions(_ invocation: Invocation) async throws(CommandFailure) -> ExitCode {
    var params: JSON = ["limit": JSON(invocation.integer("--limit") ?? listedSessions), "includeDerivedTitles": true]
    params["agentId"] = invocation["--agent"].map { .string($0) }
    params["activeMinutes"] = invocation.integer("--active").map { JSON($0) }
    params["search"] = invocation["--search"].map { .string($0) }
    let request = params
    let list = try await invocation.withGateway { gateway throws(CommandFailure) in
        try await gateway.call("sessions.list", request)
    }
    let output = invocation.output
    if output.isJSON {
        output.json(list)
        return .good
    }
    let rows = (list["sessions"]?.array ?? []).map(SessionRowView.init)
    let total = list["totalCount"]?.int ?? rows.count
    output.line("● \(rows.count == total ? "\(total)" : "\(rows.count) of \(total)") sessions")
    guard !rows.isEmpty else { return .good }
    let now = invocation.surroundings.clock.wall
    var table = Table("session", "about", "model", "context", "used")
    table.rows = rows.map { [$0.key, $0.about, $0.model, $0.context, $0.age(now)] }
    output.write(table.text(output.style))
    return .good
}

/// A session as `sessions.list` has it.
struct SessionRowView: Sendable {
    let json: JSON

    init(_ json: JSON) { self.json = json }

    var key: String { json["key"]?.string ?? "" }
    var about: String { json["label"]?.string ?? json["derivedTitle"]?.string ?? "" }

    var model: String {
        guard let model = json["model"]?.string else { return "none" }
        return json["modelProvider"]?.string.map { "\($0)/\(model)" } ?? model
    }

    /// How full the model's window is.
    var context: String {
        guard let used = json["totalTokens"]?.int else { return "" }
        guard let window = json["contextTokens"]?.int, window > 0 else { return tokens(used) }
        return "\(tokens(used)) of \(tokens(window)), \(used * 100 / window) %"
    }

    func age(_ now: WallTime) -> String {
        json["updatedAt"]?.int.map { Age.ago(WallTime(milliseconds: Int64($0)), now: now) } ?? "never"
    }
}

extension GatewaySession {
    /// The key of the session that a person names by key, id or label.
    func sessionKey(_ text: String) async throws(CommandFailure) -> String {
        for name in ["key", "sessionId", "label"] {
            let found: JSON
            do throws(ClientError) {
                found = try await client.call(
                    "sessions.resolve", .object(JSONObject([(name, .string(text))])), within: invocation.timeout)
            } catch .failed(_, let error) where error.code == .invalidRequest {
                continue
            } catch {
                throw error.failure(invocation.program)
            }
            if let key = found["key"]?.string { return key }
        }
        throw CommandFailure(
            .notGood, "unknown-session", "no session \"\(text.shown)\"", details: ["by key, id or label"],
            next: ["\(invocation.program) sessions list"])
    }
}

@LoopActor
private func showSession(_ invocation: Invocation) async throws(CommandFailure) -> ExitCode {
    let limit = invocation.integer("--limit") ?? 6
    let (session, items) = try await invocation.withGateway { gateway throws(CommandFailure) in
        let key = try await gateway.sessionKey(invocation.arguments[0])
        let answer = try await gateway.call("sessions.describe", ["key": .string(key), "includeDerivedTitles": true])
        let preview = try await gateway.call(
            "sessions.preview", ["keys": [.string(key)], "limit": JSON(limit), "maxChars": 160])
        return (answer["session"] ?? .null, preview["previews"]?.array?.first?["items"]?.array ?? [])
    }
    if invocation.output.isJSON {
        invocation.output.json(["ok": true, "session": session, "preview": .array(items)])
        return .good
    }
    let now = invocation.surroundings.clock.wall
    let row = SessionRowView(session)
    var report = Report(verdict: .good, state: row.key.shown)
    report.subject = [session["hasActiveRun"]?.bool == true ? "answering now" : "used \(row.age(now))"]
    let facts = [
        ("about", "About", row.about), ("sessionId", "Id", session["sessionId"]?.string ?? ""),
        ("model", "Model", row.model), ("context", "Context", row.context),
        ("channel", "Channel", session["channel"]?.string ?? ""),
        ("thinking", "Thinking", session["thinkingLevel"]?.string ?? ""),
    ]
    for (name, label, text) in facts where !text.isEmpty { report.facts.append(Fact(name, label, text)) }
    for item in items {
        let words = (item["text"]?.string ?? "").split(whereSeparator: \.isNewline).joined(separator: " ")
        report.facts.append(Fact("said", item["role"]?.string == "user" ? "User" : "Agent", words))
    }
    invocation.output.report(report, now: now)
    return .good
}

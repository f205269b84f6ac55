package import Models
package import Platform

/// What the session tools share.
@LoopActor
package final class SessionServices {
    /// Sessions spawned within one another, and how many one may have spawned.
    package static let defaultDepth = 2
    package static let defaultChildren = 5

    let keeping: any SessionKeeping
    let listing: any SessionListing
    let agents: any AgentListing
    let running: any AgentRunning
    let clock: any Clock
    /// The configuration as it is now.
    private var config: JSON = [:]

    package init(
        keeping: any SessionKeeping, listing: any SessionListing, agents: any AgentListing, running: any AgentRunning,
        clock: any Clock = EventLoop.shared
    ) {
        self.keeping = keeping
        self.listing = listing
        self.agents = agents
        self.running = running
        self.clock = clock
    }

    /// Takes over what a configuration says (`tools.sessions`, `agents`).
    package func take(_ config: JSON) { self.config = config }

    func sight(_ context: ToolContext) -> SessionSight {
        let own = ToolPolicy.agent(context.agentID, in: config)?["tools"]?["sessions"]?["visibility"]?.string
        let word = own ?? config["tools"]?["sessions"]?["visibility"]?.string
        let visibility = word.map { SessionVisibility(rawValue: $0) ?? .own } ?? .tree
        return SessionSight(visibility: visibility, key: context.sessionKey, listing: listing)
    }

    private func subagents(_ name: String, _ agentID: String) -> JSON? {
        ToolPolicy.agent(agentID, in: config)?["subagents"]?[name] ?? config["agents"]?["defaults"]?["subagents"]?[name]
    }

    func depthLimit(_ agentID: String) -> Int { subagents("maxSpawnDepth", agentID)?.int ?? Self.defaultDepth }
    func childLimit(_ agentID: String) -> Int {
        subagents("maxChildrenPerAgent", agentID)?.int ?? Self.defaultChildren
    }

    /// Other agents that may be spawned: none unless named.
    func maySpawn(_ agentID: String, from context: ToolContext) -> Bool {
        if agentID == context.agentID { return true }
        let names = subagents("allowAgents", context.agentID)?.array?.compactMap(\.string) ?? []
        return names.contains("*") || names.contains(agentID)
    }

    func records(_ agentID: String?, limit: Int) async throws(ToolProblem) -> [SessionRecord] {
        do throws(SessionError) {
            return try await listing.list(agentID: agentID, limit: limit)
        } catch {
            throw .said("\(error)")
        }
    }
}

extension SessionRecord {
    /// A row for a model.
    var row: JSON {
        var row: JSON = [
            "key": .string("\(key)"), "sessionId": .string(sessionID), "updatedAt": .int(updatedAt.milliseconds),
        ]
        row["label"] = choices.label.map { .string($0) }
        row["model"] = (choices.model ?? lastModel).map { .string("\($0)") }
        row["contextTokens"] = contextTokens.map { JSON($0) }
        row["spawnedBy"] = choices.spawnedBy.map { .string($0) }
        return row
    }
}

/// `sessions_list`.
package struct SessionsListTool: WorkingTool {
    static let limit = 200

    package let definition = ToolDefinition(
        "sessions_list", "Lists the conversations that this one may see.",
        .optional("limit", .integer(1...limit), "how many at most; 50 unless given"))
    package let group = "sessions"
    private let services: SessionServices

    package init(_ services: SessionServices) { self.services = services }

    package func work(_ call: ToolInvocation, _ arguments: ToolArguments) async throws(ToolProblem) -> ToolOutput {
        let limit = try arguments.integer("limit", 1...Self.limit) ?? 50
        let sight = services.sight(call.context)
        let agentID = sight.visibility == .all ? nil : call.context.agentID
        var rows: [JSON] = []
        for record in try await services.records(agentID, limit: 1000) {
            guard rows.count < limit else { break }
            if try await sight.sees(record) { rows.append(record.row) }
        }
        let details: JSON = ["count": JSON(rows.count), "sessions": .array(rows)]
        return ToolOutput("\(details)", details: details)
    }
}

/// `sessions_history`.
package struct SessionsHistoryTool: WorkingTool {
    static let limit = 200

    package let definition = ToolDefinition(
        "sessions_history", "The last messages of another conversation that this one may see.",
        .required("sessionKey", .text, "which one, as sessions_list names it"),
        .optional("limit", .integer(1...limit), "how many messages; 20 unless given"),
        .optional("includeTools", .flag, "with what tools gave"))
    package let group = "sessions"
    private let services: SessionServices

    package init(_ services: SessionServices) { self.services = services }

    package func work(_ call: ToolInvocation, _ arguments: ToolArguments) async throws(ToolProblem) -> ToolOutput {
        let limit = try arguments.integer("limit", 1...Self.limit) ?? 20
        let withTools = try arguments.flag("includeTools")
        let record = try await services.sight(call.context).record(
            try arguments.word("sessionKey"), defaultAgent: call.context.agentID)
        let entries: [TranscriptEntry]
        do throws(SessionError) { entries = try await services.keeping.entries(record.key) } catch {
            throw .said("\(error)")
        }
        let lines = entries.compactMap { Self.line($0, withTools) }.suffix(limit)
        let text = ToolText.head(lines.joined(separator: "\n"), ToolText.limit)
        return ToolOutput(
            ExternalContent.wrapped(text.isEmpty ? "(nothing yet)" : text, from: "the session \(record.key)"),
            details: ["sessionKey": .string("\(record.key)"), "messages": JSON(lines.count)])
    }

    private static func line(_ entry: TranscriptEntry, _ withTools: Bool) -> String? {
        switch entry.content {
        case .user(let parts, let sender): "\(sender ?? "user"): \(text(parts))"
        case .assistant(let answer): text(answer.parts).isEmpty ? nil : "assistant: \(text(answer.parts))"
        case .toolResult(let result): withTools ? "\(result.name): \(ToolText.head(text(result.parts), 2000))" : nil
        case .compaction(let summary, _): "summary: \(summary)"
        case .note: nil
        }
    }

    private static func text(_ parts: [MessagePart]) -> String {
        parts.compactMap { part in
            if part.image != nil { return "[a picture]" }
            return part.text
        }.joined(separator: "\n")
    }
}

/// `session_status`.
package struct SessionStatusTool: WorkingTool {
    package let definition = ToolDefinition(
        "session_status", "What model this conversation uses, how full its context is, and what it has cost; the time.",
        .optional("sessionKey", .text, "another conversation that this one may see"))
    package let group = "sessions"
    private let services: SessionServices

    package init(_ services: SessionServices) { self.services = services }

    package func work(_ call: ToolInvocation, _ arguments: ToolArguments) async throws(ToolProblem) -> ToolOutput {
        let record: SessionRecord
        if let key = try arguments.optionalText("sessionKey") {
            record = try await services.sight(call.context).record(key, defaultAgent: call.context.agentID)
        } else {
            do throws(SessionError) { record = try await services.keeping.open(call.context.sessionKey) } catch {
                throw .said("\(error)")
            }
        }
        var details = record.row
        details["time"] = .string(CalendarDate(services.clock.wall).text())
        details["inputTokens"] = JSON(record.usage.input)
        details["outputTokens"] = JSON(record.usage.output)
        details["cost"] = record.cost.map { .double($0) }
        details["thinking"] = record.choices.thinking.map { .string($0.rawValue) }
        return ToolOutput("\(details)", details: details)
    }
}

/// `agents_list`.
package struct AgentsListTool: WorkingTool {
    package let definition = ToolDefinition("agents_list", "Lists the agents that sessions_spawn may be given.")
    package let group = "agents"
    private let services: SessionServices

    package init(_ services: SessionServices) { self.services = services }

    package func work(_ call: ToolInvocation, _ arguments: ToolArguments) async throws(ToolProblem) -> ToolOutput {
        let rows = services.agents.agents.filter { services.maySpawn($0.id, from: call.context) }.map { agent -> JSON in
            var row: JSON = ["id": .string(agent.id), "default": .bool(agent.isDefault)]
            row["name"] = agent.name.map { .string($0) }
            return row
        }
        let details: JSON = ["requester": .string(call.context.agentID), "agents": .array(rows)]
        return ToolOutput("\(details)", details: details)
    }
}

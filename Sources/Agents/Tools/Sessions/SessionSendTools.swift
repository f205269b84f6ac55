package import Models
import Platform

/// `sessions_send`: a message to another conversation, and its answer when that comes in time.
package struct SessionsSendTool: WorkingTool {
    static let messageLimit = 32 << 10
    static let secondsLimit = 600

    package let definition = ToolDefinition(
        "sessions_send", "Sends a message to another conversation that this one may see, and waits for the answer.",
        .required("sessionKey", .text, "which one, as sessions_list names it"),
        .required("message", .text, "what to tell it"),
        .optional("timeoutSeconds", .integer(0...secondsLimit), "how long to wait; 30 unless given, 0 not at all"))
    package let group = "sessions"
    package let isForOwners = true
    private let services: SessionServices

    package init(_ services: SessionServices) { self.services = services }

    package func work(_ call: ToolInvocation, _ arguments: ToolArguments) async throws(ToolProblem) -> ToolOutput {
        let message = try arguments.word("message")
        guard message.utf8.count <= Self.messageLimit else {
            throw .said("`message` of sessions_send has more than \(Self.messageLimit) bytes")
        }
        let seconds = try arguments.integer("timeoutSeconds", 0...Self.secondsLimit) ?? 30
        let record = try await services.sight(call.context).record(
            try arguments.word("sessionKey"), defaultAgent: call.context.agentID)
        guard record.key != call.context.sessionKey else {
            throw .said("a conversation cannot send to itself: it would wait for its own end")
        }
        return try await services.run(message, in: record.key, seconds: seconds, call)
    }
}

/// `sessions_spawn`: another conversation for a task of its own.
package struct SessionsSpawnTool: WorkingTool {
    package let definition = ToolDefinition(
        "sessions_spawn",
        "Starts a conversation of its own for a task. It goes on by itself; ask for its answer with sessions_history or "
            + "sessions_send.",
        .required("task", .text, "what it is to do; it knows nothing of this conversation"),
        .optional("label", .text, "what to call it"),
        .optional("agentId", .text, "another agent, as agents_list names it"),
        .optional("model", .text, "provider/model, if not the agent's own"),
        .optional(
            "timeoutSeconds", .integer(0...SessionsSendTool.secondsLimit),
            "how long to wait for its answer; 0 unless given"))
    package let group = "sessions"
    package let isForOwners = true
    private let services: SessionServices

    package init(_ services: SessionServices) { self.services = services }

    package func work(_ call: ToolInvocation, _ arguments: ToolArguments) async throws(ToolProblem) -> ToolOutput {
        let context = call.context
        let task = try arguments.word("task")
        guard task.utf8.count <= SessionsSendTool.messageLimit else {
            throw .said(
                "`task` of sessions_spawn has more than \(SessionsSendTool.messageLimit) bytes; put it into a file")
        }
        let seconds = try arguments.integer("timeoutSeconds", 0...SessionsSendTool.secondsLimit) ?? 0
        let agentID = try arguments.optionalText("agentId") ?? context.agentID
        guard services.agents.agents.contains(where: { $0.id == agentID }), services.maySpawn(agentID, from: context)
        else {
            throw .said(
                "this agent may not spawn \"\(ToolText.head(agentID, 64))\"; see agents_list, and agents.*.subagents.allowAgents"
            )
        }
        let model = try arguments.optionalText("model").map { (text) throws(ToolProblem) -> ModelReference in
            guard let model = ModelReference(text) else { throw .said("`model` must be provider/model") }
            return model
        }
        try await checkLimits(context)
        let label = try arguments.optionalText("label").map { ToolText.head($0, 64) }
        let key = SessionKey.subagent(agentID, UUIDText.random())
        do throws(SessionError) {
            _ = try await services.keeping.open(key)
            _ = try await services.keeping.update(key) { record in
                record.choices.spawnedBy = "\(context.sessionKey)"
                record.choices.label = label
                record.choices.model = model
            }
        } catch {
            throw .said("\(error)")
        }
        return try await services.run(task, in: key, seconds: seconds, call)
    }

    private func checkLimits(_ context: ToolContext) async throws(ToolProblem) {
        var depth = 1
        var parent: String? = "\(context.sessionKey)"
        var children = 0
        let records = try await services.records(nil, limit: 1000)
        children = records.count { $0.choices.spawnedBy == "\(context.sessionKey)" && !$0.choices.isArchived }
        while let text = parent, depth <= SessionSight.depthLimit {
            parent = records.first { "\($0.key)" == text }?.choices.spawnedBy
            if parent != nil { depth += 1 }
        }
        let deepest = services.depthLimit(context.agentID)
        guard depth <= deepest else {
            throw .said(
                "conversations are spawned \(deepest) levels deep at most (agents.defaults.subagents.maxSpawnDepth)")
        }
        let most = services.childLimit(context.agentID)
        guard children < most else {
            throw .said(
                "this conversation has spawned \(children) others, as many as it may (agents.defaults.subagents.maxChildrenPerAgent)"
            )
        }
    }
}

extension SessionServices {
    /// Starts a run in another session and waits for its answer, if at all.
    func run(_ text: String, in key: SessionKey, seconds: Int, _ call: ToolInvocation) async throws(ToolProblem)
        -> ToolOutput
    {
        // What started it knows it by the call, so that the same call does not start it twice.
        let id = "\(call.context.runID):\(call.id)"
        let from = "\(call.context.sessionKey)"
        let origin = RunOrigin(channel: "internal", sender: from, speaker: from)
        let request = RunRequest(
            id: id, sessionKey: key, message: [.text(text)], origin: origin, isOwner: call.context.isOwner)
        let ticket: RunTicket
        do throws(RunRefusal) { ticket = try running.start(request, observer: nil) } catch {
            throw .said("the message was not taken: \(error)")
        }
        var details: JSON = ["runId": .string(ticket.id), "sessionKey": .string("\(key)"), "status": "accepted"]
        guard seconds > 0 else { return ToolOutput("accepted; it runs in \(key)", details: details) }
        guard let result = await running.result(of: ticket.id, within: .seconds(seconds)) else {
            if Task.isCancelled { throw .cancelled }
            details["status"] = "timeout"
            return ToolOutput("no answer within \(seconds) s; it goes on in \(key)", details: details)
        }
        switch result.ending {
        case .answered, .clientTools:
            details["status"] = "ok"
            details["reply"] = .string(result.text)
            return ToolOutput(ExternalContent.wrapped(result.text, from: "the session \(key)"), details: details)
        case .aborted(let reason):
            details["status"] = "aborted"
            return .failed("the run in \(key) was ended: \(reason)", details: details)
        case .failed(let failure):
            details["status"] = "error"
            return .failed("the run in \(key) failed: \(failure)", details: details)
        }
    }
}

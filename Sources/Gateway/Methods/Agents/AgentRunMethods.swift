import Agents
import Contract
import Models
import Platform

/// `agent`: accepted at once, and answered again on the same id when it is done (protocol.md section 6).
struct AgentMethod: WaitingMethod {
    static let contract = MethodContract.agent
    let intake: MessageIntake

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let params = request.params.object
        let run = try self.run(params, request)
        let end = RunEnd(intake.agents.runs.clock)
        let ticket = try intake.start(run, by: request.client, observer: end)
        if ticket.isRepeat, let result = await intake.agents.runs.result(of: run.id, within: .zero) {
            return .json(try Self.answer(run.id, result))
        }
        let isNewer = request.client.generation >= 4
        let status = ticket.isRepeat && isNewer ? "in_flight" : "accepted"
        var accepted: JSON = [
            "runId": .string(run.id), "status": .string(status), "acceptedAt": .int(ticket.acceptedAt.milliseconds),
        ]
        if isNewer { accepted["sessionKey"] = .string("\(run.sessionKey)") }
        // Who asks again while it runs is told no more: the first request gets the last answer.
        if ticket.isRepeat { return .json(accepted) }
        request.accept(accepted)
        guard let result = await end.result() else { throw .unavailable("cancelled") }
        return .json(try Self.answer(run.id, result))
    }

    private func run(_ params: JSONObject, _ request: MethodRequest) throws(RPCError) -> RunRequest {
        let key = try intake.key(params, Self.contract)
        if params["deliver"]?.bool == true {
            throw .unavailable("no channel is there that could deliver the answer; leave out deliver")
        }
        let client = request.client
        if ["/new", "/reset"].contains(where: { (params["message"]?.string ?? "").hasPrefix($0) }),
            !client.granted.includes(.admin)
        {
            throw .missing(.admin)
        }
        var run = try intake.request(params, key, id: params["idempotencyKey"]?.string ?? "", by: client)
        if let seconds = params["timeout"]?.int, seconds > 0 { run.options.timeout = .seconds(seconds) }
        run.options.extraSystemPrompt = params["extraSystemPrompt"]?.string
        if let channel = params["channel"]?.string, !channel.isEmpty { run.origin.channel = channel }
        run.origin.accountID = params["accountId"]?.string
        run.origin.to = params["to"]?.string
        run.origin.threadID = params["threadId"]?.string
        let name = [params["provider"]?.string, params["model"]?.string].compactMap { $0 }.filter { !$0.isEmpty }
        if params["model"]?.string?.isEmpty == false {
            let models = intake.agents.models.configuration
            guard let model = models.resolve(name.joined(separator: "/")) ?? name.last.flatMap(models.resolve) else {
                throw .invalid("unknown model \"\(name.joined(separator: "/").cut(to: 100))\"")
            }
            run.options.model = model
        }
        return run
    }

    /// The last answer; a failed run's has a payload beside its error.
    static func answer(_ id: String, _ result: RunResult) throws(RPCError) -> JSON {
        switch result.ending {
        case .answered, .clientTools: return ok(id, result)
        case .aborted(let reason):
            return [
                "runId": .string(id), "status": "timeout", "summary": "aborted", "stopReason": .string(reason),
            ]
        case .failed(let failure):
            var error = RPCError.unavailable("\(failure)")
            error.payload = ["runId": .string(id), "status": "error", "summary": .string("\(failure)")]
            error.retryAfter = failure.retryAfter
            error.isRetryable = failure.retryAfter == nil ? nil : true
            throw error
        }
    }

    private static func ok(_ id: String, _ result: RunResult) -> JSON {
        var meta: JSON = ["usage": result.usage.wire]
        meta["sessionId"] = result.sessionID.map { .string($0) }
        meta["provider"] = result.model.map { .string($0.provider) }
        meta["model"] = result.model.map { .string($0.model) }
        meta["costUsd"] = result.cost.map { .double($0) }
        let begun = result.startedAt ?? result.endedAt
        let payloads: [JSON] = result.text.isEmpty ? [] : [["text": .string(result.text)]]
        return [
            "runId": .string(id), "status": "ok", "summary": "completed",
            "result": [
                "payloads": .array(payloads),
                "meta": [
                    "durationMs": .int(result.endedAt.milliseconds - begun.milliseconds), "agentMeta": meta,
                ],
            ],
        ]
    }
}

/// `agent.wait`.
struct AgentWaitMethod: WaitingMethod {
    static let contract = MethodContract.agentWait
    static let defaultMilliseconds = 30_000

    let runs: AgentRuns

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let id = request.params.object["runId"]?.string ?? ""
        let milliseconds = request.params.object["timeoutMs"]?.int ?? Self.defaultMilliseconds
        guard let result = await runs.result(of: id, within: .milliseconds(milliseconds)) else {
            return .object(("runId", .string(id)), ("status", "timeout"))
        }
        var answer: JSON = ["runId": .string(id), "status": "ok", "endedAt": .int(result.endedAt.milliseconds)]
        answer["startedAt"] = result.startedAt.map { .int($0.milliseconds) }
        switch result.ending {
        case .answered, .clientTools: break
        case .aborted(let reason):
            answer["status"] = reason == "timeout" ? "timeout" : "error"
            answer["error"] = .string("aborted: \(reason)")
            answer["stopReason"] = .string(reason)
        case .failed(let failure):
            answer["status"] = "error"
            answer["error"] = .string("\(failure)")
        }
        return .json(answer)
    }
}

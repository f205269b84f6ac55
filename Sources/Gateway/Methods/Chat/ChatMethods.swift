import Agents
import Contract
import Models
import Platform

/// `chat.history`.
struct ChatHistoryMethod: WaitingMethod {
    static let contract = MethodContract.chatHistory
    let intake: MessageIntake

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let params = request.params.object
        let key = try intake.key(params, Self.contract)
        var answer = try await intake.history(key, params)
        answer["sessionKey"] = .string(params["sessionKey"]?.string ?? "\(key)")
        return .json(answer)
    }
}

/// `chat.startup`.
struct ChatStartupMethod: WaitingMethod {
    static let contract = MethodContract.chatStartup
    let intake: MessageIntake

    func call(_ request: MethodRequest) async throws(RPCError) -> Reply {
        let params = request.params.object
        let key = try intake.key(params, Self.contract)
        var answer = try await intake.history(key, params)
        answer["sessionKey"] = .string("\(key)")
        answer["agentsList"] = intake.agents.roster.json
        answer["metadata"] = [
            "models": .array(intake.agents.models.rows()), "commands": .array(CommandDesk.rows),
        ]
        return .json(answer)
    }
}

extension MessageIntake {
    /// A page of a session's messages, and what a chat window shows around them.
    func history(_ key: SessionKey, _ params: JSONObject) async throws(RPCError) -> JSON {
        var page = HistoryPage(
            limit: params["limit"]?.int ?? 200, offset: params["offset"]?.int ?? 0,
            maxChars: params["maxChars"]?.int.flatMap { $0 > 0 ? $0 : nil })
        if let cursor = params["cursor"]?.string { page.before = Int(cursor) }
        let history: SessionHistory
        do throws(SessionError) {
            history = try await agents.sessions.opened().history(key, page)
        } catch {
            throw RPCError(error)
        }
        let choices = history.record?.choices
        var answer: JSON = [
            "messages": .array(history.messages), "thinkingLevel": .string(choices?.thinking?.rawValue ?? "off"),
            "hasMore": .bool(history.hasMore), "defaults": agents.roster.sessionDefaults,
        ]
        answer["sessionId"] = history.record.map { .string($0.sessionID) }
        answer["verboseLevel"] = choices?.verbose.map { .string($0) }
        answer["nextOffset"] = history.nextOffset.map { JSON($0) }
        if let run = agents.runs.active(in: key).first(where: { $0.startedAt != nil }) {
            answer["inFlightRun"] = ["runId": .string(run.id), "text": .string(run.text)]
        }
        return answer
    }
}

/// `chat.metadata`.
struct ChatMetadataMethod: PromptMethod {
    static let contract = MethodContract.chatMetadata
    let roster: AgentRoster
    let models: ModelDesk

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        _ = try roster.meant(request.params.object, Self.contract)
        return .object(("models", .array(models.rows())), ("commands", .array(CommandDesk.rows)))
    }
}

import Agents
import Contract
import Platform

/// `chat.history`. Of a session that does not exist yet, which all of them are, there are no messages.
struct ChatHistoryMethod: PromptMethod {
    static let contract = MethodContract.chatHistory
    let roster: AgentRoster

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        let params = request.params.object
        _ = try roster.meant(params, Self.contract)
        return .object(
            ("sessionKey", params["sessionKey"] ?? ""), ("messages", []), ("thinkingLevel", "off"),
            ("hasMore", false), ("defaults", roster.sessionDefaults))
    }
}

/// `chat.startup`.
struct ChatStartupMethod: PromptMethod {
    static let contract = MethodContract.chatStartup
    let roster: AgentRoster
    let models: ModelDesk

    func call(_ request: MethodRequest) throws(RPCError) -> Reply {
        let params = request.params.object
        let agent = try roster.meant(params, Self.contract)
        return .object(
            ("sessionKey", params["sessionKey"] ?? .string("agent:\(agent.id):\(roster.mainKey)")),
            ("agentsList", roster.json), ("messages", []), ("metadata", ["models": .array(models.rows()), "commands": .array(CommandDesk.rows)]),
            ("thinkingLevel", "off"), ("hasMore", false), ("defaults", roster.sessionDefaults))
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

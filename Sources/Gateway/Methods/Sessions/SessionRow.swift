import Agents
import Contract
import Models
import Platform

/// A session as lists show it (protocol.md section 7, the row of sessions).
extension GatewaySessions {
    func row(_ record: SessionRecord) -> JSON {
        let (key, choices) = (record.key, record.choices)
        var row = JSONObject()
        row["key"] = .string("\(key)")
        row["kind"] = .string(Self.kind(key))
        row["agentId"] = .string(key.agentID)
        row["updatedAt"] = .int(record.updatedAt.milliseconds)
        row["sessionId"] = .string(record.sessionID)
        row["startedAt"] = .int(record.createdAt.milliseconds)
        row["lastInteractionAt"] = record.lastInteractionAt.map { .int($0.milliseconds) }
        row["label"] = text(choices.label)
        row["displayName"] = text(choices.label)
        row["channel"] = text(key.channel ?? record.origin?.channel)
        row["chatType"] = text(Self.chatType(key))
        row["spawnedBy"] = text(choices.spawnedBy)
        if choices.isArchived { row["archived"] = true }
        if choices.isPinned { row["pinned"] = true }
        if record.abortedLastRun { row["abortedLastRun"] = true }
        addChoices(choices, to: &row)
        addUse(record, to: &row)
        addOrigin(record.origin, to: &row)
        let runs = agents.runs.active(in: key)
        row["hasActiveRun"] = .bool(!runs.isEmpty)
        if !runs.isEmpty { row["activeRunIds"] = .array(runs.map { .string($0.id) }) }
        return .object(row)
    }

    private func addChoices(_ choices: SessionChoices, to row: inout JSONObject) {
        row["thinkingLevel"] = text(choices.thinking?.rawValue)
        row["verboseLevel"] = text(choices.verbose)
        row["reasoningLevel"] = text(choices.reasoning)
        row["elevatedLevel"] = text(choices.elevated)
        row["sendPolicy"] = text(choices.sendPolicy)
        row["responseUsage"] = text(choices.responseUsage)
        row["groupActivation"] = text(choices.groupActivation)
        row["execHost"] = text(choices.execHost)
        row["execSecurity"] = text(choices.execSecurity)
        row["execAsk"] = text(choices.execAsk)
        row["execNode"] = text(choices.execNode)
        row["modelOverride"] = text(choices.model?.model)
        row["providerOverride"] = text(choices.model?.provider)
    }

    /// `totalTokens` is what the conversation fills of the model's window, `contextTokens` that window.
    private func addUse(_ record: SessionRecord, to row: inout JSONObject) {
        row["inputTokens"] = JSON(record.usage.context)
        row["outputTokens"] = JSON(record.usage.output)
        row["totalTokens"] = record.contextTokens.map { JSON($0) }
        row["totalTokensFresh"] = .bool(record.contextTokens != nil)
        row["estimatedCostUsd"] = record.cost.map { .double($0) }
        guard let model = model(of: record) else { return }
        row["modelProvider"] = .string(model.provider)
        row["model"] = .string(model.model)
        row["contextTokens"] = agents.models.configuration.facts(model)?.usableContext.map { JSON($0) }
    }

    private func addOrigin(_ origin: RunOrigin?, to row: inout JSONObject) {
        guard let origin else { return }
        row["lastChannel"] = .string(origin.channel)
        row["lastTo"] = text(origin.to)
        row["lastAccountId"] = text(origin.accountID)
        var place = JSONObject([("channel", .string(origin.channel))])
        place["to"] = text(origin.to)
        place["accountId"] = text(origin.accountID)
        place["threadId"] = text(origin.threadID)
        row["deliveryContext"] = .object(place)
        var from = JSONObject([("provider", .string(origin.channel))])
        from["from"] = text(origin.sender)
        from["to"] = text(origin.to)
        from["accountId"] = text(origin.accountID)
        from["threadId"] = text(origin.threadID)
        row["origin"] = .object(from)
    }

    private func text(_ value: String?) -> JSON? { value.map { .string($0) } }

    private static func kind(_ key: SessionKey) -> String {
        switch key.kind {
        case .group, .thread: key.channel != nil || key.kind == .group ? "group" : "direct"
        default: "direct"
        }
    }

    private static func chatType(_ key: SessionKey) -> String? {
        switch key.kind {
        case .group, .thread: "group"
        case .direct, .main: "direct"
        default: nil
        }
    }
}

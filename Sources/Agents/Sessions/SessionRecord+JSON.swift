import Models
import Platform

/// Records as the index and the transcripts keep them. What is not set is not written.
extension SessionRecord {
    /// All but the key, which stands beside it.
    var json: JSON {
        var row = JSONObject()
        row["sessionId"] = .string(sessionID)
        row["createdAt"] = .int(createdAt.milliseconds)
        row["updatedAt"] = .int(updatedAt.milliseconds)
        row["lastInteractionAt"] = lastInteractionAt.map { .int($0.milliseconds) }
        let choices = choices.json
        if !choices.isEmpty { row["choices"] = .object(choices) }
        if usage != ModelUsage() { row["usage"] = usage.json }
        row["contextTokens"] = contextTokens.map { JSON($0) }
        row["cost"] = cost.map { .double($0) }
        row["lastModel"] = lastModel.map { .string($0.description) }
        if abortedLastRun { row["abortedLastRun"] = true }
        row["origin"] = origin.map { .object($0.json) }
        return .object(row)
    }

    /// Nil when it is no record.
    init?(_ key: SessionKey, _ json: JSON) {
        guard let object = json.object, let id = object["sessionId"]?.string,
            let created = object["createdAt"].flatMap(WallTime.init(json:))
        else { return nil }
        self.init(key: key, sessionID: id, createdAt: created)
        updatedAt = object["updatedAt"].flatMap(WallTime.init(json:)) ?? created
        lastInteractionAt = object["lastInteractionAt"].flatMap(WallTime.init(json:))
        if let choices = object["choices"]?.object { self.choices = SessionChoices(choices) }
        if let usage = object["usage"] { self.usage = ModelUsage(json: usage) }
        contextTokens = object["contextTokens"]?.int
        cost = object["cost"]?.double
        lastModel = object["lastModel"]?.string.flatMap { ModelReference($0) }
        abortedLastRun = object["abortedLastRun"]?.bool ?? false
        origin = object["origin"]?.object.flatMap { RunOrigin(json: $0) }
    }

    /// Takes into account what was appended to the transcript.
    mutating func count(_ entry: TranscriptEntry) {
        updatedAt = entry.time
        switch entry.content {
        case .user:
            lastInteractionAt = entry.time
            // Someone came back to it.
            choices.isArchived = false
        case .assistant(let answer):
            usage = usage + answer.usage
            if let cost = answer.cost { self.cost = (self.cost ?? 0) + cost }
            if let model = answer.model { lastModel = model }
            if answer.usage.total > 0 { contextTokens = answer.usage.total }
        case .compaction: contextTokens = nil
        case .toolResult, .note: break
        }
    }
}

extension SessionChoices {
    var json: JSONObject {
        var row = JSONObject()
        for field in Self.texts { row[field.name] = self[keyPath: field.path].map { .string($0) } }
        row["model"] = model.map { .string($0.description) }
        row["thinking"] = thinking.map { .string($0.rawValue) }
        if isArchived { row["archived"] = true }
        if isPinned { row["pinned"] = true }
        return row
    }

    init(_ object: JSONObject) {
        self.init()
        for field in Self.texts { self[keyPath: field.path] = object[field.name]?.string }
        model = object["model"]?.string.flatMap { ModelReference($0) }
        thinking = object["thinking"]?.string.flatMap { ThinkingLevel(rawValue: $0) }
        isArchived = object["archived"]?.bool ?? false
        isPinned = object["pinned"]?.bool ?? false
    }

    private typealias Field = (name: String, path: any WritableKeyPath<SessionChoices, String?> & Sendable)

    private static let texts: [Field] = [
        ("label", \.label), ("verbose", \.verbose), ("reasoning", \.reasoning), ("responseUsage", \.responseUsage),
        ("sendPolicy", \.sendPolicy), ("groupActivation", \.groupActivation), ("queueMode", \.queueMode),
        ("execSecurity", \.execSecurity), ("execAsk", \.execAsk), ("spawnedBy", \.spawnedBy),
        ("elevated", \.elevated), ("execHost", \.execHost), ("execNode", \.execNode),
    ]
}

extension ModelUsage {
    var json: JSON {
        var row = JSONObject()
        row["input"] = JSON(input)
        row["output"] = JSON(output)
        if cacheRead > 0 { row["cacheRead"] = JSON(cacheRead) }
        if cacheWrite > 0 { row["cacheWrite"] = JSON(cacheWrite) }
        if thinking > 0 { row["thinking"] = JSON(thinking) }
        return .object(row)
    }

    init(json: JSON) {
        func count(_ key: String) -> Int { max(0, json[key]?.int ?? 0) }
        self.init(
            input: count("input"), output: count("output"), cacheRead: count("cacheRead"),
            cacheWrite: count("cacheWrite"), thinking: count("thinking"))
    }
}

extension RunOrigin {
    var json: JSONObject {
        var row = JSONObject()
        row["channel"] = .string(channel)
        row["accountId"] = accountID.map { .string($0) }
        row["to"] = to.map { .string($0) }
        row["threadId"] = threadID.map { .string($0) }
        row["sender"] = sender.map { .string($0) }
        return row
    }

    init?(json: JSONObject) {
        guard let channel = json["channel"]?.string else { return nil }
        self.init(
            channel: channel, accountID: json["accountId"]?.string, to: json["to"]?.string,
            threadID: json["threadId"]?.string, sender: json["sender"]?.string)
    }
}

extension WallTime {
    /// From milliseconds. What is kept is no finer, so that a record read again equals the one that was written.
    init?(json: JSON) {
        guard let milliseconds = json.int, abs(milliseconds) < Int(Int64.max / 1_000_000) else { return nil }
        self.init(nanoseconds: Int64(milliseconds) * 1_000_000)
    }

    /// The same moment, to the millisecond.
    var toMilliseconds: WallTime { WallTime(nanoseconds: milliseconds * 1_000_000) }
}

import Models
package import Platform

extension TranscriptEntry {
    /// The message as clients of OpenClaw read it: `{role, content, timestamp, …}`.
    package var message: JSON {
        var row = JSONObject()
        switch content {
        case .user(let parts, let sender):
            row["role"] = "user"
            row["content"] = parts.json
            row["sender"] = sender.map { .string($0) }
        case .assistant(let answer):
            row["role"] = "assistant"
            row["content"] = answer.parts.json
            row["provider"] = answer.model.map { .string($0.provider) }
            row["model"] = answer.model.map { .string($0.model) }
            row["usage"] = answer.usageJSON
            row["stopReason"] = .string(answer.stop == "tool_calls" ? "toolUse" : answer.stop)
            row["errorMessage"] = answer.error.map { .string($0) }
        case .toolResult(let result):
            row["role"] = "toolResult"
            for member in result.members.members { row[member.key] = member.value }
        case .compaction(let summary, let tokens):
            row["role"] = "system"
            row["content"] = [["type": "text", "text": .string(summary)]]
            row["tokensBefore"] = tokens.map { JSON($0) }
        case .note(let text):
            row["role"] = "system"
            row["content"] = [["type": "text", "text": .string(text)]]
        }
        row["timestamp"] = .int(time.milliseconds)
        return .object(row)
    }

    /// With its place in the transcript, as `session.message` and `chat.history` show it.
    package func message(seq: Int) -> JSON {
        var message = message
        var place = JSONObject([("id", .string(id)), ("seq", JSON(seq))])
        switch content {
        case .compaction: place["kind"] = "compaction"
        case .note: place["kind"] = "note"
        case .user, .assistant, .toolResult: break
        }
        message["__openclaw"] = .object(place)
        return message
    }

    /// What stands in its line beside type, id and number.
    var members: JSONObject {
        var row = JSONObject()
        row["timestamp"] = .int(time.milliseconds)
        row["runId"] = runID.map { .string($0) }
        switch content {
        case .user, .assistant, .toolResult: row["message"] = message
        case .compaction(let summary, let tokens):
            row["summary"] = .string(summary)
            row["tokensBefore"] = tokens.map { JSON($0) }
        case .note(let text): row["text"] = .string(text)
        }
        return row
    }

    var lineType: String {
        switch content {
        case .user, .assistant, .toolResult: "message"
        case .compaction: "compaction"
        case .note: "note"
        }
    }

    /// Nil when the line is none of an entry.
    init?(line: JSONObject) {
        guard let id = line["id"]?.string, let time = line["timestamp"].flatMap(WallTime.init(json:)),
            let content = Content(line: line)
        else { return nil }
        self.init(id: id, time: time, runID: line["runId"]?.string, content)
    }

    /// The same with its time as it is kept.
    var kept: TranscriptEntry { TranscriptEntry(id: id, time: time.toMilliseconds, runID: runID, content) }
}

extension TranscriptEntry.Content {
    fileprivate init?(line: JSONObject) {
        switch line["type"]?.string {
        case "compaction":
            guard let summary = line["summary"]?.string else { return nil }
            self = .compaction(summary: summary, tokensBefore: line["tokensBefore"]?.int)
        case "note":
            guard let text = line["text"]?.string else { return nil }
            self = .note(text)
        case "message":
            guard let message = line["message"] else { return nil }
            self.init(message: message)
        default: return nil
        }
    }

    init?(message: JSON) {
        switch message["role"]?.string {
        case "user":
            self = .user(MessagePart.parts(message["content"]), sender: message["sender"]?.string)
        case "assistant": self = .assistant(AssistantEntry(message: message))
        case "toolResult":
            guard let result = ToolResult(json: message) else { return nil }
            self = .toolResult(result)
        default: return nil
        }
    }
}

extension AssistantEntry {
    fileprivate var usageJSON: JSON {
        var row = usage.json
        row["totalTokens"] = JSON(usage.total)
        row["cost"] = cost.map { ["total": .double($0)] }
        return row
    }

    fileprivate init(message: JSON) {
        var reference: ModelReference?
        if let provider = message["provider"]?.string, let model = message["model"]?.string {
            reference = ModelReference(provider: provider, model: model)
        }
        let stop = message["stopReason"]?.string ?? "stop"
        self.init(
            MessagePart.parts(message["content"]), model: reference,
            usage: message["usage"].map(ModelUsage.init(json:)) ?? ModelUsage(),
            cost: message["usage"]?["cost"]?["total"]?.double, stop: stop == "toolUse" ? "tool_calls" : stop,
            error: message["errorMessage"]?.string)
    }
}

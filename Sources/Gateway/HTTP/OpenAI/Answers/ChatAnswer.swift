import Agents
import Models
import Platform

/// An answer of Chat Completions: whole, or as chunks.
@LoopActor
final class ChatAnswer: RunWriter {
    private let id: String
    private let model: String
    private let created: Int64
    private let includesUsage: Bool
    private let pieces: EventBytes

    init(id: String, model: String?, at time: WallTime, includesUsage: Bool) {
        self.id = "chatcmpl_\(id)"
        self.model = model ?? "openclaw"
        created = time.seconds
        self.includesUsage = includesUsage
        let choice: JSON = [
            "index": 0, "delta": ["content": .string(EventBytes.hole)], "finish_reason": nil,
        ]
        pieces = EventBytes(Self.chunk(self.id, self.model, created, [choice], usage: includesUsage ? .null : nil))
    }

    // MARK: Whole

    func whole(_ result: RunResult) -> JSON {
        let calls = result.toolCalls
        var message: JSON = ["role": "assistant", "content": result.shownText.map { .string($0) } ?? .null]
        message["refusal"] = .null
        if !calls.isEmpty { message["tool_calls"] = .array(calls.map { Self.json($0) }) }
        return [
            "id": .string(id), "object": "chat.completion", "created": .int(created), "model": .string(model),
            "choices": [
                [
                    "index": 0, "message": message, "logprobs": nil,
                    "finish_reason": .string(result.finishReason),
                ]
            ],
            "usage": result.usage.chatJSON,
        ]
    }

    private static func json(_ call: ToolCall) -> JSON {
        [
            "id": .string(call.id), "type": "function",
            "function": ["name": .string(call.name), "arguments": .string(call.soundArguments)],
        ]
    }

    // MARK: In chunks

    var opening: [UInt8] { chunk(["role": "assistant", "content": ""]) }

    func text(_ text: String) -> [UInt8] { pieces.event(text) }

    func end(_ result: RunResult) -> [UInt8] {
        var bytes: [UInt8] = []
        for (index, call) in result.toolCalls.enumerated() {
            var json = Self.json(call)
            json["index"] = JSON(index)
            bytes += chunk(["tool_calls": [json]])
        }
        bytes += chunk(.object(JSONObject()), finish: result.finishReason)
        if includesUsage { bytes += EventBytes.event(Self.chunk(id, model, created, [], usage: result.usage.chatJSON)) }
        return bytes + EventBytes.done
    }

    func end(_ error: APIError, _ result: RunResult) -> [UInt8] { EventBytes.event(error.json) + EventBytes.done }

    private func chunk(_ delta: JSON, finish: String? = nil) -> [UInt8] {
        let choice: JSON = [
            "index": 0, "delta": delta, "finish_reason": finish.map { .string($0) } ?? .null,
        ]
        return EventBytes.event(Self.chunk(id, model, created, [choice], usage: includesUsage ? .null : nil))
    }

    private static func chunk(
        _ id: String, _ model: String, _ created: Int64, _ choices: [JSON], usage: JSON?
    ) -> JSON {
        var chunk: JSON = [
            "id": .string(id), "object": "chat.completion.chunk", "created": .int(created), "model": .string(model),
            "choices": .array(choices),
        ]
        chunk["usage"] = usage
        return chunk
    }
}

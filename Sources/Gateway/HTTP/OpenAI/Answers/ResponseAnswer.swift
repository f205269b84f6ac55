import Agents
import Models
import Platform

/// An answer of Responses as one object.
@LoopActor
struct ResponseObject {
    let id: String
    let model: String
    let createdAt: Int64
    let echo: JSON
    /// Names its message.
    let messageID: String

    init(id: String, model: String?, at time: WallTime, echo: JSON) {
        self.id = "resp_\(id)"
        self.model = model ?? "openclaw"
        createdAt = time.seconds
        self.echo = echo
        messageID = "msg_\(id)"
    }

    /// As it begins.
    var begun: JSON { object(status: "in_progress", output: []) }

    /// As it ends.
    func whole(_ result: RunResult) -> JSON {
        var response = object(status: status(result), output: output(result))
        response["usage"] = result.usage.responsesJSON
        if let reason = result.incompleteReason { response["incomplete_details"] = ["reason": .string(reason)] }
        return response
    }

    func failed(_ error: APIError, _ output: [JSON], _ usage: ModelUsage) -> JSON {
        var response = object(status: "failed", output: output)
        response["usage"] = usage.responsesJSON
        let code = error.code == "rate_limit_exceeded" ? "rate_limit_exceeded" : "server_error"
        response["error"] = ["code": .string(code), "message": .string(error.message)]
        return response
    }

    func status(_ result: RunResult) -> String {
        result.incompleteReason != nil || !result.toolCalls.isEmpty ? "incomplete" : "completed"
    }

    private func object(status: String, output: [JSON]) -> JSON {
        var response: JSON = [
            "id": .string(id), "object": "response", "created_at": .int(createdAt), "status": .string(status),
            "error": nil, "incomplete_details": nil, "model": .string(model), "output": .array(output), "usage": nil,
        ]
        for member in echo.object?.members ?? [] { response[member.key] = member.value }
        return response
    }

    // MARK: Output

    func output(_ result: RunResult) -> [JSON] {
        var items: [JSON] = []
        if let text = result.shownText {
            items.append(message(text, status: result.incompleteReason == nil ? "completed" : "incomplete"))
        }
        for (index, call) in result.toolCalls.enumerated() { items.append(item(call, index)) }
        return items
    }

    func message(_ text: String?, status: String) -> JSON {
        [
            "id": .string(messageID), "type": "message", "role": "assistant", "status": .string(status),
            "content": text.map { [Self.part($0)] } ?? [],
        ]
    }

    static func part(_ text: String) -> JSON {
        ["type": "output_text", "text": .string(text), "annotations": [], "logprobs": []]
    }

    func item(_ call: ToolCall, _ index: Int, isComplete: Bool = true) -> JSON {
        [
            "id": .string("fc_\(index)_\(id.dropFirst(5))"), "type": "function_call", "call_id": .string(call.id),
            "name": .string(call.name), "arguments": .string(isComplete ? call.soundArguments : ""),
            "status": isComplete ? "completed" : "in_progress",
        ]
    }
}

/// The same answer as events, in the order that libraries expect (http.md section 4.2).
@LoopActor
final class ResponseEvents: RunWriter {
    private let object: ResponseObject
    private var number = 0
    private var text = ""
    private var hasMessage = false
    private let pieces: EventBytes

    init(_ object: ResponseObject) {
        self.object = object
        // What stands behind the text is the number, which changes: it is written apart.
        pieces = EventBytes(
            [
                "type": "response.output_text.delta", "item_id": .string(object.messageID), "output_index": 0,
                "content_index": 0, "logprobs": [], "delta": .string(EventBytes.hole),
            ], name: "response.output_text.delta")
    }

    var opening: [UInt8] {
        event("response.created", ["response": object.begun])
            + event("response.in_progress", ["response": object.begun])
    }

    func text(_ piece: String) -> [UInt8] {
        let start = hasMessage ? [] : begunMessage()
        text += piece
        defer { number += 1 }
        return start + pieces.event(piece, numbered: number)
    }

    func end(_ result: RunResult) -> [UInt8] {
        var bytes = endedMessage(result.incompleteReason == nil ? "completed" : "incomplete")
        let offset = hasMessage ? 1 : 0
        for (index, call) in result.toolCalls.enumerated() { bytes += events(call, index, at: index + offset) }
        let kind = result.incompleteReason == nil ? "response.completed" : "response.incomplete"
        return bytes + event(kind, ["response": object.whole(result)]) + EventBytes.done
    }

    func end(_ error: APIError, _ result: RunResult) -> [UInt8] {
        let bytes = endedMessage("incomplete")
        let output = hasMessage ? [object.message(text, status: "incomplete")] : []
        let response = object.failed(error, output, result.usage)
        return bytes + event("response.failed", ["response": response]) + EventBytes.done
    }

    private func begunMessage() -> [UInt8] {
        hasMessage = true
        return event(
            "response.output_item.added", ["output_index": 0, "item": object.message(nil, status: "in_progress")])
            + event("response.content_part.added", place(["part": ResponseObject.part("")]))
    }

    private func endedMessage(_ status: String) -> [UInt8] {
        guard hasMessage else { return [] }
        return event("response.output_text.done", place(["text": .string(text), "logprobs": []]))
            + event("response.content_part.done", place(["part": ResponseObject.part(text)]))
            + event("response.output_item.done", ["output_index": 0, "item": object.message(text, status: status)])
    }

    private func events(_ call: ToolCall, _ index: Int, at place: Int) -> [UInt8] {
        let item = object.item(call, index)
        let at: JSON = ["item_id": item["id"] ?? .null, "output_index": JSON(place)]
        var delta = at
        delta["delta"] = .string(call.soundArguments)
        var done = at
        done["name"] = .string(call.name)
        done["arguments"] = .string(call.soundArguments)
        return event(
            "response.output_item.added",
            ["output_index": JSON(place), "item": object.item(call, index, isComplete: false)])
            + event("response.function_call_arguments.delta", delta)
            + event("response.function_call_arguments.done", done)
            + event("response.output_item.done", ["output_index": JSON(place), "item": item])
    }

    /// Where in the answer its only text is.
    private func place(_ fields: JSON) -> JSON {
        var all: JSON = ["item_id": .string(object.messageID), "output_index": 0, "content_index": 0]
        for member in fields.object?.members ?? [] { all[member.key] = member.value }
        return all
    }

    private func event(_ type: String, _ fields: JSON) -> [UInt8] {
        defer { number += 1 }
        var event: JSON = ["type": .string(type), "sequence_number": JSON(number)]
        for member in fields.object?.members ?? [] { event[member.key] = member.value }
        return EventBytes.event(event, name: type)
    }
}

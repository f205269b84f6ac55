import Platform
import Wire

/// The Messages API's stream: blocks with a beginning, deltas and an end, between message_start and message_stop.
struct AnthropicDecoder: AnswerDecoder {
    /// Before the data of a withheld thought, to tell it from a signature.
    static let redactedMark = "redacted:"

    private enum Block {
        case text, other
        case thinking(signature: String)
        case call
    }

    private var blocks: [Int: Block] = [:]
    private var usage = ModelUsage()
    private var reason: FinishReason?
    private(set) var isComplete = false

    mutating func decode(_ event: SSEEvent, _ output: inout [ModelEvent]) throws(VendorFault) {
        if isComplete || event.name == "ping" { return }
        let json = try event.json()
        switch json["type"]?.string {
        case "message_start": start(json["message"], &output)
        case "content_block_start": try begin(json, &output)
        case "content_block_delta": delta(json, &output)
        case "content_block_stop": stop(json, &output)
        case "message_delta":
            reason = json["delta"]?["stop_reason"]?.string.map(Self.reason) ?? reason
            count(json["usage"])
            output.append(.usage(usage))
        case "message_stop": try finish(&output)
        case "error": throw AnthropicFaults().fault(inStream: json)
        case "message": try whole(json, &output)
        default: break
        }
    }

    mutating func end(_ output: inout [ModelEvent]) throws(VendorFault) {
        if !isComplete { throw VendorFault(.cutStream, "the stream ended before its message did") }
    }

    private mutating func start(_ message: JSON?, _ output: inout [ModelEvent]) {
        output.append(.started(id: message?["id"]?.string, model: message?["model"]?.string))
        count(message?["usage"])
        // The prompt is paid for, however the answer ends.
        output.append(.usage(usage))
    }

    private mutating func begin(_ json: JSON, _ output: inout [ModelEvent]) throws(VendorFault) {
        guard let index = json["index"]?.int, let block = json["content_block"] else {
            throw .broken("a block begins without its index or its kind")
        }
        switch block["type"]?.string {
        case "text":
            blocks[index] = .text
            output.append(block["text"]?.string, as: ModelEvent.text)
        case "thinking":
            blocks[index] = .thinking(signature: block["signature"]?.string ?? "")
            output.append(block["thinking"]?.string, as: ModelEvent.thinking)
        case "redacted_thinking":
            blocks[index] = .other
            let data = block["data"]?.string ?? ""
            output.append(.thinkingSeal(Seal(.anthropicMessages, Self.redactedMark + data)))
        case "tool_use":
            guard let id = block["id"]?.string, let name = block["name"]?.string else {
                throw .broken("a tool call begins without its id or its name")
            }
            blocks[index] = .call
            output.append(.toolCallStart(index: index, id: id, name: name))
        default: blocks[index] = .other
        }
    }

    private mutating func delta(_ json: JSON, _ output: inout [ModelEvent]) {
        guard let index = json["index"]?.int, let delta = json["delta"] else { return }
        switch delta["type"]?.string {
        case "text_delta": output.append(delta["text"]?.string, as: ModelEvent.text)
        case "thinking_delta": output.append(delta["thinking"]?.string, as: ModelEvent.thinking)
        case "signature_delta":
            guard case .thinking(let before)? = blocks[index] else { return }
            blocks[index] = .thinking(signature: before + (delta["signature"]?.string ?? ""))
        case "input_json_delta":
            guard case .call? = blocks[index] else { return }
            output.append(delta["partial_json"]?.string) { .toolCallArguments(index: index, $0) }
        default: break
        }
    }

    private mutating func stop(_ json: JSON, _ output: inout [ModelEvent]) {
        guard let index = json["index"]?.int else { return }
        switch blocks.removeValue(forKey: index) {
        case .thinking(let signature)?: output.append(.thinkingSeal(Seal(.anthropicMessages, signature)))
        case .call?: output.append(.toolCallEnd(index: index, seal: nil))
        case .text?, .other?, nil: break
        }
    }

    private mutating func finish(_ output: inout [ModelEvent]) throws(VendorFault) {
        guard let reason else { throw .broken("the message ended without a reason") }
        isComplete = true
        output.append(.finish(reason))
    }

    /// Counts are of all so far, and a later event may leave some out.
    private mutating func count(_ json: JSON?) {
        guard let json else { return }
        usage.input = json["input_tokens"]?.int ?? usage.input
        usage.output = json["output_tokens"]?.int ?? usage.output
        usage.cacheRead = json["cache_read_input_tokens"]?.int ?? usage.cacheRead
        usage.cacheWrite = json["cache_creation_input_tokens"]?.int ?? usage.cacheWrite
        usage.thinking = json["output_tokens_details"]?["thinking_tokens"]?.int ?? usage.thinking
    }

    static func reason(_ word: String) -> FinishReason {
        switch word {
        case "end_turn": .stop
        case "stop_sequence": .stopSequence
        case "max_tokens": .length
        case "tool_use": .toolCalls
        case "refusal": .refusal
        case "model_context_window_exceeded": .contextWindow
        case "pause_turn": .pause
        default: .other(word)
        }
    }

    /// An answer that was not streamed.
    private mutating func whole(_ json: JSON, _ output: inout [ModelEvent]) throws(VendorFault) {
        start(json, &output)
        for (index, block) in (json["content"]?.array ?? []).enumerated() {
            let at = JSON(index)
            try begin(["index": at, "content_block": block], &output)
            if let input = block["input"], case .call? = blocks[index] {
                output.append(.toolCallArguments(index: index, input.description))
            }
            stop(["index": at], &output)
        }
        output.append(.usage(usage))
        reason = json["stop_reason"]?.string.map(Self.reason)
        try finish(&output)
    }
}

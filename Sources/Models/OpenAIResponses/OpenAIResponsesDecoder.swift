import Platform
import Wire

/// The stream of the Responses API: items that are added, grow and are done, then the response as a whole.
struct OpenAIResponsesDecoder: AnswerDecoder {
    /// Calls that have begun, by the place of their item. The value: whether arguments came as deltas.
    private var calls: [Int: Bool] = [:]
    private var begun = 0
    private var refused = false
    /// The last event was a thought, so a further part of it is a new paragraph.
    private var thinks = false
    private(set) var isComplete = false

    mutating func decode(_ event: SSEEvent, _ output: inout [ModelEvent]) throws(VendorFault) {
        if isComplete { return }
        let json = try event.json()
        let index = json["output_index"]?.int ?? 0
        switch json["type"]?.string {
        case "response.created":
            output.append(.started(id: json["response"]?["id"]?.string, model: json["response"]?["model"]?.string))
        case "response.output_item.added": try begin(json["item"], index, &output)
        case "response.output_text.delta":
            thinks = false
            output.append(json["delta"]?.string, as: ModelEvent.text)
        case "response.refusal.delta": refused = true
        case "response.reasoning_summary_text.delta", "response.reasoning_text.delta":
            thinks = true
            output.append(json["delta"]?.string, as: ModelEvent.thinking)
        case "response.reasoning_summary_part.added": if thinks { output.append(.thinking("\n\n")) }
        case "response.function_call_arguments.delta":
            guard calls[index] != nil, let text = json["delta"]?.string, !text.isEmpty else { return }
            calls[index] = true
            output.append(.toolCallArguments(index: index, text))
        case "response.output_item.done": done(json["item"], index, &output)
        case "response.completed", "response.incomplete": finish(json["response"], &output)
        case "response.failed": throw OpenAIFaults().fault(inStream: json["response"]?["error"] ?? .null)
        case "error": throw OpenAIFaults().fault(inStream: json["error"] ?? json)
        case nil where json["object"]?.string == "response": try whole(json, &output)
        default: break
        }
    }

    mutating func end(_ output: inout [ModelEvent]) throws(VendorFault) {
        if !isComplete { throw VendorFault(.cutStream, "the stream ended before the response did") }
    }

    private mutating func begin(_ item: JSON?, _ index: Int, _ output: inout [ModelEvent]) throws(VendorFault) {
        guard item?["type"]?.string == "function_call" else { return }
        guard let name = item?["name"]?.string, let id = item?["call_id"]?.string else {
            throw .broken("a tool call begins without its id or its name")
        }
        begun += 1
        guard begun <= OpenAIChatDecoder.callLimit else {
            throw .broken("more than \(OpenAIChatDecoder.callLimit) tool calls")
        }
        thinks = false
        calls[index] = false
        output.append(.toolCallStart(index: index, id: id, name: name))
    }

    private mutating func done(_ item: JSON?, _ index: Int, _ output: inout [ModelEvent]) {
        switch item?["type"]?.string {
        case "function_call":
            guard let hadDeltas = calls.removeValue(forKey: index) else { return }
            if !hadDeltas { output.append(item?["arguments"]?.string) { .toolCallArguments(index: index, $0) } }
            output.append(.toolCallEnd(index: index, seal: nil))
        case "reasoning":
            thinks = false
            guard let item, item["encrypted_content"]?.string != nil else { return }
            var kept: JSON = ["type": "reasoning", "summary": item["summary"] ?? []]
            kept["id"] = item["id"]
            kept["encrypted_content"] = item["encrypted_content"]
            output.append(.thinkingSeal(Seal(.openAIResponses, kept.description)))
        default: break
        }
    }

    private mutating func finish(_ response: JSON?, _ output: inout [ModelEvent]) {
        for index in calls.keys.sorted() { output.append(.toolCallEnd(index: index, seal: nil)) }
        calls = [:]
        if let usage = response?["usage"], usage.object != nil { output.append(.usage(Self.usage(usage))) }
        output.append(.finish(reason(response)))
        isComplete = true
    }

    private func reason(_ response: JSON?) -> FinishReason {
        switch response?["incomplete_details"]?["reason"]?.string {
        case "max_output_tokens": return .length
        case "content_filter": return .refusal
        case let word?: return .other(word)
        case nil: break
        }
        if refused { return .refusal }
        return begun > 0 ? .toolCalls : .stop
    }

    static func usage(_ json: JSON) -> ModelUsage {
        let cached = json["input_tokens_details"]?["cached_tokens"]?.int ?? 0
        let written = json["input_tokens_details"]?["cache_write_tokens"]?.int ?? 0
        return ModelUsage(
            input: max(0, (json["input_tokens"]?.int ?? 0) - cached - written), output: json["output_tokens"]?.int ?? 0,
            cacheRead: cached, cacheWrite: written,
            thinking: json["output_tokens_details"]?["reasoning_tokens"]?.int ?? 0)
    }

    /// An answer that was not streamed.
    private mutating func whole(_ json: JSON, _ output: inout [ModelEvent]) throws(VendorFault) {
        if let error = json["error"], error.object != nil { throw OpenAIFaults().fault(inStream: error) }
        output.append(.started(id: json["id"]?.string, model: json["model"]?.string))
        for (index, item) in (json["output"]?.array ?? []).enumerated() {
            try begin(item, index, &output)
            for part in item["content"]?.array ?? [] {
                output.append(part["text"]?.string, as: ModelEvent.text)
                if part["refusal"]?.string != nil { refused = true }
            }
            for part in item["summary"]?.array ?? [] { output.append(part["text"]?.string, as: ModelEvent.thinking) }
            done(item, index, &output)
        }
        finish(json, &output)
    }
}

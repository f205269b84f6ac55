import Platform
import Wire

/// The stream of the Gemini API: each event is a response with the next parts; the last one has the reason.
struct GeminiDecoder: AnswerDecoder {
    private var hasStarted = false
    private var calls = 0
    private var reason: FinishReason?
    private var usage: ModelUsage?
    private(set) var isComplete = false

    mutating func decode(_ event: SSEEvent, _ output: inout [ModelEvent]) throws(VendorFault) {
        let json = try event.json()
        if json["error"]?.object != nil { throw GeminiFaults().fault(inStream: json) }
        if !hasStarted {
            hasStarted = true
            output.append(.started(id: json["responseId"]?.string, model: json["modelVersion"]?.string))
        }
        if let usage = json["usageMetadata"], usage.object != nil { self.usage = Self.usage(usage) }
        if let word = json["promptFeedback"]?["blockReason"]?.string {
            throw VendorFault(.refusal, "the prompt was blocked: \(word)")
        }
        guard let candidate = json["candidates"]?[0] else { return }
        for part in candidate["content"]?["parts"]?.array ?? [] { try add(part, &output) }
        if let word = candidate["finishReason"]?.string { reason = try Self.reason(word) }
    }

    /// Nothing in the stream says that it ends but its end. Usage may come with the reason or behind it.
    mutating func end(_ output: inout [ModelEvent]) throws(VendorFault) {
        guard var reason else { throw VendorFault(.cutStream, "the stream ended before the answer did") }
        if calls > 0, reason == .stop { reason = .toolCalls }
        if let usage { output.append(.usage(usage)) }
        output.append(.finish(reason))
        isComplete = true
    }

    private mutating func add(_ part: JSON, _ output: inout [ModelEvent]) throws(VendorFault) {
        let seal = part["thoughtSignature"]?.string.map { Seal(.googleGenerativeAI, $0) }
        if let call = part["functionCall"], call.object != nil {
            guard let name = call["name"]?.string else { throw .broken("a tool call has no name") }
            guard calls < OpenAIChatDecoder.callLimit else {
                throw .broken("more than \(OpenAIChatDecoder.callLimit) tool calls")
            }
            let id = call["id"]?.string ?? ""
            output.append(.toolCallStart(index: calls, id: id.isEmpty ? ToolCallID.make() : id, name: name))
            if let arguments = call["args"] { output.append(.toolCallArguments(index: calls, arguments.description)) }
            output.append(.toolCallEnd(index: calls, seal: seal))
            calls += 1
            return
        }
        if let text = part["text"]?.string, !text.isEmpty {
            output.append(part["thought"]?.bool == true ? .thinking(text) : .text(text))
        }
        if let seal { output.append(.thinkingSeal(seal)) }
    }

    /// Tokens of thinking are counted beside those of the answer, cached ones within those of the prompt.
    static func usage(_ json: JSON) -> ModelUsage {
        let cached = json["cachedContentTokenCount"]?.int ?? 0
        let thinking = json["thoughtsTokenCount"]?.int ?? 0
        let prompt = (json["promptTokenCount"]?.int ?? 0) + (json["toolUsePromptTokenCount"]?.int ?? 0)
        return ModelUsage(
            input: max(0, prompt - cached), output: (json["candidatesTokenCount"]?.int ?? 0) + thinking,
            cacheRead: cached, thinking: thinking)
    }

    static func reason(_ word: String) throws(VendorFault) -> FinishReason {
        switch word {
        case "STOP", "FINISH_REASON_UNSPECIFIED": return .stop
        case "MAX_TOKENS": return .length
        case "SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY", "MODEL_ARMOR":
            return .refusal
        case "MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "MALFORMED_RESPONSE", "TOO_MANY_TOOL_CALLS":
            throw .broken("the model's answer is malformed: \(word)")
        default: return .other(word)
        }
    }
}

import Platform
import Wire

/// The stream of Chat Completions: chunks with deltas, a chunk with the reason, perhaps one with the usage, `[DONE]`.
struct OpenAIChatDecoder: AnswerDecoder {
    /// Calls of one answer, beyond which it is no answer.
    static let callLimit = 128
    private static let done = Array("[DONE]".utf8)

    private var hasStarted = false
    /// Calls that have begun and not ended.
    private var open: Set<Int> = []
    /// How many calls have begun in all.
    private var begun: Set<Int> = []
    private var usage: ModelUsage?
    private var reason: FinishReason?
    private var refused = false
    private(set) var isComplete = false

    mutating func decode(_ event: SSEEvent, _ output: inout [ModelEvent]) throws(VendorFault) {
        if isComplete { return }
        if event.data == Self.done { return try finish(&output) }
        let json = try event.json()
        // OpenRouter and others report within the stream what went wrong after its beginning.
        if let error = json["error"], !error.isNull { throw OpenAIFaults().fault(inStream: error) }
        if !hasStarted {
            hasStarted = true
            output.append(.started(id: json["id"]?.string, model: json["model"]?.string))
        }
        if let usage = json["usage"], usage.object != nil { self.usage = Self.usage(usage) }
        guard let choice = json["choices"]?[0] else { return }
        // A server that does not stream sends the message as a whole.
        if let delta = choice["delta"] ?? choice["message"] { try add(delta, &output) }
        if let word = choice["finish_reason"]?.string { reason = Self.reason(word) }
    }

    mutating func end(_ output: inout [ModelEvent]) throws(VendorFault) {
        if isComplete { return }
        // Some servers close the connection where OpenAI sends [DONE].
        guard reason != nil else { throw VendorFault(.cutStream, "the stream ended before the answer did") }
        try finish(&output)
    }

    private mutating func finish(_ output: inout [ModelEvent]) throws(VendorFault) {
        guard var reason else { throw VendorFault(.cutStream, "the stream ended before the answer did") }
        for index in open.sorted() { output.append(.toolCallEnd(index: index, seal: nil)) }
        open = []
        if case .other("error") = reason { throw VendorFault(.server, "the answer ended with an error") }
        // Not all servers say so.
        if !begun.isEmpty, reason == .stop { reason = .toolCalls }
        if refused { reason = .refusal }
        if let usage { output.append(.usage(usage)) }
        output.append(.finish(reason))
        isComplete = true
    }

    private mutating func add(_ delta: JSON, _ output: inout [ModelEvent]) throws(VendorFault) {
        // DeepSeek, vLLM and llama.cpp use the first name, OpenRouter and others the second.
        let thought = delta["reasoning_content"]?.string ?? delta["reasoning"]?.string
        if let thought, !thought.isEmpty { output.append(.thinking(thought)) }
        if let text = delta["content"]?.string, !text.isEmpty { output.append(.text(text)) }
        if let text = delta["refusal"]?.string, !text.isEmpty { refused = true }
        for (position, call) in (delta["tool_calls"]?.array ?? []).enumerated() {
            try add(call, at: position, &output)
        }
    }

    private mutating func add(_ call: JSON, at position: Int, _ output: inout [ModelEvent]) throws(VendorFault) {
        let index = call["index"]?.int ?? position
        let function = call["function"]
        if !begun.contains(index) {
            guard let name = function?["name"]?.string, !name.isEmpty else {
                throw .broken("a tool call begins without its name")
            }
            guard begun.count < Self.callLimit else { throw .broken("more than \(Self.callLimit) tool calls") }
            for other in open.sorted() { output.append(.toolCallEnd(index: other, seal: nil)) }
            open = [index]
            begun.insert(index)
            let id = call["id"]?.string ?? ""
            output.append(.toolCallStart(index: index, id: id.isEmpty ? ToolCallID.make() : id, name: name))
        }
        if let text = function?["arguments"]?.string, !text.isEmpty {
            output.append(.toolCallArguments(index: index, text))
        } else if let object = function?["arguments"], object.object != nil {
            output.append(.toolCallArguments(index: index, object.description))
        }
    }

    static func usage(_ json: JSON) -> ModelUsage {
        let cached = json["prompt_tokens_details"]?["cached_tokens"]?.int ?? 0
        let written = json["prompt_tokens_details"]?["cache_write_tokens"]?.int ?? 0
        return ModelUsage(
            input: max(0, (json["prompt_tokens"]?.int ?? 0) - cached - written),
            output: json["completion_tokens"]?.int ?? 0, cacheRead: cached, cacheWrite: written,
            thinking: json["completion_tokens_details"]?["reasoning_tokens"]?.int ?? 0)
    }

    static func reason(_ word: String) -> FinishReason {
        switch word {
        case "stop": .stop
        case "length": .length
        case "tool_calls", "function_call": .toolCalls
        case "content_filter": .refusal
        default: .other(word)
        }
    }
}

/// Names calls for servers that do not.
enum ToolCallID {
    static func make() -> String { "call_\(Hex.encode(SecureRandom.bytes(12)))" }
}

import Platform

/// A request in the words of Chat Completions.
struct OpenAIChatRequest {
    let request: ModelRequest
    let dialect: OpenAIDialect

    init(_ request: ModelRequest, _ dialect: OpenAIDialect) {
        self.request = request
        self.dialect = dialect
    }

    var json: JSON {
        var json: JSON = [
            "model": .string(request.model.id), "messages": .array(messages), "stream": true,
            "stream_options": ["include_usage": true],
        ]
        if !request.tools.isEmpty {
            json["tools"] = .array(request.tools.map(Self.tool))
            json["tool_choice"] = Self.toolChoice(request.toolChoice)
        }
        let thinks = request.model.traits.thinking != .none
        if thinks { json["reasoning_effort"] = OpenAIEffort.word(request.thinking).map { .string($0) } }
        // OpenAI's models that think take no other sampling than their own.
        if dialect == .compatible || !thinks { sampling(into: &json) }
        // OpenAI calls it by a newer name, which most other servers do not know.
        let limit = dialect == .native ? "max_completion_tokens" : "max_tokens"
        json[limit] = request.limits.maxTokens.map { JSON($0) }
        if !request.limits.stop.isEmpty { json["stop"] = .array(request.limits.stop.map { .string($0) }) }
        if dialect == .native, request.cache != .none {
            json["prompt_cache_key"] = request.cacheKey.map { .string($0) }
            if request.cache == .long { json["prompt_cache_retention"] = "24h" }
        }
        return json
    }

    private func sampling(into json: inout JSON) {
        let limits = request.limits
        json["temperature"] = limits.temperature.map { .double($0) }
        json["top_p"] = limits.topP.map { .double($0) }
        json["presence_penalty"] = limits.presencePenalty.map { .double($0) }
        json["frequency_penalty"] = limits.frequencyPenalty.map { .double($0) }
        json["seed"] = limits.seed.map { JSON($0) }
    }

    private var messages: [JSON] {
        var output: [JSON] = []
        let system = request.system.map(\.text).filter { !$0.isEmpty }.joined(separator: "\n\n")
        if !system.isEmpty { output.append(["role": "system", "content": .string(system)]) }
        for message in Conversation(request, for: .openAICompletions).messages {
            switch message.role {
            case .assistant: output.append(Self.assistant(message.parts))
            case .user: output += Self.user(message.parts)
            }
        }
        return output
    }

    private static func assistant(_ parts: [MessagePart]) -> JSON {
        let text = parts.compactMap(\.text).joined()
        var json: JSON = ["role": "assistant", "content": text.isEmpty ? .null : .string(text)]
        let calls: [JSON] = parts.compactMap {
            guard case .toolCall(let call) = $0 else { return nil }
            let arguments = JSON.object(call.arguments ?? JSONObject())
            return [
                "id": .string(call.id), "type": "function",
                "function": ["name": .string(call.name), "arguments": .string(arguments.description)],
            ]
        }
        if !calls.isEmpty { json["tool_calls"] = .array(calls) }
        return json
    }

    /// Results are messages of their own and hold text alone; their images follow as if the user had sent them.
    private static func user(_ parts: [MessagePart]) -> [JSON] {
        var output: [JSON] = []
        var content: [JSON] = []
        for part in parts {
            switch part {
            case .toolResult(let result):
                output.append([
                    "role": "tool", "tool_call_id": .string(result.callID), "content": .string(result.text),
                ])
                content += result.images.map(image)
            case .text(let text): content.append(["type": "text", "text": .string(text)])
            case .image(let image): content.append(Self.image(image))
            case .thinking, .toolCall: break
            }
        }
        if content.isEmpty { return output }
        // A plain string is understood by servers that know nothing of parts.
        let isPlain = content.allSatisfy { $0["type"]?.string == "text" }
        let value: JSON =
            isPlain
            ? .string(content.compactMap { $0["text"]?.string }.joined(separator: "\n\n")) : .array(content)
        output.append(["role": "user", "content": value])
        return output
    }

    private static func image(_ image: ImagePart) -> JSON {
        ["type": "image_url", "image_url": ["url": .string("data:\(image.mediaType);base64,\(image.base64)")]]
    }

    private static func tool(_ tool: ToolDefinition) -> JSON {
        [
            "type": "function",
            "function": [
                "name": .string(tool.name), "description": .string(tool.description), "parameters": tool.parameters,
            ],
        ]
    }

    private static func toolChoice(_ choice: ToolChoice) -> JSON {
        switch choice {
        case .auto: "auto"
        case .none: "none"
        case .required: "required"
        case .named(let name): ["type": "function", "function": ["name": .string(name)]]
        }
    }
}

/// How OpenAI calls the levels of thinking.
enum OpenAIEffort {
    /// Nil leaves it to the model.
    static func word(_ level: ThinkingLevel) -> String? {
        switch level {
        case .off: "none"
        case .minimal: "minimal"
        case .low: "low"
        case .medium: "medium"
        case .high: "high"
        case .xhigh: "xhigh"
        case .max: "max"
        case .adaptive: nil
        }
    }
}

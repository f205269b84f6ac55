import Platform

/// A request in the words of the Messages API.
struct AnthropicRequest {
    /// Where neither the request nor the catalog says how long an answer may be: what every model of the API takes.
    static let defaultMaxTokens = 8192
    /// As much as is asked for unless someone wants more.
    static let usualMaxTokens = 32_000
    static let leastBudget = 1024
    /// Places of the cache that one request may name.
    static let cacheMarks = 4

    let request: ModelRequest
    let version: AnthropicVersion
    private var marksLeft = cacheMarks

    init(_ request: ModelRequest, _ version: AnthropicVersion) {
        self.request = request
        self.version = version
    }

    var json: JSON {
        var copy = self
        return copy.build()
    }

    private mutating func build() -> JSON {
        var maxTokens =
            request.limits.maxTokens
            ?? min(request.model.traits.outputLimit ?? Self.defaultMaxTokens, Self.usualMaxTokens)
        let thinking = thinking(&maxTokens)
        var json: JSON = [
            "model": .string(request.model.id), "max_tokens": JSON(maxTokens), "stream": true,
        ]
        let system = systemParts()
        json["messages"] = .array(messages())
        if !system.isEmpty { json["system"] = .array(system) }
        if !request.tools.isEmpty {
            json["tools"] = .array(request.tools.map(Self.tool))
            json["tool_choice"] = Self.toolChoice(request.toolChoice)
        }
        if !request.limits.stop.isEmpty { json["stop_sequences"] = .array(request.limits.stop.map { .string($0) }) }
        json["thinking"] = thinking.config
        json["output_config"] = thinking.effort.map { ["effort": .string($0)] }
        // With thinking, only the default is allowed.
        if version == .first, thinking.config == nil {
            json["temperature"] = request.limits.temperature.map { .double($0) }
            // Several models refuse both at once.
            if request.limits.temperature == nil { json["top_p"] = request.limits.topP.map { .double($0) } }
        }
        return json
    }

    // MARK: Thinking

    private func thinking(_ maxTokens: inout Int) -> (config: JSON?, effort: String?) {
        let style = request.model.traits.thinking
        let effort = Self.effort(request.thinking)
        switch style {
        case .none: return (nil, nil)
        case .always: return (nil, effort)
        case .level:
            // A forced call leaves no room for a thought before it.
            if request.thinking == .off || request.toolChoice.isForced { return (["type": "disabled"], nil) }
            return (["type": "adaptive", "display": "summarized"], effort)
        case .budget:
            if request.thinking == .off || request.toolChoice.isForced { return (nil, nil) }
            let wanted = request.thinking.budget ?? ThinkingLevel.medium.budget ?? Self.leastBudget
            // The budget is part of the answer's tokens, and something must be left to say.
            let budget = max(Self.leastBudget, min(wanted, maxTokens / 2))
            maxTokens = max(maxTokens, budget * 2)
            return (["type": "enabled", "budget_tokens": JSON(budget)], nil)
        }
    }

    private static func effort(_ level: ThinkingLevel) -> String? {
        switch level {
        case .off, .minimal, .low: "low"
        case .medium: "medium"
        case .high: "high"
        case .xhigh: "xhigh"
        case .max: "max"
        case .adaptive: nil
        }
    }

    // MARK: Texts

    private mutating func systemParts() -> [JSON] {
        request.system.filter { !$0.text.isEmpty }.map { part in
            var json: JSON = ["type": "text", "text": .string(part.text)]
            if part.endsCache { mark(&json) }
            return json
        }
    }

    /// The newest marks are the ones that are found again, so they are given out from the end.
    private mutating func messages() -> [JSON] {
        var output: [JSON] = []
        for message in Conversation(request, for: .anthropicMessages).messages.reversed() {
            var content = message.parts.map(Self.block)
            if message.endsCache, let last = content.indices.last { mark(&content[last]) }
            output.append(["role": .string(message.role.rawValue), "content": .array(content)])
        }
        return output.reversed()
    }

    private mutating func mark(_ json: inout JSON) {
        guard request.cache != .none, marksLeft > 0, json["type"]?.string?.hasSuffix("thinking") != true else { return }
        marksLeft -= 1
        json["cache_control"] =
            request.cache == .long ? ["type": "ephemeral", "ttl": "1h"] : ["type": "ephemeral"]
    }

    private static func block(_ part: MessagePart) -> JSON {
        switch part {
        case .text(let text): return ["type": "text", "text": .string(text)]
        case .image(let image): return imageBlock(image)
        case .thinking(let thinking): return thinkingBlock(thinking)
        case .toolCall(let call):
            return [
                "type": "tool_use", "id": .string(toolID(call.id)), "name": .string(call.name),
                "input": .object(call.arguments ?? JSONObject()),
            ]
        case .toolResult(let result):
            var json: JSON = [
                "type": "tool_result", "tool_use_id": .string(toolID(result.callID)),
                "content": .array(result.parts.map(block)),
            ]
            if result.isError { json["is_error"] = true }
            return json
        }
    }

    private static func imageBlock(_ image: ImagePart) -> JSON {
        [
            "type": "image",
            "source": ["type": "base64", "media_type": .string(image.mediaType), "data": .string(image.base64)],
        ]
    }

    /// A thought that was withheld has no text, only what it is sealed with.
    private static func thinkingBlock(_ thinking: ThinkingPart) -> JSON {
        let seal = thinking.seal?.text ?? ""
        if seal.hasPrefix(AnthropicDecoder.redactedMark) {
            return [
                "type": "redacted_thinking",
                "data": .string(String(seal.dropFirst(AnthropicDecoder.redactedMark.count))),
            ]
        }
        return ["type": "thinking", "thinking": .string(thinking.text), "signature": .string(seal)]
    }

    /// The API takes letters, digits, `_` and `-`; another vendor's id may have more.
    private static func toolID(_ id: String) -> String {
        String(
            decoding: id.utf8.map { byte -> UInt8 in
                switch byte {
                case 48...57, 65...90, 97...122, UInt8(ascii: "_"), UInt8(ascii: "-"): byte
                default: UInt8(ascii: "_")
                }
            }, as: UTF8.self)
    }

    // MARK: Tools

    private static func tool(_ tool: ToolDefinition) -> JSON {
        ["name": .string(tool.name), "description": .string(tool.description), "input_schema": tool.parameters]
    }

    private static func toolChoice(_ choice: ToolChoice) -> JSON {
        switch choice {
        case .auto: ["type": "auto"]
        case .none: ["type": "none"]
        case .required: ["type": "any"]
        case .named(let name): ["type": "tool", "name": .string(name)]
        }
    }
}

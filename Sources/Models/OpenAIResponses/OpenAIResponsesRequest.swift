import Platform

/// A request in the words of the Responses API.
struct OpenAIResponsesRequest {
    let request: ModelRequest
    let dialect: OpenAIDialect

    init(_ request: ModelRequest, _ dialect: OpenAIDialect) {
        self.request = request
        self.dialect = dialect
    }

    var json: JSON {
        var json: JSON = [
            "model": .string(request.model.id), "input": .array(input), "stream": true, "store": false,
        ]
        let system = request.system.map(\.text).filter { !$0.isEmpty }.joined(separator: "\n\n")
        if !system.isEmpty { json["instructions"] = .string(system) }
        if !request.tools.isEmpty {
            json["tools"] = .array(request.tools.map(Self.tool))
            json["tool_choice"] = Self.toolChoice(request.toolChoice)
        }
        let thinks = request.model.traits.thinking != .none
        if thinks {
            var reasoning: JSON = ["summary": "auto"]
            reasoning["effort"] = OpenAIEffort.word(request.thinking).map { .string($0) }
            json["reasoning"] = reasoning
            // Without storage, this is how a thought comes back in the next turn.
            json["include"] = ["reasoning.encrypted_content"]
        } else {
            json["temperature"] = request.limits.temperature.map { .double($0) }
            json["top_p"] = request.limits.topP.map { .double($0) }
        }
        json["max_output_tokens"] = request.limits.maxTokens.map { JSON($0) }
        if dialect == .native, request.cache != .none {
            json["prompt_cache_key"] = request.cacheKey.map { .string($0) }
            if request.cache == .long { json["prompt_cache_retention"] = "24h" }
        }
        return json
    }

    private var input: [JSON] {
        Conversation(request, for: .openAIResponses).messages.flatMap { message in
            switch message.role {
            case .assistant: Self.assistant(message.parts)
            case .user: Self.user(message.parts)
            }
        }
    }

    private static func assistant(_ parts: [MessagePart]) -> [JSON] {
        parts.compactMap { part in
            switch part {
            case .text(let text):
                return ["role": "assistant", "content": [["type": "output_text", "text": .string(text)]]]
            case .toolCall(let call):
                let arguments = JSON.object(call.arguments ?? JSONObject())
                return [
                    "type": "function_call", "call_id": .string(call.id), "name": .string(call.name),
                    "arguments": .string(arguments.description),
                ]
            case .thinking(let thinking): return thinking.seal.flatMap { try? JSONParser.parse($0.text) }
            case .image, .toolResult: return nil
            }
        }
    }

    private static func user(_ parts: [MessagePart]) -> [JSON] {
        var output: [JSON] = []
        var content: [JSON] = []
        for part in parts {
            switch part {
            case .toolResult(let result):
                let value: JSON =
                    result.images.isEmpty ? .string(result.text) : .array(result.parts.compactMap(input))
                output.append([
                    "type": "function_call_output", "call_id": .string(result.callID), "output": value,
                ])
            case .text, .image: if let item = input(part) { content.append(item) }
            case .thinking, .toolCall: break
            }
        }
        if !content.isEmpty { output.append(["role": "user", "content": .array(content)]) }
        return output
    }

    private static func input(_ part: MessagePart) -> JSON? {
        switch part {
        case .text(let text): ["type": "input_text", "text": .string(text)]
        case .image(let image):
            ["type": "input_image", "image_url": .string("data:\(image.mediaType);base64,\(image.base64)")]
        case .thinking, .toolCall, .toolResult: nil
        }
    }

    private static func tool(_ tool: ToolDefinition) -> JSON {
        [
            "type": "function", "name": .string(tool.name), "description": .string(tool.description),
            "parameters": tool.parameters, "strict": false,
        ]
    }

    private static func toolChoice(_ choice: ToolChoice) -> JSON {
        switch choice {
        case .auto: "auto"
        case .none: "none"
        case .required: "required"
        case .named(let name): ["type": "function", "name": .string(name)]
        }
    }
}

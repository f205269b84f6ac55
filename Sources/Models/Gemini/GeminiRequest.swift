import Platform

/// A request in the words of the Gemini API.
struct GeminiRequest {
    /// Stands where a call of another vendor's model has no signature: Gemini 3 refuses a call without any.
    static let noSignature = "skip_thought_signature_validator"

    let request: ModelRequest

    init(_ request: ModelRequest) { self.request = request }

    var json: JSON {
        var json: JSON = ["contents": .array(contents)]
        let system = request.system.filter { !$0.text.isEmpty }.map {
            JSON.object(JSONObject([("text", .string($0.text))]))
        }
        if !system.isEmpty { json["systemInstruction"] = ["parts": .array(system)] }
        if !request.tools.isEmpty {
            json["tools"] = [["functionDeclarations": .array(request.tools.map(Self.tool))]]
            json["toolConfig"] = ["functionCallingConfig": Self.toolChoice(request.toolChoice)]
        }
        let generation = generation
        if generation.object?.isEmpty == false { json["generationConfig"] = generation }
        return json
    }

    private var generation: JSON {
        var json: JSON = [:]
        json["maxOutputTokens"] = request.limits.maxTokens.map { JSON($0) }
        json["temperature"] = request.limits.temperature.map { .double($0) }
        json["topP"] = request.limits.topP.map { .double($0) }
        json["presencePenalty"] = request.limits.presencePenalty.map { .double($0) }
        json["frequencyPenalty"] = request.limits.frequencyPenalty.map { .double($0) }
        json["seed"] = request.limits.seed.map { JSON($0) }
        if !request.limits.stop.isEmpty { json["stopSequences"] = .array(request.limits.stop.map { .string($0) }) }
        json["thinkingConfig"] = thinking
        return json
    }

    private var thinking: JSON? {
        switch request.model.traits.thinking {
        case .none: return nil
        case .budget:
            guard let budget = request.thinking.budget else { return ["includeThoughts": true, "thinkingBudget": -1] }
            return ["includeThoughts": .bool(budget > 0), "thinkingBudget": JSON(min(budget, 24_576))]
        case .level, .always:
            var json: JSON = ["includeThoughts": .bool(request.thinking != .off)]
            json["thinkingLevel"] = Self.level(request.thinking).map { .string($0) }
            return json
        }
    }

    /// These models always think a little.
    private static func level(_ level: ThinkingLevel) -> String? {
        switch level {
        case .off, .minimal: "MINIMAL"
        case .low: "LOW"
        case .medium: "MEDIUM"
        case .high, .xhigh, .max: "HIGH"
        case .adaptive: nil
        }
    }

    private var contents: [JSON] {
        Conversation(request, for: .googleGenerativeAI).messages.map { message in
            [
                "role": message.role == .assistant ? "model" : "user",
                "parts": .array(message.parts.flatMap(parts)),
            ]
        }
    }

    private func parts(_ part: MessagePart) -> [JSON] {
        switch part {
        case .text(let text): return [["text": .string(text)]]
        case .image(let image): return [Self.image(image)]
        case .thinking(let thinking): return [["text": "", "thoughtSignature": .string(thinking.seal?.text ?? "")]]
        case .toolCall(let call):
            var json: JSON = [
                "functionCall": [
                    "id": .string(call.id), "name": .string(call.name),
                    "args": .object(call.arguments ?? JSONObject()),
                ]
            ]
            if let seal = call.seal {
                json["thoughtSignature"] = .string(seal.text)
            } else if request.model.traits.thinking != .none {
                json["thoughtSignature"] = .string(Self.noSignature)
            }
            return [json]
        case .toolResult(let result):
            let key = result.isError ? "error" : "output"
            let answer: JSON = [
                "functionResponse": [
                    "id": .string(result.callID), "name": .string(result.name),
                    "response": .object(JSONObject([(key, .string(result.text))])),
                ]
            ]
            return [answer] + result.images.map(Self.image)
        }
    }

    private static func image(_ image: ImagePart) -> JSON {
        ["inlineData": ["mimeType": .string(image.mediaType), "data": .string(image.base64)]]
    }

    private static func tool(_ tool: ToolDefinition) -> JSON {
        [
            "name": .string(tool.name), "description": .string(tool.description),
            "parametersJsonSchema": tool.parameters,
        ]
    }

    private static func toolChoice(_ choice: ToolChoice) -> JSON {
        switch choice {
        case .auto: ["mode": "AUTO"]
        case .none: ["mode": "NONE"]
        case .required: ["mode": "ANY"]
        case .named(let name): ["mode": "ANY", "allowedFunctionNames": [.string(name)]]
        }
    }
}

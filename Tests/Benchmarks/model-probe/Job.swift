import Models
import Platform

/// One thing to ask for, as the test writes it.
struct Job: Sendable {
    let name: String
    let json: JSON

    init(_ json: JSON) {
        self.json = json
        name = json["name"]?.string ?? ""
    }

    var chain: [ModelReference] { (json["chain"]?.array ?? []).compactMap(\.string).compactMap { ModelReference($0) } }
    var texts: [String] { (json["texts"]?.array ?? []).compactMap(\.string) }
    /// Results of tools by their names: with them the job goes on until there is an answer without calls.
    var toolResults: JSON? { json["toolResults"] }
    /// Visible events, after which the answer is given up.
    var cancelAfter: Int? { json["cancelAfter"]?.int }
    /// Milliseconds, after which it is given up from outside.
    var cancelAt: Int? { json["cancelAt"]?.int }
    var canCompact: Bool { json["compact"]?.bool == true }

    func request() -> ModelRequest {
        var request = ModelRequest(
            ModelTarget(""), system: json["system"]?.string.map { [SystemPart($0, endsCache: true)] } ?? [],
            messages: [ModelMessage(.user, userParts)])
        request.tools = (json["tools"]?.array ?? []).map { tool in
            ToolDefinition(
                name: tool["name"]?.string ?? "", description: tool["description"]?.string ?? "",
                parameters: tool["parameters"] ?? [:])
        }
        request.thinking = json["thinking"]?.string.flatMap(ThinkingLevel.init) ?? .off
        request.limits.temperature = json["temperature"]?.double
        request.limits.maxTokens = json["maxTokens"]?.int
        request.cacheKey = json["cacheKey"]?.string
        request.deadlines = deadlines
        return request
    }

    private var userParts: [MessagePart] {
        var parts: [MessagePart] = []
        if let image = json["image"] {
            parts.append(
                .image(
                    ImagePart(
                        mediaType: image["mediaType"]?.string ?? "", base64: image["base64"]?.string ?? "")))
        }
        parts.append(.text(json["text"]?.string ?? "Hello"))
        return parts
    }

    var deadlines: ModelDeadlines {
        var deadlines = ModelDeadlines()
        func set(_ key: String, _ path: WritableKeyPath<ModelDeadlines, Duration>) {
            if let milliseconds = json["deadlines"]?[key]?.int {
                deadlines[keyPath: path] = .milliseconds(milliseconds)
            }
        }
        set("connecting", \.connecting)
        set("firstByte", \.firstByte)
        set("betweenBytes", \.betweenBytes)
        set("progress", \.progress)
        set("total", \.total)
        return deadlines
    }

    /// The policy with waits short enough for a test.
    var policy: FallbackPolicy {
        var policy = FallbackPolicy()
        policy.transientDelay = .milliseconds(20)
        policy.patientDelay = .milliseconds(20)
        policy.retryAfterLimit = .seconds(5)
        return policy
    }
}

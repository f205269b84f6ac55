import Models
import Platform

/// A request of Responses (http.md section 4.2).
struct ResponsesRequest: Sendable {
    var ask: RunAsk
    /// The answer that this one follows on.
    var previousID: String?
    /// What answers repeat of the request.
    var echo: JSON

    static let metadataLimit = 16

    init(_ body: JSON, images: ImageReader) throws(APIError) {
        let fields = try RequestFields(body)
        var ask = RunAsk()
        ask.model = try fields.string("model")
        ask.user = try fields.string("user")
        ask.isStreamed = try fields.bool("stream") ?? false
        ask.isRecorded = try fields.bool("store") ?? true
        if try fields.bool("background") == true {
            throw fields.body.field("background").refused("false: answers come on the connection that asks for them")
        }
        previousID = try fields.string("previous_response_id")
        try fields.sampling(into: &ask.limits)
        ask.limits.maxTokens = try fields.integer("max_output_tokens", 1...Int.max)
        _ = try fields.integer("max_tool_calls", 1...Int.max)
        ask.thinking = try fields.effort(try Self.effort(fields))
        ask.tools = try fields.tools(in: nil)
        ask.toolChoice = try fields.choice(among: &ask.tools, in: nil)
        if let text = try fields.string("instructions"), !text.isEmpty { ask.system.append(text) }
        var items = ResponseItems(images: images, continues: previousID != nil)
        try items.read(fields.body.field("input"))
        ask.system += items.system
        ask.history = items.history
        ask.message = items.message
        self.ask = ask
        echo = try Self.echo(fields)
    }

    private static func effort(_ fields: RequestFields) throws(APIError) -> JSONField? {
        guard let field = fields.field("reasoning") else { return nil }
        return try checked { () throws(JSONDecodingError) in try field.object().field("effort").ifNotNull }
    }

    /// Libraries demand some of these fields of every answer.
    private static func echo(_ fields: RequestFields) throws(APIError) -> JSON {
        let body = fields.body.object
        func given(_ name: String) -> JSON? { body[name].flatMap { $0.isNull ? nil : $0 } }
        if let metadata = fields.field("metadata") {
            let count = try checked { () throws(JSONDecodingError) in try metadata.object().object.count }
            guard count <= metadataLimit else {
                throw metadata.refused("an object of at most \(metadataLimit) members")
            }
        }
        return [
            "instructions": given("instructions") ?? .null, "metadata": given("metadata") ?? [:],
            "parallel_tool_calls": given("parallel_tool_calls") ?? true, "temperature": given("temperature") ?? .null,
            "tool_choice": given("tool_choice") ?? "auto", "tools": Self.tools(given("tools")),
            "top_p": given("top_p") ?? .null, "max_output_tokens": given("max_output_tokens") ?? .null,
            "previous_response_id": given("previous_response_id") ?? .null, "user": given("user") ?? .null,
        ]
    }

    /// Answers name what a request may leave out.
    private static func tools(_ tools: JSON?) -> JSON {
        .array(
            (tools?.array ?? []).map { tool in
                var tool = tool
                if tool["strict"] == nil { tool["strict"] = false }
                if tool["parameters"] == nil { tool["parameters"] = .null }
                return tool
            })
    }
}

import Models
import Platform

/// A request of Chat Completions (http.md section 4.1).
struct ChatRequest: Sendable {
    var ask: RunAsk
    var includesUsage: Bool

    init(_ body: JSON, images: ImageReader) throws(APIError) {
        let fields = try RequestFields(body)
        var ask = RunAsk()
        ask.model = try fields.string("model")
        ask.user = try fields.string("user")
        ask.isStreamed = try fields.bool("stream") ?? false
        ask.isRecorded = try fields.bool("store") ?? true
        if let n = fields.field("n"), n.value?.int != 1 { throw n.refused("1: an agent answers once") }
        try fields.sampling(into: &ask.limits)
        // The older name is checked, and counts where the newer one is missing.
        let older = try fields.integer("max_tokens", 1...Int.max)
        ask.limits.maxTokens = try fields.integer("max_completion_tokens", 1...Int.max) ?? older
        ask.limits.stop = try fields.stops()
        ask.thinking = try fields.effort(fields.field("reasoning_effort"))
        ask.tools = try fields.tools(in: "function")
        ask.toolChoice = try fields.choice(among: &ask.tools, in: "function")
        var messages = ChatMessages(images: images)
        try messages.read(fields.body.field("messages"))
        ask.system = messages.system
        ask.history = messages.history
        ask.message = messages.message
        self.ask = ask
        includesUsage = try Self.includesUsage(fields)
    }

    private static func includesUsage(_ fields: RequestFields) throws(APIError) -> Bool {
        guard let field = fields.field("stream_options") else { return false }
        return try checked { () throws(JSONDecodingError) in
            try field.object().field("include_usage").ifNotNull?.bool() ?? false
        }
    }
}

/// A conversation made fit to send: what every vendor refuses is taken out here, once.
struct Conversation {
    /// User and assistant in turns; no message is empty.
    private(set) var messages: [ModelMessage] = []

    /// Leaves out empty texts, images for a model that takes none, and thoughts of another API; joins neighbours of one
    /// role; gives each tool call without a result one that says so, and drops results without their call.
    init(_ request: ModelRequest, for api: ModelAPI) {
        let acceptsImages = request.model.traits.acceptsImages
        for message in request.messages {
            var message = message
            message.parts = message.parts.compactMap { Self.part($0, api, acceptsImages) }
            append(message)
        }
        pairToolCalls()
        if messages.first?.role == .assistant {
            messages.insert(ModelMessage(.user, Self.opening), at: 0)
        }
    }

    static let opening = "(The conversation goes on from here.)"
    static let imageLeftOut = "[An image was left out: the model takes none.]"
    static let noResult = "No result: the run ended before the tool did."

    private static func part(_ part: MessagePart, _ api: ModelAPI, _ acceptsImages: Bool) -> MessagePart? {
        switch part {
        case .text(let text): return text.isEmpty ? nil : part
        case .image: return acceptsImages ? part : .text(imageLeftOut)
        case .thinking(let thinking): return thinking.seal?.api == api ? part : nil
        case .toolCall(var call):
            if call.seal?.api != api { call.seal = nil }
            return .toolCall(call)
        case .toolResult(var result):
            result.parts = result.parts.compactMap { Self.part($0, api, acceptsImages) }
            return .toolResult(result)
        }
    }

    private mutating func append(_ message: ModelMessage) {
        guard !message.parts.isEmpty else { return }
        if let last = messages.indices.last, messages[last].role == message.role {
            messages[last].parts += message.parts
            messages[last].endsCache = message.endsCache
        } else {
            messages.append(message)
        }
    }

    /// Every call is answered in the message right behind it, results first: so Anthropic and OpenAI demand.
    private mutating func pairToolCalls() {
        var paired: [ModelMessage] = []
        var open: [ToolCall] = []
        for var message in messages {
            switch message.role {
            case .assistant:
                if !open.isEmpty { paired.append(ModelMessage(.user, Self.results(for: open, []))) }
                open = message.parts.compactMap { if case .toolCall(let call) = $0 { call } else { nil } }
            case .user:
                let given = message.parts.compactMap(\.toolResult)
                let others = message.parts.filter { $0.toolResult == nil }
                message.parts = Self.results(for: open, given) + others
                open = []
            }
            if !message.parts.isEmpty { paired.append(message) }
        }
        if !open.isEmpty { paired.append(ModelMessage(.user, Self.results(for: open, []))) }
        messages = []
        for message in paired { append(message) }
    }

    private static func results(for calls: [ToolCall], _ given: [ToolResult]) -> [MessagePart] {
        calls.map { call in
            if let result = given.first(where: { $0.callID == call.id }) { return .toolResult(result) }
            return .toolResult(
                ToolResult(callID: call.id, name: call.name, parts: [.text(noResult)], isError: true))
        }
    }
}

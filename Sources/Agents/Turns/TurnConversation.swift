import Models

/// What a model is told in a turn: what was before, and what the turn adds.
struct TurnConversation {
    private(set) var messages: [ModelMessage] = []
    /// Messages of people in this turn. They stay word for word whatever else is made shorter.
    private(set) var said: [ModelMessage] = []
    /// Bytes that came since the vendor last counted tokens.
    private(set) var uncounted = 0

    mutating func begin(_ history: [ModelMessage]) { messages = history }

    mutating func add(said parts: [MessagePart]) {
        said.append(ModelMessage(.user, parts))
        add(ModelMessage(.user, parts))
    }

    mutating func add(_ message: ModelMessage) {
        messages.append(message)
        uncounted += message.size
    }

    /// The vendor has counted all up to here.
    mutating func counted() { uncounted = 0 }

    /// All but what people said in this turn is told in these words from now on.
    mutating func shorten(to summary: String) {
        messages = [ModelMessage(.user, TurnHistory.summaryOpening + summary)] + said
        uncounted = messages.reduce(0) { $0 + $1.size }
    }

    /// Whether there is anything that could be made shorter.
    var hasMore: Bool { messages.count > said.count }

    /// For requests: all up to here stays the same.
    var marked: [ModelMessage] {
        var marked = messages
        if let last = marked.indices.last { marked[last].endsCache = true }
        return marked
    }
}

extension ModelMessage {
    /// Bytes of its texts; a picture counts as so many as one costs tokens, times four.
    var size: Int { parts.reduce(0) { $0 + $1.size } }
}

extension MessagePart {
    static let pictureSize = 6000

    fileprivate var size: Int {
        switch self {
        case .text(let text): text.utf8.count
        case .image: Self.pictureSize
        case .thinking(let thinking): thinking.text.utf8.count
        case .toolCall(let call): call.name.utf8.count + call.argumentsText.utf8.count
        case .toolResult(let result): result.parts.reduce(0) { $0 + $1.size }
        }
    }
}

/// What a model says, bit by bit.
package enum ModelEvent: Equatable, Sendable {
    /// Which model answers; the first event of an answer that fell back on, or might have.
    case answering(ModelReference)
    /// What the vendor says of its answer.
    case started(id: String?, model: String?)
    case text(String)
    case thinking(String)
    /// The thought so far is complete, and this has to come back with it.
    case thinkingSeal(Seal)
    /// `index` tells calls of one answer apart.
    case toolCallStart(index: Int, id: String, name: String)
    case toolCallArguments(index: Int, String)
    case toolCallEnd(index: Int, seal: Seal?)
    /// All so far: a later one takes an earlier one's place.
    case usage(ModelUsage)
    /// The last one.
    case finish(FinishReason)

    /// Whether someone may have seen it. From then on no other model can answer in this one's place.
    package var isVisible: Bool {
        switch self {
        case .text, .thinking, .thinkingSeal, .toolCallStart, .toolCallArguments, .toolCallEnd: true
        case .answering, .started, .usage, .finish: false
        }
    }
}

/// Why a model stopped.
package enum FinishReason: Equatable, Sendable {
    case stop
    case stopSequence
    case length
    case toolCalls
    /// The vendor withheld the answer, or the rest of it.
    case refusal
    /// The conversation filled the model's window.
    case contextWindow
    /// The vendor wants to be asked to go on.
    case pause
    case other(String)

    /// As the OpenAI API writes it.
    package var openAIName: String {
        switch self {
        case .stop, .stopSequence, .pause, .other: "stop"
        case .length, .contextWindow: "length"
        case .toolCalls: "tool_calls"
        case .refusal: "content_filter"
        }
    }
}

/// Tokens of one answer.
package struct ModelUsage: Equatable, Sendable {
    /// Read anew; neither read from a cache nor written to one.
    package var input = 0
    /// With those of thinking.
    package var output = 0
    package var cacheRead = 0
    package var cacheWrite = 0
    /// Of `output`, those the model thought with; zero where the vendor does not say.
    package var thinking = 0

    package init(input: Int = 0, output: Int = 0, cacheRead: Int = 0, cacheWrite: Int = 0, thinking: Int = 0) {
        self.input = input
        self.output = output
        self.cacheRead = cacheRead
        self.cacheWrite = cacheWrite
        self.thinking = thinking
    }

    /// All that filled the model's window.
    package var context: Int { input + cacheRead + cacheWrite }
    package var total: Int { context + output }

    package static func + (a: ModelUsage, b: ModelUsage) -> ModelUsage {
        ModelUsage(
            input: a.input + b.input, output: a.output + b.output, cacheRead: a.cacheRead + b.cacheRead,
            cacheWrite: a.cacheWrite + b.cacheWrite, thinking: a.thinking + b.thinking)
    }
}

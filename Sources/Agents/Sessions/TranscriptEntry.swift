package import Models
package import Platform

/// One record of a session's transcript.
package struct TranscriptEntry: Equatable, Sendable {
    /// What is recorded.
    package enum Content: Equatable, Sendable {
        /// What came in: texts, images. `sender` where several people write.
        case user([MessagePart], sender: String?)
        /// What a model answered, or the gateway in its place (`builtin/operator`, a slash command, `chat.inject`).
        case assistant(AssistantEntry)
        case toolResult(ToolResult)
        /// All before it is told to the model in these words from now on.
        case compaction(summary: String, tokensBefore: Int?)
        /// A remark for people; no model sees it.
        case note(String)
    }

    /// Unique within the transcript.
    package let id: String
    package let time: WallTime
    package let runID: String?
    package let content: Content

    package init(id: String, time: WallTime, runID: String? = nil, _ content: Content) {
        self.id = id
        self.time = time
        self.runID = runID
        self.content = content
    }
}

/// An answer as it is kept.
package struct AssistantEntry: Equatable, Sendable {
    package var parts: [MessagePart]
    package var model: ModelReference?
    package var usage: ModelUsage
    /// US dollars; nil where the model has no price.
    package var cost: Double?
    /// As the OpenAI API writes it, or `aborted`, `error`.
    package var stop: String
    package var error: String?

    package init(
        _ parts: [MessagePart], model: ModelReference? = nil, usage: ModelUsage = ModelUsage(), cost: Double? = nil,
        stop: String = "stop", error: String? = nil
    ) {
        self.parts = parts
        self.model = model
        self.usage = usage
        self.cost = cost
        self.stop = stop
        self.error = error
    }
}

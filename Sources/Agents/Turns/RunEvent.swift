package import Models
package import Platform

/// What happens in a run, in order. Exactly one `finished` is the last.
package enum RunEvent: Sendable {
    /// It left the queue.
    case started(WallTime)
    /// Which model answers.
    case answering(ModelReference)
    /// A new piece of the answer's text.
    case text(String)
    case thinking(String)
    case toolStarted(id: String, name: String, arguments: JSON)
    case toolProgress(id: String, name: String, JSON)
    case toolEnded(id: String, name: String, ToolOutput)
    case compactionStarted
    case compactionEnded(willRetry: Bool)
    case finished(RunResult)
}

/// How a run ended.
package struct RunResult: Sendable {
    package enum Ending: Sendable {
        case answered(FinishReason)
        /// The model wants tools run that are the client's.
        case clientTools([ToolCall])
        /// `rpc`, `stop`, `timeout`, `disconnect`, `restart`.
        case aborted(reason: String)
        case failed(RunFailure)
    }

    package var ending: Ending
    /// All that the run said, over all its answers.
    package var text: String
    package var sessionID: String?
    package var model: ModelReference?
    package var usage: ModelUsage
    package var cost: Double?
    package var startedAt: WallTime?
    package var endedAt: WallTime

    package init(
        _ ending: Ending, text: String = "", sessionID: String? = nil, model: ModelReference? = nil,
        usage: ModelUsage = ModelUsage(), cost: Double? = nil, startedAt: WallTime? = nil, endedAt: WallTime
    ) {
        self.ending = ending
        self.text = text
        self.sessionID = sessionID
        self.model = model
        self.usage = usage
        self.cost = cost
        self.startedAt = startedAt
        self.endedAt = endedAt
    }
}

/// Why a run gave no answer.
package struct RunFailure: Error, Sendable, CustomStringConvertible {
    /// Nil when it is not a model's.
    package var kind: ModelError.Kind?
    package var retryAfter: Duration?
    /// What happened and what to do next.
    package var description: String

    package init(_ description: String, kind: ModelError.Kind? = nil, retryAfter: Duration? = nil) {
        self.description = description
        self.kind = kind
        self.retryAfter = retryAfter
    }
}

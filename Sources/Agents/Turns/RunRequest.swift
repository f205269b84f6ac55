package import Models

/// A message for an agent, and how it is to be answered.
package struct RunRequest: Sendable {
    /// The client's idempotency key: the same one again means the same run.
    package var id: String
    package var sessionKey: SessionKey
    /// Texts and images.
    package var message: [MessagePart]
    package var origin: RunOrigin
    /// Whether the sender owns this gateway: only then do commands change something and dangerous tools exist.
    package var isOwner: Bool
    package var options = RunOptions()

    package init(id: String, sessionKey: SessionKey, message: [MessagePart], origin: RunOrigin, isOwner: Bool) {
        self.id = id
        self.sessionKey = sessionKey
        self.message = message
        self.origin = origin
        self.isOwner = isOwner
    }
}

/// What a run may do otherwise than its session says.
package struct RunOptions: Sendable {
    package var model: ModelReference?
    package var thinking: ThinkingLevel?
    package var limits: ModelLimits?
    package var extraSystemPrompt: String?
    /// In place of the session's transcript: a client of the OpenAI API brings the whole conversation along.
    package var history: [ModelMessage]?
    /// Tools that the client runs itself: a call of one ends the run and goes back to the client.
    package var clientTools: [ToolDefinition] = []
    package var toolChoice = ToolChoice.auto
    /// For the whole run.
    package var timeout: Duration?
    /// `steer`, `followup`, `collect`, `interrupt`, `queue`; nil for what the configuration says.
    package var queueMode: String?
    /// Whether the session's transcript records it.
    package var isRecorded = true
    /// Whether `builtin/operator` answers when every model failed; else the run fails, which programs understand better.
    package var fallsBackOnOperator = true
    /// Nobody wrote: the agent looks around by itself.
    package var isHeartbeat = false

    package init() {}
}

/// Where a message came from, and so where its answer goes.
package struct RunOrigin: Equatable, Sendable {
    /// `webchat`, `telegram`, `openai`, `cron`, `hook`, …
    package var channel: String
    package var accountID: String?
    package var to: String?
    package var threadID: String?
    package var sender: String?
    /// Whom the model is told the words are from, where that is not plain.
    package var speaker: String?

    package init(
        channel: String, accountID: String? = nil, to: String? = nil, threadID: String? = nil, sender: String? = nil,
        speaker: String? = nil
    ) {
        self.channel = channel
        self.accountID = accountID
        self.to = to
        self.threadID = threadID
        self.sender = sender
        self.speaker = speaker
    }
}

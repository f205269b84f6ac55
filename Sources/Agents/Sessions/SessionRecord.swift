package import Models
package import Platform

/// What the index keeps of a session: all that a list shows and a run begins with.
package struct SessionRecord: Equatable, Sendable {
    package let key: SessionKey
    /// Names the transcript; a reset gives a new one.
    package var sessionID: String
    /// When the transcript was begun.
    package var createdAt: WallTime
    package var updatedAt: WallTime
    /// When someone last wrote: the idle time counts from here.
    package var lastInteractionAt: WallTime?
    package var choices = SessionChoices()
    package var usage = ModelUsage()
    /// Tokens that the last answer's request took: what the conversation fills of the window now.
    package var contextTokens: Int?
    package var cost: Double?
    package var lastModel: ModelReference?
    package var abortedLastRun = false
    /// Where the last message came from, and where an answer without another address goes.
    package var origin: RunOrigin?

    package init(key: SessionKey, sessionID: String, createdAt: WallTime) {
        self.key = key
        self.sessionID = sessionID
        self.createdAt = createdAt
        updatedAt = createdAt
    }
}

/// What someone chose for a session; kept over a reset.
package struct SessionChoices: Equatable, Sendable {
    package var label: String?
    package var model: ModelReference?
    package var thinking: ThinkingLevel?
    /// `on`, `off`, `full`.
    package var verbose: String?
    package var reasoning: String?
    package var responseUsage: String?
    /// `allow` or `deny`.
    package var sendPolicy: String?
    package var groupActivation: String?
    package var queueMode: String?
    package var execSecurity: String?
    package var execAsk: String?
    package var spawnedBy: String?
    /// `on`, `off`, `ask`, `full`.
    package var elevated: String?
    /// `sandbox`, `gateway`, `node`.
    package var execHost: String?
    package var execNode: String?
    package var isArchived = false
    package var isPinned = false

    package init() {}
}

package import Platform

/// Where messages for agents go in.
@LoopActor
package protocol AgentRunning: AnyObject, Sendable {
    /// Takes the message into its session's lane, or says why not. The same id again gives the run that has it, as long
    /// as it is remembered; `observer` then hears what is still to come.
    func start(_ request: RunRequest, observer: (any RunObserver)?) throws(RunRefusal) -> RunTicket
    /// Ends runs: one by its id, or all of a session. Returns those that it ended.
    func abort(_ id: String?, in key: SessionKey?, reason: String) -> [String]
    /// Returns how the run ended; nil when it has not by then, or is not known.
    func result(of id: String, within time: Duration) async -> RunResult?
}

/// A run that was taken.
package struct RunTicket: Sendable {
    package let id: String
    /// It was there already: under way, or at its end.
    package let isRepeat: Bool
    package let acceptedAt: WallTime

    package init(id: String, isRepeat: Bool, acceptedAt: WallTime) {
        self.id = id
        self.isRepeat = isRepeat
        self.acceptedAt = acceptedAt
    }
}

/// Follows a run. The run waits for each: a slow reader holds up the model's sender, and nothing piles up.
@LoopActor
package protocol RunObserver: AnyObject, Sendable {
    func take(_ event: RunEvent) async
}

/// Why a message was not taken.
package enum RunRefusal: Error, Equatable, Sendable, CustomStringConvertible {
    case unknownAgent(String)
    /// The session's send policy forbids it.
    case blocked
    case queueFull(limit: Int)
    /// The gateway starts or stops.
    case notReady(String)

    package var description: String {
        switch self {
        case .unknownAgent(let id): "unknown agent id \"\(id)\""
        case .blocked: "send blocked by session policy"
        case .queueFull(let limit): "\(limit) messages are waiting in this session already; try again later"
        case .notReady(let why): "the gateway \(why); try again shortly"
        }
    }
}

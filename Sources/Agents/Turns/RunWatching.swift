package import Platform

/// Hears of every run, whoever started it.
@LoopActor
package protocol RunWatching: AnyObject, Sendable {
    /// It was taken, and waits or begins.
    func accepted(_ run: RunFacts)
    /// As `RunObserver.take`.
    func take(_ event: RunEvent, of run: RunFacts) async
}

/// What is known of a run from outside.
package struct RunFacts: Sendable {
    package let id: String
    package let sessionKey: SessionKey
    package let origin: RunOrigin
    package let acceptedAt: WallTime
    package var startedAt: WallTime?
    /// What it said so far.
    package var text: String
    /// Whether the session's people want to see the work with tools.
    package var isVerbose: Bool
}

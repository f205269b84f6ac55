/// How long the loop kept others waiting. Everything shares one thread, so this is the first thing to look at when
/// answers are slow.
package struct LoopLateness: Sendable {
    /// A turn longer than this is worth a line in the log.
    package static let limit = Duration.milliseconds(100)

    /// The longest turn and the latest timer since start.
    private(set) package var longestTurn = Duration.zero
    private(set) package var latestTimer = Duration.zero
    /// Turns over the limit since start.
    private(set) package var slowTurns = 0

    /// Returns whether the turn was too long.
    mutating func turn(took duration: Duration) -> Bool {
        if duration > longestTurn { longestTurn = duration }
        guard duration > Self.limit else { return false }
        slowTurns += 1
        return true
    }

    mutating func timer(late duration: Duration) {
        if duration > latestTimer { latestTimer = duration }
    }
}

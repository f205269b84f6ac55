/// How long the loop kept others waiting. Everything shares one thread, so this is the first thing to look at when
/// answers are slow.
package struct LoopLateness: Sendable {
    /// A turn longer than this is worth a line in the log.
    package static let limit = Duration.milliseconds(100)

    /// The longest turn and the latest timer since the last `take`.
    private(set) package var longestTurn = Duration.zero
    private(set) package var latestTimer = Duration.zero
    /// Turns over the limit since start.
    private(set) package var slowTurns = 0

    mutating func turn(took duration: Duration) {
        if duration > longestTurn { longestTurn = duration }
        if duration > Self.limit { slowTurns += 1 }
    }

    mutating func timer(late duration: Duration) {
        if duration > latestTimer { latestTimer = duration }
    }
}

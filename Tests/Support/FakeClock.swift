package import Platform

/// A clock that moves when the test says so.
@LoopActor
package final class FakeClock: Clock {
    package private(set) var now = Instant(nanoseconds: 1_000_000_000)
    package var wall = WallTime(nanoseconds: 1_790_000_000_000_000_000)
    package let timers = TimerQueue()

    package nonisolated init() {}

    /// Moves time forward, stopping at each timer on the way, and lets what they started run.
    package func advance(by duration: Duration) async {
        let end = now + duration
        while let next = timers.next, next <= end {
            move(to: max(next, now))
            _ = timers.fire(at: now)
            await settle()
        }
        move(to: end)
        await settle()
    }

    private func move(to instant: Instant) {
        wall.nanoseconds += instant.nanoseconds - now.nanoseconds
        now = instant
    }

    /// Gives every task that is ready its turns, and those that they make ready.
    package func settle() async {
        for _ in 0..<16 { await turnEnd() }
    }
}

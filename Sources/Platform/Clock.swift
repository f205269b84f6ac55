#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A point on the monotonic clock, in nanoseconds. It never goes back and does not count suspended time as progress
/// of the calendar; calendar time is `WallTime`.
package struct Instant: Comparable, Hashable, Sendable {
    package var nanoseconds: Int64

    package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    package static func < (a: Instant, b: Instant) -> Bool { a.nanoseconds < b.nanoseconds }

    package static func + (instant: Instant, duration: Duration) -> Instant {
        Instant(nanoseconds: instant.nanoseconds &+ duration.inNanoseconds)
    }

    package static func - (a: Instant, b: Instant) -> Duration { .nanoseconds(a.nanoseconds - b.nanoseconds) }

    /// The operating system's monotonic clock, now.
    package static func monotonic() -> Instant {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }
}

/// Calendar time, as nanoseconds since 1970-01-01T00:00:00Z.
package struct WallTime: Comparable, Hashable, Sendable {
    package var nanoseconds: Int64

    package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// What lies beyond is the last moment there is.
    package init(milliseconds: Int64) {
        let (nanoseconds, overflow) = milliseconds.multipliedReportingOverflow(by: 1_000_000)
        self.init(nanoseconds: overflow ? .max : nanoseconds)
    }

    package var seconds: Int64 { nanoseconds / 1_000_000_000 }
    package var milliseconds: Int64 { nanoseconds / 1_000_000 }

    package static func < (a: WallTime, b: WallTime) -> Bool { a.nanoseconds < b.nanoseconds }

    package static func system() -> WallTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return WallTime(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }
}

extension Duration {
    /// Saturates at 292 years, which no deadline of ours reaches.
    package var inNanoseconds: Int64 {
        let all = attoseconds
        // 10^9 is 2^9 times 1,953,125: durations of up to 2.6 hours, which all deadlines are, need no wide division.
        if let shifted = UInt64(exactly: all >> 9) { return Int64(shifted / 1_953_125) }
        return Int64(clamping: all / 1_000_000_000)
    }
}

/// Where time comes from. The loop is the real one; tests move a fake one by hand.
@LoopActor
package protocol Clock: AnyObject, Sendable {
    var now: Instant { get }
    var wall: WallTime { get }
    /// What a `LoopTimer` of this clock is armed in.
    var timers: TimerQueue { get }
}

extension Clock {
    package func makeTimer(_ action: @escaping @LoopActor () -> Void) -> LoopTimer { LoopTimer(self, action) }

    /// Suspends the task until `deadline`. A cancelled task wakes at once.
    package func sleep(until deadline: Instant) async throws(CancellationError) {
        let sleeper = Sleeper()
        let timer = LoopTimer(self) { sleeper.wake() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                sleeper.continuation = continuation
                if Task.isCancelled { sleeper.wake() } else { timer.arm(at: deadline) }
            }
        } onCancel: {
            startTask { sleeper.wake() }
        }
        timer.cancel()
        if Task.isCancelled { throw CancellationError() }
    }

    package func sleep(for duration: Duration) async throws(CancellationError) {
        try await sleep(until: now + duration)
    }
}

/// The continuation of one sleeping task, resumed once by whichever comes first: its timer or its cancellation.
@LoopActor
private final class Sleeper {
    var continuation: CheckedContinuation<Void, Never>?

    func wake() {
        continuation?.resume()
        continuation = nil
    }
}

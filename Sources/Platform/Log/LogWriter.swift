#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A place that lines are written to, by a call that blocks.
protocol LogTarget: Sendable {
    /// Whether lines wait here while the place cannot be written, or are dropped.
    static var keepsLines: Bool { get }
    /// Writes whole lines. Returns how many bytes were taken, and why not all.
    mutating func append(_ lines: [UInt8], at time: WallTime) -> (taken: Int, failure: FileError?)
    /// The same place without anything that a write under way may be using.
}

/// Takes lines on the loop and has them written on the blocking pool, one batch at a time.
@LoopActor
final class LogWriter<Target: LogTarget> {
    /// When to try again after a failure.
    static var retryInterval: Duration { .seconds(5) }

    /// What came of a batch. It waits here for the loop, or for the one reader who cannot wait for the loop.
    private struct Landing: Sendable {
        let target: Target
        let lines: [UInt8]
        let taken: Int
        let failure: FileError?
    }

    private var target: Target
    private let limit: Int
    private let clock: any Clock
    private var backlog: [UInt8] = []
    private let landing = HandOver<Landing>()
    private(set) var isWriting = false
    private var retry: LoopTimer?
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// What is wrong now, and lines lost since start.
    private(set) var failure: FileError?
    private(set) var dropped = 0
    private var reportedDropped = 0
    /// Called when a failure begins.
    var onFailure: (@LoopActor (FileError) -> Void)?
    /// Called when lines are written again after a failure or after some were dropped, with the number of those.
    var onRecovery: (@LoopActor (Int) -> Void)?

    init(_ target: Target, limit: Int, clock: any Clock) {
        self.target = target
        self.limit = limit
        self.clock = clock
    }

    /// Takes a line, or counts it when too many are waiting.
    func append(_ line: [UInt8]) {
        guard backlog.count + line.count <= limit else {
            dropped += 1
            return
        }
        backlog += line
        if failure == nil { write() }
    }

    private func write() {
        guard !isWriting, !backlog.isEmpty else { return }
        isWriting = true
        let (lines, time, landing, target) = (backlog, clock.wall, landing, target)
        backlog = []
        // Not from within a task: on the way out the loop turns no more, and this must be under way all the same.
        BlockingPool.shared.submit { [self] in
            var after = target
            let (taken, failure) = after.append(lines, at: time)
            let result = Landing(target: after, lines: lines, taken: taken, failure: failure)
            landing.post(result)
            startTask { self.collect() }
        }
    }

    private func collect() {
        guard let result = landing.take() else { return }
        target = result.target
        landed(result.lines, result.taken, result.failure)
    }

    private func landed(_ lines: [UInt8], _ taken: Int, _ failure: FileError?) {
        isWriting = false
        let before = self.failure
        self.failure = failure
        if failure != nil {
            if Target.keepsLines {
                // In front of what came meanwhile, even beyond the limit: these were accepted.
                backlog = lines[taken...] + backlog
            } else {
                dropped += lines[taken...].count { $0 == 0x0a }
            }
            retryLater()
        }
        if let failure {
            if before == nil { onFailure?(failure) }
        } else if before != nil || dropped > reportedDropped {
            let lost = dropped - reportedDropped
            reportedDropped = dropped
            onRecovery?(lost)
        }
        if failure == nil || !Target.keepsLines { write() }
        wakeIfIdle()
    }

    private func retryLater() {
        if retry == nil { retry = clock.timer { [weak self] in self?.write() } }
        retry?.arm(at: clock.now + Self.retryInterval)
    }

    private func wakeIfIdle() {
        guard !isWriting else { return }
        for one in waiting { one.resume() }
        waiting = []
    }

    /// Returns when nothing is left to write, or nothing can be written.
    func drain() async {
        if !isWriting, backlog.isEmpty || failure != nil { return }
        await withCheckedContinuation { waiting.append($0) }
    }

    /// Writes what is left, on the calling thread: the process is about to end and the loop will not turn again.
    func flushBeforeExit(_ patience: Duration) {
        let deadline = Instant.monotonic() + patience
        while isWriting, Instant.monotonic() < deadline {
            collect()
            if isWriting { usleep(1000) }
        }
        if isWriting || backlog.isEmpty { return }
        // The same file in the same state: half a line may be in it, whose rest comes first.
        _ = target.append(backlog, at: clock.wall)
        backlog = []
    }
}

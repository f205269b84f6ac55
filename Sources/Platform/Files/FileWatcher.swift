#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Tells when the file that a path leads to has changed: written in place, renamed over, removed, made again, or
/// reached through another directory or link than before. Nothing on the way need exist.
///
/// Reports come on the loop, once for all that happens within `settle`, since editors take several steps to save.
/// A report may be for nothing; a change is never without one.
@LoopActor
package final class FileWatcher: PollHandler {
    /// Long enough for an editor's steps, short enough to feel immediate.
    package static let defaultSettle = Duration.milliseconds(100)
    /// A file that is written without a pause is reported after this many settle times.
    static let patience = 10
    /// How often to look where the operating system will not watch: its limit is reached, or it may not read the
    /// directory.
    package static let pollInterval = Duration.seconds(2)

    package let path: String
    private let clock: any Clock
    private let settle: Duration
    private let makeQueue: @LoopActor () -> WatchQueue?
    private let onChange: @LoopActor () -> Void

    private var queue: WatchQueue?
    private var watches = Watches()
    private var last: WatchPlan.Fingerprint?
    private var signal: WatchSignal = []
    private var firstSignal: Instant?
    private var timer: LoopTimer?
    private var isRunning = false
    /// Rises with each stop, so that a look which outlives it changes nothing.
    private var session = 0
    private var isLooking = false
    /// Whether nothing is noticed that is not yet reported.
    var isQuiet: Bool { !isLooking && firstSignal == nil }
    /// Whether changes are found by looking from time to time only.
    package private(set) var isPolling = false

    /// A relative path is taken from the present working directory.
    package convenience init(
        _ path: String, settle: Duration = defaultSettle, clock: any Clock = EventLoop.shared,
        onChange: @escaping @LoopActor () -> Void
    ) {
        self.init(path, settle: settle, clock: clock, makeQueue: { try? WatchQueue() }, onChange: onChange)
    }

    init(
        _ path: String, settle: Duration, clock: any Clock, makeQueue: @escaping @LoopActor () -> WatchQueue?,
        onChange: @escaping @LoopActor () -> Void
    ) {
        self.makeQueue = makeQueue
        self.path = path.hasPrefix("/") ? path : Self.workingDirectory + "/" + path
        self.settle = settle
        self.clock = clock
        self.onChange = onChange
        timer = clock.timer { [weak self] in self?.settled() }
    }

    /// Returns when the watch stands: every change from then on is reported.
    package func start() async {
        precondition(!isRunning, "the watcher runs already")
        isRunning = true
        queue = makeQueue()
        last = await look()?.file
    }

    /// No report comes afterwards. To be called before the watcher is let go.
    package func stop() {
        isRunning = false
        isLooking = false
        session += 1
        timer?.cancel()
        firstSignal = nil
        signal = []
        if let queue { EventLoop.shared.unwatch(queue.descriptor) }
        // A look at work on the pool holds the queue open until it is done.
        queue = nil
        watches = Watches()
    }

    package func pollReady(_ readiness: Readiness) {
        guard let queue else { return }
        let news = queue.drain(watches)
        guard !news.isEmpty else { return }
        signal.formUnion(news)
        let first = firstSignal ?? clock.now
        firstSignal = first
        timer?.arm(at: min(clock.now + settle, first + settle * Self.patience))
    }

    private func settled() {
        let seen = signal
        signal = []
        firstSignal = nil
        isLooking = true
        let session = session
        startTask { [self] in
            guard session == self.session else { return }
            guard let now = await look() else { return }
            let isChanged = seen.contains(.file) || now.file != last
            last = now.file
            if isChanged { onChange() }
        }
    }

    /// Puts the way as it is now under watch and returns what it leads to; nil when `stop` came between.
    private func look() async -> WatchPlan? {
        let (path, session) = (path, session)
        isLooking = true
        var plan: WatchPlan
        var isComplete = false
        if let queue {
            // Events that come before the new watches are known here wait in the queue.
            EventLoop.shared.watch(queue.descriptor, [], self)
            let old = watches
            let installed = await BlockingPool.shared.run { queue.install(path, replacing: old) }
            guard session == self.session else { return nil }
            watches = installed.watches
            EventLoop.shared.watch(queue.descriptor, .read, self)
            (plan, isComplete) = (installed.plan, installed.isComplete)
        } else {
            plan = await BlockingPool.shared.run { WatchPlan.survey(path) }
            guard session == self.session else { return nil }
        }
        isLooking = false
        isPolling = !isComplete
        if isPolling { timer?.arm(at: clock.now + Self.pollInterval) }
        return plan
    }

    private static var workingDirectory: String {
        guard let text = getcwd(nil, 0) else { return "/" }
        defer { free(text) }
        return String(cString: text)
    }
}

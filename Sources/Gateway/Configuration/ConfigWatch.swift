import Platform

/// Watches the configuration file and all that it includes, and tells once they have been quiet for a while: editors
/// save in several steps, and one change may be in several files.
@LoopActor
final class ConfigWatch {
    /// Files that are written without a pause are looked at after this many quiet times all the same.
    static let patience = 10
    /// Of one file; the quiet time of all comes on top.
    static let settle = Duration.milliseconds(20)

    private let clock: any Clock
    private let onChange: @LoopActor () -> Void
    private var watchers: [String: FileWatcher] = [:]
    private var timer: LoopTimer?
    private var firstChange: Instant?
    private var isStopped = false
    var quiet: Duration

    init(quiet: Duration, clock: any Clock, onChange: @escaping @LoopActor () -> Void) {
        self.quiet = quiet
        self.clock = clock
        self.onChange = onChange
        timer = clock.makeTimer { [weak self] in self?.settled() }
    }

    /// Watches these files from now on, and no others.
    func follow(_ paths: [String]) async {
        for (path, watcher) in watchers where !paths.contains(path) {
            watcher.stop()
            watchers[path] = nil
        }
        for path in paths where watchers[path] == nil && !isStopped {
            let watcher = FileWatcher(path, settle: Self.settle, clock: clock) { [weak self] in self?.changed() }
            watchers[path] = watcher
            await watcher.start()
        }
    }

    func stop() {
        isStopped = true
        for watcher in watchers.values { watcher.stop() }
        watchers = [:]
        timer?.cancel()
        firstChange = nil
    }

    private func changed() {
        let first = firstChange ?? clock.now
        firstChange = first
        timer?.arm(at: min(clock.now + quiet, first + quiet * Self.patience))
    }

    private func settled() {
        firstChange = nil
        onChange()
    }
}

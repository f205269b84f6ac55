import Synchronization

/// How the log is kept.
package struct LogSettings: Sendable {
    /// Lines that wait for a slow disk or terminal, in bytes; beyond that they are counted and dropped.
    package static let fileBacklog = 256 * 1024
    package static let consoleBacklog = 64 * 1024

    /// The least level that is kept in the file and in memory.
    package var level = LogLevel.info
    /// Nil for no file.
    package var place: LogPlace?
    package var console = ConsoleStyle.off
    package var consoleLevel = LogLevel.info
    package var consoleDescriptor: Int32 = 2
    package var ringLines = LogRing.defaultLines
    package var ringBytes = LogRing.defaultBytes

    package init(level: LogLevel = .info, place: LogPlace? = nil, console: ConsoleStyle = .off) {
        self.level = level
        self.place = place
        self.console = console
        consoleLevel = level
    }

    /// What is not even made.
    fileprivate var least: LogLevel { console == .off ? level : min(level, consoleLevel) }
}

/// What `status` and health say of the log itself.
package struct LogHealth: Hashable, Sendable {
    /// Why the file cannot be written, and since when.
    package var failure: FileError?
    package var failingSince: WallTime?
    /// Lines that never reached the file.
    package var dropped = 0
}

/// Where all lines of the process come together: without secrets, repetitions counted, they go to the file of the day,
/// to standard error and to memory. Nothing here waits for a disk.
@LoopActor
package final class LogOutput {
    /// A line that keeps coming is written once, and again with its count after this time or before another line.
    package static let repeatInterval = Duration.seconds(10)

    private nonisolated let threshold: Atomic<UInt8>
    private var settings: LogSettings
    private let clock: any Clock
    private let file: LogWriter<LogFile>?
    private let console: LogWriter<LogConsole>?
    private let zone: @Sendable (WallTime) -> Int

    /// Secrets to hide. Registered before they are first used.
    package var redaction = Redaction()
    package private(set) var ring: LogRing
    private var last: LogLine?
    private var repeatTimer: LoopTimer?
    private var failingSince: WallTime?

    package convenience init(_ settings: LogSettings, clock: any Clock = EventLoop.shared) {
        self.init(settings, clock: clock, zone: { LocalTime.offset(at: $0) })
    }

    init(_ settings: LogSettings, clock: any Clock, zone: @escaping @Sendable (WallTime) -> Int) {
        self.settings = settings
        self.clock = clock
        self.zone = zone
        ring = LogRing(lines: settings.ringLines, bytes: settings.ringBytes)
        threshold = Atomic(settings.least.rawValue)
        file = settings.place.map { LogWriter(LogFile($0), limit: LogSettings.fileBacklog, clock: clock) }
        console =
            settings.console == .off
            ? nil
            : LogWriter(
                LogConsole(descriptor: settings.consoleDescriptor), limit: LogSettings.consoleBacklog, clock: clock)
        file?.onFailure = { [weak self] in self?.fileFailed($0) }
        file?.onRecovery = { [weak self] in self?.fileRecovered($0) }
    }

    package nonisolated func isOn(_ level: LogLevel) -> Bool { level.rawValue >= threshold.load(ordering: .relaxed) }

    /// Changes what is kept and what is shown from now on.
    package func setLevels(kept: LogLevel, shown: LogLevel) {
        settings.level = kept
        settings.consoleLevel = shown
        threshold.store(settings.least.rawValue, ordering: .relaxed)
    }

    package var health: LogHealth {
        LogHealth(failure: file?.failure, failingSince: failingSince, dropped: file?.dropped ?? 0)
    }

    var isWritingFile: Bool { file?.isWriting ?? false }

    /// The file that is written now.
    package var path: String? { settings.place?.path(at: clock.wall) }

    nonisolated func take(_ level: LogLevel, _ subsystem: String, _ message: String, _ fields: LogFields) {
        if EventLoop.shared.isCurrent {
            LoopActor.assumeIsolated {
                write(
                    LogRecord(time: clock.wall, level: level, subsystem: subsystem, message: message, fields: fields))
            }
        } else {
            // Taken now: the loop may be busy for a while.
            let time = WallTime.system()
            startTask { [self] in
                write(LogRecord(time: time, level: level, subsystem: subsystem, message: message, fields: fields))
            }
        }
    }

    private func write(_ record: LogRecord) {
        let line = LogLine(record, redaction)
        if var last, line.isRepetition(of: last) {
            last.repeats += 1
            last.time = line.time
            self.last = last
            armRepeatTimer()
            return
        }
        reportRepeats()
        last = line
        emit(line)
    }

    private func emit(_ line: LogLine) {
        if line.level >= settings.level {
            let json = line.json()
            ring.append(json)
            file?.append(json)
        }
        if line.level >= settings.consoleLevel { show(line) }
    }

    private func show(_ line: LogLine) {
        switch settings.console {
        case .pretty(let isColoured): console?.append(line.pretty(isColoured: isColoured, offset: zone(line.time)))
        case .plain: console?.append(line.plain())
        case .json: console?.append(line.json())
        case .off: break
        }
    }

    // MARK: Repetitions

    private func armRepeatTimer() {
        if repeatTimer == nil { repeatTimer = clock.timer { [weak self] in self?.reportRepeats() } }
        if repeatTimer?.isArmed == false { repeatTimer?.arm(at: clock.now + Self.repeatInterval) }
    }

    /// Goes on counting from zero: a line that never stops is written once an interval.
    private func reportRepeats() {
        repeatTimer?.cancel()
        guard let line = last, line.repeats > 0 else { return }
        last?.repeats = 0
        emit(line)
    }

    // MARK: The file's state

    private func fileFailed(_ failure: FileError) {
        failingSince = clock.wall
        // Said once, and not to the file.
        let message = "the log file cannot be written; recent lines are kept in memory"
        show(own(.error, message, ["error": LogValue(failure)]))
    }

    private func fileRecovered(_ lost: Int) {
        if let since = failingSince {
            failingSince = nil
            let duration = clock.wall.milliseconds - since.milliseconds
            emit(
                own(.warn, "the log file is written again", ["afterMs": LogValue(duration), "dropped": LogValue(lost)]))
        } else {
            emit(own(.warn, "lines came faster than the disk takes them", ["dropped": LogValue(lost)]))
        }
    }

    private func own(_ level: LogLevel, _ message: String, _ fields: LogFields) -> LogLine {
        LogLine(
            LogRecord(time: clock.wall, level: level, subsystem: "log", message: message, fields: fields), redaction)
    }

    // MARK: End

    /// Returns when every line is written, or cannot be.
    package func drain() async {
        reportRepeats()
        await console?.drain()
        await file?.drain()
    }

    /// For the way out on which nothing is awaited any more, but, for as long as this, a write that is under way.
    package func flushBeforeExit(patience: Duration = .milliseconds(500)) {
        reportRepeats()
        console?.flushBeforeExit(patience)
        file?.flushBeforeExit(patience)
    }
}

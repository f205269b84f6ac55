import Support
import Testing

@testable import Platform

/// One watched path, with a clock that moves only when a change was noticed.
@LoopActor
private final class Observed {
    let scratch: ScratchDirectory
    let clock = FakeClock()
    private(set) var watcher: FileWatcher!
    var reports = 0

    init(_ scratch: ScratchDirectory, _ name: String) async {
        self.scratch = scratch
        watcher = FileWatcher(scratch.path(name), clock: clock) { [unowned self] in reports += 1 }
        await watcher.start()
        #expect(!watcher.isPolling)
    }

    /// Reports that `change` leads to, after everything has come to rest. The kernel queues its events within the
    /// system call that caused them, so a turn of the loop is enough to see them.
    func reports(after change: () async throws -> Void) async throws -> Int {
        let before = reports
        try await change()
        try await rest()
        return reports - before
    }

    func rest() async throws {
        var quietTurns = 0
        while quietTurns < 4 {
            if !watcher.isQuiet {
                quietTurns = 0
                await clock.advance(by: FileWatcher.defaultSettle)
            }
            await loopTurn()
            quietTurns += 1
        }
    }
}

@Suite struct FileWatcherTests {
    let scratch = ScratchDirectory()

    @LoopActor private func observe(_ name: String, _ body: @LoopActor (Observed) async throws -> Void) async throws {
        let observed = await Observed(scratch, name)
        try await body(observed)
        observed.watcher.stop()
        #expect(observed.clock.timers.count == 0)
    }

    @Test func waysToSaveAFileAreEachReportedOnce() async throws {
        let scratch = scratch
        let saves: [(String, @LoopActor () -> Void)] = [
            ("in place", { scratch.write("1", to: "f") }),
            (
                "rename over",
                {
                    scratch.write("2", to: ".f.tmp")
                    scratch.move(".f.tmp", to: "f")
                }
            ),
            (
                "vim: backup, new file, backup away",
                {
                    scratch.write("", to: "4913")
                    scratch.delete("4913")
                    scratch.move("f", to: "f~")
                    scratch.write("3", to: "f")
                    scratch.delete("f~")
                }
            ),
            (
                "nano with a backup: copy, then in place",
                {
                    scratch.write("3", to: "f~")
                    scratch.write("4", to: "f")
                }
            ),
            ("deleted", { scratch.delete("f") }),
            ("made again", { scratch.write("5", to: "f") }),
            (
                "deleted and made again",
                {
                    scratch.delete("f")
                    scratch.write("6", to: "f")
                }
            ),
        ]
        try await onLoop {
            scratch.write("0", to: "f")
            try await observe("f") { observed in
                for (name, save) in saves {
                    let count = try await observed.reports { save() }
                    #expect(count == 1, "\(name)")
                }
            }
        }
    }

    @Test func otherFilesInTheDirectoryAreNotReported() async throws {
        let scratch = scratch
        try await onLoop {
            scratch.write("0", to: "f")
            try await observe("f") { observed in
                let count = try await observed.reports {
                    scratch.write("1", to: ".f.swp")
                    scratch.write("1", to: "f2")
                    scratch.move("f2", to: "f3")
                    scratch.delete(".f.swp")
                    _ = scratch.read("f")
                }
                #expect(count == 0)
            }
        }
    }

    @Test func aDirectoryOnTheWayMayBeReplacedOrMadeLater() async throws {
        let scratch = scratch
        try await onLoop {
            try await observe("a/b/f") { observed in
                let steps: [(String, Int, @LoopActor () -> Void)] = [
                    ("first directory", 0, { scratch.makeDirectory("a") }),
                    ("second directory", 0, { scratch.makeDirectory("a/b") }),
                    ("the file", 1, { scratch.write("1", to: "a/b/f") }),
                    ("a change", 1, { scratch.write("2", to: "a/b/f") }),
                    ("directory away", 1, { scratch.move("a", to: "old") }),
                    ("the old one changes", 0, { scratch.write("3", to: "old/b/f") }),
                    (
                        "another in its place, at once", 1,
                        {
                            scratch.makeDirectory("new")
                            scratch.makeDirectory("new/b")
                            scratch.write("4", to: "new/b/f")
                            scratch.move("new", to: "a")
                        }
                    ),
                    ("a change there", 1, { scratch.write("5", to: "a/b/f") }),
                    ("all gone", 1, { scratch.delete("a") }),
                    (
                        "all made in one go", 1,
                        {
                            scratch.makeDirectory("a")
                            scratch.makeDirectory("a/b")
                            scratch.write("6", to: "a/b/f")
                        }
                    ),
                ]
                for (name, expected, step) in steps {
                    let count = try await observed.reports { step() }
                    #expect(count == expected, "\(name)")
                }
            }
        }
    }

    @Test func aLinkIsFollowedToWhereItLeads() async throws {
        let scratch = scratch
        try await onLoop {
            scratch.makeDirectory("dotfiles")
            scratch.makeDirectory("other")
            scratch.write("1", to: "dotfiles/real")
            scratch.write("1", to: "other/real")
            scratch.link("state", to: "dotfiles")
            scratch.link("f", to: "state/real")
            try await observe("f") { observed in
                let steps: [(String, Int, @LoopActor () -> Void)] = [
                    ("the target changes", 1, { scratch.write("2", to: "dotfiles/real") }),
                    (
                        "the target is renamed over", 1,
                        {
                            scratch.write("3", to: "dotfiles/tmp")
                            scratch.move("dotfiles/tmp", to: "dotfiles/real")
                        }
                    ),
                    (
                        "a link on the way leads elsewhere", 1,
                        {
                            scratch.delete("state")
                            scratch.link("state", to: "other")
                        }
                    ),
                    ("the former target changes", 0, { scratch.write("4", to: "dotfiles/real") }),
                    ("the new target changes", 1, { scratch.write("5", to: "other/real") }),
                    (
                        "the link becomes a file", 1,
                        {
                            scratch.delete("f")
                            scratch.write("6", to: "f")
                        }
                    ),
                ]
                for (name, expected, step) in steps {
                    let count = try await observed.reports { step() }
                    #expect(count == expected, "\(name)")
                }
            }
        }
    }

    @Test func aFileWrittenWithoutPauseIsReportedAllTheSame() async throws {
        let scratch = scratch
        try await onLoop {
            scratch.write("0", to: "f")
            try await observe("f") { observed in
                let half = FileWatcher.defaultSettle / 2
                for number in 1..<(2 * FileWatcher.patience) {
                    scratch.write("\(number)", to: "f")
                    await loopTurn()
                    await observed.clock.advance(by: half)
                    #expect(observed.reports == 0)
                }
                scratch.write("x", to: "f")
                await loopTurn()
                await observed.clock.advance(by: half)
                try await turns { observed.reports == 1 }
            }
        }
    }

    @Test func nothingIsReportedAfterStop() async throws {
        let scratch = scratch
        try await onLoop {
            scratch.write("0", to: "f")
            let observed = await Observed(scratch, "f")
            scratch.write("1", to: "f")
            await loopTurn()
            #expect(!observed.watcher.isQuiet)
            observed.watcher.stop()
            scratch.write("2", to: "f")
            try await observed.rest()
            #expect(observed.reports == 0)
            await observed.watcher.start()
            let count = try await observed.reports { scratch.write("3", to: "f") }
            #expect(count == 1)
            observed.watcher.stop()
        }
    }

    @Test func whereTheSystemWillNotWatchItLooksFromTimeToTime() async throws {
        let scratch = scratch
        try await onLoop {
            let clock = FakeClock()
            var reports = 0
            let watcher = FileWatcher(
                scratch.path("f"), settle: FileWatcher.defaultSettle, clock: clock, makeQueue: { nil },
                onChange: { reports += 1 })
            await watcher.start()
            #expect(watcher.isPolling)
            scratch.write("1", to: "f")
            await clock.advance(by: FileWatcher.pollInterval - .nanoseconds(1))
            #expect(watcher.isQuiet)
            await clock.advance(by: .nanoseconds(1))
            try await turns { watcher.isQuiet }
            #expect(reports == 1)
            await clock.advance(by: FileWatcher.pollInterval)
            try await turns { watcher.isQuiet }
            #expect(reports == 1)
            watcher.stop()
            #expect(clock.timers.count == 0)
        }
    }

    #if os(Linux)
    @Test func lostEventsCountAsAChange() {
        let overflow: [UInt32] = [UInt32(bitPattern: -1), 0x4000, 0, 0]
        overflow.withUnsafeBytes { #expect(WatchQueue.parse($0, Watches()) == [.file, .way]) }
    }

    @Test func eventsAreMatchedByDirectoryAndName() {
        var bytes: [UInt8] = []
        func add(_ number: UInt32, _ name: String) {
            for word in [number, 0x2, 0, name.isEmpty ? 0 : 16] { withUnsafeBytes(of: UInt32(word)) { bytes += $0 } }
            if !name.isEmpty { bytes += Array(name.utf8) + [UInt8](repeating: 0, count: 16 - name.utf8.count) }
        }
        let watches = Watches(names: [1: ["f": true, "d": false]])
        func signal(_ number: UInt32, _ name: String) -> WatchSignal {
            bytes = []
            add(number, name)
            return bytes.withUnsafeBytes { WatchQueue.parse($0, watches) }
        }
        #expect(signal(1, "f") == .file)
        #expect(signal(1, "d") == .way)
        #expect(signal(1, "ff") == [])
        #expect(signal(2, "f") == [])
        #expect(signal(1, "") == .way)
        bytes = []
        add(1, "x")
        add(1, "f")
        for cut in 0..<bytes.count {
            bytes[..<cut].withUnsafeBytes { #expect(WatchQueue.parse($0, watches) == []) }
        }
        bytes.withUnsafeBytes { #expect(WatchQueue.parse($0, watches) == .file) }
    }
    #endif
}

import Platform
import Support
import Testing

@testable import Gateway

/// A watch over files in a directory of its own, with a clock that moves only when the test says so.
@LoopActor
private final class Watched {
    static let quiet = Duration.milliseconds(300)

    let scratch = ScratchDirectory()
    let clock = FakeClock()
    private(set) var watch: ConfigWatch!
    private(set) var told = 0
    private var first: Instant?

    init(_ names: String...) async {
        for name in names { scratch.write("0", to: name) }
        watch = ConfigWatch(quiet: Self.quiet, clock: clock) { [unowned self] in
            told += 1
            first = nil
        }
        await watch.follow(names.map { scratch.path($0) })
    }

    /// Makes a change, and returns when the watch has noticed it and counts its quiet time: a settle time later.
    func notice(_ change: () -> Void) async throws {
        let timers = clock.timers.count
        change()
        try await turns { clock.timers.count > timers }
        await clock.advance(by: ConfigWatch.settle)
        let start = first ?? clock.now
        first = start
        let due = min(clock.now + Self.quiet, start + Self.quiet * ConfigWatch.patience)
        try await turns { clock.timers.next == due }
    }

    /// How often it was told of what was noticed, once that has been quiet for long enough and not a moment before.
    func toldAfterQuiet() async -> Int {
        let before = told
        await clock.advance(by: Self.quiet - .milliseconds(1))
        #expect(told == before)
        await clock.advance(by: .milliseconds(1))
        return told - before
    }
}

@Suite struct ConfigWatchTests {
    @Test func eachWayToChangeAFileIsToldOnceAndAfterItsQuietTime() async throws {
        try await onLoop {
            let watched = await Watched("config")
            let scratch = watched.scratch
            let ways: [(String, () -> Void)] = [
                ("in place", { scratch.write("1", to: "config") }),
                (
                    "renamed over",
                    {
                        scratch.write("2", to: "config.tmp")
                        scratch.move("config.tmp", to: "config")
                    }
                ),
                ("deleted", { scratch.delete("config") }),
                ("back", { scratch.write("3", to: "config") }),
                (
                    "away and back at once",
                    {
                        scratch.move("config", to: "config~")
                        scratch.write("4", to: "config")
                    }
                ),
            ]
            for (name, change) in ways {
                try await watched.notice(change)
                #expect(await watched.toldAfterQuiet() == 1, "\(name)")
            }
            watched.watch.stop()
            #expect(watched.clock.timers.count == 0)
        }
    }

    @Test func severalStepsInSeveralFilesAreOneChange() async throws {
        try await onLoop {
            let watched = await Watched("config", "included")
            for number in 0..<5 {
                try await watched.notice { watched.scratch.write("a\(number)", to: "config") }
                await watched.clock.advance(by: .milliseconds(60))
                try await watched.notice { watched.scratch.write("b\(number)", to: "included") }
                await watched.clock.advance(by: .milliseconds(60))
            }
            #expect(watched.told == 0)
            await watched.clock.advance(by: Watched.quiet)
            #expect(watched.told == 1)
            watched.watch.stop()
        }
    }

    @Test func aFileThatIsNeverQuietIsLookedAtAllTheSame() async throws {
        try await onLoop {
            let watched = await Watched("config")
            let began = watched.clock.now
            var number = 0
            while watched.told == 0, number < 100 {
                number += 1
                try await watched.notice { watched.scratch.write("\(number)", to: "config") }
                await watched.clock.advance(by: .milliseconds(80))
            }
            #expect(watched.told == 1)
            let patience = Watched.quiet * ConfigWatch.patience
            let time = watched.clock.now - began
            #expect(time >= patience && time <= patience + .milliseconds(200), "\(time)")
            watched.watch.stop()
        }
    }

    @Test func whatIsNoLongerIncludedIsNoLongerWatched() async throws {
        try await onLoop {
            let watched = await Watched("config", "included")
            await watched.watch.follow([watched.scratch.path("config")])
            watched.scratch.write("1", to: "included")
            try await watched.notice { watched.scratch.write("1", to: "config") }
            #expect(await watched.toldAfterQuiet() == 1)
            await watched.watch.follow([watched.scratch.path("config"), watched.scratch.path("included")])
            try await watched.notice { watched.scratch.write("2", to: "included") }
            #expect(await watched.toldAfterQuiet() == 1)
            watched.watch.stop()
        }
    }
}

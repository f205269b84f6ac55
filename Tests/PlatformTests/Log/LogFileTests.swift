import Support
import Testing

@testable import Platform

@Suite struct LogFileTests {
    let scratch = ScratchDirectory()
    /// 2026-09-21T14:13:20Z.
    private static let start = WallTime(nanoseconds: 1_790_000_000_000_000_000)
    private static let dayNanoseconds: Int64 = 86_400_000_000_000

    private func day(_ number: Int) -> WallTime {
        WallTime(nanoseconds: Self.start.nanoseconds + Int64(number) * Self.dayNanoseconds)
    }

    private func place(_ profile: String? = nil, bytes: Int = 100, files: Int = 3) -> LogPlace {
        LogPlace(directory: scratch.path, profile: profile, fileBytes: bytes, files: files)
    }

    private func line(_ text: String, size: Int) -> [UInt8] {
        Array(text.utf8) + [UInt8](repeating: 0x2e, count: size - text.utf8.count - 1) + [0x0a]
    }

    private func bytes() -> Int { scratch.names().reduce(0) { $0 + (scratch.read($1)?.utf8.count ?? 0) } }

    @Test func aFileIsPutAsideWhenTheNextLineDoesNotFit() {
        for (size, names) in [(49, 1), (50, 1), (51, 2)] {
            var file = LogFile(place())
            _ = file.append(line("a", size: 50), at: Self.start)
            let (taken, failure) = file.append(line("b", size: size), at: Self.start)
            #expect(taken == size && failure == nil)
            #expect(scratch.names().count == names)
            for name in scratch.names() { scratch.delete(name) }
        }
    }

    @Test func filesNeverTakeMoreThanTheirBudget() {
        var file = LogFile(place())
        var random = SeededRandom(seed: 1)
        for number in 0..<300 {
            var batch: [UInt8] = []
            for _ in 0..<Int.random(in: 1...12, using: &random) {
                batch += line("\(number) ", size: Int.random(in: 8...40, using: &random))
            }
            let (taken, failure) = file.append(batch, at: day(number / 40))
            #expect(taken == batch.count && failure == nil)
            #expect(scratch.names().count <= 3)
            #expect(bytes() <= 300)
        }
        // The newest lines are those that are there, whole.
        let newest = place().path(at: day(7)).utf8.count - scratch.path.utf8.count - 1
        let present = scratch.names().first { $0.utf8.count == newest && $0.hasPrefix("openclaw-2026-09-28") }
        #expect(scratch.read(present ?? "")?.hasSuffix("\n") == true)
    }

    @Test func filesAreNamedByDayProfileAndOrder() {
        var file = LogFile(place(files: 10))
        for number in 0..<3 { _ = file.append(line("\(number)", size: 100), at: day(0)) }
        _ = file.append(line("next", size: 100), at: day(1))
        var other = LogFile(place("ops"))
        _ = other.append(line("ops", size: 100), at: day(0))
        #expect(
            scratch.names() == [
                "openclaw-2026-09-21.1.log", "openclaw-2026-09-21.2.log", "openclaw-2026-09-21.log",
                "openclaw-2026-09-22.log", "openclaw-ops-2026-09-21.log",
            ])
        #expect(scratch.read("openclaw-2026-09-21.1.log")?.hasPrefix("0") == true)
        #expect(scratch.read("openclaw-2026-09-21.log")?.hasPrefix("2") == true)
    }

    @Test func onlyFilesOfTheOwnProfileAreRemoved() {
        let others = [
            "openclaw-ops-2020-01-01.log", "openclaw-2020-01-01.log.gz", "openclaw-2020-01-01.x.log",
            "openclaw-2020-01-01.log.1",
            "openclaw-2020-1-1.log", "notes.log", "openclaw-.log", "openclaw-2020-01-01.0.log",
            "openclaw-2020-01-01..log",
        ]
        for name in others { scratch.write("x", to: name) }
        for name in ["openclaw-2020-01-01.log", "openclaw-2020-01-01.1.log", "openclaw-2020-01-02.log"] {
            scratch.write("x", to: name)
        }
        var file = LogFile(place())
        _ = file.append(line("a", size: 10), at: Self.start)
        #expect(
            scratch.names()
                == (others + ["openclaw-2026-09-21.log", "openclaw-2020-01-01.log", "openclaw-2020-01-02.log"]).sorted()
        )
    }

    @Test func aSmallerBudgetIsKeptFromTheNextStartOn() {
        for number in 1...6 { scratch.write(String(repeating: "x", count: 90), to: "openclaw-2026-09-2\(number).log") }
        scratch.write(String(repeating: "x", count: 500), to: "openclaw-2026-09-27.log")
        var file = LogFile(place(bytes: 100, files: 3))
        _ = file.append(line("a", size: 10), at: day(6))
        // The present file was too large: it was put aside and then had to go.
        #expect(bytes() <= 300)
        #expect(scratch.read("openclaw-2026-09-27.log")?.hasPrefix("a") == true)
    }

    @Test func aFileOfBeforeIsContinuedAndATornLineClosed() {
        scratch.write("whole\n", to: "openclaw-2026-09-21.log")
        var file = LogFile(place())
        _ = file.append(line("a", size: 5), at: Self.start)
        #expect(scratch.read("openclaw-2026-09-21.log") == "whole\na...\n")
        scratch.write("torn", to: "openclaw-2026-09-21.log")
        var next = LogFile(place())
        _ = next.append(line("a", size: 5), at: Self.start)
        #expect(scratch.read("openclaw-2026-09-21.log") == "torn\na...\n")
    }

    @Test func aFileMovedOrRemovedByOthersIsBegunAnew() {
        var file = LogFile(place())
        _ = file.append(line("a", size: 5), at: Self.start)
        scratch.delete("openclaw-2026-09-21.log")
        _ = file.append(line("b", size: 5), at: Self.start)
        #expect(scratch.read("openclaw-2026-09-21.log") == "b...\n")
        scratch.move("openclaw-2026-09-21.log", to: "mine")
        _ = file.append(line("c", size: 5), at: Self.start)
        #expect(scratch.read("mine") == "b...\n")
        #expect(scratch.read("openclaw-2026-09-21.log") == "c...\n")
    }

    @Test func aLineLargerThanAFileIsWrittenAllTheSame() {
        var file = LogFile(place())
        let (taken, failure) = file.append(
            line("a", size: 10) + line("b", size: 150) + line("c", size: 10), at: Self.start)
        #expect(taken == 170 && failure == nil)
        #expect(scratch.read("openclaw-2026-09-21.1.log")?.utf8.count == 10)
        #expect(scratch.read("openclaw-2026-09-21.2.log")?.utf8.count == 150)
        #expect(scratch.read("openclaw-2026-09-21.log")?.utf8.count == 10)
    }

    @Test func twoProcessesShareAFileLineByLine() {
        var first = LogFile(place(bytes: 1000))
        var second = LogFile(place(bytes: 1000))
        for _ in 0..<40 {
            _ = first.append(line("1", size: 30), at: Self.start)
            _ = second.append(line("2", size: 30), at: Self.start)
        }
        #expect(bytes() == 2400)
        for name in scratch.names() {
            let lines = scratch.read(name)!.split(separator: "\n")
            #expect(lines.allSatisfy { $0.utf8.count == 29 })
        }
    }

    @Test func aPlaceThatIsNoDirectoryIsAnError() {
        scratch.write("", to: "file")
        var file = LogFile(LogPlace(directory: scratch.path("file")))
        let (taken, failure) = file.append([0x0a], at: Self.start)
        #expect(taken == 0)
        #expect(failure?.description.contains("cannot create the directory \(scratch.path("file"))") == true)
    }
}

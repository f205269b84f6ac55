import Support
import Testing

@testable import Platform

@Suite struct ArchiveFileTests {
    @Test func aNewFileHasItsNameOnlyAtTheEnd() throws {
        let scratch = ScratchDirectory()
        let file = try NewFile(scratch.path("a"))
        try file.append([1, 2])
        #expect(scratch.read("a") == nil)
        try file.append([3])
        try file.finish()
        #expect(scratch.read("a") == "\u{1}\u{2}\u{3}")
        #expect(scratch.mode("a") == 0o600)
        #expect(scratch.names() == ["a"])
    }

    @Test func aNewFileReplacesNothing() throws {
        let scratch = ScratchDirectory()
        scratch.write("old", to: "a")
        #expect(throws: FileError.self) { _ = try NewFile(scratch.path("a")) }
        let late = try NewFile(scratch.path("b"))
        scratch.write("quicker", to: "b")
        #expect(throws: FileError.self) { try late.finish() }
        late.abandon()
        #expect(scratch.read("a") == "old")
        #expect(scratch.read("b") == "quicker")
        #expect(scratch.names() == ["a", "b"])
    }

    @Test func nothingStaysOfAFileThatWasGivenUp() throws {
        let scratch = ScratchDirectory()
        let file = try NewFile(scratch.path("a"))
        try file.append([1])
        file.abandon()
        #expect(scratch.names().isEmpty)
    }

    @Test func aStagingDirectoryGoesWithAllInIt() throws {
        let scratch = ScratchDirectory()
        scratch.write("stays", to: "outside")
        let staging = try StagingDirectory(scratch.path("s"))
        try staging.makeDirectory(try SafePath("a/b"), mode: 0o755)
        let file = try staging.create(
            TarEntry(try SafePath("a/b/c"), .file, size: 1, mode: 0o644, modified: 1_000_000_000))
        try file.append([1][...])
        try file.finish()
        scratch.link("s/link", to: scratch.path("outside"))
        #expect(scratch.mode("s") == 0o700)
        #expect(scratch.mode("s/a/b") == 0o755)
        #expect(scratch.mode("s/a/b/c") == 0o644)
        staging.remove()
        #expect(scratch.names() == ["outside"])
        #expect(scratch.read("outside") == "stays")
    }

    @Test func nothingIsStagedThroughALink() throws {
        let scratch = ScratchDirectory()
        scratch.makeDirectory("elsewhere")
        let staging = try StagingDirectory(scratch.path("s"))
        scratch.link("s/a", to: scratch.path("elsewhere"))
        #expect(throws: FileError.self) {
            _ = try staging.create(TarEntry(try SafePath("a/f"), .file, mode: 0o600, modified: 0))
        }
        #expect(scratch.names(in: "elsewhere").isEmpty)
    }

    @Test func renamesAreTakenBack() throws {
        let scratch = ScratchDirectory()
        scratch.write("1", to: "a")
        scratch.write("2", to: "b")
        var renames = Renames(journal: scratch.path("journal"))
        try renames.rename(scratch.path("a"), to: scratch.path("c"))
        try renames.rename(scratch.path("b"), to: scratch.path("a"))
        #expect(throws: FileError.self) { try renames.rename(scratch.path("a"), to: scratch.path("c")) }
        renames.undo()
        #expect(scratch.read("a") == "1")
        #expect(scratch.read("b") == "2")
        #expect(scratch.names() == ["a", "b"])
    }

    @Test func whatAKilledProcessRenamedIsTakenBack() throws {
        let scratch = ScratchDirectory()
        scratch.write("1", to: "a")
        scratch.write("2", to: "b")
        scratch.write("3", to: "c")
        var renames = Renames(journal: scratch.path("journal"))
        try renames.rename(scratch.path("a"), to: scratch.path("old-a"))
        try renames.rename(scratch.path("b"), to: scratch.path("a"))
        try renames.rename(scratch.path("c"), to: scratch.path("old-c"))
        scratch.write("newer", to: "c")
        #expect(try Renames.takeBack(journal: scratch.path("journal")))
        #expect(scratch.names() == ["a", "b", "c", "old-c"])
        #expect(scratch.read("a") == "1" && scratch.read("b") == "2" && scratch.read("c") == "newer")
        #expect(try !Renames.takeBack(journal: scratch.path("journal")))
    }

    /// The bytes of a zip of Info-ZIP for one stored file differ only in what it says of itself.
    @Test func aZipHasItsDirectoryAtTheEnd() throws {
        var zip = ZipWriter()
        let time = CalendarDate(
            year: 2026, month: 11, day: 2, hour: 3, minute: 12, second: 44, millisecond: 0)
        zip.add("a.txt", Array("hello".utf8), at: time)
        let bytes = zip.finish()
        #expect(Array(bytes.prefix(4)) == [0x50, 0x4b, 3, 4])
        // CRC-32 of "hello", little-endian.
        #expect(Array(bytes[14..<18]) == [0x86, 0xa6, 0x10, 0x36])
        #expect(Array(bytes[30..<40]) == Array("a.txthello".utf8))
        #expect(Array(bytes[40..<44]) == [0x50, 0x4b, 1, 2])
        #expect(bytes.count == 40 + 46 + 5 + 22)
    }
}

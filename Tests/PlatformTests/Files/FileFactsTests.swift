import Support
import Testing

@testable import Platform

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

@Suite struct FileFactsTests {
    let scratch = ScratchDirectory()

    @Test func aFileADirectoryAndALinkAreToldApart() throws {
        scratch.write("x", to: "f")
        scratch.makeDirectory("d")
        scratch.link("l", to: "f")
        let file = try #require(try FileFacts.of(scratch.path("f"), followLinks: false))
        #expect(file.isRegular && !file.isDirectory && !file.isLink && file.owner == geteuid() && file.isOwn)
        #expect(try FileFacts.of(scratch.path("d"), followLinks: false)?.isDirectory == true)
        #expect(try FileFacts.of(scratch.path("l"), followLinks: false)?.isLink == true)
        #expect(try FileFacts.of(scratch.path("l"), followLinks: true)?.isRegular == true)
        #expect(try FileFacts.of(scratch.path("none"), followLinks: true) == nil)
        #expect(try FileFacts.names(in: scratch.path).sorted() == ["d", "f", "l"])
        #expect(throws: FileError.self) { try FileFacts.names(in: scratch.path("none")) }
    }

    @Test(
        arguments: [
            (0o600, false, false), (0o700, false, false), (0o640, true, false), (0o604, true, false),
            (0o620, true, true),
            (0o602, true, true), (0o610, false, false),
        ] as [(mode_t, Bool, Bool)])
    func whatOthersMayDoIsSeen(_ mode: mode_t, _ readOrWrite: Bool, _ write: Bool) throws {
        scratch.write("x", to: "f")
        chmod(scratch.path("f"), mode)
        let facts = try #require(try FileFacts.of(scratch.path("f"), followLinks: false))
        #expect(facts.mode == UInt16(mode))
        #expect(facts.isOpen(toOthers: 0o6) == readOrWrite && facts.isOpen(toOthers: 0o2) == write)
    }
}

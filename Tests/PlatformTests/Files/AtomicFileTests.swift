import Support
import Testing

@testable import Platform

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

@Suite struct AtomicFileTests {
    let scratch = ScratchDirectory()
    static let old = "old contents"
    static let new = String(repeating: "new contents, longer than a page. ", count: 1000)

    private func temporaries() -> [String] { scratch.names().filter { $0.hasPrefix(".openclaw-tmp-") } }

    /// What a kill at any step would leave is what is on the disk then.
    @Test func atEveryStepTheFileIsTheOldOneOrTheNewOne() throws {
        scratch.write(Self.old, to: "f")
        var seen: [AtomicFile.Step] = []
        try AtomicFile.write(Array(Self.new.utf8), to: scratch.path("f"), permission: .mode(0o600)) { step in
            seen.append(step)
            let isReplaced = step == .renamed || step == .directorySynchronized
            #expect(scratch.read("f") == (isReplaced ? Self.new : Self.old))
            #expect(temporaries().count == (isReplaced ? 0 : 1))
            if step == .synchronized { #expect(scratch.read(temporaries()[0]) == Self.new) }
        }
        #expect(seen == AtomicFile.Step.allCases)
        #expect(scratch.names() == ["f"])
    }

    @Test(arguments: AtomicFile.Step.allCases)
    func aFailureAtAnyStepLeavesTheOldFileOrTheNewOneAndNothingElse(_ failing: AtomicFile.Step) {
        scratch.write(Self.old, to: "f")
        let error = #expect(throws: FileError.self) {
            try AtomicFile.write(Array(Self.new.utf8), to: scratch.path("f"), permission: .mode(0o600)) {
                (step) throws(SystemError) in
                if step == failing { throw SystemError(code: EIO, call: "test") }
            }
        }
        #expect(error == .system(SystemError(code: EIO, call: "test"), .write, path: scratch.path("f")))
        let isReplaced = failing == .renamed || failing == .directorySynchronized
        #expect(scratch.read("f") == (isReplaced ? Self.new : Self.old))
        #expect(scratch.names() == ["f"])
    }

    @Test func aNewFileIsPrivateUnlessAskedOtherwise() throws {
        try AtomicFile.write([1], to: scratch.path("a"))
        try AtomicFile.write([1], to: scratch.path("b"), permission: .mode(0o666))
        try AtomicFile.write([1], to: scratch.path("c"), permission: .kept(otherwise: 0o640))
        #expect(["a", "b", "c"].map(scratch.mode) == [0o600, 0o666, 0o640])
    }

    @Test func aReplacedFileKeepsModeAndOwnerWhenAsked() throws {
        scratch.write(Self.old, to: "f")
        chmod(scratch.path("f"), 0o640)
        let isRoot = geteuid() == 0
        if isRoot { chown(scratch.path("f"), 1234, 1235) }
        try AtomicFile.write([1], to: scratch.path("f"), permission: .kept(otherwise: 0o600))
        #expect(scratch.mode("f") == 0o640)
        let status = try #require(try fileStatus(scratch.path("f"), followLinks: false))
        if isRoot { #expect([status.st_uid, status.st_gid] == [1234, 1235]) }
        try AtomicFile.write([1], to: scratch.path("f"))
        #expect(scratch.mode("f") == 0o600)
    }

    #if os(Linux)
    @Test func whatTheOldGroupCouldDoDoesNotFallToAnother() throws {
        scratch.write(Self.old, to: "f")
        chmod(scratch.path("f"), 0o664)
        chmod(scratch.path, 0o777)
        chown(scratch.path("f"), 0, 1235)
        let path = scratch.path("f")
        // Root's file in a directory that all may write: nobody may replace it, but not give it to that group.
        try withoutPrivileges {
            #expect(throws: Never.self) { try AtomicFile.write([1], to: path, permission: .kept(otherwise: 0o600)) }
        }
        #expect(scratch.mode("f") == 0o604)
    }
    #endif

    @Test func aLinkStaysAndItsTargetIsReplaced() throws {
        scratch.makeDirectory("dotfiles")
        scratch.write(Self.old, to: "dotfiles/real")
        scratch.link("dotfiles/second", to: "real")
        scratch.link("first", to: "dotfiles/second")
        scratch.link("absolute", to: scratch.path("first"))
        try AtomicFile.write(Array("one".utf8), to: scratch.path("absolute"))
        #expect(scratch.read("dotfiles/real") == "one")
        #expect(["absolute", "first", "dotfiles/second"].allSatisfy(scratch.isLink))
        #expect(scratch.names(in: "dotfiles") == ["real", "second"])
    }

    @Test func aLinkToNothingYetMakesItsTarget() throws {
        scratch.makeDirectory("d")
        scratch.link("f", to: "d/real")
        try AtomicFile.write(Array("one".utf8), to: scratch.path("f"))
        #expect(scratch.read("d/real") == "one")
        #expect(scratch.isLink("f"))
    }

    @Test func linksInACircleAndThingsThatAreNoFilesAreErrors() {
        scratch.link("a", to: "b")
        scratch.link("b", to: "a")
        scratch.makeDirectory("d")
        mkfifo(scratch.path("pipe"), 0o600)
        let circle = #expect(throws: FileError.self) { try AtomicFile.write([1], to: scratch.path("a")) }
        #expect(circle?.code == ELOOP)
        #expect(throws: FileError.notRegular(path: scratch.path("d"))) {
            try AtomicFile.write([1], to: scratch.path("d"))
        }
        #expect(throws: FileError.notRegular(path: scratch.path("pipe"))) {
            try AtomicFile.write([1], to: scratch.path("pipe"))
        }
    }

    @Test func manyWritersAtOnceLeaveOneOfTheirFiles() async throws {
        let path = scratch.path("f")
        let all = (0..<16).map { number in [UInt8](repeating: UInt8(65 + number), count: 20_000) }
        try await onLoop {
            let tasks = all.map { bytes in startTask { try await AtomicFile.write(bytes, to: path) } }
            for task in tasks { try await task.value }
        }
        let left = try await FileReading.read(path, limit: 20_000)
        #expect(all.contains(left))
        #expect(scratch.names() == ["f"])
    }

    @Test func leftoversOfCrashedWritersAreRemovedAndThoseAtWorkStay() throws {
        scratch.write("", to: ".openclaw-tmp-dead")
        scratch.write("", to: "f")
        try AtomicFile.write([1], to: scratch.path("f"), permission: .mode(0o600)) { step in
            guard step == .created else { return }
            let removed = try? AtomicFile.removeLeftovers(in: scratch.path)
            #expect(removed == 1)
            #expect(temporaries().count == 1)
        }
        #expect(scratch.names() == ["f"])
    }

    @Test func aMissingDirectoryIsNamedWithTheCommandThatMakesIt() {
        let error = #expect(throws: FileError.self) { try AtomicFile.write([1], to: scratch.path("none/f")) }
        let path = scratch.path("none/f")
        #expect(
            error?.description
                == "cannot write \(path): No such file or directory (create the directory first: mkdir -p \(scratch.path("none")))"
        )
        #expect(error?.isMissing == true)
    }

    #if os(Linux)
    @Test func aForbiddenDirectoryIsNamed() throws {
        let path = scratch.path("f")
        let error = try withoutPrivileges { () -> FileError? in
            #expect(throws: FileError.self) { try AtomicFile.write([1], to: path) }
        }
        #expect(
            error?.description
                == "cannot write \(path): Permission denied (check the owner and mode of the file and of its directories)"
        )
    }

    @Test func aFullDiskLeavesTheOldFileAndSaysSo() throws {
        guard let mount = ScratchMount(kilobytes: 64) else { return }
        let disk = mount.directory
        disk.write(Self.old, to: "f")
        mount.fill()
        let error = #expect(throws: FileError.self) {
            try AtomicFile.write([UInt8](repeating: 1, count: 8192), to: disk.path("f"))
        }
        #expect(
            error?.description
                == "cannot write \(disk.path("f")): No space left on device (free some space on its file system)")
        #expect(disk.names() == ["f", "filler"])
        #expect(disk.read("f") == Self.old)
        mount.makeRoom()
        try AtomicFile.write(Array("new".utf8), to: disk.path("f"))
        #expect(disk.read("f") == "new")
    }

    @Test func aReadOnlyDiskIsNamed() throws {
        guard let mount = ScratchMount(kilobytes: 64) else { return }
        mount.makeReadOnly()
        let path = mount.directory.path("f")
        let error = #expect(throws: FileError.self) { try AtomicFile.write([1], to: path) }
        #expect(
            error?.description
                == "cannot write \(path): Read-only file system (its file system is mounted read-only)")
    }
    #endif
}

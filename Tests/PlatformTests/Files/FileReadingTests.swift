import Platform
import Support
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

@Suite struct FileReadingTests {
    let scratch = ScratchDirectory()

    @Test(arguments: [(99, true), (100, true), (101, false)])
    func aFileIsReadUpToTheLimit(_ size: Int, _ isAllowed: Bool) throws {
        scratch.write(String(repeating: "x", count: size), to: "f")
        let path = scratch.path("f")
        if isAllowed {
            #expect(try FileReading.read(path, limit: 100).count == size)
        } else {
            let error = #expect(throws: FileError.self) { try FileReading.read(path, limit: 100) }
            #expect(error?.description == "\(path) is larger than the 100 bytes allowed for it")
        }
    }

    @Test func aFileLargerThanOneReadComesWhole() async throws {
        let text = (0..<40_000).map { "\($0) " }.joined()
        scratch.write(text, to: "f")
        let path = scratch.path("f")
        let bytes = try await onLoop { try await FileReading.read(path, limit: 1 << 20) }
        #expect(String(decoding: bytes, as: UTF8.self) == text)
    }

    #if os(Linux)
    @Test func aFileThatHidesItsSizeIsLimitedToo() throws {
        #expect(try !FileReading.read("/proc/self/status", limit: 100_000).isEmpty)
        #expect(throws: FileError.tooLarge(path: "/proc/self/status", limit: 10)) {
            try FileReading.read("/proc/self/status", limit: 10)
        }
    }
    #endif

    @Test func whatIsNoFileIsRefusedWithoutWaitingForIt() {
        mkfifo(scratch.path("pipe"), 0o600)
        for path in [scratch.path("pipe"), scratch.path, "/dev/zero"] {
            #expect(throws: FileError.notRegular(path: path)) { try FileReading.read(path, limit: 10) }
        }
        let missing = #expect(throws: FileError.self) { try FileReading.read(scratch.path("none"), limit: 10) }
        #expect(missing?.isMissing == true)
        #expect(missing?.description == "cannot read \(scratch.path("none")): No such file or directory")
    }

    @Test func directoriesAreMadePrivateAndExistingOnesLeftAlone() throws {
        try PrivateDirectory.create(scratch.path("a/b/c"))
        #expect(["a", "a/b", "a/b/c"].map(scratch.mode) == [0o700, 0o700, 0o700])
        chmod(scratch.path("a"), 0o755)
        try PrivateDirectory.create(scratch.path("a/b/c/"))
        try PrivateDirectory.create(scratch.path("a"))
        #expect(scratch.mode("a") == 0o755)
        scratch.write("", to: "file")
        let error = #expect(throws: FileError.self) { try PrivateDirectory.create(scratch.path("file/d")) }
        #expect(error?.code == ENOTDIR)
    }
}

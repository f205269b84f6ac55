import Support
import Testing

@testable import Platform

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

@Suite struct FileLockTests {
    let scratch = ScratchDirectory()
    var path: String { scratch.path("gateway.lock") }

    private func acquire(_ details: [String: String] = [:]) throws -> FileLock? {
        switch try FileLock.acquire(path, as: .current(details)) {
        case .acquired(let lock): lock
        case .heldBy: nil
        }
    }

    @Test func theSecondOneLearnsWhoHasIt() throws {
        let details = ["version": "2026.12.0", "profile": "default", "started": "2026-11-03T09:14:00Z by systemd"]
        let lock = try #require(try acquire(details))
        guard case .heldBy(let owner) = try FileLock.acquire(path, as: .current()) else {
            Issue.record("two owners")
            return
        }
        #expect(owner == LockOwner(process: getpid(), details: details))
        lock.release()
        #expect(try acquire() != nil)
    }

    @Test func theLockEndsWithItsObject() throws {
        var lock = try acquire()
        #expect(try acquire() == nil)
        withExtendedLifetime(lock) {}
        lock = nil
        #expect(try acquire() != nil)
    }

    @Test(arguments: [
        "\(getpid())\nstarted just now\n", "1\n", "", "\u{0}\u{ff}garbage", String(repeating: "9", count: 9000),
    ])
    func aFileThatNobodyLocksIsTakenWhateverItSays(_ contents: String) throws {
        scratch.write(contents, to: "gateway.lock")
        let lock = try #require(try acquire(["profile": "ops"]))
        #expect(scratch.read("gateway.lock") == "\(getpid())\nprofile ops\n")
        #expect(lock.isInPlace)
    }

    @Test func aFileReplacedBeforeTheLockIsNotBelieved() throws {
        scratch.write("", to: "gateway.lock")
        var replacements = 0
        let outcome = try FileLock.acquire(path, as: .current()) {
            guard replacements < 3 else { return }
            replacements += 1
            scratch.delete("gateway.lock")
            if replacements != 2 { scratch.write("", to: "gateway.lock") }
        }
        guard case .acquired(let lock) = outcome else {
            Issue.record("not acquired")
            return
        }
        #expect(replacements == 3)
        #expect(lock.isInPlace)
        #expect(try acquire() == nil)
    }

    @Test func aFileThatIsReplacedForEverIsAnError() {
        let error = #expect(throws: FileError.self) {
            _ = try FileLock.acquire(path, as: .current()) { scratch.delete("gateway.lock") }
        }
        #expect(error?.code == EAGAIN)
    }

    @Test func theHolderNoticesThatItsFileIsGone() throws {
        let lock = try #require(try acquire())
        scratch.delete("gateway.lock")
        #expect(!lock.isInPlace)
        scratch.write("", to: "gateway.lock")
        #expect(!lock.isInPlace)
    }

    @Test func aLinkInItsPlaceAndAMissingDirectoryAreErrors() {
        scratch.link("gateway.lock", to: "elsewhere")
        #expect(throws: FileError.self) { try acquire() }
        #expect(scratch.names() == ["gateway.lock"])
        let missing = #expect(throws: FileError.self) {
            try FileLock.acquire(scratch.path("none/lock"), as: .current())
        }
        #expect(missing?.description.contains("mkdir -p \(scratch.path("none"))") == true)
    }

    @Test func theHintSurvivesOddTextAndStaysOneLineEach() {
        let owner = LockOwner(process: 7, details: ["two words": "a\nb", "empty": ""])
        #expect(LockOwner(parsing: owner.bytes) == LockOwner(process: 7, details: ["twowords": "a b", "empty": ""]))
        #expect(LockOwner(parsing: Array("-5\nx".utf8)) == LockOwner(process: nil))
        #expect(LockOwner(parsing: Array("12x\na b".utf8)) == LockOwner(process: nil, details: ["a": "b"]))
    }
}

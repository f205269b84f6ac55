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

    /// Nothing at all, the first bytes, and an owner whose process has ended: what a holder's file may say for a moment.
    @Test(arguments: ["", "\n", "\(Int32.max)\nprofile old\n"])
    func aHolderIsGivenTheTimeToSayWhoItIs(_ before: String) throws {
        let lock = try #require(try acquire())
        scratch.write(before, to: "gateway.lock")
        var pauses = 0
        let outcome = try FileLock.acquire(path, as: .current(), opened: {}) {
            pauses += 1
            if pauses == 3 { lock.write(.current(["profile": "ops"])) }
        }
        guard case .heldBy(let owner) = outcome else {
            Issue.record("two owners")
            return
        }
        #expect(owner == LockOwner(process: getpid(), details: ["profile": "ops"]))
        #expect(pauses == 3)
    }

    @Test func aHolderThatNeverSaysWhoItIsHoldsNobodyUp() throws {
        let lock = try #require(try acquire())
        scratch.write("", to: "gateway.lock")
        var pauses = 0
        guard case .heldBy(let owner) = try FileLock.acquire(path, as: .current(), opened: {}, pause: { pauses += 1 })
        else {
            Issue.record("two owners")
            return
        }
        #expect(owner.process == nil)
        #expect(pauses == FileLock.patience)
        withExtendedLifetime(lock) {}
    }

    @Test func aHolderThatEndsBeforeItSaysWhoItIsIsFollowed() throws {
        let first = try #require(try acquire())
        scratch.write("", to: "gateway.lock")
        guard case .acquired = try FileLock.acquire(path, as: .current(), opened: {}, pause: { first.release() }) else {
            Issue.record("not acquired")
            return
        }
    }

    @Test func aFileReplacedBeforeTheLockIsNotBelieved() throws {
        scratch.write("", to: "gateway.lock")
        var replacements = 0
        let outcome = try FileLock.acquire(
            path, as: .current(),
            opened: {
                guard replacements < 3 else { return }
                replacements += 1
                scratch.delete("gateway.lock")
                if replacements != 2 { scratch.write("", to: "gateway.lock") }
            })
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
            _ = try FileLock.acquire(path, as: .current(), opened: { scratch.delete("gateway.lock") })
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

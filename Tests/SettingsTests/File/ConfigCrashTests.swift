import Gateway
import Support
import Testing

@testable import Platform
@testable import Settings

/// What a crash at any step of a write leaves, and what two writers at once leave.
@Suite struct ConfigCrashTests {
    private static let old = "{gateway: {mode: 'local', port: 1}} // old\n"
    private static let new = "{gateway: {mode: 'local', port: 2}} // new\n"

    /// Counts the steps of all files, and fails at one of them.
    private final class Steps: Sendable {
        let count = Monitor(0)
        let failing: Int?
        let look: @Sendable () -> Void

        convenience init(at number: Int, act: @escaping @Sendable () -> Void) {
            let count = Monitor(0)
            self.init {
                let isNow = count.withLock { count in
                    count += 1
                    return count == number
                }
                if isNow { act() }
            }
        }

        init(failing: Int? = nil, look: @escaping @Sendable () -> Void) {
            self.failing = failing
            self.look = look
        }

        func disk() -> ConfigDisk {
            var disk = ConfigDisk.real
            disk.write = { (bytes, path, permission, condition) throws(FileError) in
                try AtomicFile.write(bytes, to: path, permission: permission, onlyIf: condition) {
                    _ throws(SystemError) in
                    let number = self.count.withLock { count in
                        count += 1
                        return count
                    }
                    self.look()
                    if number == self.failing { throw SystemError(code: 5, call: "test") }
                }
            }
            return disk
        }
    }

    private func write(_ home: ConfigHome, _ steps: Steps) async throws {
        _ = try await onLoop {
            let file = ConfigFile(
                home.instance, environment: home.environment, schema: .product, clock: FakeClock(), disk: steps.disk(),
                workingDirectory: nil)
            return try await file.write(.raw(Self.new), baseHash: Hex.encode(SHA256.hash(Self.old)))
        }
    }

    /// Two files with five steps each: the backup, then the configuration.
    private static let steps = AtomicFile.Step.allCases.count * 2

    @Test func atEveryStepTheFileIsTheOldOneOrTheNewOne() async throws {
        let home = try ConfigHome()
        home.write(Self.old)
        let seen = Monitor([String?]())
        let steps = Steps { seen.withLock { $0.append(home.read()) } }
        try await write(home, steps)
        let texts = seen.withLock { $0 }
        #expect(texts.count == Self.steps)
        #expect(texts == Array(repeating: Self.old, count: 8) + Array(repeating: Self.new, count: 2))
        #expect(home.read() == Self.new)
    }

    @Test(arguments: 1...10)
    func aFailureAtAnyStepLeavesTheOldFileOrTheNewOne(_ failing: Int) async throws {
        let home = try ConfigHome()
        home.write(Self.old)
        await #expect(throws: ConfigWriteError.self) { try await write(home, Steps(failing: failing) {}) }
        #expect(home.read() == (failing < 9 ? Self.old : Self.new))
        #expect(home.names().filter { $0.hasPrefix(".openclaw-tmp-") }.isEmpty)
        // The lock is free again, and the next write works.
        let rest = Steps {}
        let base = home.read() ?? ""
        _ = try await onLoop {
            try await ConfigFile(
                home.instance, environment: home.environment, schema: .product, clock: FakeClock(), disk: rest.disk(),
                workingDirectory: nil
            ).write(.raw("{gateway: {mode: 'local', port: 3}}"), baseHash: Hex.encode(SHA256.hash(base)))
        }
        #expect(home.read() == "{gateway: {mode: 'local', port: 3}}")
    }

    /// Somebody saves the file while our backup is written, and up to when ours is ready to take its place.
    @Test(arguments: 1...8)
    func anEditorThatWasQuickerIsNotOverwritten(_ number: Int) async throws {
        let home = try ConfigHome()
        home.write(Self.old)
        let theirs = "{gateway: {mode: 'local', port: 7}}"
        let steps = Steps(at: number) { home.write(theirs) }
        await #expect {
            try await write(home, steps)
        } throws: { error in
            if case .changedMeanwhile? = error as? ConfigWriteError { true } else { false }
        }
        #expect(home.read() == theirs)
    }

    /// Many writers at once, each for the state that it has read: each write is whole, and none is lost unseen.
    @Test func ofWritersAtOnceEachChangesWhatItHasRead() async throws {
        let home = try ConfigHome()
        home.write("{gateway: {port: 1}, written: []}")
        let written = try await onLoop {
            let tasks = (0..<12).map { number in
                startTask { try await self.add(number, rounds: 5, to: home) }
            }
            var sum = 0
            for task in tasks { sum += try await task.value }
            return sum
        }
        let value = try JSON5Document(home.read() ?? "").value
        let names = (value["written"]?.array ?? []).compactMap(\.string)
        #expect(names.count == written && Set(names).count == written && written >= 1)
    }

    /// Adds to the list in the file, and returns how often no other writer was quicker.
    @LoopActor private func add(_ number: Int, rounds: Int, to home: ConfigHome) async throws -> Int {
        let file = ConfigFile(home.instance, environment: home.environment, schema: .product)
        var done = 0
        for round in 0..<rounds {
            let snapshot = try await file.read()
            let list = (snapshot.parsed["written"]?.array ?? []) + [.string("\(number).\(round)")]
            let edit = ConfigEdit.set(JSONPointer(["written"]), .array(list))
            do {
                _ = try await file.write(.edits([edit]), baseHash: snapshot.hash)
                done += 1
            } catch {
                // Somebody was quicker, or was at it for all the time that a writer waits: it is told, nothing is lost.
                switch error {
                case .changedMeanwhile, .busy: break
                default: throw error
                }
            }
        }
        return done
    }

    @Test func aWriterThatWaitsTooLongSaysSo() async throws {
        let home = try ConfigHome()
        home.write(Self.old)
        guard case .acquired(let lock) = try await FileLock.acquire(home.instance.configPath + ".lock", as: .current())
        else {
            Issue.record("the lock is taken")
            return
        }
        defer { lock.release() }
        try await onLoop {
            let clock = FakeClock()
            let file = ConfigFile(
                home.instance, environment: home.environment, schema: .product, clock: clock, disk: .real,
                workingDirectory: nil)
            let writing = startTask {
                try await file.write(.raw(Self.new), baseHash: Hex.encode(SHA256.hash(Self.old)))
            }
            var outcome: Result<ConfigSnapshot, any Error>?
            startTask { outcome = await writing.result }
            var waited = Duration.zero
            while outcome == nil, waited < .seconds(60) {
                try await turns { clock.timers.next != nil || outcome != nil }
                if outcome == nil {
                    await clock.advance(by: ConfigFile.lockRetry)
                    waited += ConfigFile.lockRetry
                }
            }
            #expect(waited >= ConfigFile.lockWait && waited < ConfigFile.lockWait + .seconds(1))
            guard case .failure(let error)? = outcome, case .busy? = error as? ConfigWriteError else {
                Issue.record("\(String(describing: outcome))")
                return
            }
        }
        #expect(home.read() == Self.old)
    }
}

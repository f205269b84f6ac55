import Platform
import Store
import Support
import Testing

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

extension StoreTests {
    @Suite struct Trouble {
        @Test func aDiskErrorFailsTheWriteShowsInHealthAndEndsByItself() async throws {
            let directory = StoreDirectory()
            try await onLoop {
                let clock = FakeClock()
                let faults = Faults()
                let engine = FaultyEngine(SQLiteEngine(path: directory.store, schema: .notes), faults)
                let recorder = EventRecorder()
                let store = try await Store.open(engine, path: directory.store, clock: clock) { recorder.record($0) }
                try await store.addNote(1)
                let broken = StoreError.disk(path: directory.store, reason: "disk I/O error")
                faults.set("COMMIT", broken)
                for id in 2...3 {
                    #expect(await error { () throws(StoreError) in try await store.addNote(id) } == broken)
                }
                let since = clock.now
                #expect(store.health == .failing(since: since, reason: broken.description))
                #expect(recorder.events.suffix(1) == [.troubled(broken)])
                #expect(try await store.noteIDs() == [1])

                // Nobody writes; the store tries by itself, in vain at first.
                await clock.advance(by: Store.probeInterval)
                try await turns { clock.timers.count == 1 }
                #expect(store.health.age(at: clock.now) == Store.probeInterval)
                faults.clear()
                await clock.advance(by: Store.probeInterval - .nanoseconds(1))
                #expect(store.health != .ok)
                await clock.advance(by: .nanoseconds(1))
                try await turns { store.health == .ok }
                #expect(recorder.events.suffix(1) == [.recovered])
                #expect(clock.timers.count == 0)
                try await store.addNote(2)
                #expect(try await store.noteIDs() == [1, 2])
                await store.close()
            }
        }

        @Test func aWriteThatSucceedsEndsTheTroubleToo() async throws {
            let directory = StoreDirectory()
            try await onLoop {
                let clock = FakeClock()
                let faults = Faults()
                let engine = FaultyEngine(SQLiteEngine(path: directory.store, schema: .notes), faults)
                let store = try await Store.open(engine, path: directory.store, clock: clock)
                for statement in ["BEGIN IMMEDIATE", "SAVEPOINT unit", "RELEASE unit", "COMMIT"] {
                    let full = StoreError.full(path: directory.store)
                    faults.set(statement, full)
                    #expect(await error { () throws(StoreError) in try await store.addNote(1) } == full)
                    #expect(store.health == .full(since: clock.now))
                    faults.clear()
                    try await store.write { (db) throws(StoreError) in _ = try db.run("DELETE FROM notes") }
                    #expect(store.health == .ok)
                }
                await store.close()
                #expect(clock.timers.count == 0)
            }
        }

        @Test func theLogIsCopiedIntoTheFileAndUsedAgain() async throws {
            let directory = StoreDirectory()
            try await onLoop {
                let store = try await Store.open(directory)
                for id in 0..<40 { try await store.addNote(id, data: [UInt8](repeating: 1, count: 400_000)) }
                #expect(store.counts.checkpoints >= 3)
                #expect(directory.bytes(directory.store + "-wal").count < 6 << 20)
                #expect(try await store.noteIDs().count == 40)
                await store.close()
            }
        }

        @Test func aCheckpointThatFailsShowsInHealthButLosesNoWrite() async throws {
            let directory = StoreDirectory()
            try await onLoop {
                let faults = Faults()
                let engine = FaultyEngine(SQLiteEngine(path: directory.store, schema: .notes), faults)
                let clock = FakeClock()
                let store = try await Store.open(engine, path: directory.store, clock: clock)
                let full = StoreError.full(path: directory.store)
                faults.set("settle", full)
                try await store.addNote(1)
                // The checkpoint follows the confirmation; the next write comes after it.
                try await store.addNote(2)
                #expect(store.health == .full(since: clock.now))
                faults.clear()
                await clock.advance(by: Store.probeInterval)
                try await turns { store.health == .ok }
                #expect(try await store.noteIDs() == [1, 2])
                await store.close()
            }
        }

        #if os(Linux)
        @Test func aFullDiskFailsWritesLosesNothingConfirmedAndRecoversWhenSpaceReturns() async throws {
            let disk = try TinyDisk(bytes: 256 << 10)
            let filler = disk.path + "/filler"
            try await onLoop {
                let path = disk.path + "/openclaw.sqlite"
                let clock = FakeClock()
                disk.fill(filler, bytes: 96 << 10)
                let store = try await Store.open(at: path, schema: .notes, clock: clock)
                var confirmed: [Int] = []
                var refused: StoreError?
                for id in 1...100 where refused == nil {
                    refused = await error { () throws(StoreError) in
                        try await store.addNote(id, data: [UInt8](repeating: 1, count: 3000))
                    }
                    if refused == nil { confirmed.append(id) }
                }
                #expect(refused == .full(path: path))
                #expect(refused?.description.contains("df -h \(disk.path)") == true)
                #expect(confirmed.count > 3)
                #expect(store.health == .full(since: clock.now))
                #expect(try await store.noteIDs() == confirmed)

                // Again and again, with nothing lost and nothing added.
                for _ in 0..<20 {
                    let big = await error { () throws(StoreError) in
                        try await store.addNote(1000, data: [UInt8](repeating: 2, count: 200_000))
                    }
                    #expect(big == .full(path: path))
                }
                #expect(try await store.noteIDs() == confirmed)
                #expect(store.health == .full(since: clock.now))

                unlink(filler)
                await clock.advance(by: Store.probeInterval)
                try await turns { store.health == .ok }
                try await store.addNote(1001, data: [UInt8](repeating: 3, count: 3000))
                #expect(try await store.noteIDs() == confirmed + [1001])
                await store.close()

                let again = try await Store.open(at: path, schema: .notes)
                #expect(!again.stoppedUncleanly)
                #expect(try await again.noteIDs() == confirmed + [1001])
                #expect(try await again.check() == nil)
                await again.close()
            }
        }

        @Test func aStoreThatIsClosedOnAFullDiskIsWholeAfterwards() async throws {
            let disk = try TinyDisk(bytes: 256 << 10)
            try await onLoop {
                let path = disk.path + "/openclaw.sqlite"
                let store = try await Store.open(at: path, schema: .notes, clock: FakeClock())
                var confirmed: [Int] = []
                for id in 1...20 {
                    try await store.addNote(id, data: [UInt8](repeating: 1, count: 1000))
                    confirmed.append(id)
                }
                disk.fill(disk.path + "/filler", bytes: 512 << 10)
                let refused = await error { () throws(StoreError) in
                    try await store.addNote(21, data: [UInt8](repeating: 1, count: 50_000))
                }
                #expect(refused == .full(path: path))
                await store.close()
                unlink(disk.path + "/filler")
                let again = try await Store.open(at: path, schema: .notes)
                #expect(try await again.noteIDs() == confirmed)
                await again.close()
            }
        }

        @Test func aStoreIsNotMigratedWithoutSpaceForItsCopy() async throws {
            let disk = try TinyDisk(bytes: 256 << 10)
            try await onLoop {
                let path = disk.path + "/openclaw.sqlite"
                let store = try await Store.open(at: path, schema: .notes)
                try await store.addNote(1, data: [UInt8](repeating: 1, count: 60_000))
                await store.close()
                disk.fill(disk.path + "/filler", bytes: 512 << 10)
                let newer = Schema(
                    Schema.notes.migrations.dropFirst() + [
                        Migration(3, "third", ["CREATE TABLE third (id INTEGER) STRICT"])
                    ])
                let refused = await error { () throws(StoreError) in
                    _ = try await Store.open(at: path, schema: newer)
                }
                #expect(refused == .full(path: path))
                unlink(disk.path + "/filler")
                let again = try await Store.open(at: path, schema: .notes)
                #expect(try await again.noteIDs() == [1])
                await again.close()
            }
        }
        #endif
    }
}

#if os(Linux)
/// A file system of its own, so small that a test can fill it. Needs root.
final class TinyDisk: Sendable {
    private let directory = StoreDirectory()
    var path: String { directory.path + "/state" }

    init(bytes: Int) throws {
        mkdir(directory.path + "/state", 0o700)
        guard mount("none", directory.path + "/state", "tmpfs", 0, "size=\(bytes),mode=700") == 0 else {
            throw SystemError.last("mount")
        }
    }

    deinit { umount2(path, Int32(MNT_DETACH)) }

    /// As much of `bytes` as there is space for.
    func fill(_ path: String, bytes: Int) {
        let descriptor = open(path, O_WRONLY | O_CREAT, 0o600)
        defer { close(descriptor) }
        let block = [UInt8](repeating: 0, count: 4096)
        for _ in 0..<bytes / 4096 where write(descriptor, block, 4096) < 4096 { return }
    }
}
#endif

import Platform
import Store
import Support
import Testing

extension StoreTests {
    @Suite struct Damage {
        /// A closed store with rows on some hundred pages.
        @LoopActor
        static func make(_ directory: StoreDirectory) async throws {
            let store = try await Store.open(directory)
            try await store.write { (db) throws(StoreError) in
                for id in 1...100 {
                    try db.run(
                        "INSERT INTO notes (id, data) VALUES (?, ?)", id, [UInt8](repeating: UInt8(id), count: 3000))
                }
            }
            await store.close()
        }

        /// What must be so after a damaged store was replaced.
        @LoopActor
        static func expectReplaced(
            _ directory: StoreDirectory, _ store: Store, _ recorder: EventRecorder, holding bytes: [UInt8]
        ) async throws {
            guard let moved = recorder.moved.first, recorder.moved.count == 1 else {
                throw StoreError.rejected("moved: \(recorder.moved)")
            }
            #expect(moved.path == directory.store)
            let stamp = moved.movedTo.dropFirst((directory.store + ".damaged-").count)
            #expect(moved.movedTo.hasPrefix(directory.store + ".damaged-"))
            #expect(stamp.wholeMatch(of: /\d{8}T\d{6}Z/) != nil)
            #expect(directory.bytes(moved.movedTo) == bytes, "the damaged file is as it was")
            guard case .damaged(_, moved.movedTo) = store.health else {
                throw StoreError.rejected("health: \(store.health)")
            }
            #expect(store.health.age(at: EventLoop.shared.now) ?? .seconds(-1) >= .zero)
            #expect(recorder.events.contains { $0.description.contains(moved.movedTo) })
            #expect(try await store.noteIDs() == [])
            try await store.addNote(1)
            #expect(try await store.noteIDs() == [1])
        }

        enum Spoiling: CaseIterable {
            case garbageHeader, text, halfOfIt, lessThanAHeader, schemaPage
        }

        @Test(arguments: Spoiling.allCases)
        func aFileThatCannotBeOpenedIsMovedAside(_ spoiling: Spoiling) async throws {
            let directory = StoreDirectory()
            try await onLoop {
                try await Self.make(directory)
                let size = directory.bytes(directory.store).count
                switch spoiling {
                case .garbageHeader: directory.write([UInt8](repeating: 0xa5, count: 100), to: directory.store)
                case .text:
                    directory.cut(directory.store, to: 0)
                    directory.write(Array("this is not a database\n".utf8), to: directory.store)
                case .halfOfIt: directory.cut(directory.store, to: size / 2)
                case .lessThanAHeader: directory.cut(directory.store, to: 50)
                case .schemaPage: directory.write([UInt8](repeating: 0x5a, count: 3996), to: directory.store, at: 100)
                }
                let bytes = directory.bytes(directory.store)
                let recorder = EventRecorder()
                let store = try await Store.open(directory, recorder: recorder)
                try await Self.expectReplaced(directory, store, recorder, holding: bytes)
                await store.close()
            }
        }

        @Test func theLogIsMovedWithTheFile() async throws {
            let directory = StoreDirectory()
            try await onLoop {
                try await Self.make(directory)
                let open = try await Store.open(directory)
                try await open.addNote(1000)
                let image = directory.imageOfKilledStore()
                await open.close()
                image.write([UInt8](repeating: 0xa5, count: 100), to: image.store)
                image.cut(image.store, to: 20_000)
                let recorder = EventRecorder()
                let store = try await Store.open(image, recorder: recorder)
                // A log that holds page 1 makes a store of such a file again, if the rest is there; here it is not.
                _ = try await store.check()
                let moved = try #require(recorder.moved.first)
                #expect(image.bytes(moved.movedTo + "-wal").count > 0)
                await store.close()
            }
        }

        @Test func aLogWithoutItsDatabaseIsMovedAsideInsteadOfDeleted() async throws {
            let directory = StoreDirectory()
            try await onLoop {
                let open = try await Store.open(directory)
                try await open.addNote(1)
                let image = directory.imageOfKilledStore()
                await open.close()
                image.cut(image.store, to: 0)
                let log = image.bytes(image.store + "-wal")
                let recorder = EventRecorder()
                let store = try await Store.open(image, recorder: recorder)
                let moved = try #require(recorder.moved.first)
                #expect(image.bytes(moved.movedTo + "-wal") == log)
                await store.close()
            }
        }

        @Test func twoDamagedStoresInOneSecondGetTwoNames() async throws {
            let directory = StoreDirectory()
            try await onLoop {
                let time = WallTime(nanoseconds: 1_795_176_900_000_000_000)
                let engine = SQLiteEngine(path: directory.store, schema: .notes, now: { time })
                for round in 0..<3 {
                    await (try Store.open(engine, path: directory.store)).close()
                    directory.write([UInt8(round)], to: directory.store)
                }
                await (try Store.open(engine, path: directory.store)).close()
                let name = "openclaw.sqlite.damaged-20261120T121500Z"
                #expect(directory.names == ["openclaw.sqlite", name, name + "-2", name + "-3"])
            }
        }

        @Test func aCheckFindsWhatOpeningDoesNotAndReplacesTheStoreWhileItRuns() async throws {
            let directory = StoreDirectory()
            try await onLoop {
                try await Self.make(directory)
                let size = directory.bytes(directory.store).count
                directory.write([UInt8](repeating: 0xa5, count: 4096), to: directory.store, at: size / 2 / 4096 * 4096)
                let bytes = directory.bytes(directory.store)
                let recorder = EventRecorder()
                let store = try await Store.open(directory, recorder: recorder)
                #expect(recorder.events.isEmpty)
                #expect(store.health == .ok)
                let found = try await store.check()
                #expect(found == recorder.moved.first)
                try await Self.expectReplaced(directory, store, recorder, holding: bytes)
                #expect(try await store.check() == nil)
                await store.close()
                #expect(directory.descriptors == 0)
            }
        }

        @Test func aReadThatMeetsDamageHasTheStoreReplaced() async throws {
            let directory = StoreDirectory()
            try await onLoop {
                try await Self.make(directory)
                // The second page is the root of a table that the read below walks through.
                for page in 2...5 {
                    directory.write([UInt8](repeating: 0xa5, count: 4096), to: directory.store, at: page * 4096)
                }
                let bytes = directory.bytes(directory.store)
                let recorder = EventRecorder()
                let store = try await Store.open(directory, recorder: recorder)
                let met = await error { () throws(StoreError) in
                    _ = try await store.read { (db) throws(StoreError) in
                        try db.rows("SELECT id, data FROM notes") { row throws(StoreError) -> Int in try row[0] }
                    }
                }
                guard case .damaged = met else { throw StoreError.rejected("met: \(String(describing: met))") }
                // A write behind it has waited for the new store.
                try await store.write { _ throws(StoreError) in }
                try await Self.expectReplaced(directory, store, recorder, holding: bytes)
                await store.close()
            }
        }

        @Test func aDamagedStoreThatCannotBeReplacedYetIsReplacedLater() async throws {
            let directory = StoreDirectory()
            try await onLoop {
                try await Self.make(directory)
                let size = directory.bytes(directory.store).count
                directory.write([UInt8](repeating: 0xa5, count: 4096), to: directory.store, at: size / 2 / 4096 * 4096)
                let bytes = directory.bytes(directory.store)
                let clock = FakeClock()
                let faults = Faults()
                let recorder = EventRecorder()
                let engine = FaultyEngine(SQLiteEngine(path: directory.store, schema: .notes), faults)
                let store = try await Store.open(engine, path: directory.store, clock: clock) { recorder.record($0) }
                let moment = clock.now
                let readOnly = StoreError.disk(path: directory.store, reason: "Read-only file system")
                faults.set("move aside", readOnly)
                #expect(await error { () throws(StoreError) in try await store.check() } == readOnly)
                #expect(store.health == .failing(since: clock.now, reason: readOnly.description))
                #expect(recorder.moved.isEmpty)
                faults.clear()
                faults.set("open", readOnly)
                #expect(await error { () throws(StoreError) in try await store.check() } == readOnly)
                #expect(await error { () throws(StoreError) in try await store.addNote(1) } == readOnly)
                #expect(recorder.moved.count == 1)
                #expect(directory.bytes(try #require(recorder.moved.first).movedTo) == bytes)
                faults.clear()
                await clock.advance(by: Store.probeInterval)
                try await turns { recorder.events.last == .recovered }
                #expect(store.health == .damaged(since: moment, movedTo: recorder.moved[0].movedTo))
                #expect(try await store.noteIDs() == [])
                try await store.addNote(1)
                await store.close()
            }
        }

        @Test func whatWaitsWhileTheStoreIsReplacedGoesIntoTheNewOne() async throws {
            let directory = StoreDirectory()
            try await onLoop {
                try await Self.make(directory)
                let size = directory.bytes(directory.store).count
                directory.write([UInt8](repeating: 0xa5, count: 4096), to: directory.store, at: size / 2 / 4096 * 4096)
                let store = try await Store.open(directory)
                let gate = Gate()
                let holder = try await store.hold(at: gate)
                let check = startTask { try await store.check() }
                // The check has found the damage and waits for the writer thread, and so do the writes.
                let writers = (1...10).map { id in startTask { try await store.addNote(1000 + id) } }
                let readers = (1...10).map { _ in startTask { _ = try? await store.noteIDs() } }
                try await turns { store.waitingWrites == 10 }
                for reader in readers { try await reader.value }
                gate.open()
                try await holder.value
                #expect(try await check.value != nil)
                for writer in writers { try await writer.value }
                #expect(try await store.noteIDs() == Array(1001...1010))
                await store.close()
            }
        }
    }
}

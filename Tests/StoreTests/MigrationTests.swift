import Platform
import Store
import Support
import Testing

extension StoreTests {
    @Suite struct Migrations {
        /// Schemas of version 1, 2 … each with one table more, t2, t3 …
        static func schema(_ version: Int) -> Schema {
            let steps: [Migration] = [
                Migration(2, "second", ["CREATE TABLE t2 (id INTEGER PRIMARY KEY) STRICT"]),
                Migration(
                    3, "third", ["CREATE TABLE t3 (id INTEGER PRIMARY KEY) STRICT", "INSERT INTO t3 VALUES (3)"]),
                Migration(4, "fourth", ["CREATE TABLE t4 (id INTEGER PRIMARY KEY) STRICT"]),
                Migration(5, "fifth", ["ALTER TABLE t4 RENAME TO t5"]),
                Migration(6, "sixth", ["CREATE TABLE t6 (id INTEGER PRIMARY KEY) STRICT"]),
            ]
            return Schema(Array(steps.prefix(version - 1)))
        }

        @Test func aNewStoreTakesEveryStepAndKeepsNoCopy() async throws {
            let directory = StoreDirectory()
            try await onLoop {
                let recorder = EventRecorder()
                let store = try await Store.open(directory, schema: Self.schema(6), recorder: recorder)
                #expect(recorder.events == [.created(path: directory.store)])
                await store.close()
                #expect(directory.names == ["openclaw.sqlite"])
            }
        }

        @Test func theOrderInWhichTargetsContributeDoesNotMatter() {
            let reversed = Schema(Self.schema(6).migrations.dropFirst().reversed())
            #expect(reversed.migrations.map(\.number) == [1, 2, 3, 4, 5, 6])
            #expect(reversed.version == 6)
        }

        @Test func anOldStoreIsBroughtForwardAndACopyOfItIsKept() async throws {
            let directory = StoreDirectory()
            try await onLoop {
                let time = WallTime(nanoseconds: 0)
                let old = try await Store.open(directory, schema: Self.schema(1))
                try await old.write { (db) throws(StoreError) in try db.setFact("a", json: "1", at: time) }
                await old.close()

                let recorder = EventRecorder()
                let store = try await Store.open(directory, schema: Self.schema(3), recorder: recorder)
                let copy = directory.store + ".before-v3"
                #expect(recorder.events == [.migrated(from: 1, to: 3, copy: copy)])
                try await store.write { (db) throws(StoreError) in
                    try db.setFact("a", json: "2", at: time)
                    try db.run("INSERT INTO t3 VALUES (4)")
                }
                await store.close()
                #expect(directory.mode(copy) == 0o600)
                #expect(directory.names == ["openclaw.sqlite", "openclaw.sqlite.before-v3"])

                let before = try await Store.open(at: copy, schema: Self.schema(1))
                #expect(try await before.read { (db) throws(StoreError) in try db.fact("a") } == "1")
                await before.close()
            }
        }

        @Test func theCopyOfAKilledStoreHoldsWhatStoodInItsLog() async throws {
            let directory = StoreDirectory()
            try await onLoop {
                let old = try await Store.open(directory, schema: Self.schema(1))
                try await old.write { (db) throws(StoreError) in
                    try db.setFact("a", json: "1", at: WallTime(nanoseconds: 0))
                }
                let image = directory.imageOfKilledStore()
                await old.close()
                let store = try await Store.open(image, schema: Self.schema(2))
                #expect(store.stoppedUncleanly)
                await store.close()
                let before = try await Store.open(at: image.store + ".before-v2", schema: Self.schema(1))
                #expect(try await before.read { (db) throws(StoreError) in try db.fact("a") } == "1")
                await before.close()
            }
        }

        @Test func onlyTheNewestCopiesStay() async throws {
            let directory = StoreDirectory()
            try await onLoop {
                for version in 1...6 {
                    await (try Store.open(directory, schema: Self.schema(version))).close()
                    let copies = directory.names.filter { $0.contains("before") }
                    #expect(copies.count == min(version - 1, StoreFiles.copiesKept))
                }
                #expect(
                    directory.names == [
                        "openclaw.sqlite", "openclaw.sqlite.before-v4", "openclaw.sqlite.before-v5",
                        "openclaw.sqlite.before-v6",
                    ])
            }
        }

        @Test func aStoreThatIsNewerThanTheProgramIsLeftAlone() async throws {
            let directory = StoreDirectory()
            try await onLoop {
                await (try Store.open(directory, schema: Self.schema(4))).close()
                let bytes = directory.bytes(directory.store)
                let refused = await error { () throws(StoreError) in
                    _ = try await Store.open(directory, schema: Self.schema(3))
                }
                #expect(refused == .newer(path: directory.store, version: 4, known: 3))
                #expect(refused?.description.contains("version 4") == true)
                #expect(refused?.description.contains("up to 3") == true)
                #expect(directory.bytes(directory.store) == bytes)
                #expect(directory.names.filter { $0.contains("damaged") || $0.contains("before") } == [])
                #expect(directory.descriptors == 0)
                await (try Store.open(directory, schema: Self.schema(4))).close()
            }
        }

        @Test func aDatabaseOfAnotherProgramIsLeftAlone() async throws {
            let directory = StoreDirectory()
            try await onLoop {
                await (try Store.open(directory)).close()
                // The application id stands at byte 68 of a database.
                directory.write([1, 2, 3, 4], to: directory.store, at: 68)
                let bytes = directory.bytes(directory.store)
                let refused = await error { () throws(StoreError) in _ = try await Store.open(directory) }
                #expect(refused == .foreign(path: directory.store))
                #expect(directory.bytes(directory.store) == bytes)
            }
        }

        @Test func aStepThatFailsIsNamedAndUndoesAllOfThem() async throws {
            let directory = StoreDirectory()
            try await onLoop {
                await (try Store.open(directory, schema: Self.schema(1))).close()
                let broken = Schema(
                    Self.schema(2).migrations.dropFirst() + [
                        Migration(3, "broken", ["CREATE TABLE t2 (id INTEGER) STRICT"])
                    ])
                for _ in 0..<2 {
                    let failed = await error { () throws(StoreError) in
                        _ = try await Store.open(directory, schema: broken)
                    }
                    guard case .migrationFailed(3, "broken", let reason) = failed else {
                        throw StoreError.rejected("\(String(describing: failed))")
                    }
                    #expect(reason.contains("t2 already exists"))
                }
                await (try Store.open(directory, schema: Self.schema(1))).close()
            }
        }

        @Test func aStepThatLeavesBrokenReferencesFails() async throws {
            let directory = StoreDirectory()
            try await onLoop {
                await (try Store.open(directory, schema: Self.schema(2))).close()
                let broken = Schema(
                    Self.schema(2).migrations.dropFirst() + [
                        Migration(
                            3, "broken",
                            [
                                "CREATE TABLE child (parent INTEGER REFERENCES t2 (id)) STRICT",
                                "INSERT INTO child VALUES (7)",
                            ])
                    ])
                let failed = await error { () throws(StoreError) in
                    _ = try await Store.open(directory, schema: broken)
                }
                guard case .migrationFailed(3, "broken", let reason) = failed else {
                    throw StoreError.rejected("\(String(describing: failed))")
                }
                #expect(reason.contains("child"))
            }
        }
    }
}

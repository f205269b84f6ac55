import Platform
import Store
import Support
import Testing

extension StoreTests {
    @Suite struct Reads {
        @Test func aReadSeesWhatIsCommittedAndNothingElse() async throws {
            let directory = StoreDirectory()
            try await onLoop {
                let store = try await Store.open(directory)
                try await store.addNote(1)
                let gate = Gate()
                let writer = startTask {
                    try await store.write { (db) throws(StoreError) in
                        _ = try db.run("INSERT INTO notes (id) VALUES (2)")
                        gate.pass()
                    }
                }
                try await turns { gate.hasEntered }
                #expect(try await store.noteIDs() == [1])
                gate.open()
                try await writer.value
                #expect(try await store.noteIDs() == [1, 2])
                await store.close()
            }
        }

        @Test func aReadSeesOneMomentWhateverIsWrittenMeanwhile() async throws {
            let directory = StoreDirectory()
            try await onLoop {
                let store = try await Store.open(directory)
                try await store.addNote(1)
                let gate = Gate()
                let reader = startTask {
                    try await store.read { (db) throws(StoreError) in
                        let before = try db.first("SELECT count(*) FROM notes") { row throws(StoreError) -> Int in
                            try row[0]
                        }
                        gate.pass()
                        let after = try db.first("SELECT count(*) FROM notes") { row throws(StoreError) -> Int in
                            try row[0]
                        }
                        return [before, after]
                    }
                }
                try await turns { gate.hasEntered }
                try await store.addNote(2)
                gate.open()
                #expect(try await reader.value == [1, 1])
                #expect(try await store.noteIDs() == [1, 2])
                await store.close()
            }
        }

        @Test func aReadCannotWrite() async throws {
            let directory = StoreDirectory()
            try await onLoop {
                let store = try await Store.open(directory)
                let refused = await error { () throws(StoreError) in
                    _ = try await store.read { (db) throws(StoreError) in
                        try db.rows("INSERT INTO notes (id) VALUES (1) RETURNING id") { row throws(StoreError) -> Int in
                            try row[0]
                        }
                    }
                }
                #expect(refused != nil)
                #expect(try await store.noteIDs() == [])
                #expect(store.health == .ok)
                await store.close()
            }
        }

        @Test(arguments: [-1, 0, 1])
        func theQueueTakesItsLimitAndRefusesWhatIsBeyond(_ offset: Int) async throws {
            let directory = StoreDirectory()
            try await onLoop {
                let store = try await Store.open(directory)
                let gate = Gate()
                let holder = startTask { try await store.read { _ throws(StoreError) in gate.pass() } }
                try await turns { gate.hasEntered }
                let count = Store.queueLimit + offset
                let readers = (1...count).map { _ in startTask { try await store.noteIDs() } }
                try await turns { store.waitingReads == min(count, Store.queueLimit) }
                if offset > 0 {
                    await #expect(throws: StoreError.queueFull(limit: Store.queueLimit)) {
                        try await readers[count - 1].value
                    }
                }
                gate.open()
                try await holder.value
                for reader in readers.prefix(Store.queueLimit) { #expect(try await reader.value == []) }
                await store.close()
            }
        }
    }
}

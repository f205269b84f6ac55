import Platform
import Store
import Support
import Testing

extension StoreTests {
    @Suite struct Writes {
        @Test func everyKindOfValueComesBackAsItWent() async throws {
            let directory = StoreDirectory()
            try await onLoop {
                let store = try await Store.open(directory)
                let bytes = (0...255).map { UInt8($0) }
                try await store.write { (db) throws(StoreError) in
                    try db.run(
                        "INSERT INTO notes (id, text, size, data) VALUES (?, ?, ?, ?)", Int64.min, "ä\u{0}\u{1f980}",
                        0.1,
                        bytes)
                    try db.run("INSERT INTO notes (id, text, data) VALUES (?, ?, ?)", Int.max, "", [UInt8]())
                    try db.run("INSERT INTO notes (id, text) VALUES (?, ?)", true, nil as String?)
                }
                let rows = try await store.read { (db) throws(StoreError) in
                    try db.rows("SELECT id, text, size, data FROM notes ORDER BY id") { row throws(StoreError) in
                        let values: (Int64, String?, Double?, [UInt8]?) = try (row[0], row[1], row[2], row[3])
                        return values
                    }
                }
                #expect(rows.map(\.0) == [.min, 1, .max])
                #expect(rows.map(\.1) == ["ä\u{0}\u{1f980}", nil, ""])
                #expect(rows.map(\.2) == [0.1, nil, nil])
                #expect(rows.map(\.3) == [bytes, nil, []])
                await store.close()
            }
        }

        @Test func aColumnOfAnotherKindIsAnErrorThatNamesBoth() async throws {
            let directory = StoreDirectory()
            try await onLoop {
                let store = try await Store.open(directory)
                try await store.addNote(1)
                let wrong = await error { () throws(StoreError) in
                    _ = try await store.read { (db) throws(StoreError) in
                        try db.first("SELECT id, text FROM notes") { row throws(StoreError) -> String in try row[1] }
                    }
                }
                #expect(wrong == .unexpectedValue(column: 1, found: "nothing", wanted: "String"))
                await store.close()
            }
        }

        @Test func aMistakenStatementIsRefusedAndNamed() async throws {
            let directory = StoreDirectory()
            try await onLoop {
                let store = try await Store.open(directory)
                let statements: [StaticString] = [
                    "INSERT INTO nowhere (id) VALUES (1)", "SELECT \"mistyped\" FROM notes",
                    "DELETE FROM notes; DELETE FROM facts", "SELECT ?", "",
                ]
                for statement in statements {
                    let refused = await error { () throws(StoreError) in
                        try await store.write { (db) throws(StoreError) in _ = try db.run(statement) }
                    }
                    guard case .statement = refused else {
                        Issue.record("\(statement): \(String(describing: refused))")
                        continue
                    }
                }
                #expect(store.health == .ok)
                await store.close()
            }
        }

        @Test func oneUnitThatFailsDoesNotUndoItsNeighbours() async throws {
            let directory = StoreDirectory()
            try await onLoop {
                let store = try await Store.open(directory)
                let gate = Gate()
                let holder = try await store.hold(at: gate)
                let commits = store.counts.commits
                let first = startTask { try await store.addNote(1, "same") }
                let rejected = startTask {
                    try await store.write { (db) throws(StoreError) in
                        _ = try db.run("INSERT INTO notes (id) VALUES (2)")
                        throw StoreError.rejected("on purpose")
                    }
                }
                let repeated = startTask { try await store.addNote(3, "same") }
                let last = startTask { try await store.addNote(4, "other") }
                try await turns { store.waitingWrites == 4 }
                gate.open()
                try await holder.value
                try await first.value
                try await last.value
                await #expect(throws: StoreError.rejected("on purpose")) { try await rejected.value }
                await #expect(throws: StoreError.self) { try await repeated.value }
                #expect(try await store.noteIDs() == [1, 4])
                #expect(store.counts.commits == commits + 2, "the holder's, and one for the four")
                #expect(store.health == .ok)
                await store.close()
            }
        }

        @Test func aUnitThatEndsTheSharedTransactionTakesOnlyThoseBeforeItWithIt() async throws {
            let directory = StoreDirectory()
            try await onLoop {
                let store = try await Store.open(directory)
                let gate = Gate()
                let holder = try await store.hold(at: gate)
                let before = startTask { try await store.addNote(1) }
                let culprit = startTask {
                    try await store.write { (db) throws(StoreError) in _ = try db.run("ROLLBACK") }
                }
                let after = startTask { try await store.addNote(2) }
                try await turns { store.waitingWrites == 3 }
                gate.open()
                try await holder.value
                await #expect(throws: StoreError.self) { try await before.value }
                await #expect(throws: StoreError.self) { try await culprit.value }
                try await after.value
                #expect(try await store.noteIDs() == [2])
                await store.close()
            }
        }

        @Test func manyCallersShareOneCommit() async throws {
            let directory = StoreDirectory()
            try await onLoop {
                let store = try await Store.open(directory)
                let gate = Gate()
                let holder = try await store.hold(at: gate)
                let commits = store.counts.commits
                let writers = (1...500).map { id in startTask { try await store.addNote(id) } }
                try await turns { store.waitingWrites == 500 }
                gate.open()
                try await holder.value
                for writer in writers { try await writer.value }
                #expect(store.counts.commits == commits + 2)
                #expect(try await store.noteIDs() == Array(1...500))
                await store.close()
            }
        }

        @Test func freeRunningCallersShareCommitsToo() async throws {
            let directory = StoreDirectory()
            try await onLoop {
                let store = try await Store.open(directory)
                let writers = (0..<50).map { caller in
                    startTask { for step in 0..<20 { try await store.addNote(caller * 20 + step) } }
                }
                for writer in writers { try await writer.value }
                #expect(store.counts.confirmed == 1000)
                #expect(store.counts.commits < 500)
                #expect(try await store.noteIDs().count == 1000)
                await store.close()
            }
        }

        @Test(arguments: [-1, 0, 1])
        func theQueueTakesItsLimitAndRefusesWhatIsBeyond(_ offset: Int) async throws {
            let directory = StoreDirectory()
            try await onLoop {
                let store = try await Store.open(directory)
                let gate = Gate()
                let holder = try await store.hold(at: gate)
                let count = Store.queueLimit + offset
                let writers = (1...count).map { id in startTask { try await store.addNote(id) } }
                try await turns { store.waitingWrites == min(count, Store.queueLimit) }
                if offset > 0 {
                    await #expect(throws: StoreError.queueFull(limit: Store.queueLimit)) {
                        try await writers[count - 1].value
                    }
                }
                gate.open()
                try await holder.value
                for writer in writers.prefix(Store.queueLimit) { try await writer.value }
                #expect(try await store.noteIDs().count == min(count, Store.queueLimit))
                await store.close()
            }
        }

        @Test func noMoreStatementsAreKeptThanTheLimitAndAllOfThemWork() async throws {
            let directory = StoreDirectory()
            let statements: [StaticString] = [
                "SELECT 0", "SELECT 1", "SELECT 2", "SELECT 3", "SELECT 4", "SELECT 5", "SELECT 6", "SELECT 7",
                "SELECT 8",
                "SELECT 9", "SELECT 10", "SELECT 11", "SELECT 12", "SELECT 13", "SELECT 14", "SELECT 15", "SELECT 16",
                "SELECT 17",
                "SELECT 18", "SELECT 19", "SELECT 20", "SELECT 21", "SELECT 22", "SELECT 23", "SELECT 24", "SELECT 25",
                "SELECT 26",
                "SELECT 27", "SELECT 28", "SELECT 29", "SELECT 30", "SELECT 31", "SELECT 32", "SELECT 33", "SELECT 34",
                "SELECT 35",
                "SELECT 36", "SELECT 37", "SELECT 38", "SELECT 39", "SELECT 40", "SELECT 41", "SELECT 42", "SELECT 43",
                "SELECT 44",
                "SELECT 45", "SELECT 46", "SELECT 47", "SELECT 48", "SELECT 49", "SELECT 50", "SELECT 51", "SELECT 52",
                "SELECT 53",
                "SELECT 54", "SELECT 55", "SELECT 56", "SELECT 57", "SELECT 58", "SELECT 59", "SELECT 60", "SELECT 61",
                "SELECT 62",
                "SELECT 63", "SELECT 64",
            ]
            try await onLoop {
                await (try Store.open(directory)).close()
                let connection = try SQLiteConnection(directory.store, .reader)
                for round in 0..<2 {
                    for (number, statement) in statements.enumerated() {
                        var found = -1
                        _ = try connection.run(statement, []) { (row) throws(StoreError) in
                            found = try row[0]
                            return true
                        }
                        #expect(found == number)
                        if round == 0 { #expect(connection.keptStatements == min(number + 1, StatementCache.limit)) }
                    }
                }
                #expect(statements.count == StatementCache.limit + 1)
                connection.close(clean: false)
            }
        }

        @Test func theSameStatementMayRunInsideItself() async throws {
            let directory = StoreDirectory()
            try await onLoop {
                let store = try await Store.open(directory)
                try await store.addNote(1)
                let nested = try await store.read { (db) throws(StoreError) in
                    try db.rows("SELECT id FROM notes") { _ throws(StoreError) in
                        try db.rows("SELECT id FROM notes") { row throws(StoreError) -> Int in try row[0] }
                    }
                }
                #expect(nested == [[1]])
                await store.close()
            }
        }

        @Test func factsAreJSONUnderAKey() async throws {
            let directory = StoreDirectory()
            try await onLoop {
                let store = try await Store.open(directory)
                let time = WallTime(nanoseconds: 1_790_000_000_000_000_000)
                try await store.write { (db) throws(StoreError) in
                    try db.setFact("greeting", json: "\"one\"", at: time)
                    try db.setFact("greeting", json: "{\"two\":2}", at: time)
                }
                #expect(try await store.read { (db) throws(StoreError) in try db.fact("greeting") } == "{\"two\":2}")
                let refused = await error { () throws(StoreError) in
                    try await store.write { (db) throws(StoreError) in
                        try db.setFact("greeting", json: "not JSON", at: time)
                    }
                }
                guard case .constraint = refused else {
                    throw StoreError.rejected("accepted: \(String(describing: refused))")
                }
                let removed = try await store.write { (db) throws(StoreError) in
                    (try db.removeFact("greeting"), try db.removeFact("greeting"))
                }
                #expect(removed == (true, false))
                #expect(try await store.read { (db) throws(StoreError) in try db.fact("greeting") } == nil)
                await store.close()
            }
        }
    }
}

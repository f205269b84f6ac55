import Platform
import Store
import Support
import Testing

extension Schema {
    /// The store's own table and one for tests.
    static let notes = Schema(
        [
            Migration(
                2, "notes",
                ["CREATE TABLE notes (id INTEGER NOT NULL PRIMARY KEY, text TEXT UNIQUE, size REAL, data BLOB) STRICT"])
        ])
}

/// What was reported, in order.
@LoopActor
final class EventRecorder {
    private(set) var events: [StoreEvent] = []

    func record(_ event: StoreEvent) { events.append(event) }

    var moved: [MovedAside] {
        events.compactMap { event in
            if case .movedAside(let moved) = event { moved } else { nil }
        }
    }
}

extension Store {
    static func open(
        _ directory: StoreDirectory, schema: Schema = .notes, clock: any Clock = EventLoop.shared,
        recorder: EventRecorder? = nil
    ) async throws(StoreError) -> Store {
        try await open(at: directory.store, schema: schema, clock: clock) { recorder?.record($0) }
    }

    func addNote(_ id: Int, _ text: String? = nil, data: [UInt8]? = nil) async throws(StoreError) {
        try await write { (db) throws(StoreError) in
            _ = try db.run("INSERT INTO notes (id, text, data) VALUES (?, ?, ?)", id, text, data)
        }
    }

    func noteIDs() async throws(StoreError) -> [Int] {
        try await read { (db) throws(StoreError) in
            try db.rows("SELECT id FROM notes ORDER BY id") { row throws(StoreError) -> Int in try row[0] }
        }
    }

    /// Occupies the writer thread until `gate` opens.
    func hold(at gate: Gate) async throws -> Task<Void, any Error> {
        let task = startTask { try await self.write { _ throws(StoreError) in gate.pass() } }
        try await turns { gate.hasEntered }
        return task
    }
}

/// The error that `body` throws; nil when it throws none.
@LoopActor
func error(of body: @LoopActor () async throws(StoreError) -> Void) async -> StoreError? {
    do throws(StoreError) {
        try await body()
        return nil
    } catch {
        return error
    }
}

import Platform
import Store
import Writing

/// Writes without waiting for the disk, to show that the crash tests notice.
let noSync = "--unsafe-no-sync"

let schema = Schema(
    [
        Migration(
            2, "numbers",
            ["CREATE TABLE numbers (number INTEGER NOT NULL PRIMARY KEY, payload BLOB NOT NULL) STRICT"])
    ])

/// What stands beside a number: a mark that can be found in a recording of the file's writes, then bytes that follow
/// from the number. Some are long enough to span pages.
func payload(of number: Int) -> [UInt8] {
    var state = UInt64(truncatingIfNeeded: number) &* 0x9e37_79b9_7f4a_7c15
    func next() -> UInt64 {
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return state &* 0x2545_f491_4f6c_dd1d
    }
    let length = next() % 16 == 0 ? Int(next() % 20_000) : Int(next() % 400)
    var bytes = Array(mark(of: number).utf8)
    for _ in 0..<length { bytes.append(UInt8(truncatingIfNeeded: next() >> 32)) }
    return bytes
}

@LoopActor
func writeNumbers(_ options: Options) async throws -> Bool {
    let engine = SQLiteEngine(path: options.paths[0], schema: schema, durable: !options.switches.contains(noSync))
    let store = try await Store.open(engine, path: options.paths[0]) { event in printError("\(event)") }
    let last = try await store.read { (db) throws(StoreError) -> Int? in
        try db.first("SELECT number FROM numbers ORDER BY number DESC") { row throws(StoreError) in try row[0] }
    }
    // Beside the writes, as in the product.
    let check = store.stoppedUncleanly ? startTask { _ = try await store.check() } : nil
    let sequence = Sequence(from: (last ?? 0) + 1, count: options.count)
    let callers = (0..<options.callers).map { _ in
        startTask {
            while let number = sequence.take() {
                try await store.insert(number, payload(of: number))
                printLine(String(number))
            }
        }
    }
    for caller in callers { try await caller.value }
    try await check?.value
    await store.close()
    return true
}

extension Store {
    func insert(_ number: Int, _ payload: [UInt8]) async throws(StoreError) {
        try await write { (db) throws(StoreError) in
            _ = try db.run("INSERT INTO numbers (number, payload) VALUES (?, ?)", number, payload)
        }
    }
}

/// Opens each store as the product would, checks it, and prints the numbers it holds.
@LoopActor
func verify(_ paths: [String]) async -> Bool {
    var isGood = true
    for path in paths {
        printLine("store \(path)")
        do {
            isGood = try await verify(path) && isGood
        } catch {
            printLine("failed \(error)")
            isGood = false
        }
    }
    return isGood
}

@LoopActor
private func verify(_ path: String) async throws(StoreError) -> Bool {
    var moved: String?
    let engine = SQLiteEngine(path: path, schema: schema)
    let store = try await Store.open(engine, path: path) { event in
        if case .movedAside = event { moved = event.description }
    }
    try await store.check()
    let found = try await store.read { (db) throws(StoreError) -> [(number: Int, isRight: Bool)] in
        try db.rows("SELECT number, payload FROM numbers ORDER BY number") { row throws(StoreError) in
            let number: Int = try row[0]
            let bytes: [UInt8] = try row[1]
            return (number, bytes == payload(of: number))
        }
    }
    await store.close()
    let wrong = found.filter { !$0.isRight }.map { String($0.number) }
    if let moved { printLine("moved \(moved)") }
    if !wrong.isEmpty { printLine("wrong \(wrong.joined(separator: " "))") }
    printLine("found \(found.map { String($0.number) }.joined(separator: " "))")
    return moved == nil && wrong.isEmpty
}

/// How many writes of 200 bytes are confirmed a second, and how many share an fsync.
@LoopActor
func measure(_ options: Options) async throws -> Bool {
    let store = try await Store.open(at: options.paths[0], schema: schema)
    let count = options.count == .max ? 20_000 : options.count
    let sequence = Sequence(from: 1, count: count)
    let bytes = [UInt8](repeating: 7, count: 200)
    try await store.write { (db) throws(StoreError) in _ = try db.run("DELETE FROM numbers") }
    let before = store.counts
    let start = Instant.monotonic()
    let callers = (0..<options.callers).map { _ in
        startTask {
            while let number = sequence.take() { try await store.insert(number, bytes) }
        }
    }
    for caller in callers { try await caller.value }
    let took = Double((Instant.monotonic() - start).inNanoseconds) / 1e9
    let commits = store.counts.commits - before.commits
    printLine(
        "callers \(options.callers) writes \(count) seconds \(took) writes/s \(Int(Double(count) / took)) "
            + "commits/write \(Double(commits) / Double(count)) checkpoints \(store.counts.checkpoints)")
    await store.close()
    return true
}

import Platform
import Store

/// Statements that fail, by their text, and steps of the engine, by their name, until cleared.
final class Faults: Sendable {
    private let faults = Monitor<[String: StoreError]>([:])

    func set(_ statement: String, _ error: StoreError) { faults.withLock { $0[statement] = error } }
    func clear() { faults.withLock { $0 = [:] } }

    /// Throws what is set for `statement`, if anything.
    func check(_ statement: String) throws(StoreError) {
        if let fault = faults.withLock({ $0[statement] }) { throw fault }
    }
}

/// An engine whose writing session fails where the test says.
struct FaultyEngine: StoreEngine {
    let real: SQLiteEngine
    let faults: Faults

    init(_ real: SQLiteEngine, _ faults: Faults) {
        self.real = real
        self.faults = faults
    }

    func open() throws(StoreError) -> OpenedStore {
        try faults.check("open")
        var opened = try real.open()
        opened.session = FaultySession(opened.session, faults)
        return opened
    }

    func openReader() throws(StoreError) -> any StoreSession { try real.openReader() }

    func findDamage(_ stop: StopFlag) throws(StoreError) -> [String] {
        try real.findDamage(stop)
    }

    func moveAside(reason: String) throws(StoreError) -> MovedAside {
        try faults.check("move aside")
        return try real.moveAside(reason: reason)
    }
}

final class FaultySession: StoreSession {
    private let real: any StoreSession
    private let faults: Faults

    init(_ real: any StoreSession, _ faults: Faults) {
        self.real = real
        self.faults = faults
    }

    func run(
        _ sql: StaticString, _ parameters: [StoreValue], row: (borrowing Row) throws(StoreError) -> Bool
    ) throws(StoreError) -> Int {
        try faults.check(sql.description)
        return try real.run(sql, parameters, row: row)
    }

    var isInTransaction: Bool { real.isInTransaction }

    func settle(_ force: Bool) throws(StoreError) -> Bool {
        try faults.check("settle")
        return try real.settle(force)
    }

    func close(clean: Bool) { real.close(clean: clean) }
}

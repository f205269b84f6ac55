/// One connection to whatever keeps the data, used by one thread at a time. Transactions are statements like any
/// other; what differs between engines is how a statement runs.
package protocol StoreSession: AnyObject {
    /// Runs one statement, hands each row to `row` until it returns false, and returns how many rows were changed.
    func run(
        _ sql: StaticString, _ parameters: [StoreValue], row: (borrowing Row) throws(StoreError) -> Bool
    ) throws(StoreError) -> Int

    /// Whether a transaction is open. Some failures end it without being asked.
    var isInTransaction: Bool { get }

    /// Moves what was committed to its final place when enough of it waits. Returns whether it did.
    func settle(_ force: Bool) throws(StoreError) -> Bool

    /// Ends the session. `clean` leaves everything in its final place; otherwise no byte is touched.
    func close(clean: Bool)
}

/// The engine behind the store: SQLite. Two hosts will one day share a PostgreSQL, which is another conformance.
package protocol StoreEngine: Sendable {
    /// Opens the store for writing: creates it, brings it to the newest version, replaces it when it is damaged.
    func open() throws(StoreError) -> OpenedStore

    /// Opens it for reading what is committed. Only while a writing session is open.
    func openReader() throws(StoreError) -> any StoreSession

    /// Looks for damage while the store is in use. Returns what was found. `stop` ends it early with `.closed`.
    func findDamage(_ stop: StopFlag) throws(StoreError) -> [String]

    /// Puts the damaged store out of the way, whole. No session may be open.
    func moveAside(reason: String) throws(StoreError) -> MovedAside
}

/// A store that was just opened for writing.
package struct OpenedStore {
    package var session: any StoreSession
    /// What happened while opening.
    package var events: [StoreEvent]
    /// Whether the process that had it open last did not close it.
    package var stoppedUncleanly: Bool

    package init(session: any StoreSession, events: [StoreEvent], stoppedUncleanly: Bool) {
        self.session = session
        self.events = events
        self.stoppedUncleanly = stoppedUncleanly
    }
}

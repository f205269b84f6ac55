import Platform

/// The one thread that changes the store. Whatever waits when it is free becomes one transaction with one fsync; each
/// unit in it has a savepoint, so that one that fails undoes itself alone.
///
/// `@unchecked`: everything mutable is the queue's, behind its monitor, or the writer thread's alone.
final class Writer: @unchecked Sendable {
    let engine: any StoreEngine
    let reader: Reader
    let stopping: StopFlag
    let report: @Sendable (Report) -> Void
    let queue = Monitor(WriteQueue())
    private let shared = Monitor(StoreCounts())

    // What follows belongs to the writer thread.
    /// Nil after a damaged store was moved aside and no new one could be made yet.
    var session: (any StoreSession)?
    /// Whether the marker stands in the file.
    var isMarked = false
    /// Whether the store is known to be sound, so that a clean close may take the marker away.
    var isSound = true
    var hasExamined = false
    var commitTrouble: StoreError?
    var settleTrouble: StoreError?
    var reportedTrouble: StoreError?

    /// What the loop has to know.
    enum Report: Sendable {
        case event(StoreEvent)
        /// A store in trouble was tried and still is.
        case stillTroubled
    }

    init(engine: any StoreEngine, reader: Reader, stopping: StopFlag, report: @escaping @Sendable (Report) -> Void) {
        self.engine = engine
        self.reader = reader
        self.stopping = stopping
        self.report = report
    }

    var counts: StoreCounts { shared.withLock { $0 } }

    func count(_ change: (inout StoreCounts) -> Void) { shared.withLock { change(&$0) } }

    // MARK: The thread

    /// Opens the store, says how that went, and works until it is closed.
    func main(opened: @Sendable (Result<Bool, StoreError>) -> Void) {
        do throws(StoreError) {
            let stoppedUncleanly = try open()
            opened(.success(stoppedUncleanly))
        } catch {
            opened(.failure(error))
            return
        }
        while true {
            switch queue.wait(for: { $0.next() }) {
            case .batch(let units): commit(units)
            case .probe: probe()
            case .passed: isSound = true
            case .examine(let again, let done): done(examine(again: again))
            case .close: return close()
            }
        }
    }

    func open() throws(StoreError) -> Bool {
        let opened = try engine.open()
        session = opened.session
        isMarked = opened.stoppedUncleanly
        isSound = !opened.stoppedUncleanly
        hasExamined = false
        for event in opened.events { report(.event(event)) }
        return opened.stoppedUncleanly
    }

    func openedSession() throws(StoreError) -> any StoreSession {
        if session == nil { _ = try open() }
        guard let session else { throw .closed }
        return session
    }

    // MARK: Group commit

    private func commit(_ units: [any WriteUnit]) {
        var rest = units[...]
        while !rest.isEmpty { rest = rest.dropFirst(commitOnce(rest)) }
        settle()
    }

    /// Commits from the front of `units` and tells each how it ended. Returns how many were told: all, unless the
    /// engine ended the transaction under one of them.
    private func commitOnce(_ units: ArraySlice<any WriteUnit>) -> Int {
        let session: any StoreSession
        do throws(StoreError) {
            session = try openedSession()
            try session.run("BEGIN IMMEDIATE")
            if !isMarked { try OpenMarker.set(in: session) }
        } catch {
            undo()
            end(units, error)
            return units.count
        }
        var failures: [StoreError?] = []
        failures.reserveCapacity(units.count)
        for unit in units {
            let error = run(unit, session)
            failures.append(error)
            guard session.isInTransaction else {
                // Those before it are undone with it, through no fault of theirs, but they did run: only their
                // callers know whether to repeat them.
                let cause = error ?? .statement("a write ended the transaction that it shares with others")
                end(units.prefix(failures.count), cause)
                return failures.count
            }
        }
        do throws(StoreError) {
            try session.run("COMMIT")
        } catch {
            undo()
            end(units, error)
            return units.count
        }
        isMarked = true
        let confirmed = failures.count { $0 == nil }
        count { counts in
            counts.commits += confirmed > 0 ? 1 : 0
            counts.confirmed += confirmed
        }
        note(commit: failures.compactMap { $0 }.first { $0.isTrouble })
        for (unit, failure) in zip(units, failures) {
            if let failure { unit.fail(failure) } else { unit.confirm() }
        }
        return units.count
    }

    private func run(_ unit: any WriteUnit, _ session: any StoreSession) -> StoreError? {
        do throws(StoreError) {
            try session.run("SAVEPOINT unit")
            do throws(StoreError) {
                try lend(session, to: unit)
            } catch {
                if session.isInTransaction {
                    try session.run("ROLLBACK TO unit")
                    try session.run("RELEASE unit")
                }
                return error
            }
            if session.isInTransaction { try session.run("RELEASE unit") }
            return nil
        } catch {
            // Without a working savepoint nothing around it can be told apart.
            undo()
            return error
        }
    }

    func undo() {
        if let session, session.isInTransaction { try? session.run("ROLLBACK") }
    }

    /// Tells units that nothing of them is stored.
    private func end(_ units: ArraySlice<any WriteUnit>, _ error: StoreError) {
        if error.isTrouble { note(commit: error) }
        for unit in units { unit.fail(error) }
    }

    /// Not inlined: the optimizer of Swift 6.3 aborts when it inlines the making of a noncopyable value from a borrowed
    /// one.
    @inline(never)
    private func lend(_ session: any StoreSession, to unit: any WriteUnit) throws(StoreError) {
        try unit.run(in: WriteTransaction(session))
    }
}

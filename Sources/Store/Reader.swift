import Platform

/// One read of one caller.
protocol ReadUnit: AnyObject, Sendable {
    func run(on session: any StoreSession)
    func fail(_ error: StoreError)
}

/// `@unchecked`: it has no state of its own; its continuation is resumed once.
final class PendingRead<Value: Sendable>: ReadUnit, @unchecked Sendable {
    typealias Body = @Sendable (borrowing ReadTransaction) throws(StoreError) -> Value

    private let body: Body
    private let continuation: CheckedContinuation<Result<Value, StoreError>, Never>

    init(_ body: @escaping Body, _ continuation: CheckedContinuation<Result<Value, StoreError>, Never>) {
        self.body = body
        self.continuation = continuation
    }

    func run(on session: any StoreSession) {
        do throws(StoreError) {
            // One transaction, so that all statements of one read see the same moment.
            try session.run("BEGIN")
            let value = try body(ReadTransaction(session))
            try session.run("COMMIT")
            continuation.resume(returning: .success(value))
        } catch {
            if session.isInTransaction { try? session.run("ROLLBACK") }
            continuation.resume(returning: .failure(error))
        }
    }

    func fail(_ error: StoreError) { continuation.resume(returning: .failure(error)) }
}

/// Reads on one connection of their own, one after another, on a thread of the pool while there are any. The
/// connection is opened with the first read.
///
/// `@unchecked`: the session belongs to whoever set `isRunning`, all else stands behind the monitor.
final class Reader: @unchecked Sendable {
    private struct State {
        var units: [any ReadUnit] = []
        var head = 0
        /// A job of the pool will look after the units.
        var isScheduled = false
        /// One of them runs now.
        var isRunning = false
        var isPaused = false
        var isClosed = false

        var waiting: Int { units.count - head }

        mutating func take() -> (any ReadUnit)? {
            guard head < units.count else { return nil }
            defer {
                head += 1
                if head == units.count {
                    units = []
                    head = 0
                }
            }
            return units[head]
        }
    }

    private let engine: any StoreEngine
    private let state = Monitor(State())
    private var session: (any StoreSession)?

    init(engine: any StoreEngine) { self.engine = engine }

    var waiting: Int { state.withLock { $0.waiting } }

    func add(_ unit: any ReadUnit, limit: Int) -> StoreError? {
        var refusal: StoreError?
        var start = false
        state.signal { state in
            if state.isClosed {
                refusal = .closed
            } else if state.waiting >= limit {
                refusal = .queueFull(limit: limit)
            } else {
                state.units.append(unit)
                start = !state.isScheduled && !state.isPaused
                if start { state.isScheduled = true }
            }
        }
        if start { BlockingPool.shared.submit { self.serve() } }
        return refusal
    }

    private func serve() {
        while true {
            let unit: (any ReadUnit)? = state.withLock { state in
                guard !state.isPaused, let unit = state.take() else {
                    state.isScheduled = false
                    return nil
                }
                state.isRunning = true
                return unit
            }
            guard let unit else { return }
            do throws(StoreError) {
                unit.run(on: try openedSession())
            } catch {
                unit.fail(error)
            }
            state.broadcast { $0.isRunning = false }
        }
    }

    private func openedSession() throws(StoreError) -> any StoreSession {
        if let session { return session }
        let opened = try engine.openReader()
        session = opened
        return opened
    }

    // MARK: For the writer thread

    /// Lets the read that runs end, holds the others back, and closes the connection.
    func pause() {
        state.withLock { $0.isPaused = true }
        state.wait { $0.isRunning ? nil : () }
        session?.close(clean: false)
        session = nil
    }

    func resume() {
        var start = false
        state.signal { state in
            state.isPaused = false
            start = state.waiting > 0 && !state.isScheduled
            if start { state.isScheduled = true }
        }
        if start { BlockingPool.shared.submit { self.serve() } }
    }

    /// Ends reading for good. Reads that wait are refused.
    func close() {
        pause()
        var left: [any ReadUnit] = []
        state.signal { state in
            state.isClosed = true
            left = Array(state.units[state.head...])
            state.units = []
            state.head = 0
        }
        for unit in left { unit.fail(.closed) }
    }
}

package import Platform

/// What must survive: one file, changed by one thread, read beside it.
///
/// A write is confirmed when it is on the disk; those that wait at the same time share one fsync. Everything here is
/// called on the loop and never blocks it. A store that was opened must be closed.
@LoopActor
package final class Store {
    /// Writes that may wait, and reads that may. Beyond it a caller is refused rather than kept waiting without end.
    package nonisolated static let queueLimit = 4096

    /// How often a store in trouble is tried while nobody writes.
    package nonisolated static let probeInterval = Duration.seconds(5)

    private enum Life {
        case open, closing, closed
    }

    /// Whether the process that had the store open last did not close it: `check` should run.
    package private(set) var stoppedUncleanly = false

    private let engine: any StoreEngine
    private let writer: Writer
    private let reader: Reader
    private let clock: any Clock
    private let mailbox = Mailbox()
    private let onEvent: @LoopActor (StoreEvent) -> Void
    private let stopping = StopFlag()
    private var thread: OperatingThread?
    private var probeTimer: LoopTimer?
    private var trouble: StoreHealth?
    private var replacement: StoreHealth?
    private var moved: [MovedAside] = []
    private var life = Life.open
    private var isChecking = false
    private var waiters: [CheckedContinuation<Void, Never>] = []

    private init(engine: any StoreEngine, clock: any Clock, onEvent: @escaping @LoopActor (StoreEvent) -> Void) {
        self.engine = engine
        self.clock = clock
        self.onEvent = onEvent
        reader = Reader(engine: engine)
        writer = Writer(engine: engine, reader: reader, stopping: stopping) { [mailbox] in mailbox.post($0) }
        probeTimer = LoopTimer(clock) { [weak self] in self?.writer.queue.signal { $0.probe() } }
        mailbox.receive = { [weak self] in self?.receive($0) }
    }

    // MARK: Opening and closing

    /// Opens the store in the file at `path`, which is created, brought up to date, or replaced as it needs.
    package static func open(
        at path: String, schema: Schema, clock: any Clock = EventLoop.shared,
        onEvent: @escaping @LoopActor (StoreEvent) -> Void = { _ in }
    ) async throws(StoreError) -> Store {
        try await open(SQLiteEngine(path: path, schema: schema), path: path, clock: clock, onEvent: onEvent)
    }

    package static func open(
        _ engine: any StoreEngine, path: String, clock: any Clock = EventLoop.shared,
        onEvent: @escaping @LoopActor (StoreEvent) -> Void = { _ in }
    ) async throws(StoreError) -> Store {
        let store = Store(engine: engine, clock: clock, onEvent: onEvent)
        let result: Result<Bool, StoreError> = await withCheckedContinuation { continuation in
            do throws(SystemError) {
                store.thread = try OperatingThread(name: "store") { [writer = store.writer] in
                    writer.main { continuation.resume(returning: $0) }
                }
            } catch {
                continuation.resume(returning: .failure(.cannotOpen(path: path, reason: error.description)))
            }
        }
        store.mailbox.deliver()
        do throws(StoreError) {
            store.stoppedUncleanly = try result.get()
            return store
        } catch {
            store.life = .closed
            await store.join()
            throw error
        }
    }

    /// Confirms everything that waits, then ends. A check that runs is cut short, reads that wait are refused.
    package func close() async {
        guard life == .open else {
            while life != .closed { await wait() }
            return
        }
        life = .closing
        stopping.raise()
        while isChecking { await wait() }
        writer.queue.signal { $0.close() }
        await join()
        mailbox.deliver()
        probeTimer?.cancel()
        life = .closed
        wakeWaiters()
    }

    private func join() async {
        guard let thread else { return }
        self.thread = nil
        await BlockingPool.shared.run { thread.join() }
    }

    private func wait() async { await withCheckedContinuation { waiters.append($0) } }

    private func wakeWaiters() {
        let woken = waiters
        waiters = []
        for waiter in woken { waiter.resume() }
    }

    // MARK: Work

    /// Runs `body` on the writer thread and returns when its changes are on the disk. When it throws, nothing of it is
    /// stored. Cancelling the task does not call a write back.
    package func write<Value: Sendable>(
        _ body: @escaping @Sendable (borrowing WriteTransaction) throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        let result: Result<Value, StoreError> = await withCheckedContinuation { continuation in
            let unit = PendingWrite(body, continuation)
            var refusal: StoreError?
            writer.queue.signal { refusal = $0.add(unit, limit: Self.queueLimit) }
            if let refusal { unit.fail(refusal) }
        }
        return try conclude(result)
    }

    /// Runs `body` beside the writer. It sees every write confirmed before, and none that is not committed.
    package func read<Value: Sendable>(
        _ body: @escaping @Sendable (borrowing ReadTransaction) throws(StoreError) -> Value
    ) async throws(StoreError) -> Value {
        let result: Result<Value, StoreError> = await withCheckedContinuation { continuation in
            let unit = PendingRead(body, continuation)
            if let refusal = reader.add(unit, limit: Self.queueLimit) { unit.fail(refusal) }
        }
        return try conclude(result)
    }

    /// The caller of a failed write finds the store's health already telling why.
    private func conclude<Value>(_ result: Result<Value, StoreError>) throws(StoreError) -> Value {
        mailbox.deliver()
        if case .failure(.damaged) = result { writer.queue.signal { $0.examine() } }
        return try result.get()
    }

    /// Looks for damage beside the running store; to be called when it `stoppedUncleanly`, once the listener answers.
    /// Returns nil when the store is sound. A damaged one is moved aside, and a new one takes its place.
    @discardableResult
    package func check() async throws(StoreError) -> MovedAside? {
        guard life == .open else { throw .closed }
        guard !isChecking else { throw .rejected("the store is being checked already") }
        isChecking = true
        let movedBefore = moved.count
        defer {
            isChecking = false
            wakeWaiters()
        }
        let findings = try await BlockingPool.shared.run { [engine, stopping] () throws(StoreError) in
            try engine.findDamage(stopping)
        }
        if findings.isEmpty {
            writer.queue.signal { $0.checkPassed() }
            onEvent(.sound)
            return nil
        }
        // The writer looks again before it acts: the file may have been replaced meanwhile.
        let result: Result<MovedAside?, StoreError> = await withCheckedContinuation { continuation in
            writer.queue.signal { $0.examine(again: true) { continuation.resume(returning: $0) } }
        }
        mailbox.deliver()
        // Whoever met the damage first has had it replaced.
        return try result.get() ?? (moved.count > movedBefore ? moved.last : nil)
    }

    // MARK: Health

    package var health: StoreHealth { trouble ?? replacement ?? .ok }

    /// What was done since the store was opened.
    package var counts: StoreCounts { writer.counts }

    /// Writes that the writer thread has not taken up yet.
    package var waitingWrites: Int { writer.queue.withLock { $0.waiting } }

    /// Reads that have not begun yet.
    package var waitingReads: Int { reader.waiting }

    private func receive(_ report: Writer.Report) {
        switch report {
        case .stillTroubled:
            if life == .open { probeTimer?.arm(at: clock.now + Self.probeInterval) }
        case .event(let event):
            switch event {
            case .troubled(let error):
                let since = trouble?.since ?? clock.now
                if case .full = error {
                    trouble = .full(since: since)
                } else {
                    trouble = .failing(since: since, reason: error.description)
                }
                if life == .open { probeTimer?.arm(at: clock.now + Self.probeInterval) }
            case .recovered:
                trouble = nil
                probeTimer?.cancel()
            case .movedAside(let one):
                moved.append(one)
                replacement = .damaged(since: clock.now, movedTo: one.movedTo)
            case .created, .migrated, .sound: break
            }
            onEvent(event)
        }
    }
}

/// One write of one caller, waiting for the writer thread. It is told exactly once how it ended.
protocol WriteUnit: AnyObject, Sendable {
    func run(in transaction: borrowing WriteTransaction) throws(StoreError)
    /// What the unit did is durable.
    func confirm()
    /// Nothing of what the unit did is stored.
    func fail(_ error: StoreError)
}

/// `@unchecked`: made on the loop, run and ended on the writer thread, never on both at once.
final class PendingWrite<Value: Sendable>: WriteUnit, @unchecked Sendable {
    typealias Body = @Sendable (borrowing WriteTransaction) throws(StoreError) -> Value

    private let body: Body
    private let continuation: CheckedContinuation<Result<Value, StoreError>, Never>
    private var value: Value?

    init(_ body: @escaping Body, _ continuation: CheckedContinuation<Result<Value, StoreError>, Never>) {
        self.body = body
        self.continuation = continuation
    }

    func run(in transaction: borrowing WriteTransaction) throws(StoreError) { value = try body(transaction) }

    func confirm() {
        guard let value else { preconditionFailure("a write that did not run was confirmed") }
        continuation.resume(returning: .success(value))
    }

    func fail(_ error: StoreError) { continuation.resume(returning: .failure(error)) }
}

/// What waits for the writer thread.
struct WriteQueue {
    enum Work {
        /// Everything that waited: one commit.
        case batch([any WriteUnit])
        /// To see whether a store in trouble can be written again.
        case probe
        /// A check elsewhere found nothing.
        case passed
        /// Something met damage: look whether it is so, and if it is put a new store in its place. `again`: also when
        /// this file was looked at before.
        case examine(again: Bool, done: @Sendable (Result<MovedAside?, StoreError>) -> Void)
        case close
    }

    private var units: [any WriteUnit] = []
    private var urgent: [Work] = []
    private var wantsProbe = false
    private var isClosing = false

    var waiting: Int { units.count }

    /// Takes a unit in, unless the store is closing or too much waits already.
    mutating func add(_ unit: any WriteUnit, limit: Int) -> StoreError? {
        if isClosing { return .closed }
        guard units.count < limit else { return .queueFull(limit: limit) }
        units.append(unit)
        return nil
    }

    mutating func checkPassed() { urgent.append(.passed) }

    mutating func examine(
        again: Bool = false, done: @escaping @Sendable (Result<MovedAside?, StoreError>) -> Void = { _ in }
    ) {
        urgent.append(.examine(again: again, done: done))
    }

    mutating func probe() { wantsProbe = true }

    mutating func close() { isClosing = true }

    /// The next thing to do; nil when there is nothing. What waited when the store began to close is done first.
    mutating func next() -> Work? {
        if !urgent.isEmpty { return urgent.removeFirst() }
        if !units.isEmpty {
            var batch: [any WriteUnit] = []
            swap(&batch, &units)
            return .batch(batch)
        }
        if wantsProbe {
            wantsProbe = false
            return .probe
        }
        return isClosing ? .close : nil
    }
}

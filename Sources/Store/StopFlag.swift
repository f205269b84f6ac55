import Synchronization

/// Asks long work on another thread to end early.
package final class StopFlag: Sendable {
    private struct State {
        var isRaised = false
        var interrupt: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    package init() {}

    package func raise() {
        state.withLock { state in
            state.isRaised = true
            state.interrupt?()
        }
    }

    /// Runs `body`, and `interrupt` from another thread should the flag be raised meanwhile; never after `body` ended.
    package func run<Value>(
        interrupt: @escaping @Sendable () -> Void, _ body: () throws(StoreError) -> Value
    ) throws(StoreError) -> Value {
        let isRaised = state.withLock { state in
            state.interrupt = interrupt
            return state.isRaised
        }
        defer { state.withLock { $0.interrupt = nil } }
        if isRaised { throw .closed }
        return try body()
    }
}

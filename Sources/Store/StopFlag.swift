import Platform

/// Asks long work on other threads to end early.
package final class StopFlag: Sendable {
    private struct State {
        var isRaised = false
        var interrupts: [Int: @Sendable () -> Void] = [:]
        var next = 0
    }

    private let state = Monitor(State())

    package init() {}

    package func raise() {
        state.withLock { state in
            state.isRaised = true
            for interrupt in state.interrupts.values { interrupt() }
        }
    }

    /// Runs `body`, and `interrupt` from another thread should the flag be raised meanwhile; never after `body` ended.
    package func run<Value>(
        interrupt: @escaping @Sendable () -> Void, _ body: () throws(StoreError) -> Value
    ) throws(StoreError) -> Value {
        let token: Int? = state.withLock { state in
            if state.isRaised { return nil }
            state.next += 1
            state.interrupts[state.next] = interrupt
            return state.next
        }
        guard let token else { throw .closed }
        defer { state.withLock { $0.interrupts[token] = nil } }
        return try body()
    }
}

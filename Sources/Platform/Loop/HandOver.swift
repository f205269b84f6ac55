/// One value on its way from one thread to another: posted by one, taken once by whoever asks first.
package final class HandOver<Value: Sendable>: Sendable {
    private let slot = Monitor<Value?>(nil)

    package init() {}

    package func post(_ value: Value) { slot.signal { $0 = value } }

    package func take() -> Value? {
        slot.withLock { value in
            defer { value = nil }
            return value
        }
    }
}

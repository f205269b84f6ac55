/// What a descriptor is wanted for, or is ready for.
package struct Readiness: OptionSet, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let read = Readiness(rawValue: 1)
    package static let write = Readiness(rawValue: 2)
    /// The peer is gone or the descriptor failed: the next read or write tells which.
    package static let hangUp = Readiness(rawValue: 4)
}

extension Duration {
    /// Whole milliseconds, rounded up: a wait that ends early would spin until the deadline.
    var roundedUpMilliseconds: Int32 {
        Int32(clamping: (inNanoseconds + 999_999) / 1_000_000)
    }
}

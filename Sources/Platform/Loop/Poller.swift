/// What a descriptor is wanted for, or is ready for. Public and frozen so that its set operations inline where the
/// hot paths are; as calls they cost a tenth of a request.
@frozen
public struct Readiness: OptionSet, Sendable {
    public let rawValue: UInt8
    @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

    @inlinable public static var read: Readiness { Readiness(rawValue: 1) }
    @inlinable public static var write: Readiness { Readiness(rawValue: 2) }
    /// The peer is gone or the descriptor failed: the next read or write tells which.
    @inlinable public static var hangUp: Readiness { Readiness(rawValue: 4) }
}

extension Duration {
    /// Whole milliseconds, rounded up: a wait that ends early would spin until the deadline.
    var roundedUpMilliseconds: Int32 {
        Int32(clamping: (inNanoseconds + 999_999) / 1_000_000)
    }
}

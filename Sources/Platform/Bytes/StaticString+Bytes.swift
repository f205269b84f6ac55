extension StaticString {
    /// Whether `check` holds for each byte and its index.
    @inlinable
    package func allBytes(_ check: (Int, UInt8) -> Bool) -> Bool {
        let bytes = UnsafeBufferPointer(start: utf8Start, count: utf8CodeUnitCount)
        for index in bytes.indices where !check(index, bytes[index]) { return false }
        return true
    }
}

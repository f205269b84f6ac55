extension MutableSpan where Element == UInt8 {
    /// XORs `range` with the four bytes of `key`, the lowest first (RFC 6455 section 5.3). Returns the key that fits the
    /// byte after the range, for a payload that comes in pieces.
    @inline(__always)
    @discardableResult
    mutating func applyMask(_ key: UInt32, in range: Range<Int>) -> UInt32 {
        var part = _mutatingExtracting(range)
        unsafe part.withUnsafeMutableBytes { unsafe xor($0, with: key) }
        let rotation = UInt32(truncatingIfNeeded: range.count & 3) &* 8
        return key &>> rotation | key &<< (32 &- rotation)
    }
}

/// 32 bytes at a time, then 8, then one: each stride is a multiple of the key, so none but the last needs its phase.
@inline(__always)
private func xor(_ bytes: UnsafeMutableRawBufferPointer, with key: UInt32) {
    guard let base = bytes.baseAddress else { return }
    let count = bytes.count
    let word = UInt64(littleEndian: UInt64(key) &<< 32 | UInt64(key))
    let vector = SIMD4<UInt64>(repeating: word)
    var offset = 0
    while count &- offset >= 32 {
        let masked = unsafe base.loadUnaligned(fromByteOffset: offset, as: SIMD4<UInt64>.self)
        unsafe base.storeBytes(of: masked ^ vector, toByteOffset: offset, as: SIMD4<UInt64>.self)
        offset &+= 32
    }
    while count &- offset >= 8 {
        let masked = unsafe base.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        unsafe base.storeBytes(of: masked ^ word, toByteOffset: offset, as: UInt64.self)
        offset &+= 8
    }
    var rest = key
    while offset < count {
        let masked = unsafe base.load(fromByteOffset: offset, as: UInt8.self)
        unsafe base.storeBytes(of: masked ^ UInt8(truncatingIfNeeded: rest), toByteOffset: offset, as: UInt8.self)
        rest = rest &>> 8 | rest &<< 24
        offset &+= 1
    }
}

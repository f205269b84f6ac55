/// Eight bytes looked at in one go, the first one lowest.
struct EightBytes {
    let word: UInt64

    @inline(__always)
    init(_ bytes: Span<UInt8>, at offset: Int) {
        assert(offset >= 0 && offset + 8 <= bytes.count)
        word = UInt64(
            littleEndian: bytes.bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self))
    }

    @inline(__always)
    init(_ bytes: UnsafeBufferPointer<UInt8>, at offset: Int) {
        assert(offset >= 0 && offset + 8 <= bytes.count)
        word = UInt64(
            littleEndian: UnsafeRawPointer(bytes.baseAddress! + offset).loadUnaligned(as: UInt64.self))
    }

    /// The last one to seven bytes from `offset` on, filled up with spaces.
    @inline(__always)
    init(lastOf bytes: UnsafeBufferPointer<UInt8>, at offset: Int) {
        let count = bytes.count - offset
        assert(count > 0 && count < 8)
        let start = UnsafeRawPointer(bytes.baseAddress! + offset)
        var tail: UInt64
        if count >= 4 {
            let high = UInt32(littleEndian: (start + count - 4).loadUnaligned(as: UInt32.self))
            tail = UInt64(UInt32(littleEndian: start.loadUnaligned(as: UInt32.self)))
            tail |= UInt64(high) << UInt64(8 * (count - 4))
        } else {
            tail = UInt64(bytes[offset])
            if count > 1 { tail |= UInt64(bytes[offset + 1]) << 8 }
            if count > 2 { tail |= UInt64(bytes[offset + 2]) << 16 }
        }
        word = tail | (Self.ones &* UInt64(ASCII.space)) << UInt64(8 * count)
    }

    private static let ones: UInt64 = 0x0101_0101_0101_0101

    /// The high bit of each byte that needs an escape in a string: quote, backslash, control character. The lowest one
    /// is exact; those above it may be wrong.
    @inline(__always)
    var mustBeEscaped: UInt64 {
        let ones = Self.ones
        let quotes = word ^ (ones &* UInt64(ASCII.quote))
        let backslashes = word ^ (ones &* UInt64(ASCII.backslash))
        let found =
            ((quotes &- ones) & ~quotes) | ((backslashes &- ones) & ~backslashes)
            | ((word &- (ones &* UInt64(ASCII.space))) & ~word)
        return found & (ones &* 0x80)
    }

    /// The same, and the bytes beyond ASCII.
    @inline(__always)
    var special: UInt64 { mustBeEscaped | (word & (Self.ones &* 0x80)) }

    /// The high bit of each control character, the tab and DEL among them. The lowest one is exact.
    @inline(__always)
    var controls: UInt64 {
        let deletes = word ^ (Self.ones &* UInt64(ASCII.delete))
        let found = ((word &- (Self.ones &* UInt64(ASCII.space))) & ~word) | ((deletes &- Self.ones) & ~deletes)
        return found & (Self.ones &* 0x80)
    }
}

extension Span where Element == UInt8 {
    /// Where the first control character but the tab stands, from `start` on; `count` if there is none.
    package func indexOfControl(from start: Int) -> Int {
        var index = start
        while index + 8 <= count {
            let found = EightBytes(self, at: index).controls
            if found == 0 {
                index += 8
                continue
            }
            index += found.trailingZeroBitCount / 8
            if self[index] != ASCII.tab { return index }
            index += 1
        }
        while index < count, ASCII.isFieldContent(self[index]) { index += 1 }
        return index
    }
}

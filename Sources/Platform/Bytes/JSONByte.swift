/// Bytes that mean something in JSON or JSON5.
enum JSONByte {
    static let backspace: UInt8 = 0x08
    static let tab: UInt8 = 0x09
    static let lineFeed: UInt8 = 0x0A
    static let verticalTab: UInt8 = 0x0B
    static let formFeed: UInt8 = 0x0C
    static let carriageReturn: UInt8 = 0x0D
    static let space: UInt8 = 0x20
    static let quote = UInt8(ascii: "\"")
    static let dollar = UInt8(ascii: "$")
    static let apostrophe = UInt8(ascii: "'")
    static let star = UInt8(ascii: "*")
    static let plus = UInt8(ascii: "+")
    static let comma = UInt8(ascii: ",")
    static let minus = UInt8(ascii: "-")
    static let dot = UInt8(ascii: ".")
    static let slash = UInt8(ascii: "/")
    static let zero = UInt8(ascii: "0")
    static let nine = UInt8(ascii: "9")
    static let colon = UInt8(ascii: ":")
    static let upperE = UInt8(ascii: "E")
    static let arrayStart = UInt8(ascii: "[")
    static let backslash = UInt8(ascii: "\\")
    static let arrayEnd = UInt8(ascii: "]")
    static let underscore = UInt8(ascii: "_")
    static let lowerE = UInt8(ascii: "e")
    static let lowerU = UInt8(ascii: "u")
    static let objectStart = UInt8(ascii: "{")
    static let objectEnd = UInt8(ascii: "}")

    @inline(__always)
    static func isDigit(_ byte: UInt8) -> Bool { byte &- zero < 10 }

    /// The value of a hexadecimal digit.
    static func hexValue(_ byte: UInt8) -> UInt32? {
        switch byte {
        case zero...nine: UInt32(byte - zero)
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A")) + 10
        default: nil
        }
    }

    /// The lower-case digit of a value below 16.
    static func hexDigit(_ value: UInt8) -> UInt8 { value < 10 ? zero + value : UInt8(ascii: "a") + value - 10 }
}

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
        word = tail | (Self.ones &* UInt64(JSONByte.space)) << UInt64(8 * count)
    }

    private static let ones: UInt64 = 0x0101_0101_0101_0101

    /// The high bit of each byte that needs an escape in a string: quote, backslash, control character. The lowest one
    /// is exact; those above it may be wrong.
    @inline(__always)
    var mustBeEscaped: UInt64 {
        let ones = Self.ones
        let quotes = word ^ (ones &* UInt64(JSONByte.quote))
        let backslashes = word ^ (ones &* UInt64(JSONByte.backslash))
        let found =
            ((quotes &- ones) & ~quotes) | ((backslashes &- ones) & ~backslashes)
            | ((word &- (ones &* UInt64(JSONByte.space))) & ~word)
        return found & (ones &* 0x80)
    }

    /// The same, and the bytes beyond ASCII.
    @inline(__always)
    var special: UInt64 { mustBeEscaped | (word & (Self.ones &* 0x80)) }
}

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// UTF-8 by the table of RFC 3629 section 4.
enum JSONUTF8 {
    /// The length of the well-formed sequence at `offset`, or 0 if there is none.
    static func sequenceLength(at offset: Int, in bytes: Span<UInt8>) -> Int {
        let first = bytes[offset]
        let left = bytes.count - offset
        func isContinuation(_ distance: Int) -> Bool { bytes[offset + distance] & 0xC0 == 0x80 }
        switch first {
        case 0x00...0x7F: return 1
        case 0xC2...0xDF:
            return left >= 2 && isContinuation(1) ? 2 : 0
        case 0xE0...0xEF:
            guard left >= 3, isContinuation(1), isContinuation(2) else { return 0 }
            let second = bytes[offset + 1]
            if first == 0xE0 && second < 0xA0 { return 0 }  // overlong
            if first == 0xED && second > 0x9F { return 0 }  // surrogate
            return 3
        case 0xF0...0xF4:
            guard left >= 4, isContinuation(1), isContinuation(2), isContinuation(3) else { return 0 }
            let second = bytes[offset + 1]
            if first == 0xF0 && second < 0x90 { return 0 }  // overlong
            if first == 0xF4 && second > 0x8F { return 0 }  // beyond U+10FFFF
            return 4
        default: return 0
        }
    }
}

extension JSONUTF8 {
    /// The character at `offset` and its length; nil at the end and for a malformed sequence.
    static func scalar(at offset: Int, in bytes: Span<UInt8>) -> (Unicode.Scalar, Int)? {
        guard offset < bytes.count else { return nil }
        let length = sequenceLength(at: offset, in: bytes)
        guard length > 1 else { return length == 1 ? (Unicode.Scalar(bytes[offset]), 1) : nil }
        var value = UInt32(bytes[offset] & (0x7F >> UInt8(length)))
        for distance in 1..<length { value = value << 6 | UInt32(bytes[offset + distance] & 0x3F) }
        return Unicode.Scalar(value).map { ($0, length) }
    }

    /// The offset of the first byte that belongs to no well-formed sequence.
    static func firstInvalid(in bytes: Span<UInt8>) -> Int? {
        var index = 0
        while index < bytes.count {
            let length = sequenceLength(at: index, in: bytes)
            guard length > 0 else { return index }
            index += length
        }
        return nil
    }
}

extension Unicode.Scalar {
    /// The character beyond U+FFFF that two halves make (RFC 8259 section 7).
    init?(surrogates high: UInt32, _ low: UInt32) {
        guard high & 0xFFFF_FC00 == 0xD800, low & 0xFFFF_FC00 == 0xDC00 else { return nil }
        self.init(0x10000 + (high & 0x3FF) << 10 + low & 0x3FF)
    }
}

extension String {
    /// A string of bytes that are known to be UTF-8; the standard library's own check costs more than all of parsing.
    @inline(__always)
    init(utf8Checked bytes: Span<UInt8>, isASCII: Bool) {
        if #available(macOS 26, *) {
            self.init(copying: UTF8Span(unchecked: bytes, isKnownASCII: isASCII))
        } else {
            self = bytes.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
        }
    }
}

extension String {
    /// Calls `body` with the UTF-8 of this string, which is copied only if it came from outside Swift.
    @inline(__always)
    func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        if let result = utf8.withContiguousStorageIfAvailable(body) { return result }
        return Array(utf8).withUnsafeBufferPointer(body)
    }

    /// Whether both strings are the same sequence of Unicode code points.
    @inline(__always)
    package func hasSameBytes(as other: String) -> Bool {
        // Comparing the bytes alone is many times cheaper than `==`, and than going through the UTF-8 views.
        guard utf8.count == other.utf8.count else { return false }
        return withBytes { ours in other.withBytes { ours.isSame(as: $0) } }
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Whether `other`, which is as long, holds the same bytes.
    @inline(__always)
    fileprivate func isSame(as other: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let ours = baseAddress, let theirs = other.baseAddress else { return true }
        return memcmp(ours, theirs, count) == 0
    }
}

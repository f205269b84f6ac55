import Platform

/// Character classes of RFC 9110 and comparisons on bytes, without a String on the way.
enum ASCII {
    static let tab: UInt8 = 9
    static let lf: UInt8 = 10
    static let cr: UInt8 = 13
    static let space: UInt8 = 32
    static let comma: UInt8 = 44
    static let slash: UInt8 = 47
    static let colon: UInt8 = 58
    static let question: UInt8 = 63

    /// RFC 9110 section 5.6.2: what a method or a field name is made of. Bit n stands for character n.
    private static let tokenLow: UInt64 = 0x03ff_6cfa_0000_0000
    private static let tokenHigh: UInt64 = 0x57ff_ffff_c7ff_fffe

    @inline(__always)
    static func isToken(_ byte: UInt8) -> Bool {
        byte < 64 ? tokenLow >> UInt64(byte) & 1 == 1 : byte < 128 && tokenHigh >> UInt64(byte - 64) & 1 == 1
    }

    /// RFC 9110 section 5.5: visible characters, space, tab and bytes beyond ASCII. No control, so no CR, LF or NUL.
    @inline(__always)
    static func isFieldContent(_ byte: UInt8) -> Bool { byte >= 32 ? byte != 127 : byte == tab }

    /// RFC 3986 section 3.2.2: unreserved characters, percent signs and sub-delimiters.
    @inline(__always)
    static func isHostName(_ byte: UInt8) -> Bool {
        isToken(byte) ? byte != 94 && byte != 96 && byte != 124 && byte != 35 : [40, 41, 44, 59, 61].contains(byte)
    }

    @inline(__always)
    static func lowercased(_ byte: UInt8) -> UInt8 { byte &- 65 < 26 ? byte | 32 : byte }

    static func hexValue(_ byte: UInt8) -> Int? {
        switch byte {
        case 48...57: Int(byte - 48)
        case 65...70: Int(byte - 55)
        case 97...102: Int(byte - 87)
        default: nil
        }
    }
}

extension Span where Element == UInt8 {
    /// Equal to `text`, byte for byte.
    func matches(_ text: StaticString) -> Bool {
        text.utf8CodeUnitCount == count && text.allBytes { self[$0] == $1 }
    }

    /// Equal to `text` but for the case of ASCII letters. `text` is in lower case.
    func matchesIgnoringCase(_ text: StaticString) -> Bool {
        text.utf8CodeUnitCount == count && text.allBytes { ASCII.lowercased(self[$0]) == $1 }
    }

    /// Without spaces and tabs at both ends.
    var trimmed: Span<UInt8> {
        @_lifetime(copy self)
        get {
            var start = 0
            var end = count
            while start < end, self[start] == ASCII.space || self[start] == ASCII.tab { start += 1 }
            while end > start, self[end - 1] == ASCII.space || self[end - 1] == ASCII.tab { end -= 1 }
            return extracting(start..<end)
        }
    }

    /// A number of decimal digits only. Nil for anything else, a sign, an empty text or more than `Int` holds.
    var decimal: Int? {
        if isEmpty { return nil }
        var value = 0
        for index in indices {
            guard self[index] &- 48 < 10 else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(Int(self[index] - 48))
            if overflow || carry { return nil }
            value = sum
        }
        return value
    }

    /// Whether a comma-separated list holds `token` (in lower case), ignoring case.
    func listContains(_ token: StaticString) -> Bool {
        var start = 0
        for index in 0...count where index == count || self[index] == ASCII.comma {
            if extracting(start..<index).trimmed.matchesIgnoringCase(token) { return true }
            start = index + 1
        }
        return false
    }

    /// RFC 3986 section 3.2 without user information: a registered name, an IPv4 address or one in brackets, then
    /// perhaps a colon and digits. An empty one is allowed where the target has no authority.
    var isAuthority: Bool {
        var index = 0
        if count > 0, self[0] == 91 {
            index = 1
            while index < count, ASCII.hexValue(self[index]) != nil || self[index] == ASCII.colon || self[index] == 46 {
                index += 1
            }
            guard index > 2, index < count, self[index] == 93 else { return false }
            index += 1
        } else {
            while index < count, ASCII.isHostName(self[index]) { index += 1 }
        }
        guard index < count else { return true }
        guard self[index] == ASCII.colon else { return false }
        index += 1
        while index < count, self[index] &- 48 < 10 { index += 1 }
        return index == count
    }
}

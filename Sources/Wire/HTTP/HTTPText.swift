import Platform

/// Comparisons on bytes, without a String on the way.
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

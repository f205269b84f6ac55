/// The text of a number that no machine type of ours holds exactly: an integer beyond `Int64`, or a decimal that a
/// double would give back with other digits. Always valid JSON.
package struct JSONNumber: Sendable, Hashable {
    package let text: String

    /// Nil unless `text` is exactly one JSON number (RFC 8259 section 6).
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        var parser = JSONParser(bytes.span, limits: JSONLimits(maxNumberLength: .max))
        guard case .some = try? parser.number(), parser.isAtEnd else { return nil }
        self.text = text
    }

    package init(_ value: UInt64) { text = value.description }

    /// For a parser that has checked it.
    init(checked text: String) { self.text = text }

    package var uint64: UInt64? { UInt64(text) }

    /// The nearest double, unless the number is beyond the largest.
    package var double: Double? {
        guard let value = Double(text), value.isFinite else { return nil }
        return value
    }
}

/// The significant digits of a decimal number and the power of ten of the last of them. Two numbers are the same
/// exactly if these are.
struct DecimalDigits: Equatable {
    private(set) var digits: [UInt8] = []
    private(set) var exponent = 0
    private(set) var isNegative = false

    /// `text` is a JSON number or the description of a finite double.
    init(_ text: some Sequence<UInt8>) {
        var inFraction = false
        var inExponent = false
        var exponentIsNegative = false
        var written = 0
        for byte in text {
            switch byte {
            case ASCII.minus: if inExponent { exponentIsNegative = true } else { isNegative = true }
            case ASCII.plus: break
            case ASCII.dot: inFraction = true
            case ASCII.lowerE, ASCII.upperE: inExponent = true
            default:
                let digit = byte &- ASCII.zero
                if inExponent {
                    written = min(written * 10 + Int(digit), 1_000_000)  // far beyond any double, far from overflow
                } else {
                    if inFraction { exponent -= 1 }
                    if digit != 0 || !digits.isEmpty { digits.append(digit) }
                }
            }
        }
        exponent += exponentIsNegative ? -written : written
        while digits.last == 0 {
            digits.removeLast()
            exponent += 1
        }
        if digits.isEmpty { exponent = 0 }
    }
}

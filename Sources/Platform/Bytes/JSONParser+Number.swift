/// Numbers (RFC 8259 section 6).
extension JSONParser {
    /// An integer literal becomes `.int` if `Int64` holds it; a number with a fraction or an exponent becomes `.double`
    /// if that double is written with the same decimal digits. Everything else stays text.
    mutating func number() throws(JSONError) -> JSON {
        let start = index
        let isNegative = current == ASCII.minus
        if isNegative { index += 1 }
        let firstDigit = index
        var magnitude: UInt64 = 0
        guard ASCII.isDigit(current) else { throw failure(.expected(.digit)) }
        takeDigits(&magnitude)
        let digits = index - firstDigit
        if digits > 1, bytes[firstDigit] == ASCII.zero { throw JSONError(.leadingZero, at: firstDigit) }
        switch current {
        case ASCII.dot, ASCII.lowerE, ASCII.upperE:
            return try decimal(from: start, isNegative, magnitude, digits)
        default: break
        }
        // Eighteen digits always fit.
        if digits <= 18 {
            if magnitude == 0 && isNegative { return .double(-0.0) }
            return .int(isNegative ? -Int64(magnitude) : Int64(magnitude))
        }
        try checkLength(from: start)
        let text = String(utf8Checked: bytes.extracting(start..<index), isASCII: true)
        return Int64(text).map(JSON.int) ?? .number(JSONNumber(checked: text))
    }

    @inline(__always)
    private mutating func takeDigits(_ magnitude: inout UInt64) {
        while index < bytes.count {
            let digit = bytes[index] &- ASCII.zero
            guard digit < 10 else { return }
            magnitude = magnitude &* 10 &+ UInt64(digit)
            index += 1
        }
    }

    private func checkLength(from start: Int) throws(JSONError) {
        guard index - start <= limits.maxNumberLength else {
            throw JSONError(.numberTooLong(limit: limits.maxNumberLength), at: start)
        }
    }

    /// The rest of a number whose integer part of `digits` digits is read.
    private mutating func decimal(
        from start: Int, _ isNegative: Bool, _ integer: UInt64, _ digits: Int
    ) throws(JSONError) -> JSON {
        var magnitude = integer
        var digits = digits
        var exponent = 0
        if current == ASCII.dot {
            index += 1
            let fraction = index
            takeDigits(&magnitude)
            guard index > fraction else { throw failure(.expected(.digit)) }
            digits += index - fraction
            exponent = fraction - index
        }
        if current == ASCII.lowerE || current == ASCII.upperE { exponent += try takeExponent() }
        try checkLength(from: start)
        if digits <= 19, magnitude < 1_000_000_000_000_000, exponent.magnitude <= 22 {
            // Up to 15 digits and 10^22 are exact as doubles, so that one rounding gives the nearest double, and 15 digits
            // survive the way there and back.
            let power = Self.powersOfTen[Int(exponent.magnitude)]
            let value = exponent < 0 ? Double(magnitude) / power : Double(magnitude) * power
            return .double(isNegative ? -value : value)
        }
        let text = String(utf8Checked: bytes.extracting(start..<index), isASCII: true)
        guard let value = Double(text), value.isFinite,
            DecimalDigits(text.utf8) == DecimalDigits(value.description.utf8)
        else { return .number(JSONNumber(checked: text)) }
        return .double(value)
    }

    private mutating func takeExponent() throws(JSONError) -> Int {
        index += 1
        let isNegative = current == ASCII.minus
        if isNegative || current == ASCII.plus { index += 1 }
        guard ASCII.isDigit(current) else { throw failure(.expected(.digit)) }
        var exponent = 0
        while ASCII.isDigit(current) {
            exponent = min(exponent * 10 + Int(current - ASCII.zero), 1_000_000)
            index += 1
        }
        return isNegative ? -exponent : exponent
    }

    private static let powersOfTen: [Double] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ]
}

/// Names, strings and numbers (JSON5 sections 2, 5 and 6).
extension JSON5Parser {
    /// Whether a name begins here: a letter, `$`, `_`, or the escape of one.
    func startsName() -> Bool {
        guard let (scalar, _) = JSONUTF8.scalar(at: index, in: bytes) else { return false }
        return scalar == "\\" || JSON5Name.canStart(with: scalar)
    }

    /// An unquoted key (ECMAScript 5.1, IdentifierName), its escapes resolved.
    mutating func name() throws(JSONError) -> String {
        var text = String.UnicodeScalarView()
        while let (plain, length) = JSONUTF8.scalar(at: index, in: bytes) {
            let start = index
            var scalar = plain
            if plain == "\\" {
                index += 1
                guard current == ASCII.lowerU else { throw failure(.expected(.identifierEscape)) }
                guard let escaped = Unicode.Scalar(try hexDigits(4)) else {
                    throw JSONError(.loneSurrogate, at: start)
                }
                scalar = escaped
            }
            guard text.isEmpty ? JSON5Name.canStart(with: scalar) : JSON5Name.canContinue(with: scalar) else {
                if plain == "\\" { throw JSONError(.expected(.identifierEscape), at: start) }
                break
            }
            if plain != "\\" { index += length }
            text.append(scalar)
        }
        return String(text)
    }

    /// `count` hexadecimal digits behind the letter at `index`.
    private mutating func hexDigits(_ count: Int) throws(JSONError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<count {
            index += 1
            guard let digit = ASCII.hexValue(current) else { throw failure(.expected(.hexDigit)) }
            value = value << 4 | UInt32(digit)
        }
        index += 1
        return value
    }

    mutating func string() throws(JSONError) -> String {
        let quote = current
        index += 1
        var text: [UInt8] = []
        while true {
            guard index < bytes.count else { throw failure(.expected(.closingQuote)) }
            let byte = bytes[index]
            switch byte {
            case quote:
                index += 1
                return String(utf8Checked: text.span, isASCII: false)
            case ASCII.backslash:
                if let scalar = try escape() { text.append(contentsOf: UTF8.encode(scalar)!) }
            case ASCII.lineFeed, ASCII.carriageReturn: throw failure(.expected(.closingQuote))
            default:
                text.append(byte)
                index += 1
            }
        }
    }

    /// The character that the escape at `index` stands for; nil for a line that goes on after its end.
    private mutating func escape() throws(JSONError) -> Unicode.Scalar? {
        let start = index
        index += 1
        guard let (scalar, length) = JSONUTF8.scalar(at: index, in: bytes) else {
            throw failure(.expected(.closingQuote))
        }
        let lineEnd = JSON5Space.lineEndLength(at: index, in: bytes)
        guard lineEnd == 0 else {
            index += lineEnd
            return nil
        }
        switch scalar {
        case "u": return try unicodeEscape(from: start)
        case "x": return Unicode.Scalar(try hexDigits(2))
        case "1"..."9": throw failure(.invalidEscape)
        case "0":
            index += 1
            guard !ASCII.isDigit(current) else { throw JSONError(.invalidEscape, at: index - 1) }
            return "\0"
        default: break
        }
        index += length
        switch scalar {
        case "b": return "\u{8}"
        case "f": return "\u{C}"
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "v": return "\u{B}"
        default: return scalar
        }
    }

    private mutating func unicodeEscape(from start: Int) throws(JSONError) -> Unicode.Scalar {
        let high = try hexDigits(4)
        if let scalar = Unicode.Scalar(high) { return scalar }
        guard high < 0xDC00, current == ASCII.backslash, index + 1 < bytes.count,
            bytes[index + 1] == ASCII.lowerU
        else { throw JSONError(.loneSurrogate, at: start) }
        index += 1
        let low = try hexDigits(4)
        guard let scalar = Unicode.Scalar(surrogates: high, low) else { throw JSONError(.loneSurrogate, at: start) }
        return scalar
    }

    mutating func number() throws(JSONError) -> JSON {
        let start = index
        let isNegative = current == ASCII.minus
        if isNegative || current == ASCII.plus { index += 1 }
        if startsName() {
            let word = try name()
            guard word == "Infinity" || word == "NaN" else { throw JSONError(.expected(.digit), at: index) }
            throw JSONError(.notRepresentable(word), at: start)
        }
        if current == ASCII.zero, index + 1 < bytes.count, bytes[index + 1] | 0x20 == UInt8(ascii: "x") {
            return try hexadecimal(from: start, isNegative)
        }
        // The same number as JSON writes it: no plus sign, digits on both sides of the dot.
        var text: [UInt8] = isNegative ? [ASCII.minus] : []
        let firstDigit = index
        takeDigits(&text)
        let whole = index - firstDigit
        if whole > 1, bytes[firstDigit] == ASCII.zero { throw JSONError(.leadingZero, at: firstDigit) }
        if whole == 0 { text.append(ASCII.zero) }
        if current == ASCII.dot {
            text.append(ASCII.dot)
            index += 1
            let fraction = index
            takeDigits(&text)
            if index == fraction {
                guard whole > 0 else { throw failure(.expected(.digit)) }
                text.append(ASCII.zero)
            }
        } else if whole == 0 {
            throw failure(.expected(.digit))
        }
        if current | 0x20 == ASCII.lowerE {
            text.append(current)
            index += 1
            if current == ASCII.minus || current == ASCII.plus {
                text.append(current)
                index += 1
            }
            guard ASCII.isDigit(current) else { throw failure(.expected(.digit)) }
            takeDigits(&text)
        }
        guard !startsName() else { throw failure(.expected(.digit)) }
        guard text.count <= limits.maxNumberLength else {
            throw JSONError(.numberTooLong(limit: limits.maxNumberLength), at: start)
        }
        var parser = JSONParser(text.span, limits: JSONLimits(maxNumberLength: .max))
        return try parser.number()
    }

    private mutating func takeDigits(_ text: inout [UInt8]) {
        while ASCII.isDigit(current) {
            text.append(current)
            index += 1
        }
    }

    private mutating func hexadecimal(from start: Int, _ isNegative: Bool) throws(JSONError) -> JSON {
        index += 2
        var magnitude: UInt64 = 0
        var overflows = false
        guard ASCII.hexValue(current) != nil else { throw failure(.expected(.hexDigit)) }
        while let digit = ASCII.hexValue(current) {
            if magnitude >> 60 != 0 { overflows = true }
            magnitude = magnitude << 4 | UInt64(digit)
            index += 1
        }
        guard !startsName(), current != ASCII.dot else { throw failure(.expected(.hexDigit)) }
        if !overflows {
            if !isNegative { return JSON(magnitude) }
            if magnitude == 0 { return .double(-0.0) }
            if magnitude <= UInt64(Int64.max) + 1 { return .int(Int64(truncatingIfNeeded: 0 &- magnitude)) }
        }
        let text = String(utf8Checked: bytes.extracting(start..<index), isASCII: true)
        throw JSONError(.notRepresentable(text), at: start)
    }
}

/// Which characters make an unquoted key (ECMAScript 5.1 section 7.6).
enum JSON5Name {
    static func canStart(with scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "$", "_": true
        default: !scalar.isASCII && isLetter(scalar)
        }
    }

    static func canContinue(with scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "$", "_", "\u{200C}", "\u{200D}": return true
        default: break
        }
        guard !scalar.isASCII else { return false }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .spacingMark, .decimalNumber, .connectorPunctuation: return true
        default: return isLetter(scalar)
        }
    }

    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .letterNumber: true
        default: false
        }
    }

    /// Whether `text` may stand without quotes; only ASCII names do when we write them.
    static func isPlain(_ text: String) -> Bool {
        guard let first = text.unicodeScalars.first, canStart(with: first) else { return false }
        return text.unicodeScalars.allSatisfy { $0.isASCII && canContinue(with: $0) }
    }
}

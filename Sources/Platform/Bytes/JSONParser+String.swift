/// Strings (RFC 8259 section 7).
extension JSONParser {
    /// The string whose opening quote is at `index`.
    mutating func string() throws(JSONError) -> String {
        index += 1
        let start = index
        var isASCII = true
        while true {
            skipPlain()
            let byte = current
            if byte == ASCII.quote {
                let text = String(utf8Checked: bytes.extracting(unchecked: start..<index), isASCII: isASCII)
                index += 1
                return text
            }
            if byte == ASCII.backslash {
                return try stringWithEscapes(from: start, isASCII: isASCII)
            }
            guard byte >= 0x80 else { throw notInString() }
            isASCII = false
            try skipBeyondASCII()
        }
    }

    /// A key, and a number that differs for most keys that differ.
    @inline(__always)
    mutating func key() throws(JSONError) -> (String, UInt32) {
        let start = index + 1
        let text = try string()
        let length = text.utf8.count
        // Without escapes the key's bytes are those of the text, and eight bytes can be read where a member follows.
        if index - 1 - start == length, start + 8 <= bytes.count {
            let head = EightBytes(bytes, at: start).word
            guard length >= 8 else {
                return (text, Self.fingerprint(head & (1 << UInt64(length * 8) - 1), 0, length))
            }
            return (text, Self.fingerprint(head, EightBytes(bytes, at: index - 9).word, length))
        }
        return (text, Self.fingerprint(of: text))
    }

    @inline(__always)
    private static func fingerprint(_ head: UInt64, _ tail: UInt64, _ length: Int) -> UInt32 {
        let mixed = (head ^ (tail &* 0x9E37_79B9_7F4A_7C15) ^ UInt64(length)) &* 0xD6E8_FEB8_6659_FD93
        return UInt32(truncatingIfNeeded: mixed >> 32)
    }

    @inline(never)
    private static func fingerprint(of key: String) -> UInt32 {
        func word(_ bytes: some Sequence<UInt8>) -> UInt64 {
            bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        let length = key.utf8.count
        return fingerprint(word(key.utf8.prefix(8)), length < 8 ? 0 : word(key.utf8.suffix(8)), length)
    }

    /// Advances to the next byte that is a quote, a backslash, a control character or beyond ASCII, or to the end.
    @inline(__always)
    private mutating func skipPlain() {
        while index + 8 <= bytes.count {
            let special = EightBytes(bytes, at: index).special
            if special != 0 {
                index += special.trailingZeroBitCount >> 3
                return
            }
            index += 8
        }
        while index < bytes.count {
            let byte = bytes[index]
            if byte < ASCII.space || byte >= 0x80 || byte == ASCII.quote || byte == ASCII.backslash { return }
            index += 1
        }
    }

    private mutating func skipBeyondASCII() throws(JSONError) {
        repeat {
            let length = JSONUTF8.sequenceLength(at: index, in: bytes)
            guard length > 0 else { throw failure(.invalidUTF8) }
            index += length
        } while current >= 0x80
    }

    private func notInString() -> JSONError {
        failure(isAtEnd ? .expected(.closingQuote) : .controlCharacter)
    }

    /// The rest of a string that began at `start` and has its first backslash at `index`.
    private mutating func stringWithEscapes(from start: Int, isASCII: Bool) throws(JSONError) -> String {
        scratch.removeAll(keepingCapacity: true)
        var isASCII = isASCII
        var copied = start
        while true {
            let byte = current
            if byte == ASCII.quote {
                copy(from: copied)
                index += 1
                return String(utf8Checked: scratch.span, isASCII: isASCII)
            }
            if byte == ASCII.backslash {
                copy(from: copied)
                let scalar = try escape()
                if scalar.isASCII {
                    scratch.append(UInt8(truncatingIfNeeded: scalar.value))
                } else {
                    isASCII = false
                    scratch.append(contentsOf: UTF8.encode(scalar)!)
                }
                copied = index
            } else {
                guard byte >= 0x80 else { throw notInString() }
                isASCII = false
                try skipBeyondASCII()
            }
            skipPlain()
        }
    }

    private mutating func copy(from start: Int) {
        bytes.extracting(start..<index).withUnsafeBufferPointer { scratch.append(contentsOf: $0) }
    }

    /// The character that the escape at `index` stands for.
    private mutating func escape() throws(JSONError) -> Unicode.Scalar {
        index += 1
        let byte = current
        let value: UInt8
        switch byte {
        case ASCII.quote, ASCII.backslash, ASCII.slash: value = byte
        case UInt8(ascii: "b"): value = ASCII.backspace
        case UInt8(ascii: "f"): value = ASCII.formFeed
        case UInt8(ascii: "n"): value = ASCII.lineFeed
        case UInt8(ascii: "r"): value = ASCII.carriageReturn
        case UInt8(ascii: "t"): value = ASCII.tab
        case ASCII.lowerU: return try unicodeEscape()
        default: throw failure(isAtEnd ? .expected(.closingQuote) : .invalidEscape)
        }
        index += 1
        return Unicode.Scalar(value)
    }

    /// `\uXXXX`, or two of them for a character beyond U+FFFF; `index` is at the first `u`.
    mutating func unicodeEscape() throws(JSONError) -> Unicode.Scalar {
        let start = index - 1
        let high = try fourHexDigits()
        if let scalar = Unicode.Scalar(high) { return scalar }
        guard high < 0xDC00, current == ASCII.backslash, index + 1 < bytes.count,
            bytes[index + 1] == ASCII.lowerU
        else { throw JSONError(.loneSurrogate, at: start) }
        index += 1
        let low = try fourHexDigits()
        guard let scalar = Unicode.Scalar(surrogates: high, low) else { throw JSONError(.loneSurrogate, at: start) }
        return scalar
    }

    private mutating func fourHexDigits() throws(JSONError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            index += 1
            guard let digit = ASCII.hexValue(current) else { throw failure(.expected(.hexDigit)) }
            value = value << 4 | UInt32(digit)
        }
        index += 1
        return value
    }
}

/// A place in a text. Lines end with LF, CR LF or CR; columns count Unicode code points. Both start at 1.
package struct JSONPosition: Sendable, Equatable, CustomStringConvertible {
    package let offset: Int
    package let line: Int
    package let column: Int

    /// The position of the byte at `offset`, which may be the end.
    package init(offset: Int, in bytes: Span<UInt8>) {
        var line = 1
        var column = 1
        for index in 0..<min(offset, bytes.count) {
            switch bytes[index] {
            case ASCII.lineFeed where index > 0 && bytes[index - 1] == ASCII.carriageReturn: break
            case ASCII.lineFeed, ASCII.carriageReturn:
                line += 1
                column = 1
            case 0x80...0xBF: break  // a continuation of the character before
            default: column += 1
            }
        }
        self.offset = offset
        self.line = line
        self.column = column
    }

    /// Known by its offset only, until the whole text is at hand.
    init(offset: Int) {
        self.offset = offset
        line = 0
        column = 0
    }

    package var description: String { "line \(line), column \(column)" }
}

/// Why a text is not JSON or JSON5, and where.
package struct JSONError: Error, Sendable, Equatable {
    package enum Problem: Sendable, Equatable {
        case expected(Expectation)
        case invalidUTF8
        case byteOrderMark
        case controlCharacter
        case invalidEscape
        case loneSurrogate
        case leadingZero
        case tooDeep(limit: Int)
        case tooLong(limit: Int)
        case numberTooLong(limit: Int)
        case duplicateKey(String, first: JSONPosition)
        /// JSON5 writes it, but no JSON value holds it: Infinity, NaN, a hexadecimal number beyond 64 bits.
        case notRepresentable(String)
        case unterminatedComment
        /// A word that is no value, most often a string without quotes.
        case bareWord(String)
    }

    package enum Expectation: String, Sendable {
        case value = "a value"
        case quotedKey = "a key in double quotes"
        case quotedKeyOrEnd = "a key in double quotes or '}'"
        case key = "a key"
        case keyOrEnd = "a key or '}'"
        case colon = "':' after the key"
        case commaOrObjectEnd = "',' or '}'"
        case commaOrArrayEnd = "',' or ']'"
        case valueOrArrayEnd = "a value or ']'"
        case closingQuote = "the closing quote of the string"
        case digit = "a digit"
        case hexDigit = "a hexadecimal digit"
        case identifierEscape = "'u' and four hexadecimal digits of a letter"
        case end = "nothing more after the value"
    }

    /// What stands at the position.
    package enum Found: Sendable, Equatable {
        case end
        case character(Unicode.Scalar)
        case byte(UInt8)
    }

    package let problem: Problem
    package let position: JSONPosition
    package let found: Found

    init(_ problem: Problem, at offset: Int) {
        self.problem = problem
        position = JSONPosition(offset: offset)
        found = .end
    }

    /// The same error with line, column and what was found there.
    func located(in bytes: Span<UInt8>) -> JSONError { JSONError(locating: self, in: bytes) }

    private init(locating error: JSONError, in bytes: Span<UInt8>) {
        position = JSONPosition(offset: error.position.offset, in: bytes)
        found = Found(at: error.position.offset, in: bytes)
        if case .duplicateKey(let key, let first) = error.problem {
            problem = .duplicateKey(key, first: JSONPosition(offset: first.offset, in: bytes))
        } else {
            problem = error.problem
        }
    }
}

extension JSONError.Found {
    init(at offset: Int, in bytes: Span<UInt8>) {
        guard offset < bytes.count else {
            self = .end
            return
        }
        if let (scalar, _) = JSONUTF8.scalar(at: offset, in: bytes) {
            self = .character(scalar)
        } else {
            self = .byte(bytes[offset])
        }
    }
}

extension JSONError: CustomStringConvertible {
    package var description: String { "\(position): \(message)" }

    package var message: String {
        switch problem {
        case .expected(let expectation): "expected \(expectation.rawValue), found \(found)"
        case .invalidUTF8: "\(found) is not valid UTF-8 here"
        case .byteOrderMark: "a byte order mark is not allowed before JSON; save the text without it"
        case .controlCharacter: "\(found) must be escaped in a string"
        case .invalidEscape: "'\\' in a string must be followed by an escape JSON knows, found \(found)"
        case .loneSurrogate: "half of a surrogate pair; '\\uD800' to '\\uDFFF' come in pairs, high before low"
        case .leadingZero: "a number must not begin with a zero that more digits follow"
        case .tooDeep(let limit): "nested too deeply; at most \(limit) levels are allowed"
        case .tooLong(let limit): "too long; at most \(limit) bytes are allowed"
        case .numberTooLong(let limit): "a number of more than \(limit) characters is not allowed"
        case .duplicateKey(let key, let first):
            "duplicate key \(JSON.string(key)), first given at \(first)"
        case .notRepresentable(let text):
            "\(text) is not a value JSON can hold; give a finite number of at most 64 bits"
        case .unterminatedComment: "the comment that begins here has no '*/'"
        case .bareWord(let word): "\(word) is not a value; a string needs quotes"
        }
    }
}

extension JSONError.Found: CustomStringConvertible {
    package var description: String {
        switch self {
        case .end: "the end of the text"
        case .character(let scalar) where scalar.isInvisible: "U+\(Self.hex(scalar.value, width: 4))"
        case .character(let scalar): "'\(Character(scalar))'"
        case .byte(let byte): "byte 0x\(Self.hex(UInt32(byte), width: 2))"
        }
    }

    private static func hex(_ value: UInt32, width: Int) -> String {
        let digits = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}

extension Unicode.Scalar {
    /// Whether nobody could read it in a message.
    fileprivate var isInvisible: Bool {
        switch properties.generalCategory {
        case .control, .format, .spaceSeparator, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned,
            .nonspacingMark, .enclosingMark:
            true
        default: false
        }
    }
}

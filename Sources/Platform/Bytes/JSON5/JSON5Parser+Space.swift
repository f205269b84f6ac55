/// White space, comments and line ends (JSON5 sections 7 and 8).
extension JSON5Parser {
    mutating func skipSpace() throws(JSONError) {
        while index < bytes.count {
            let length = JSON5Space.length(at: index, in: bytes)
            if length > 0 {
                index += length
            } else if JSON5Space.startsComment(at: index, in: bytes) {
                guard let end = JSON5Space.commentEnd(from: index, in: bytes) else {
                    throw failure(.unterminatedComment)
                }
                index = end
            } else {
                return
            }
        }
    }
}

/// What stands between the tokens; the parser and the editor see it the same way.
enum JSON5Space {
    /// The length of the white space or line end at `offset`, or 0.
    static func length(at offset: Int, in bytes: Span<UInt8>) -> Int {
        switch bytes[offset] {
        case ASCII.tab...ASCII.carriageReturn, ASCII.space: return 1
        case 0..<0x80: return 0
        default: break
        }
        guard let (scalar, length) = JSONUTF8.scalar(at: offset, in: bytes) else { return 0 }
        switch scalar.value {
        case 0xA0, 0xFEFF, 0x2028, 0x2029: return length
        default: return scalar.properties.generalCategory == .spaceSeparator ? length : 0
        }
    }

    /// The length of the line end at `offset` (LF, CR LF, CR, U+2028, U+2029), or 0.
    static func lineEndLength(at offset: Int, in bytes: Span<UInt8>) -> Int {
        switch bytes[offset] {
        case ASCII.lineFeed: return 1
        case ASCII.carriageReturn:
            return offset + 1 < bytes.count && bytes[offset + 1] == ASCII.lineFeed ? 2 : 1
        case 0xE2 where offset + 2 < bytes.count && bytes[offset + 1] == 0x80 && bytes[offset + 2] & 0xFE == 0xA8:
            return 3
        default: return 0
        }
    }

    static func startsComment(at offset: Int, in bytes: Span<UInt8>) -> Bool {
        guard offset + 1 < bytes.count, bytes[offset] == ASCII.slash else { return false }
        return bytes[offset + 1] == ASCII.slash || bytes[offset + 1] == ASCII.star
    }

    /// The end of the comment that begins at `offset`: before the line end for `//`, behind the `*/` for the other
    /// kind; nil if there is no `*/`.
    static func commentEnd(from offset: Int, in bytes: Span<UInt8>) -> Int? {
        var index = offset + 2
        if bytes[offset + 1] == ASCII.slash {
            while index < bytes.count, lineEndLength(at: index, in: bytes) == 0 { index += 1 }
            return index
        }
        while index + 1 < bytes.count {
            if bytes[index] == ASCII.star, bytes[index + 1] == ASCII.slash { return index + 2 }
            index += 1
        }
        return nil
    }
}

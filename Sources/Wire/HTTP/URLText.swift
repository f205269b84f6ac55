/// The characters of a URL's path and query (RFC 3986 sections 2 and 3.3), and percent-encoding.
enum URLText {
    static let hash: UInt8 = 35
    static let percent: UInt8 = 37
    static let at: UInt8 = 64
    static let openBracket: UInt8 = 91
    static let backslash: UInt8 = 92
    static let closeBracket: UInt8 = 93

    static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        ASCII.lowercased(byte) &- 97 < 26 || byte &- 48 < 10
    }

    /// What never needs encoding: letters, digits, `-._~`.
    static func isUnreserved(_ byte: UInt8) -> Bool {
        isLetterOrDigit(byte) || byte == 45 || byte == 46 || byte == 95 || byte == 126
    }

    static func isPath(_ byte: UInt8) -> Bool {
        switch byte {
        // The sub-delimiters !$&'()*+,;= and :@/
        case 33, 36, 38...44, 47, 58, 59, 61, 64: true
        default: isUnreserved(byte)
        }
    }

    static func isQuery(_ byte: UInt8) -> Bool { isPath(byte) || byte == ASCII.question }

    /// Checks a path or a query. With `repairing`, as for the Location field that servers fill carelessly, what should
    /// have been encoded is encoded; without, it is refused.
    static func read(
        _ bytes: ArraySlice<UInt8>, _ isAllowed: (UInt8) -> Bool, repairing: Bool
    ) throws(WebURLError) -> String {
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count)
        for index in bytes.indices {
            let byte = bytes[index]
            if isAllowed(byte) {
                output.append(byte)
            } else if byte == percent {
                guard index + 2 < bytes.endIndex, ASCII.hexValue(bytes[index + 1]) != nil,
                    ASCII.hexValue(bytes[index + 2]) != nil
                else { throw WebURLError("a % in a URL must be followed by two hex digits") }
                output.append(byte)
            } else if byte < 32 || byte == 127 || byte == backslash {
                throw WebURLError("a control character or backslash in a URL")
            } else {
                guard repairing else {
                    throw WebURLError("a character in a URL that must be percent-encoded")
                }
                append(encoded: byte, to: &output)
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    static func append(encoded byte: UInt8, to output: inout [UInt8]) {
        output.append(percent)
        output.append(hexDigit(byte >> 4))
        output.append(hexDigit(byte & 15))
    }

    /// RFC 3986 section 2.1: in capitals.
    private static func hexDigit(_ value: UInt8) -> UInt8 { value < 10 ? 48 + value : 55 + value }
}

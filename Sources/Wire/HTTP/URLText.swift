import Platform

/// The characters of a URL's path and query (RFC 3986 sections 2 and 3.3), and percent-encoding.
enum URLText {
    static func isQuery(_ byte: UInt8) -> Bool { ASCII.isPath(byte) || byte == ASCII.question }

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
            } else if byte == ASCII.percent {
                guard index + 2 < bytes.endIndex, ASCII.hexValue(bytes[index + 1]) != nil,
                    ASCII.hexValue(bytes[index + 2]) != nil
                else { throw WebURLError("a % in a URL must be followed by two hex digits") }
                output.append(byte)
            } else if byte < ASCII.space || byte == ASCII.delete || byte == ASCII.backslash {
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
        output.append(ASCII.percent)
        output.append(ASCII.upperHexDigit(byte >> 4))
        output.append(ASCII.upperHexDigit(byte & 15))
    }
}

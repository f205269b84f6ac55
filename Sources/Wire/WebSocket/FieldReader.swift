import Platform

/// Reads the words of a header field, skipping the blanks between them.
struct FieldReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ field: String) {
        bytes = Array(field.utf8)
        skipBlanks()
    }

    private var isAtEnd: Bool { position == bytes.count }
    var isAtQuote: Bool { !isAtEnd && bytes[position] == ASCII.quote }
    private var isAtElementEnd: Bool { isAtEnd || bytes[position] == UInt8(ascii: ",") }

    /// The elements of comma-separated lists; nil if `read` finds none where one should be, or leaves something over.
    static func elements<Element>(of fields: [String], _ read: (inout FieldReader) -> Element?) -> [Element]? {
        var elements: [Element] = []
        for field in fields {
            var reader = FieldReader(field)
            repeat {
                // RFC 9110 section 5.6.1: empty elements are skipped.
                if reader.isAtElementEnd { continue }
                guard let element = read(&reader) else { return nil }
                elements.append(element)
            } while reader.skip(",")
            guard reader.isAtEnd else { return nil }
        }
        return elements
    }

    /// Steps over `separator` if it is next.
    mutating func skip(_ separator: Unicode.Scalar) -> Bool {
        guard !isAtEnd, bytes[position] == UInt8(ascii: separator) else { return false }
        position += 1
        skipBlanks()
        return true
    }

    mutating func token() -> String? {
        let start = position
        while position < bytes.count, ASCII.isToken(bytes[position]) { position += 1 }
        guard position > start else { return nil }
        defer { skipBlanks() }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    /// A quoted string; RFC 6455 section 9.1 demands that what it quotes is a token.
    mutating func quotedToken() -> String? {
        var content: [UInt8] = []
        position += 1
        while position < bytes.count, bytes[position] != ASCII.quote {
            if bytes[position] == UInt8(ascii: "\\") { position += 1 }
            guard position < bytes.count, ASCII.isToken(bytes[position]) else { return nil }
            content.append(bytes[position])
            position += 1
        }
        guard position < bytes.count, !content.isEmpty else { return nil }
        position += 1
        skipBlanks()
        return String(decoding: content, as: UTF8.self)
    }

    private mutating func skipBlanks() {
        while position < bytes.count, bytes[position] == UInt8(ascii: " ") || bytes[position] == UInt8(ascii: "\t") {
            position += 1
        }
    }
}

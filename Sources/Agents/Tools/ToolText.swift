import Platform

/// Texts as tools hand them on: cut where they are too long, in whole characters.
enum ToolText {
    /// Bytes of one output for a model, unless a tool says otherwise.
    static let limit = 50_000

    /// The first `limit` bytes, or fewer so that no character is cut in two.
    static func head(_ text: String, _ limit: Int) -> String {
        text.utf8.count <= limit ? text : String(decoding: head(Array(text.utf8), limit), as: UTF8.self)
    }

    static func head(_ bytes: [UInt8], _ limit: Int) -> ArraySlice<UInt8> {
        guard bytes.count > limit else { return bytes[...] }
        var end = limit
        while end > 0, bytes[end] & 0xc0 == 0x80 { end -= 1 }
        return bytes[..<end]
    }

    /// The last `limit` bytes likewise.
    static func tail(_ bytes: [UInt8], _ limit: Int) -> ArraySlice<UInt8> {
        guard bytes.count > limit else { return bytes[...] }
        var start = bytes.count - limit
        while start < bytes.count, bytes[start] & 0xc0 == 0x80 { start += 1 }
        return bytes[start...]
    }

    /// Whether the bytes are text: no NUL, and UTF-8.
    static func isText(_ bytes: [UInt8]) -> Bool { !bytes.contains(0) && bytes.span.text != nil }

    static func trimmed(_ text: some StringProtocol) -> String {
        let bytes = Array(text.utf8)
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0d).contains(byte) }
        guard let first = bytes.firstIndex(where: { !isSpace($0) }), let last = bytes.lastIndex(where: { !isSpace($0) })
        else { return "" }
        return String(decoding: bytes[first...last], as: UTF8.self)
    }
}

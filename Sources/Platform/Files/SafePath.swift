/// A path from outside that stays within whatever directory it is opened in: relative, without "." and "..", and
/// without the disguises that a later decoding would turn into them.
package struct SafePath: Hashable, Sendable, CustomStringConvertible {
    package static let limit = 1024
    /// What file systems allow for one name.
    package static let partLimit = 255

    package let parts: [String]

    package var description: String { parts.joined(separator: "/") }

    package init(_ id: StrictID) { parts = [id.text] }

    package init(_ text: String) throws(FileError) { try self.init(bytes: Array(text.utf8)) }

    package init(bytes: [UInt8]) throws(FileError) {
        if let refusal = Self.refusal(bytes) {
            throw .refused(path: String(decoding: bytes.prefix(128), as: UTF8.self), refusal)
        }
        parts = bytes.split(separator: UInt8(ascii: "/")).map { String(decoding: $0, as: UTF8.self) }
    }

    private static func refusal(_ bytes: [UInt8]) -> PathRefusal? {
        if bytes.isEmpty { return .empty }
        if bytes.count > limit { return .tooLong }
        guard let text = bytes.span.text else { return .notText }
        if bytes[0] == UInt8(ascii: "/") { return .absolute }
        for part in bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            if part.isEmpty { return .emptyPart }
            if part.count > partLimit { return .tooLong }
            if part.elementsEqual(".".utf8) || part.elementsEqual("..".utf8) { return .parent }
        }
        if hasEncodedTrick(bytes) { return .encoded }
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0..<0x20, 0x7f..<0xa0: return .control
            case 0x5c: return .backslash
            default: if lookalikes.contains(scalar.value) { return .lookalike }
            }
        }
        return nil
    }

    /// %00, %25, %2e, %2f and %5c: what a second decoding would make dangerous.
    private static func hasEncodedTrick(_ bytes: [UInt8]) -> Bool {
        for index in bytes.indices.dropLast(2) where bytes[index] == UInt8(ascii: "%") {
            switch (bytes[index + 1], bytes[index + 2] | 0x20) {
            case (UInt8(ascii: "0"), UInt8(ascii: "0")), (UInt8(ascii: "2"), UInt8(ascii: "5")),
                (UInt8(ascii: "2"), UInt8(ascii: "e")), (UInt8(ascii: "2"), UInt8(ascii: "f")),
                (UInt8(ascii: "5"), UInt8(ascii: "c")):
                return true
            default: break
            }
        }
        return false
    }

    /// Characters that compatibility normalization, fonts or other systems take for ".", "/" or "\".
    private static let lookalikes: Set<UInt32> = [
        0x2024, 0x2025, 0x2026, 0x3002, 0xfe52, 0xff0e, 0xff61,
        0x2044, 0x2215, 0x2216, 0x29f5, 0x29f8, 0x29f9, 0xfe68, 0xff0f, 0xff3c,
    ]
}

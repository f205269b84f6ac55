/// Random names (RFC 9562, version 4).
package enum UUIDText {
    package static func random() -> String { text(SecureRandom.bytes(16), version: 0x40) }

    /// One that follows from a digest, of the version for ids that their maker forms as it likes (RFC 9562, 5.8).
    package static func named(_ digest: [UInt8]) -> String { text(Array(digest.prefix(16)), version: 0x80) }

    private static func text(_ bytes: [UInt8], version: UInt8) -> String {
        var bytes = bytes
        bytes[6] = bytes[6] & 0x0f | version
        bytes[8] = bytes[8] & 0x3f | 0x80
        var text = Hex.encode(bytes)
        for offset in [20, 16, 12, 8] { text.insert("-", at: text.index(text.startIndex, offsetBy: offset)) }
        return text
    }
}

import Platform

/// Ed25519 keys in the text form that other programs read (RFC 8410 section 7, RFC 7468).
enum PEMKey {
    private static let privateHead: [UInt8] = [
        0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
    ]
    private static let publicHead: [UInt8] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00]

    static func text(_ key: Ed25519.PrivateKey) -> String { block("PRIVATE KEY", privateHead + key.rawBytes) }

    static func text(_ key: Ed25519.PublicKey) -> String { block("PUBLIC KEY", publicHead + key.rawBytes) }

    static func privateKey(_ text: String) -> Ed25519.PrivateKey? {
        let lines = text.split(whereSeparator: \.isNewline)
        guard lines.first == "-----BEGIN PRIVATE KEY-----", lines.last == "-----END PRIVATE KEY-----",
            let bytes = Base64.standard.decode(lines.dropFirst().dropLast().joined()),
            bytes.starts(with: privateHead)
        else { return nil }
        return Ed25519.PrivateKey(rawBytes: Array(bytes.dropFirst(privateHead.count)))
    }

    /// 48 bytes make one line of 64 letters, so both keys fit on one.
    private static func block(_ label: String, _ bytes: [UInt8]) -> String {
        "-----BEGIN \(label)-----\n\(Base64.standard.encode(bytes))\n-----END \(label)-----\n"
    }
}

/// The SHA-256 of a certificate's DER form: what `openssl x509 -fingerprint -sha256` prints and people compare.
package struct CertificateFingerprint: Hashable, Sendable, CustomStringConvertible {
    package let bytes: [UInt8]

    /// The fingerprint of a certificate in DER form.
    package init(der: [UInt8]) { bytes = SHA256.hash(der) }

    /// 64 hexadecimal digits, with or without colons, after `sha256:`, `SHA256:` or the words that openssl prints.
    package init?(_ text: String) {
        var digits = text[...]
        for prefix in ["sha256 fingerprint=", "sha256:"] where digits.lowercased().hasPrefix(prefix) {
            digits = digits.dropFirst(prefix.count)
        }
        guard let bytes = Hex.decode(digits.filter { $0 != ":" }), bytes.count == SHA256.digestBytes else { return nil }
        self.bytes = bytes
    }

    /// Plain lower-case digits.
    package var hex: String { Hex.encode(bytes) }

    package var description: String {
        "sha256:" + bytes.map { Hex.encode(CollectionOfOne($0)).uppercased() }.joined(separator: ":")
    }
}

import Platform

/// A secret as its SHA-256 digest: what is compared, kept and stored in its place. Digests have one length, so that a
/// comparison tells nothing of the secret's.
struct SecretDigest: Hashable, Sendable {
    let bytes: [UInt8]

    init(of secret: String) { bytes = SHA256.hash(Array(secret.utf8)) }

    /// From the store.
    init?(bytes: [UInt8]) {
        guard bytes.count == SHA256.digestBytes else { return nil }
        self.bytes = bytes
    }

    /// A configured secret. White space alone is none.
    init?(configured secret: String?) {
        guard let secret, !secret.allSatisfy(\.isWhitespace) else { return nil }
        self.init(of: secret)
    }

    /// In a time that does not depend on where they differ.
    func matches(_ other: SecretDigest) -> Bool { constantTimeEqual(bytes, other.bytes) }

    func matches(_ secret: String) -> Bool { matches(SecretDigest(of: secret)) }
}

import COpenSSL

/// Whether two secrets are equal, in a time that depends neither on where they differ nor on their lengths: their
/// SHA-256 digests are compared.
package func constantTimeEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    CRYPTO_memcmp(SHA256.hash(a), SHA256.hash(b), SHA256.digestBytes) == 0
}

package func constantTimeEqual(_ a: String, _ b: String) -> Bool {
    constantTimeEqual(Array(a.utf8), Array(b.utf8))
}

import COpenSSL

/// A cryptographic hash that is fed piece by piece. A copy goes on from where it was copied.
package protocol HashFunction: Sendable {
    static var digestBytes: Int { get }
    static var blockBytes: Int { get }
    init()
    mutating func update(_ bytes: Span<UInt8>)
    consuming func finish() -> [UInt8]
}

extension HashFunction {
    package static func hash(_ bytes: Span<UInt8>) -> [UInt8] {
        var hash = Self()
        hash.update(bytes)
        return hash.finish()
    }

    package static func hash(_ bytes: [UInt8]) -> [UInt8] { hash(bytes.span) }

    /// The hash of a text's UTF-8.
    package static func hash(_ text: String) -> [UInt8] { hash(Array(text.utf8)) }
}

/// SHA-256 (FIPS 180-4).
package struct SHA256: HashFunction {
    package static let digestBytes = 32
    package static let blockBytes = 64
    private var context = SHA256_CTX()

    package init() { SHA256_Init(&context) }

    package mutating func update(_ bytes: Span<UInt8>) {
        _ = bytes.withUnsafeBytes { SHA256_Update(&context, $0.baseAddress, $0.count) }
    }

    package consuming func finish() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Self.digestBytes) { digest, count in
            SHA256_Final(digest.baseAddress, &context)
            count = Self.digestBytes
        }
    }
}

/// SHA-512 (FIPS 180-4).
package struct SHA512: HashFunction {
    package static let digestBytes = 64
    package static let blockBytes = 128
    private var context = SHA512_CTX()

    package init() { SHA512_Init(&context) }

    package mutating func update(_ bytes: Span<UInt8>) {
        _ = bytes.withUnsafeBytes { SHA512_Update(&context, $0.baseAddress, $0.count) }
    }

    package consuming func finish() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Self.digestBytes) { digest, count in
            SHA512_Final(digest.baseAddress, &context)
            count = Self.digestBytes
        }
    }
}

/// SHA-1, for the WebSocket handshake alone (RFC 6455 section 4.2.2), where nothing depends on its strength.
package struct SHA1: HashFunction {
    package static let digestBytes = 20
    package static let blockBytes = 64
    private var context = SHA_CTX()

    package init() { SHA1_Init(&context) }

    package mutating func update(_ bytes: Span<UInt8>) {
        _ = bytes.withUnsafeBytes { SHA1_Update(&context, $0.baseAddress, $0.count) }
    }

    package consuming func finish() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Self.digestBytes) { digest, count in
            SHA1_Final(digest.baseAddress, &context)
            count = Self.digestBytes
        }
    }
}

/// A keyed hash (RFC 2104), fed piece by piece.
package struct HMAC<Hash: HashFunction>: Sendable {
    private var inner = Hash()
    private var outer = Hash()

    package init(key: [UInt8]) {
        // Section 2: a longer key is hashed first.
        let short = key.count > Hash.blockBytes ? Hash.hash(key) : key
        let padded = short + Array(repeating: 0, count: Hash.blockBytes - short.count)
        let (innerPad, outerPad) = (padded.map { $0 ^ 0x36 }, padded.map { $0 ^ 0x5c })
        inner.update(innerPad.span)
        outer.update(outerPad.span)
    }

    package mutating func update(_ bytes: Span<UInt8>) { inner.update(bytes) }

    package consuming func finish() -> [UInt8] {
        let digest = inner.finish()
        outer.update(digest.span)
        return outer.finish()
    }

    package static func authenticate(_ bytes: [UInt8], key: [UInt8]) -> [UInt8] {
        var code = HMAC(key: key)
        code.update(bytes.span)
        return code.finish()
    }
}

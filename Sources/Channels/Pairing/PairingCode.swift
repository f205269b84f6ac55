import Platform

/// What a stranger is told and the owner types: eight letters and digits that cannot be mistaken for one another.
package struct PairingCode: Hashable, Sendable, CustomStringConvertible {
    package static let length = 8
    /// 32 of them, so that each takes five bits: no 0 and O, no 1 and I.
    static let alphabet = Array("ABCDEFGHJKLMNPQRSTUVWXYZ23456789")

    package let description: String

    /// Reads what somebody typed, in any case and with spaces or hyphens; nil when it cannot be a code.
    package init?(_ text: String) {
        let letters = text.uppercased().filter { $0 != " " && $0 != "-" }
        guard letters.count == Self.length, letters.allSatisfy({ Self.alphabet.contains($0) }) else { return nil }
        description = letters
    }

    package init(random: inout some RandomNumberGenerator) {
        var bits = random.next() as UInt64
        var letters = ""
        for _ in 0..<Self.length {
            letters.append(Self.alphabet[Int(bits & 31)])
            bits >>= 5
        }
        description = letters
    }

    package static func make() -> PairingCode {
        var random = SecureRandom()
        return PairingCode(random: &random)
    }
}

/// Base64 (RFC 4648), strict both ways: one text per value. Line breaks, foreign characters, missing or surplus
/// padding, and stray bits behind the last byte are refused.
package struct Base64: Sendable {
    /// Section 4: `+`, `/` and padding.
    package static let standard = Base64(last: "+/", isPadded: true)
    /// Section 5: `-`, `_` and, as in all protocols we speak, no padding.
    package static let url = Base64(last: "-_", isPadded: false)

    private static let invalid: UInt8 = 255
    private static let padding = UInt8(ascii: "=")

    private let alphabet: [UInt8]
    private let values: [UInt8]
    private let isPadded: Bool

    private init(last: StaticString, isPadded: Bool) {
        let text = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789\(last)"
        alphabet = Array(text.utf8)
        var values = [UInt8](repeating: Self.invalid, count: 256)
        for (value, letter) in alphabet.enumerated() { values[Int(letter)] = UInt8(value) }
        self.values = values
        self.isPadded = isPadded
    }

    package func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        var index = 0
        while index < bytes.count {
            let present = min(3, bytes.count - index)
            var group: UInt32 = 0
            for offset in 0..<3 { group = group << 8 | (offset < present ? UInt32(bytes[index + offset]) : 0) }
            for place in 0...present { text.append(alphabet[Int(group >> UInt32(18 - 6 * place) & 63)]) }
            if isPadded { for _ in present..<3 { text.append(Self.padding) } }
            index += 3
        }
        return String(decoding: text, as: UTF8.self)
    }

    package func decode(_ text: String) -> [UInt8]? { decode(Array(text.utf8)) }

    package func decode(_ text: [UInt8]) -> [UInt8]? {
        var letters = text[...]
        if isPadded {
            guard text.count % 4 == 0 else { return nil }
            for _ in 0..<2 where letters.last == Self.padding { letters.removeLast() }
        }
        guard letters.count % 4 != 1 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(letters.count * 3 / 4)
        var bits: UInt32 = 0
        var held = 0
        for letter in letters {
            let value = values[Int(letter)]
            guard value != Self.invalid else { return nil }
            bits = bits << 6 | UInt32(value)
            held += 6
            if held >= 8 {
                held -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(held)))
                bits &= 1 << UInt32(held) - 1
            }
        }
        // Section 3.5: the bits that belong to no byte are zero, or two texts would mean the same.
        return bits == 0 ? bytes : nil
    }
}

/// The ways in which a secret may stand in a text: as it is, in JSON, in a URL, in base64.
enum SecretForms {
    /// Lines of a secret of several lines that are hidden by themselves, from this length on.
    static let lineMinimum = 16

    static func all(of secret: [UInt8]) -> Set<[UInt8]> {
        var forms: Set<[UInt8]> = [secret]
        for line in secret.split(whereSeparator: { $0 == 10 || $0 == 13 }) where line.count >= lineMinimum {
            // "-----BEGIN …" and its like are no secret.
            if !line.starts(with: "-----".utf8) { forms.insert(Array(line)) }
        }
        for form in Array(forms) {
            for json in jsonForms(form) { forms.formUnion([json, escaped(json, asciiOnly: false, slash: false)]) }
            forms.formUnion(percentForms(form))
            forms.formUnion(base64Forms(form))
        }
        return forms
    }

    // MARK: JSON

    private static func jsonForms(_ bytes: [UInt8]) -> [[UInt8]] {
        [
            escaped(bytes, asciiOnly: false, slash: false), escaped(bytes, asciiOnly: false, slash: true),
            escaped(bytes, asciiOnly: true, slash: false), escaped(bytes, asciiOnly: true, slash: false, upper: true),
        ]
    }

    private static func escaped(_ bytes: [UInt8], asciiOnly: Bool, slash: Bool, upper: Bool = false) -> [UInt8] {
        var result: [UInt8] = []
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
            switch scalar {
            case "\"": result += "\\\"".utf8
            case "\\": result += "\\\\".utf8
            case "/": result += (slash ? "\\/" : "/").utf8
            case "\n": result += "\\n".utf8
            case "\r": result += "\\r".utf8
            case "\t": result += "\\t".utf8
            case "\u{8}": result += "\\b".utf8
            case "\u{c}": result += "\\f".utf8
            default:
                if scalar.value < 0x20 || (asciiOnly && scalar.value >= 0x7f) {
                    for unit in String(scalar).utf16 {
                        let digits = String(unit, radix: 16, uppercase: upper)
                        result += "\\u".utf8
                        result += String(repeating: "0", count: 4 - digits.utf8.count).utf8
                        result += digits.utf8
                    }
                } else {
                    result += String(scalar).utf8
                }
            }
        }
        return result
    }

    // MARK: URLs

    /// RFC 3986 section 2.3 keeps the unreserved; JavaScript's encodeURIComponent keeps five more; forms write a space
    /// as "+".
    private static func percentForms(_ bytes: [UInt8]) -> [[UInt8]] {
        var forms: [[UInt8]] = []
        for kept in ["-._~", "-._~!'()*", "-._*"] {
            for upper in [true, false] {
                for plus in [true, false] { forms.append(percent(bytes, Array(kept.utf8), upper: upper, plus: plus)) }
            }
        }
        return forms
    }

    private static func percent(_ bytes: [UInt8], _ kept: [UInt8], upper: Bool, plus: Bool) -> [UInt8] {
        var result: [UInt8] = []
        for byte in bytes {
            if byte.isAlphanumeric || kept.contains(byte) {
                result.append(byte)
            } else if byte == UInt8(ascii: " "), plus {
                result.append(UInt8(ascii: "+"))
            } else {
                let digits = String(byte, radix: 16, uppercase: upper)
                result += (byte < 16 ? "%0" : "%").utf8
                result += digits.utf8
            }
        }
        return result
    }

    // MARK: Base64 (RFC 4648)

    /// A secret within a longer text (`user:password` of HTTP Basic) starts at any of three places of a group of
    /// three bytes. Of each the characters are taken that depend on the secret alone.
    private static func base64Forms(_ bytes: [UInt8]) -> [[UInt8]] {
        var forms: [[UInt8]] = []
        for alphabet in [standardAlphabet, urlAlphabet] {
            for shift in 0..<3 {
                let padded = [UInt8](repeating: 0, count: shift) + bytes
                let first = (shift * 8 + 5) / 6
                let end = padded.count * 8 / 6
                forms.append((first..<end).map { alphabet[sextet(padded, $0)] })
            }
        }
        return forms
    }

    private static func sextet(_ bytes: [UInt8], _ index: Int) -> Int {
        let bit = index * 6
        let first = UInt16(bytes[bit / 8]) << 8
        let second = bit / 8 + 1 < bytes.count ? UInt16(bytes[bit / 8 + 1]) : 0
        return Int((first | second) >> (10 - UInt16(bit % 8))) & 0x3f
    }

    private static let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    private static let standardAlphabet = Array((letters + "+/").utf8)
    private static let urlAlphabet = Array((letters + "-_").utf8)
}

extension UInt8 {
    var isDigit: Bool { self >= 0x30 && self <= 0x39 }
    var isAlphanumeric: Bool { isDigit || (self | 0x20 >= 0x61 && self | 0x20 <= 0x7a) }
    /// Letters, digits, "_" and "-": what most tokens are made of.
    var isTokenCharacter: Bool { isAlphanumeric || self == 0x5f || self == 0x2d }
}

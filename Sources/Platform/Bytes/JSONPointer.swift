/// The way to a place inside a JSON value (RFC 6901): `/params/limit`, `/agents/0`. The empty way is the whole value.
package struct JSONPointer: Sendable, Hashable {
    package var tokens: [String]

    package init(_ tokens: [String] = []) { self.tokens = tokens }

    /// Reads the form with slashes; nil unless `text` is empty or begins with a slash, and for a tilde that is followed
    /// by neither 0 nor 1.
    package init?(_ text: String) {
        tokens = []
        guard !text.isEmpty else { return }
        guard text.utf8.first == ASCII.slash else { return nil }
        for part in text.utf8.dropFirst().split(separator: ASCII.slash, omittingEmptySubsequences: false) {
            guard let token = Self.unescaped(part) else { return nil }
            tokens.append(token)
        }
    }

    package func appending(_ token: String) -> JSONPointer { JSONPointer(tokens + [token]) }

    /// A token as the number of an array element: digits without a leading zero (RFC 6901 section 4).
    static func elementNumber(_ token: String) -> Int? {
        guard token.utf8.allSatisfy(ASCII.isDigit) else { return nil }
        guard token == "0" || token.utf8.first != ASCII.zero else { return nil }
        return Int(token)
    }

    private static func unescaped(_ part: Substring.UTF8View) -> String? {
        var bytes: [UInt8] = []
        var iterator = part.makeIterator()
        while let byte = iterator.next() {
            guard byte == UInt8(ascii: "~") else {
                bytes.append(byte)
                continue
            }
            switch iterator.next() {
            case UInt8(ascii: "0"): bytes.append(UInt8(ascii: "~"))
            case UInt8(ascii: "1"): bytes.append(ASCII.slash)
            default: return nil
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension JSONPointer: CustomStringConvertible {
    package var description: String {
        var bytes: [UInt8] = []
        for token in tokens {
            bytes.append(ASCII.slash)
            for byte in token.utf8 {
                switch byte {
                case UInt8(ascii: "~"): bytes += [byte, UInt8(ascii: "0")]
                case ASCII.slash: bytes += [UInt8(ascii: "~"), UInt8(ascii: "1")]
                default: bytes.append(byte)
                }
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// How an error names the place.
    package var place: String { tokens.isEmpty ? "at the top level" : "at \(self)" }
}

extension JSON {
    /// The value at `pointer`, if there is one.
    package subscript(pointer: JSONPointer) -> JSON? {
        var value = self
        for token in pointer.tokens {
            let next: JSON? =
                switch value {
                case .object(let object): object[token]
                case .array: JSONPointer.elementNumber(token).flatMap { value[$0] }
                default: nil
                }
            guard let next else { return nil }
            value = next
        }
        return value
    }
}

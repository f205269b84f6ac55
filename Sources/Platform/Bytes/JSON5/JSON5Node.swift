/// A value and the bytes it was read from.
struct JSON5Node: Sendable {
    enum Kind: Sendable { case scalar, array, object }

    let kind: Kind
    /// From the first byte to behind the last, brackets and quotes included.
    let range: Range<Int>
    let value: JSON
    let items: [JSON5Item]

    /// What is between the brackets.
    var inside: Range<Int> { range.lowerBound + 1..<range.upperBound - 1 }

    func position(of token: String) -> Int? {
        switch kind {
        case .scalar: return nil
        case .object: return items.firstIndex { $0.key?.text.hasSameBytes(as: token) == true }
        case .array:
            guard let number = JSONPointer.elementNumber(token), number < items.count else { return nil }
            return number
        }
    }
}

/// A member of an object or an element of an array.
struct JSON5Item: Sendable {
    struct Key: Sendable {
        let text: String
        let range: Range<Int>
    }

    let key: Key?
    let value: JSON5Node
    /// The comma after it.
    var comma: Int?

    var start: Int { key?.range.lowerBound ?? value.range.lowerBound }
    /// Behind the value and its comma.
    var end: Int { comma.map { $0 + 1 } ?? value.range.upperBound }
}

/// Bytes to be put in the place of others.
struct JSON5Edit {
    let range: Range<Int>
    let replacement: [UInt8]

    /// The ranges must not overlap.
    static func apply(_ edits: [JSON5Edit], to bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var copied = 0
        for edit in edits.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
            result += bytes[copied..<edit.range.lowerBound]
            result += edit.replacement
            copied = edit.range.upperBound
        }
        return result + bytes[copied...]
    }
}

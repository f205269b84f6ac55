import Platform

/// The character references that models write: the five of XML, the space that does not break, and numbers.
enum Entities {
    private static let named: [(name: [UInt8], text: [UInt8])] = [
        ("amp", "&"), ("lt", "<"), ("gt", ">"), ("quot", "\""), ("apos", "'"), ("nbsp", "\u{a0}"),
    ].map { (Array($0.utf8), Array($1.utf8)) }

    /// What the reference at `position` stands for, and its length.
    static func read(_ source: ArraySlice<UInt8>, at position: Int) -> (text: [UInt8], length: Int)? {
        let body = source[(position + 1)...].prefix(9)
        guard let end = body.firstIndex(of: UInt8(ascii: ";")) else { return nil }
        let name = body[..<end]
        let length = end + 1 - position
        guard name.first == ASCII.hash else {
            return named.first { $0.name.elementsEqual(name) }.map { ($0.text, length) }
        }
        guard let value = number(name.dropFirst()), let scalar = Unicode.Scalar(value) else { return nil }
        // A control character that was spelled out is no less one.
        guard value >= 0x20, !(0x7F...0x9F).contains(value) else { return nil }
        return (Array(String(Character(scalar)).utf8), length)
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> UInt32? {
        guard let first = digits.first else { return nil }
        let isHex = first | 0x20 == UInt8(ascii: "x")
        let digits = isHex ? digits.dropFirst() : digits
        guard !digits.isEmpty, digits.count <= 7 else { return nil }
        var value: UInt32 = 0
        for digit in digits {
            guard let digit = ASCII.hexValue(digit), isHex || digit < 10 else { return nil }
            value = value * (isHex ? 16 : 10) + UInt32(digit)
        }
        return value
    }

    /// Text with its references and backslashes resolved.
    static func decoded(_ source: ArraySlice<UInt8>) -> [UInt8] {
        var text: [UInt8] = []
        var index = source.startIndex
        while index < source.endIndex {
            let byte = source[index]
            if byte == UInt8(ascii: "&"), let (bytes, length) = read(source, at: index) {
                text += bytes
                index += length
                continue
            }
            let next = index + 1
            if byte == ASCII.backslash, next < source.endIndex, InlineReader.isPunctuation(source[next]) {
                index = next
            }
            text.append(source[index])
            index += 1
        }
        return text
    }
}

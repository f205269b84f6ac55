import Platform

/// A tag of a page; comments and declarations are tags without a name.
struct HTMLTag {
    private(set) var name = ""
    private(set) var isEnd = false
    private(set) var closesItself = false
    /// Behind it.
    private(set) var end = 0
    private var attributes: [(name: String, value: String)] = []

    private static let nameLimit = 32
    private static let attributeLimit = 64

    func attribute(_ name: String) -> String? { attributes.first { $0.name == name }?.value }

    /// Nil when what stands there is only text.
    static func read(_ bytes: [UInt8], at start: Int) -> HTMLTag? {
        guard start + 1 < bytes.count else { return nil }
        var tag = HTMLTag()
        var at = start + 1
        if bytes[at...].starts(with: "!--".utf8) {
            tag.end = find("-->", in: bytes, from: at + 3).map { $0 + 3 } ?? bytes.count
            return tag
        }
        if bytes[at] == UInt8(ascii: "!") || bytes[at] == UInt8(ascii: "?") {
            tag.end = bytes[at...].firstIndex(of: UInt8(ascii: ">")).map { $0 + 1 } ?? bytes.count
            return tag
        }
        if bytes[at] == UInt8(ascii: "/") {
            tag.isEnd = true
            at += 1
        }
        guard at < bytes.count, isLetter(bytes[at]) else { return nil }
        tag.name = word(bytes, &at)
        tag.readAttributes(bytes, &at)
        tag.end = at
        return tag
    }

    private mutating func readAttributes(_ bytes: [UInt8], _ at: inout Int) {
        while at < bytes.count {
            let byte = bytes[at]
            if byte == UInt8(ascii: ">") {
                at += 1
                return
            }
            if byte == UInt8(ascii: "/") {
                closesItself = at + 1 < bytes.count && bytes[at + 1] == UInt8(ascii: ">")
                at += 1
            } else if byte <= 0x20 || byte == UInt8(ascii: "=") {
                at += 1
            } else {
                let start = at
                let name = Self.word(bytes, &at)
                if at == start { at += 1 }
                let value = Self.value(bytes, &at)
                if attributes.count < Self.attributeLimit { attributes.append((name, value ?? "")) }
            }
        }
    }

    private static func value(_ bytes: [UInt8], _ at: inout Int) -> String? {
        var place = at
        while place < bytes.count, bytes[place] <= 0x20 { place += 1 }
        guard place < bytes.count, bytes[place] == UInt8(ascii: "=") else { return nil }
        place += 1
        while place < bytes.count, bytes[place] <= 0x20 { place += 1 }
        guard place < bytes.count else {
            at = place
            return nil
        }
        let quote = bytes[place]
        if quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") {
            let close = bytes[(place + 1)...].firstIndex(of: quote) ?? bytes.count
            at = min(bytes.count, close + 1)
            return HTMLEntities.decoded(bytes[(place + 1)..<close])
        }
        let start = place
        while place < bytes.count, bytes[place] > 0x20, bytes[place] != UInt8(ascii: ">") { place += 1 }
        at = place
        return HTMLEntities.decoded(bytes[start..<place])
    }

    /// In lower case; what is beyond the limit of a name is passed over.
    private static func word(_ bytes: [UInt8], _ at: inout Int) -> String {
        let start = at
        while at < bytes.count, bytes[at] > 0x20, bytes[at] != UInt8(ascii: ">"), bytes[at] != UInt8(ascii: "/"),
            bytes[at] != UInt8(ascii: "=")
        {
            at += 1
        }
        return String(decoding: bytes[start..<min(at, start + nameLimit)].map { ASCII.lowercased($0) }, as: UTF8.self)
    }

    /// Where the end tag of that name begins and what stands behind it; the end of the page when there is none.
    static func end(of name: String, in bytes: [UInt8], from start: Int) -> (before: Int, after: Int) {
        let wanted = Array("</\(name)".utf8)
        var at = start
        while let found = bytes[at...].firstIndex(of: UInt8(ascii: "<")) {
            let piece = bytes[found...].prefix(wanted.count)
            if piece.count == wanted.count, zip(piece, wanted).allSatisfy({ ASCII.lowercased($0) == $1 }) {
                let close = bytes[found...].firstIndex(of: UInt8(ascii: ">"))
                return (found, close.map { $0 + 1 } ?? bytes.count)
            }
            at = found + 1
        }
        return (bytes.count, bytes.count)
    }

    private static func find(_ text: String, in bytes: [UInt8], from start: Int) -> Int? {
        let wanted = Array(text.utf8)
        guard start < bytes.count else { return nil }
        var at = start
        while let found = bytes[at...].firstIndex(of: wanted[0]) {
            if bytes[found...].starts(with: wanted) { return found }
            at = found + 1
        }
        return nil
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (97...122).contains(ASCII.lowercased(byte)) }
}

/// Characters that pages write by name or number.
enum HTMLEntities {
    private static let names: [String: String] = [
        "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": " ", "copy": "©", "reg": "®", "trade": "™",
        "hellip": "…", "mdash": "—", "ndash": "–", "lsquo": "‘", "rsquo": "’", "ldquo": "“", "rdquo": "”", "bull": "•",
        "middot": "·", "laquo": "«", "raquo": "»", "euro": "€", "pound": "£", "yen": "¥", "cent": "¢", "deg": "°",
        "times": "×", "divide": "÷", "plusmn": "±", "frac12": "½", "para": "¶", "sect": "§", "auml": "ä", "ouml": "ö",
        "uuml": "ü", "Auml": "Ä", "Ouml": "Ö", "Uuml": "Ü", "szlig": "ß", "eacute": "é", "egrave": "è", "ecirc": "ê",
        "agrave": "à", "aacute": "á", "acirc": "â", "ccedil": "ç", "ntilde": "ñ", "oacute": "ó", "iacute": "í",
        "uacute": "ú", "larr": "←", "uarr": "↑", "rarr": "→", "darr": "↓", "shy": "", "zwnj": "", "zwj": "",
    ]
    private static let lengthLimit = 10

    static func decoded(_ bytes: ArraySlice<UInt8>) -> String {
        guard bytes.contains(UInt8(ascii: "&")) else { return String(decoding: bytes, as: UTF8.self) }
        var output: [UInt8] = []
        var at = bytes.startIndex
        while at < bytes.endIndex {
            if bytes[at] == UInt8(ascii: "&"),
                let end = bytes[at...].prefix(lengthLimit).firstIndex(of: UInt8(ascii: ";")),
                let text = character(bytes[(at + 1)..<end])
            {
                output += text.utf8
                at = end + 1
            } else {
                output.append(bytes[at])
                at += 1
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    private static func character(_ name: ArraySlice<UInt8>) -> String? {
        let text = String(decoding: name, as: UTF8.self)
        guard name.first == UInt8(ascii: "#") else { return names[text] }
        let digits = text.dropFirst()
        let number =
            digits.hasPrefix("x") || digits.hasPrefix("X")
            ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits, radix: 10)
        guard let number, number >= 0x20 || number == 9 || number == 10, let scalar = Unicode.Scalar(number) else {
            return nil
        }
        return String(Character(scalar))
    }
}

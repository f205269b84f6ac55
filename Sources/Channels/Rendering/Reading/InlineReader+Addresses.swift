import Platform

extension InlineReader {
    /// `<https://…>`, `<somebody@example.org>`, and `<https://…|words>`, which models write that have seen Slack. All else
    /// that begins with an angle is text, tags of HTML too.
    mutating func readAngle() {
        var end = position + 1
        var bar: Int?
        let limit = min(source.endIndex, end + LinkTarget.longest)
        while end < limit, source[end] != UInt8(ascii: ">") {
            let byte = source[end]
            guard byte != UInt8(ascii: "<"), byte != ASCII.lineFeed, bar != nil || byte > ASCII.space else { break }
            if byte == UInt8(ascii: "|"), bar == nil { bar = end }
            end += 1
        }
        steps += end - position
        guard end < limit, source[end] == UInt8(ascii: ">") else { return literal(1) }
        let inside = source[position + 1..<(bar ?? end)]
        if let address = Address.link(Array(inside)) {
            if let bar, bar + 1 < end {
                links.append(Link(address: address))
                let start = pool.count
                pool.append(contentsOf: source[bar + 1..<end])
                add(Node(start: start, end: pool.count, linkEnds: 1, linkStarts: [links.count - 1]))
            } else {
                addBare(address, shown: inside)
            }
        } else if bar == nil, Address.isMail(inside), let address = Address.link(Array("mailto:".utf8) + inside) {
            addBare(address, shown: inside)
        } else {
            return literal(1)
        }
        position = end + 1
    }

    /// An address without any marks around it.
    mutating func readAddress() {
        let isWordStart = position == source.startIndex || !ASCII.isLetterOrDigit(source[position - 1])
        guard isWordStart, let start = Address.webStart(source, at: position) else { return readWord() }
        var end = start
        var depth = 0
        if byteAt(end) == ASCII.openBracket, let closing = source[end...].prefix(48).firstIndex(of: ASCII.closeBracket)
        {
            end = closing + 1
        }
        while end < source.endIndex, !Address.ends(source, at: end) {
            if source[end] == UInt8(ascii: "(") { depth += 1 }
            if source[end] == UInt8(ascii: ")") { depth -= 1 }
            end += 1
        }
        steps += end - position
        // No address is so long. It is text as a whole: what stands within it is not looked at once more.
        guard end - position <= LinkTarget.longest + Self.trimmable else { return literal(end - position) }
        trim: while end > start {
            switch source[end - 1] {
            case UInt8(ascii: ")") where depth < 0: depth += 1
            case ASCII.question, UInt8(ascii: "!"), ASCII.dot, ASCII.comma, ASCII.colon, UInt8(ascii: ";"), ASCII.star,
                ASCII.underscore, ASCII.tilde, ASCII.quote, ASCII.apostrophe:
                break
            default: break trim
            }
            end -= 1
        }
        guard end > start, end - position <= LinkTarget.longest,
            let address = Address.link(Array(source[position..<end]))
        else { return readWord() }
        addBare(address, shown: source[position..<end])
        position = end
    }

    /// Marks at the end of an address that may belong to the sentence.
    private static let trimmable = 64

    private mutating func readWord() {
        var end = position + 1
        while end < source.endIndex, ASCII.isLetterOrDigit(source[end]) { end += 1 }
        steps += end - position
        literal(end - position)
    }

    mutating func readEntity() {
        guard let (bytes, length) = Entities.read(source, at: position) else { return literal(1) }
        write(bytes[...])
        position += length
    }
}

/// What may be a link: nothing that runs or reaches into a machine.
enum Address {
    private static let schemes = ["https://", "http://", "mailto:", "tg://"].map { Array($0.utf8) }

    /// The address as it may stand in any markup: what would end it or has no place in one is percent-encoded.
    static func link(_ text: [UInt8]) -> [UInt8]? {
        guard text.count <= LinkTarget.longest,
            let scheme = schemes.first(where: { starts(text[...], with: $0) }), text.count > scheme.count
        else { return nil }
        guard !text.contains(where: { $0 <= ASCII.space && $0 != ASCII.space }) else { return nil }
        var address = scheme
        for byte in text.dropFirst(scheme.count) {
            switch byte {
            case ASCII.space, ASCII.quote, ASCII.backslash, UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "|"),
                UInt8(ascii: "`"), UInt8(ascii: "^"), ASCII.openBrace, ASCII.closeBrace:
                address += [ASCII.percent, ASCII.upperHexDigit(byte >> 4), ASCII.upperHexDigit(byte & 15)]
            default: address.append(byte)
            }
        }
        return address
    }

    static func isMail(_ text: ArraySlice<UInt8>) -> Bool {
        guard let at = text.firstIndex(of: ASCII.at), at > text.startIndex, at + 1 < text.endIndex else { return false }
        return text[..<at].allSatisfy { ASCII.isUnreserved($0) || $0 == ASCII.plus }
            && text[(at + 1)...].allSatisfy { ASCII.isLetterOrDigit($0) || $0 == ASCII.dot || $0 == ASCII.minus }
    }

    /// Where the part after `https://` or `http://` begins.
    static func webStart(_ source: ArraySlice<UInt8>, at position: Int) -> Int? {
        schemes[..<2].first { starts(source[position...], with: $0) }.map { position + $0.count }
    }

    /// Whether an address that stands bare in text is over: at a space, a bracket, or the marks of East Asian scripts,
    /// which set no space before them.
    static func ends(_ source: ArraySlice<UInt8>, at index: Int) -> Bool {
        let byte = source[index]
        if byte <= ASCII.space { return true }
        switch byte {
        case UInt8(ascii: "<"), UInt8(ascii: ">"), ASCII.openBracket, ASCII.closeBracket, UInt8(ascii: "`"),
            ASCII.quote,
            UInt8(ascii: "|"), ASCII.backslash, ASCII.openBrace, ASCII.closeBrace, UInt8(ascii: "^"):
            return true
        case 0xE3: return index + 1 < source.endIndex && source[index + 1] == 0x80
        case 0xEF: return index + 1 < source.endIndex && source[index + 1] == 0xBC
        default: return false
        }
    }

    private static func starts(_ text: ArraySlice<UInt8>, with scheme: [UInt8]) -> Bool {
        guard text.count >= scheme.count else { return false }
        return zip(text, scheme).allSatisfy { ASCII.lowercased($0) == $1 }
    }
}

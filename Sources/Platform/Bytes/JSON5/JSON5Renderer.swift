/// Writes values the way the rest of the text is written.
struct JSON5Renderer {
    let style: JSON5Style
    /// Arrays of numbers and short words stay on one line up to this many bytes.
    static let widestLine = 80

    /// `key: value`, or the value alone for an array element.
    func item(_ key: String?, _ value: JSON, indent: [UInt8], isInline: Bool, colon: [UInt8]) -> [UInt8] {
        guard let key else { return self.value(value, indent: indent, isInline: isInline) }
        return self.key(key) + colon + self.value(value, indent: indent, isInline: isInline)
    }

    static let colon: [UInt8] = [ASCII.colon, ASCII.space]

    private func key(_ key: String) -> [UInt8] {
        switch style.keyQuotes {
        case .none: JSON5Name.isPlain(key) ? Array(key.utf8) : string(key, style.stringQuotes)
        case let quotes: string(key, quotes)
        }
    }

    /// `indent` is that of the line on which the value begins.
    func value(_ value: JSON, indent: [UInt8], isInline: Bool) -> [UInt8] {
        switch value {
        case .string(let text): return string(text, style.stringQuotes)
        case .array(let values):
            let items = values.map { (key: String?.none, value: $0) }
            let line = container(items, [ASCII.openBracket, ASCII.closeBracket], indent, isInline: true)
            let isShort = line.count <= Self.widestLine && values.allSatisfy { $0.array == nil && $0.object == nil }
            if isInline || isShort { return line }
            return container(items, [ASCII.openBracket, ASCII.closeBracket], indent, isInline: false)
        case .object(let object):
            let items = object.members.map { (key: Optional($0.key), value: $0.value) }
            return container(items, [ASCII.openBrace, ASCII.closeBrace], indent, isInline: isInline)
        default: return JSONWriter.bytes(of: value)
        }
    }

    private func container(
        _ items: [(key: String?, value: JSON)], _ brackets: [UInt8], _ indent: [UInt8], isInline: Bool
    ) -> [UInt8] {
        guard !items.isEmpty else { return brackets }
        let inner = isInline ? indent : indent + style.indent
        let padding: [UInt8] = brackets[0] == ASCII.openBrace ? [ASCII.space] : []
        var text = [brackets[0]] + (isInline ? padding : style.lineEnd + inner)
        for (position, item) in items.enumerated() {
            text += self.item(item.key, item.value, indent: inner, isInline: isInline, colon: Self.colon)
            if position < items.count - 1 {
                text += [ASCII.comma] + (isInline ? [ASCII.space] : style.lineEnd + inner)
            } else if !isInline, style.hasTrailingComma {
                text.append(ASCII.comma)
            }
        }
        text += isInline ? padding : style.lineEnd + indent
        return text + [brackets[1]]
    }

    private func string(_ text: String, _ quotes: JSON5Style.Quotes) -> [UInt8] {
        let quote: Unicode.Scalar = quotes == .single ? "'" : "\""
        var result = String.UnicodeScalarView([quote])
        for scalar in text.unicodeScalars {
            switch scalar {
            case quote, "\\": result += ["\\", scalar]
            case "\n": result += ["\\", "n"]
            case "\r": result += ["\\", "r"]
            case "\t": result += ["\\", "t"]
            case "\0"..."\u{1F}", "\u{7F}", "\u{2028}", "\u{2029}":
                let digits = String(scalar.value, radix: 16)
                result += "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".unicodeScalars
            default: result.append(scalar)
            }
        }
        result.append(quote)
        return Array(String(result).utf8)
    }
}

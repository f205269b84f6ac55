import Platform

/// Discord's Markdown: most of what was read is written again, and what was text is kept from becoming markup. Mentions
/// stay as they are; whom they reach is said by `allowed_mentions` of the message.
struct DiscordDialect: Dialect {
    let bullet = "- "

    func heading(_ level: Int) -> (mark: String, isBold: Bool) {
        level <= 3 ? (String(repeating: "#", count: level) + " ", false) : ("", true)
    }

    func open(_ mark: Mark, to sheet: inout Sheet) {
        if case .link = mark { sheet.append("[") } else { close(mark, to: &sheet) }
    }

    func close(_ mark: Mark, to sheet: inout Sheet) {
        switch mark {
        case .bold: sheet.append("**")
        // Three stars in a row are read in more than one way.
        case .italic(let inner): sheet.append(inner ? "_" : "*")
        case .strike: sheet.append("~~")
        case .link(let address):
            sheet.append("](")
            sheet.appendAddress(address)
            sheet.append(")")
        }
    }

    func write(_ text: InlineText, _ range: Range<Int>, _ place: Place, to sheet: inout Sheet) {
        guard !place.isBare else { return sheet.append(text.bytes[range]) }
        for index in range {
            if needsEscape(text.bytes, index, place, isFirst: index == range.lowerBound) {
                sheet.append(ASCII.backslash)
            }
            sheet.append(text.bytes[index])
        }
    }

    private func needsEscape(_ text: [UInt8], _ index: Int, _ place: Place, isFirst: Bool) -> Bool {
        let before = index > 0 ? text[index - 1] : ASCII.space
        let after = index + 1 < text.count ? text[index + 1] : ASCII.space
        switch text[index] {
        case ASCII.backslash, UInt8(ascii: "`"): return true
        case ASCII.star:
            return !(InlineText.isSpace(before) && InlineText.isSpace(after)) || place.isLineStart && isFirst
        case ASCII.underscore: return !(isWord(before) && isWord(after))
        case ASCII.tilde: return before == ASCII.tilde || after == ASCII.tilde
        case ASCII.openBracket: return place.isLink
        case ASCII.closeBracket: return place.isLink || after == UInt8(ascii: "(")
        case ASCII.hash, UInt8(ascii: ">"), ASCII.minus: return place.isLineStart && isFirst
        default: return false
        }
    }

    private func isWord(_ byte: UInt8) -> Bool { ASCII.isLetterOrDigit(byte) || byte >= 0x80 }

    func writeCode(_ code: ArraySlice<UInt8>, to sheet: inout Sheet) {
        // Discord knows no more than two backticks; a run of two within is held apart like a fence.
        let hasTick = code.contains(UInt8(ascii: "`"))
        sheet.append(hasTick ? "`` " : "`")
        var last: UInt8 = 0
        for byte in code {
            if hasTick, byte == UInt8(ascii: "`"), last == byte { sheet.append("\u{200b}") }
            sheet.append(byte)
            last = byte
        }
        sheet.append(hasTick ? " ``" : "`")
    }

    func openBlock(language: String, to sheet: inout Sheet) { sheet.append("```" + language) }

    func writeBlock(_ line: ArraySlice<UInt8>, to sheet: inout Sheet) { sheet.appendFenced(line, escaped: false) }
}

extension Sheet {
    /// An address between parentheses.
    mutating func appendAddress(_ address: [UInt8]) {
        for byte in address {
            switch byte {
            case UInt8(ascii: "("): append("%28")
            case UInt8(ascii: ")"): append("%29")
            default: append(byte)
            }
        }
    }
}

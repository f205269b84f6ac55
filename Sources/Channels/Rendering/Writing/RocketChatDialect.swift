import Platform

/// Rocket.Chat's Markdown: one mark each for bold and strike, and a backslash before a mark that is none.
struct RocketChatDialect: Dialect {
    let bullet = "- "
    let linksAreInnermost = true

    func effective(_ style: InlineText.Style, isLink: Bool) -> InlineText.Style {
        isLink ? style.subtracting(.code) : style
    }

    func heading(_ level: Int) -> (mark: String, isBold: Bool) {
        level <= 4 ? (String(repeating: "#", count: level) + " ", false) : ("", true)
    }

    func open(_ mark: Mark, to sheet: inout Sheet) {
        if case .link = mark { sheet.append("[") } else { close(mark, to: &sheet) }
    }

    func close(_ mark: Mark, to sheet: inout Sheet) {
        switch mark {
        case .bold: sheet.append("*")
        case .italic: sheet.append("_")
        case .strike: sheet.append("~")
        case .link(let address):
            sheet.append("](")
            sheet.appendAddress(address)
            sheet.append(")")
        }
    }

    func write(_ text: InlineText, _ range: Range<Int>, _ place: Place, to sheet: inout Sheet) {
        guard !place.isBare else { return sheet.append(text.bytes[range]) }
        for index in range {
            if needsEscape(text.bytes, index, isFirst: place.isLineStart && index == range.lowerBound) {
                sheet.append(ASCII.backslash)
            }
            sheet.append(text.bytes[index])
        }
    }

    private func needsEscape(_ text: [UInt8], _ index: Int, isFirst: Bool) -> Bool {
        let before = index > 0 ? text[index - 1] : ASCII.space
        let after = index + 1 < text.count ? text[index + 1] : ASCII.space
        switch text[index] {
        case UInt8(ascii: "`"): return true
        case ASCII.star, ASCII.tilde: return !(InlineText.isSpace(before) && InlineText.isSpace(after))
        case ASCII.underscore: return !(ASCII.isLetterOrDigit(before) && ASCII.isLetterOrDigit(after))
        case ASCII.hash: return isFirst
        default: return false
        }
    }

    func writeCode(_ code: ArraySlice<UInt8>, to sheet: inout Sheet) {
        let mark = code.contains(UInt8(ascii: "`")) ? "" : "`"
        sheet.append(mark)
        sheet.append(code)
        sheet.append(mark)
    }

    func openBlock(language: String, to sheet: inout Sheet) { sheet.append("```" + language) }

    func writeBlock(_ line: ArraySlice<UInt8>, to sheet: inout Sheet) { sheet.appendFenced(line, escaped: false) }
}

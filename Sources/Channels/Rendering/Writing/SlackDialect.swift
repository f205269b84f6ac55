import Platform

/// Slack's mrkdwn. It has no escape for its own marks; what names people or channels is text unless it may not be.
struct SlackDialect: Dialect {
    let mentions: Rendering.Mentions
    let linksAreInnermost = true

    /// Words of a link cannot be code.
    func effective(_ style: InlineText.Style, isLink: Bool) -> InlineText.Style {
        isLink ? style.subtracting(.code) : style
    }

    func open(_ mark: Mark, to sheet: inout Sheet) {
        switch mark {
        case .bold: sheet.append("*")
        case .italic: sheet.append("_")
        case .strike: sheet.append("~")
        case .link(let address):
            sheet.append("<")
            sheet.appendEscaped(address[...])
            sheet.append("|")
        }
    }

    func close(_ mark: Mark, to sheet: inout Sheet) {
        if case .link = mark { sheet.append(">") } else { open(mark, to: &sheet) }
    }

    func write(_ text: InlineText, _ range: Range<Int>, _ place: Place, to sheet: inout Sheet) {
        var start = range.lowerBound
        var index = start
        while index < range.upperBound {
            if !place.isLink, text.bytes[index] == UInt8(ascii: "<"),
                let end = mentionEnd(text.bytes[index..<range.upperBound])
            {
                sheet.appendEscaped(text.bytes[start..<index])
                sheet.append(text.bytes[index..<end])
                start = end
                index = end
            } else {
                index += 1
            }
        }
        sheet.appendEscaped(text.bytes[start..<range.upperBound])
    }

    /// Where `<@U…>`, `<#C…>` or `<!…>` ends, if such may be said.
    private func mentionEnd(_ text: ArraySlice<UInt8>) -> Int? {
        let kind: Rendering.Mentions
        switch text.dropFirst().first {
        case ASCII.at: kind = .people
        case ASCII.hash: kind = .channels
        case UInt8(ascii: "!"): kind = .groups
        default: return nil
        }
        guard mentions.contains(kind) else { return nil }
        let name = text.dropFirst(2).prefix(Self.longestMention).prefix { $0 != UInt8(ascii: ">") }
        let end = name.endIndex
        guard let first = name.first, ASCII.isLetterOrDigit(first), end < text.endIndex,
            text[end] == UInt8(ascii: ">"),
            name.allSatisfy({ $0 >= ASCII.space && $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: "&") })
        else { return nil }
        return end + 1
    }

    private static let longestMention = 128

    func writeCode(_ code: ArraySlice<UInt8>, to sheet: inout Sheet) {
        // Code with a backtick in it would end there: it is shown as it is.
        let mark = code.contains(UInt8(ascii: "`")) ? "" : "`"
        sheet.append(mark)
        sheet.appendEscaped(code)
        sheet.append(mark)
    }

    func writeBlock(_ line: ArraySlice<UInt8>, to sheet: inout Sheet) { sheet.appendFenced(line, escaped: true) }
}

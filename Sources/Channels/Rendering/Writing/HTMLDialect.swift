/// What the platforms that take HTML have in common: tags around what is marked, and the signs of HTML spelled out.
protocol HTMLDialect: Dialect {
    var bold: String { get }
    var italic: String { get }
    var strike: String { get }
    /// Whether quotation marks in text are spelled out as well; in an address they always are.
    var escapesQuotes: Bool { get }
}

extension HTMLDialect {
    var marksSpanLines: Bool { true }
    var blocksAreFenced: Bool { false }

    func open(_ mark: Mark, to sheet: inout Sheet) {
        guard case .link(let address) = mark else { return sheet.append("<\(tag(mark))>") }
        sheet.append("<a href=\"")
        sheet.appendEscaped(address[...], quotes: true)
        sheet.append("\">")
    }

    func close(_ mark: Mark, to sheet: inout Sheet) { sheet.append("</\(tag(mark))>") }

    private func tag(_ mark: Mark) -> String {
        switch mark {
        case .bold: bold
        case .italic: italic
        case .strike: strike
        case .link: "a"
        }
    }

    func write(_ text: InlineText, _ range: Range<Int>, _ place: Place, to sheet: inout Sheet) {
        sheet.appendEscaped(text.bytes[range], quotes: escapesQuotes)
    }

    func writeCode(_ code: ArraySlice<UInt8>, to sheet: inout Sheet) {
        sheet.append("<code>")
        sheet.appendEscaped(code, quotes: escapesQuotes)
        sheet.append("</code>")
    }

    func writeBlock(_ line: ArraySlice<UInt8>, to sheet: inout Sheet) {
        sheet.appendEscaped(line, quotes: escapesQuotes)
    }
}

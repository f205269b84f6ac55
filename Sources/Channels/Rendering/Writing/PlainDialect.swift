import Platform

/// Words alone, for IRC and for what a platform refused with markup: an address follows its words in parentheses.
struct PlainDialect: Dialect {
    let marksSpanLines = true
    let blocksAreFenced = false

    func effective(_ style: InlineText.Style, isLink: Bool) -> InlineText.Style { style.intersection([.code, .bare]) }

    func heading(_ level: Int) -> (mark: String, isBold: Bool) { ("", false) }

    func open(_ mark: Mark, to sheet: inout Sheet) {}

    func close(_ mark: Mark, to sheet: inout Sheet) {
        guard case .link(let address) = mark else { return }
        sheet.append(" (")
        sheet.append(address)
        sheet.append(")")
    }

    func write(_ text: InlineText, _ range: Range<Int>, _ place: Place, to sheet: inout Sheet) {
        append(text.bytes[range], to: &sheet)
    }

    func writeCode(_ code: ArraySlice<UInt8>, to sheet: inout Sheet) { append(code, to: &sheet) }

    func openBlock(language: String, to sheet: inout Sheet) {}

    func writeBlock(_ line: ArraySlice<UInt8>, to sheet: inout Sheet) { append(line, to: &sheet) }

    func closeBlock(language: String, to sheet: inout Sheet) {}

    private func append(_ text: ArraySlice<UInt8>, to sheet: inout Sheet) {
        for byte in text {
            if byte == ASCII.tab { sheet.append("    ") } else { sheet.append(byte) }
        }
    }

    /// The words of one cell or line.
    static func words(of text: InlineText) -> String {
        var sheet = Sheet(.bytes)
        var writer = InlineWriter(PlainDialect(), prefix: [])
        writer.write(text, 0..<text.bytes.count, adding: [], to: &sheet)
        return sheet.text
    }
}

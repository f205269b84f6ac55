/// Writes a part of a text with marks that nest as they must: what is open is closed in reverse, space stays outside of
/// marks (`** a**` is none), and at the end nothing is open.
struct InlineWriter {
    let dialect: any Dialect
    /// What stands before each line after the first.
    let prefix: [UInt8]
    private var open: [Mark] = []
    /// Space that waits for what comes after it.
    private var held: [UInt8] = []
    private var isLineStart = true

    init(_ dialect: any Dialect, prefix: [UInt8]) {
        self.dialect = dialect
        self.prefix = prefix
    }

    mutating func write(_ text: InlineText, _ range: Range<Int>, adding style: InlineText.Style, to sheet: inout Sheet)
    {
        var start = range.lowerBound
        var index = text.span(at: start)
        while start < range.upperBound {
            let span = text.spans[index]
            let end = min(span.end, range.upperBound)
            write(text, start..<end, span, span.style.union(style), to: &sheet)
            start = end
            index += 1
        }
        close(to: 0, &sheet)
        held = []
    }

    private mutating func write(
        _ text: InlineText, _ range: Range<Int>, _ span: InlineText.Span, _ style: InlineText.Style,
        to sheet: inout Sheet
    ) {
        let style = dialect.effective(style, isLink: span.link != nil)
        let wanted = marks(style, span.link.map { text.links[$0] })
        var start = range.lowerBound
        if style.contains(.code) {
            settle(wanted, &sheet)
            dialect.writeCode(text.bytes[range], to: &sheet)
            isLineStart = false
            return
        }
        while start < range.upperBound {
            let line = text.bytes[start..<range.upperBound].prefix { $0 != 0x0A }
            let core = line.withoutSpaceAtEnd.drop(while: InlineText.isSpace)
            if core.isEmpty {
                leave(wanted, &sheet)
                held += line
            } else {
                if core.startIndex > line.startIndex {
                    leave(wanted, &sheet)
                    held += line[..<core.startIndex]
                }
                settle(wanted, &sheet)
                let place = Place(
                    isLineStart: isLineStart, isLink: span.link != nil, isBare: span.style.contains(.bare))
                dialect.write(text, core.startIndex..<core.endIndex, place, to: &sheet)
                isLineStart = false
                held = Array(line[core.endIndex...])
            }
            start = line.endIndex
            if start < range.upperBound {
                if !dialect.marksSpanLines { close(to: 0, &sheet) }
                held = dialect.lineBreak.utf8 + prefix
                start += 1
                isLineStart = true
            }
        }
    }

    /// What is to be open, the outermost first, as far as the order is free.
    private func marks(_ style: InlineText.Style, _ link: [UInt8]?) -> [Mark] {
        var marks: [Mark] = []
        if style.contains(.bold) { marks.append(.bold) }
        if style.contains(.italic) { marks.append(.italic(inner: style.contains(.bold))) }
        if style.contains(.strike) { marks.append(.strike) }
        if let link, !style.contains(.bare) { marks.append(.link(link)) }
        return marks
    }

    /// Closes what is not wanted any more, so that space after it stands outside.
    private mutating func leave(_ wanted: [Mark], _ sheet: inout Sheet) {
        var kept = 0
        while kept < open.count, wanted.contains(where: { Self.isSame($0, open[kept]) }) { kept += 1 }
        if dialect.linksAreInnermost, kept < wanted.count, let link = open[..<kept].firstIndex(where: \.isLink) {
            kept = link
        }
        close(to: kept, &sheet)
    }

    private mutating func settle(_ wanted: [Mark], _ sheet: inout Sheet) {
        leave(wanted, &sheet)
        sheet.append(held)
        held = []
        for mark in wanted where !open.contains(where: { Self.isSame($0, mark) }) {
            dialect.open(mark, to: &sheet)
            open.append(mark)
            isLineStart = false
        }
    }

    private mutating func close(to count: Int, _ sheet: inout Sheet) {
        while open.count > count { dialect.close(open.removeLast(), to: &sheet) }
    }

    private static func isSame(_ one: Mark, _ other: Mark) -> Bool {
        if case .italic = one, case .italic = other { return true }
        return one == other
    }
}

extension Mark {
    var isLink: Bool { if case .link = self { true } else { false } }
}

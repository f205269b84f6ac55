/// Writes passages as the HTML of Matrix (`org.matrix.custom.html`), where lists and quotes nest as in the text.
struct MatrixWriter: PassageWriter {
    private var sheet: Sheet
    private var open: [Passage.Container] = []
    private let dialect = MatrixDialect()

    init(_ unit: Rendering.Unit) { sheet = Sheet(unit) }

    var count: Int { sheet.count + open.reduce(0) { $0 + Self.end(of: $1).utf8.count } }
    var lines: Int { sheet.lines }

    func finished() -> String { open.reversed().reduce(into: sheet.text) { $0 += Self.end(of: $1) } }

    mutating func append(_ passage: Passage, _ range: Range<Int>) {
        enter(range.lowerBound > 0 ? passage.path.map(\.continued) : passage.path)
        switch passage.kind {
        case .rule: sheet.append("<hr />")
        case .code(let language):
            dialect.openBlock(language: language, to: &sheet)
            sheet.appendEscaped(passage.text.bytes[range])
            dialect.closeBlock(language: language, to: &sheet)
        case .heading(let level): write(passage.text, range, within: "h\(level)")
        case .paragraph, .table:
            let isItem = passage.path.last.map { $0.kind != .quote && $0.isFresh } ?? false
            write(passage.text, range, within: isItem ? nil : "p")
        }
    }

    private mutating func write(_ text: InlineText, _ range: Range<Int>, within tag: String?) {
        if let tag { sheet.append("<\(tag)>") }
        var writer = InlineWriter(dialect, prefix: [])
        writer.write(text, range, adding: [], to: &sheet)
        if let tag { sheet.append("</\(tag)>") }
    }

    private mutating func enter(_ path: [Passage.Container]) {
        let shared = zip(open, path).prefix { $0.id == $1.id }.count
        let goesOn = shared < open.count && shared < path.count && open[shared].group == path[shared].group
        while open.count > shared {
            let last = open.removeLast()
            sheet.append(open.count == shared && goesOn ? "</li>" : Self.end(of: last))
        }
        for (index, container) in path.enumerated().dropFirst(shared) {
            sheet.append(index == shared && goesOn ? "<li>" : Self.start(of: container))
            open.append(container)
        }
    }

    private static func start(of container: Passage.Container) -> String {
        switch container.kind {
        case .quote: "<blockquote>"
        case .bullet: "<ul><li>"
        case .ordered(1): "<ol><li>"
        case .ordered(let number): "<ol start=\"\(number)\"><li>"
        }
    }

    private static func end(of container: Passage.Container) -> String {
        switch container.kind {
        case .quote: "</blockquote>"
        case .bullet: "</li></ul>"
        case .ordered: "</li></ol>"
        }
    }
}

/// What stands within a line there.
struct MatrixDialect: HTMLDialect {
    let bold = "strong"
    let italic = "em"
    let strike = "del"
    let escapesQuotes = true
    let lineBreak = "<br />"

    func openBlock(language: String, to sheet: inout Sheet) {
        sheet.append(language.isEmpty ? "<pre><code>" : "<pre><code class=\"language-\(language)\">")
    }

    func closeBlock(language: String, to sheet: inout Sheet) { sheet.append("</code></pre>") }
}

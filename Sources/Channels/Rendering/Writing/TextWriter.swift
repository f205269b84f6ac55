/// What makes a chunk of passages.
protocol PassageWriter {
    mutating func append(_ passage: Passage, _ range: Range<Int>)
    /// What it would come to if nothing more were added.
    var count: Int { get }
    var lines: Int { get }
    func finished() -> String
}

/// Writes passages as lines: lists and quotes are what stands before a line.
struct TextWriter: PassageWriter {
    private let dialect: any Dialect
    private var sheet: Sheet
    private var lastPath: [Passage.Container]?
    /// The quote that is open, where quotes are tags.
    private var quote: Int?

    private static let quoteStart = "<blockquote>"
    private static let quoteEnd = "</blockquote>"
    private static let rule = "———"

    init(_ dialect: any Dialect, _ unit: Rendering.Unit) {
        self.dialect = dialect
        sheet = Sheet(unit)
    }

    var count: Int { sheet.count + (quote == nil ? 0 : Self.quoteEnd.utf8.count) }
    var lines: Int { sheet.lines }

    func finished() -> String { sheet.text + (quote == nil ? "" : Self.quoteEnd) }

    mutating func append(_ passage: Passage, _ range: Range<Int>) {
        // What was begun in another chunk is gone on with.
        let path = range.lowerBound > 0 ? passage.path.map(\.continued) : passage.path
        separate(passage, path)
        let (first, rest) = prefixes(path)
        if !passage.isCode { sheet.append(first) }
        switch passage.kind {
        case .rule: sheet.append(Self.rule)
        case .code(let language): writeBlock(passage, range, language, path, first)
        case .heading(let level):
            let heading = dialect.heading(level)
            sheet.append(range.lowerBound > 0 ? "" : heading.mark)
            var writer = InlineWriter(dialect, prefix: rest)
            writer.write(passage.text, range, adding: heading.isBold ? .bold : [], to: &sheet)
        case .paragraph, .table:
            var writer = InlineWriter(dialect, prefix: rest)
            writer.write(passage.text, range, adding: [], to: &sheet)
        }
        lastPath = path
    }

    private mutating func separate(_ passage: Passage, _ path: [Passage.Container]) {
        var wanted: Int?
        if dialect.quotesAreTags, !passage.isCode { wanted = path.first { $0.kind == .quote }?.id }
        if quote != nil, quote != wanted {
            sheet.append(Self.quoteEnd)
            quote = nil
        }
        if let lastPath {
            sheet.append(0x0A)
            if passage.hasGap {
                let shared = zip(lastPath, path).prefix { $0.id == $1.id }.map(\.0.continued)
                sheet.append(prefixes(shared).rest[...].withoutSpaceAtEnd)
                sheet.append(0x0A)
            }
        }
        if let wanted, quote == nil {
            sheet.append(Self.quoteStart)
            quote = wanted
        }
    }

    /// What stands before the first line of a passage, and before all others.
    private func prefixes(_ path: [Passage.Container]) -> (first: [UInt8], rest: [UInt8]) {
        var first: [UInt8] = []
        var rest: [UInt8] = []
        for container in path {
            let marker: String
            switch container.kind {
            case .quote:
                guard !dialect.quotesAreTags else { continue }
                first += Array("> ".utf8)
                rest += Array("> ".utf8)
                continue
            case .bullet: marker = dialect.bullet
            case .ordered(let number): marker = "\(number). "
            }
            let space = [UInt8](repeating: 0x20, count: marker.unicodeScalars.count)
            first += container.isFresh ? Array(marker.utf8) : space
            rest += space
        }
        return (first, rest)
    }

    /// Code stands at the left edge, so that it can be copied: only the marks of quotes are before it.
    private mutating func writeBlock(
        _ passage: Passage, _ range: Range<Int>, _ language: String, _ path: [Passage.Container], _ first: [UInt8]
    ) {
        let prefix = prefixes(path.filter { $0.kind == .quote }).rest
        if path.contains(where: { $0.isFresh && $0.kind != .quote }) {
            sheet.append(first[...].withoutSpaceAtEnd)
            sheet.append(0x0A)
        }
        sheet.append(prefix)
        dialect.openBlock(language: language, to: &sheet)
        if dialect.blocksAreFenced { breakLine(prefix) }
        var start = range.lowerBound
        while true {
            let line = passage.text.bytes[start..<range.upperBound].prefix { $0 != 0x0A }
            dialect.writeBlock(line, to: &sheet)
            guard line.endIndex < range.upperBound else { break }
            start = line.endIndex + 1
            breakLine(prefix)
        }
        if dialect.blocksAreFenced { breakLine(prefix) }
        dialect.closeBlock(language: language, to: &sheet)
    }

    private mutating func breakLine(_ prefix: [UInt8]) {
        sheet.append(0x0A)
        sheet.append(prefix)
    }
}

extension Passage {
    var isCode: Bool { if case .code = kind { true } else { false } }
}

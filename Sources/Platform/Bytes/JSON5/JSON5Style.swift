/// The habits of writing found in a text, for what is added to it. A text that shows none gets plain JSON.
struct JSON5Style {
    enum Quotes: Equatable {
        case none, single, double

        init(_ byte: UInt8) {
            switch byte {
            case ASCII.quote: self = .double
            case ASCII.apostrophe: self = .single
            default: self = .none
            }
        }

        /// Nil for a key that shows no habit, because it needs its quotes.
        init?(of key: JSON5Item.Key?, in bytes: [UInt8]) {
            guard let key, JSON5Name.isPlain(key.text) else { return nil }
            self.init(bytes[key.range.lowerBound])
        }
    }

    private(set) var lineEnd: [UInt8] = [ASCII.lineFeed]
    private(set) var indent: [UInt8] = [ASCII.space, ASCII.space]
    /// `.none` where keys stand without quotes if they can.
    var keyQuotes = Quotes.double
    var stringQuotes = Quotes.double
    /// Whether a comma follows the last of several lines.
    private(set) var hasTrailingComma = false

    init(of document: JSON5Document) {
        let bytes = document.bytes
        if let first = bytes.indices.first(where: { JSON5Space.lineEndLength(at: $0, in: bytes.span) > 0 }),
            bytes[first] == ASCII.carriageReturn
        {
            lineEnd = Array(bytes[first..<first + JSON5Space.lineEndLength(at: first, in: bytes.span)])
        }
        var survey = Survey()
        survey.visit(document.root, in: document)
        if let indent = survey.indent { self.indent = indent }
        keyQuotes = Self.mostCommon(survey.keys) ?? .double
        let strings = Self.mostCommon(survey.strings) ?? Self.mostCommon(survey.keys.filter { $0 != .none })
        stringQuotes = strings ?? .double
        hasTrailingComma = survey.withTrailingComma > survey.withoutTrailingComma
    }

    /// With the quotes of the keys and values beside a new one.
    func besides(_ items: [JSON5Item], in bytes: [UInt8]) -> JSON5Style {
        var style = self
        let keys = items.compactMap { Quotes(of: $0.key, in: bytes) }
        if let common = Self.mostCommon(keys) { style.keyQuotes = common }
        let strings = items.filter { $0.value.value.string != nil }.map { Quotes(bytes[$0.value.range.lowerBound]) }
        if let common = Self.mostCommon(strings) { style.stringQuotes = common }
        return style
    }

    /// With the quotes of the value that a new one replaces.
    func replacing(_ node: JSON5Node, in bytes: [UInt8]) -> JSON5Style {
        guard case .string = node.value else { return self }
        var style = self
        style.stringQuotes = Quotes(bytes[node.range.lowerBound])
        return style
    }

    private static func mostCommon(_ quotes: [Quotes]) -> Quotes? {
        let kinds: [Quotes] = [.double, .single, .none]
        let counts = kinds.map { kind in quotes.count { $0 == kind } }
        guard let most = counts.max(), most > 0, let place = counts.firstIndex(of: most) else { return nil }
        return kinds[place]
    }

    /// What the nodes of a text show.
    private struct Survey {
        var indent: [UInt8]?
        var keys: [Quotes] = []
        var strings: [Quotes] = []
        var withTrailingComma = 0
        var withoutTrailingComma = 0

        mutating func visit(_ node: JSON5Node, in document: JSON5Document) {
            if case .string = node.value { strings.append(Quotes(document.bytes[node.range.lowerBound])) }
            for item in node.items {
                if let quotes = Quotes(of: item.key, in: document.bytes) { keys.append(quotes) }
                visit(item.value, in: document)
            }
            guard let last = node.items.last, document.beginsLine(last.start) else { return }
            if last.comma == nil { withoutTrailingComma += 1 } else { withTrailingComma += 1 }
            let outer = document.indentation(at: node.range.lowerBound)
            let inner = document.indentation(at: last.start)
            // Outer containers are seen last and show the unit best.
            if inner.count > outer.count, inner.starts(with: outer) { indent = Array(inner[outer.count...]) }
        }
    }
}

extension JSON5Document {
    /// The start of the line that holds `offset`.
    func lineStart(of offset: Int) -> Int {
        var start = offset
        while start > 0, bytes[start - 1] != ASCII.lineFeed, bytes[start - 1] != ASCII.carriageReturn {
            start -= 1
        }
        return start
    }

    /// The spaces and tabs at the beginning of the line that holds `offset`.
    func indentation(at offset: Int) -> [UInt8] {
        let line = bytes[lineStart(of: offset)..<offset]
        return Array(line.prefix { $0 == ASCII.space || $0 == ASCII.tab })
    }

    /// Whether nothing but spaces and tabs stands before `offset` on its line, and there is a line before it.
    func beginsLine(_ offset: Int) -> Bool {
        var start = offset
        while start > 0, bytes[start - 1] == ASCII.space || bytes[start - 1] == ASCII.tab { start -= 1 }
        return start > 0 && (bytes[start - 1] == ASCII.lineFeed || bytes[start - 1] == ASCII.carriageReturn)
    }
}

import Platform

/// Reads an answer line by line into passages. It follows CommonMark where chats have something to show for it; tags of
/// HTML, definitions of links and whatever else it does not know are text. Nothing of the text is left out, and the time
/// it takes grows with the length alone.
struct MarkdownReader {
    /// Deeper quotes and lists are text: no chat shows them, and a path would grow with every mark.
    static let deepest = 12

    /// A quote or an item that is still open.
    struct Open {
        enum Kind: Equatable {
            case quote
            /// The marker's byte, and how many columns the content is away from the parent's.
            case item(marker: UInt8, content: Int)
        }

        var kind: Kind
        var group: Int
        var id: Int
        var number: Int?
        /// Whether a passage of it was written.
        var hasBegun = false
    }

    /// The passage that is being read.
    enum Leaf {
        case none
        case paragraph(text: [UInt8], lastLine: Int)
        case fence(byte: UInt8, length: Int, indentation: Int, language: String, text: [UInt8], isEmpty: Bool)
        case indented(text: [UInt8], blanks: Int)
        case table(MarkdownTable)

        var isParagraph: Bool { if case .paragraph = self { true } else { false } }
    }

    let source: [UInt8]
    let readsTables: Bool
    var passages: [Passage] = []
    var containers: [Open] = []
    var leaf = Leaf.none
    var hasGap = false
    var lastID = 0
    /// How often a byte was looked at.
    var steps = 0

    // Where in its line the reader is; a tab may be used up in part.
    var offset = 0
    var column = 0
    var columnsOfTab = 0
    var lineEnd = 0

    private init(_ source: [UInt8], readsTables: Bool) {
        self.source = source
        self.readsTables = readsTables
    }

    static func read(_ text: String, tables: Bool = true, steps: inout Int) -> [Passage] {
        var reader = MarkdownReader(clean(text), readsTables: tables)
        reader.readAll()
        steps += reader.steps
        return reader.passages
    }

    /// Without control characters, which no chat shows and some act upon, and with one kind of line end.
    static func clean(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count)
        var last: UInt8 = 0
        for byte in text.utf8 {
            defer { last = byte }
            switch byte {
            case ASCII.lineFeed where last == ASCII.carriageReturn: continue
            case ASCII.carriageReturn: bytes.append(ASCII.lineFeed)
            case ASCII.lineFeed, ASCII.tab: bytes.append(byte)
            case 0..<ASCII.space, ASCII.delete: continue
            // The second half of them: U+0080 to U+009F.
            case 0x80..<0xA0 where last == 0xC2: bytes.removeLast()
            default: bytes.append(byte)
            }
        }
        return bytes
    }

    private mutating func readAll() {
        var start = 0
        while start < source.count {
            lineEnd = source[start...].firstIndex(of: ASCII.lineFeed) ?? source.count
            (offset, column, columnsOfTab) = (start, 0, 0)
            steps += lineEnd - start + 1
            readLine()
            start = lineEnd + 1
        }
        closeLeaf()
        close(to: 0)
    }

    private mutating func readLine() {
        let matched = matchContainers()
        if matched == containers.count, continueCode() { return }
        var depth = matched
        while depth <= Self.deepest {
            let indentation = indentation
            if isBlank || indentation >= 4 { break }
            switch startBlock(depth, indentation) {
            case .container: depth = containers.count
            case .leaf: return
            case .none: return readText(depth, isNew: depth > matched)
            }
        }
        readText(depth, isNew: depth > matched)
    }

    /// How many of the open containers the line goes on with.
    private mutating func matchContainers() -> Int {
        var matched = 0
        for container in containers {
            switch container.kind {
            case .quote:
                guard indentation < 4, nextByte == UInt8(ascii: ">") else { return matched }
                skipSpace()
                step()
                if spaceColumns > 0 { skip(columns: 1) }
            case .item(_, let content):
                if isBlank {
                    // An item may begin with one empty line, not with two.
                    if !container.hasBegun, case .none = leaf, matched == containers.count - 1 { return matched }
                } else {
                    guard indentation >= content else { return matched }
                    skip(columns: content)
                }
            }
            matched += 1
        }
        return matched
    }

    /// `isNew`: the line began a quote or an item, so that an empty rest is no empty line.
    private mutating func readText(_ depth: Int, isNew: Bool) {
        if isBlank {
            if depth < containers.count || leaf.isFlowing { closeLeaf() }
            close(to: depth)
            if !isNew { hasGap = true }
            return
        }
        if leaf.isParagraph {
            // Also where a quote or an item was left without a word: CommonMark, "lazy continuation".
            return addToParagraph()
        }
        if depth < containers.count { closeLeaf() }
        close(to: depth)
        if case .table(var table) = leaf {
            leaf = .none
            table.rows.append(cells().map { InlineReader.read($0[...], steps: &steps) })
            leaf = .table(table)
        } else if indentation >= 4 {
            closeLeaf()
            skip(columns: 4)
            leaf = .indented(text: Array(rest), blanks: 0)
        } else {
            closeLeaf()
            skipSpace()
            leaf = .paragraph(text: Array(rest.withoutSpaceAtEnd), lastLine: 0)
        }
    }

    private mutating func addToParagraph() {
        guard case .paragraph(var text, _) = leaf else { return }
        leaf = .none
        skipSpace()
        text.append(ASCII.lineFeed)
        let start = text.count
        text.append(contentsOf: rest.withoutSpaceAtEnd)
        leaf = .paragraph(text: text, lastLine: start)
    }

    /// Writes the passage that was being read.
    mutating func closeLeaf() {
        let closing = leaf
        leaf = .none
        switch closing {
        case .none: break
        case .paragraph(let text, _):
            emit(.paragraph, InlineReader.read(text[...], steps: &steps))
        case .fence(_, _, _, let language, let text, _): emit(.code(language: language), InlineText(text))
        case .indented(let text, let blanks):
            emit(.code(language: ""), InlineText(text))
            hasGap = blanks > 0
        case .table(let table): emit(.table(table), InlineText())
        }
    }

    mutating func emit(_ kind: Passage.Kind, _ text: InlineText) {
        let path = containers.map { open in
            let kind: Passage.Container.Kind =
                open.kind == .quote ? .quote : open.number.map { .ordered($0) } ?? .bullet
            return Passage.Container(kind: kind, group: open.group, id: open.id, isFresh: !open.hasBegun)
        }
        for index in containers.indices { containers[index].hasBegun = true }
        passages.append(Passage(kind: kind, path: path, hasGap: hasGap && !passages.isEmpty, text: text))
        hasGap = false
    }

    /// Leaves the containers beyond `depth`. An item that was empty is a passage all the same.
    mutating func close(to depth: Int) {
        while containers.count > depth {
            if let last = containers.last, !last.hasBegun, last.kind != .quote { emit(.paragraph, InlineText()) }
            containers.removeLast()
        }
    }
}

extension MarkdownReader.Leaf {
    /// Whether an empty line ends it.
    fileprivate var isFlowing: Bool {
        switch self {
        case .paragraph, .table: true
        case .none, .fence, .indented: false
        }
    }
}

extension ArraySlice<UInt8> {
    var withoutSpaceAtEnd: ArraySlice<UInt8> {
        var slice = self
        while let last = slice.last, InlineText.isSpace(last) { slice.removeLast() }
        return slice
    }
}

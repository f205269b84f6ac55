import Platform

/// Reads the text of one paragraph, heading or cell: emphasis, code, links, escapes. It follows CommonMark with bare
/// addresses and `~~` of GitHub's dialect, and lets nothing fall: what is no markup is text. Every byte is looked at a
/// bounded number of times, however the marks nest.
struct InlineReader {
    /// A stretch of `pool`, and what begins and ends with it.
    struct Node {
        var start: Int
        var end: Int
        var isCode = false
        /// How often bold, italic and strike end before its text and begin after it.
        var closes = Depths()
        var opens = Depths()
        var linkEnds = 0
        var linkStarts: [Int] = []
    }

    /// How deep in bold, italic and strike.
    struct Depths {
        var bold = 0
        var italic = 0
        var strike = 0
    }

    /// A link's address, and whether it shows only itself.
    struct Link {
        var address: [UInt8]
        var isBare = false
    }

    let source: ArraySlice<UInt8>
    var position: Int
    var pool: [UInt8] = []
    var nodes: [Node] = []
    var links: [Link] = []
    var delimiters: [Delimiter] = []
    var lastDelimiter: Int?
    var brackets: [Bracket] = []
    var ticks: Ticks?
    /// How often a byte, node or mark was looked at: tests hold it against the length of the text.
    var steps = 0

    private init(_ source: ArraySlice<UInt8>) {
        self.source = source
        position = source.startIndex
        pool.reserveCapacity(source.count)
    }

    static func read(_ source: ArraySlice<UInt8>, steps: inout Int) -> InlineText {
        var reader = InlineReader(source)
        reader.readAll()
        let text = reader.text()
        steps += reader.steps
        return text
    }

    static func read(_ source: [UInt8]) -> InlineText {
        var steps = 0
        return read(source[...], steps: &steps)
    }

    private mutating func readAll() {
        while position < source.endIndex {
            steps += 1
            let byte = source[position]
            switch byte {
            case ASCII.backslash: readEscape()
            case UInt8(ascii: "`"): readCode()
            case ASCII.star, ASCII.underscore, ASCII.tilde: readDelimiter(byte)
            case UInt8(ascii: "!") where byteAt(position + 1) == ASCII.openBracket: readBracket(length: 2)
            case ASCII.openBracket: readBracket(length: 1)
            case ASCII.closeBracket: readBracketEnd()
            case UInt8(ascii: "<"): readAngle()
            case UInt8(ascii: "&"): readEntity()
            case UInt8(ascii: "h"), UInt8(ascii: "H"): readAddress()
            default: readPlain()
            }
        }
        matchDelimiters(above: nil)
    }

    /// The bytes that may begin something.
    private static let special: [Bool] = {
        var table = [Bool](repeating: false, count: 256)
        for byte in "\\`*_~![]<&hH".utf8 { table[Int(byte)] = true }
        return table
    }()

    private mutating func readPlain() {
        let start = position
        position += 1
        while position < source.endIndex, !Self.special[Int(source[position])] { position += 1 }
        steps += position - start
        write(source[start..<position])
    }

    private mutating func readEscape() {
        guard let next = byteAt(position + 1) else { return literal(1) }
        if next == ASCII.lineFeed {
            // A hard break; every break is kept as one anyway.
            position += 1
        } else if Self.isPunctuation(next) {
            position += 1
            literal(1)
        } else {
            literal(1)
        }
    }

    /// So many bytes are only themselves.
    mutating func literal(_ count: Int) {
        write(source[position..<position + count])
        position += count
    }

    mutating func write(_ bytes: ArraySlice<UInt8>) {
        let start = pool.count
        pool.append(contentsOf: bytes)
        // A mark keeps a node of its own, so that what it opens and closes has a place.
        if let last = nodes.last, !last.isCode, isOpen {
            nodes[nodes.count - 1].end = pool.count
        } else {
            nodes.append(Node(start: start, end: pool.count))
            isOpen = true
        }
    }

    /// Whether the last node may grow.
    var isOpen = false

    mutating func add(_ node: Node) {
        nodes.append(node)
        isOpen = false
    }

    func byteAt(_ index: Int) -> UInt8? { index < source.endIndex ? source[index] : nil }

    static func isPunctuation(_ byte: UInt8) -> Bool {
        byte > ASCII.space && byte < ASCII.delete && !ASCII.isLetterOrDigit(byte)
    }

    /// Joins the nodes to text.
    private func text() -> InlineText {
        var text = InlineText()
        var depths = Depths()
        var open: [(link: Link, place: Int)] = []
        for node in nodes {
            depths.bold -= node.closes.bold
            depths.italic -= node.closes.italic
            depths.strike -= node.closes.strike
            for link in node.linkStarts { open.append((links[link], text.add(links[link].address))) }
            var style: InlineText.Style = node.isCode ? .code : []
            if depths.bold > 0 { style.insert(.bold) }
            if depths.italic > 0 { style.insert(.italic) }
            if depths.strike > 0 { style.insert(.strike) }
            // An address within the words of a link is part of these words; an image within a link is the link.
            let link = open.last { !$0.link.isBare } ?? open.last
            if let link, link.link.isBare { style.insert(.bare) }
            text.append(pool[node.start..<node.end], style, link?.place)
            open.removeLast(node.linkEnds)
            depths.bold += node.opens.bold
            depths.italic += node.opens.italic
            depths.strike += node.opens.strike
        }
        return text.trimmed
    }
}

import Platform

extension InlineReader {
    /// A `[` or `![` that may begin a link.
    struct Bracket {
        let node: Int
        let isImage: Bool
        /// The last delimiter before it.
        let below: Int?
        var isActive = true
    }

    /// Of brackets around brackets the innermost count: images in images could otherwise be read over and over.
    private static let deepestBrackets = 32

    mutating func readBracket(length: Int) {
        let start = pool.count
        pool.append(contentsOf: source[position..<position + length])
        position += length
        add(Node(start: start, end: pool.count))
        if brackets.count == Self.deepestBrackets { brackets.removeFirst() }
        brackets.append(Bracket(node: nodes.count - 1, isImage: length == 2, below: lastDelimiter))
    }

    mutating func readBracketEnd() {
        guard let bracket = brackets.popLast(), bracket.isActive, byteAt(position + 1) == UInt8(ascii: "("),
            let target = LinkTarget(source, at: position + 2, steps: &steps)
        else { return literal(1) }
        matchDelimiters(above: bracket.below)
        position = target.end
        let label = label(since: bracket.node)
        nodes[bracket.node].end = nodes[bracket.node].start
        if let address = Address.link(target.destination) {
            setLink(from: bracket.node, address, label)
        } else if !target.destination.isEmpty, target.destination != label {
            let words = label.isEmpty ? target.destination : Array(" (".utf8) + target.destination + Array(")".utf8)
            write(words[...])
        }
        if let title = target.title, !title.isEmpty { write((Array(" (".utf8) + title + Array(")".utf8))[...]) }
        if !bracket.isImage { forbidLinksAround() }
    }

    private mutating func setLink(from first: Int, _ address: [UInt8], _ label: [UInt8]) {
        let hasLink = nodes[first...].contains { $0.linkStarts.contains { !links[$0].isBare } }
        steps += nodes.count - first
        // A badge: the image is the link, and where it leads to is told after it.
        guard !hasLink else { return addBare(address, before: " (", after: ")") }
        guard label.contains(where: { !InlineText.isSpace($0) }) else { return addBare(address) }
        links.append(Link(address: address, isBare: Address.link(label) == address))
        nodes[first].linkStarts.append(links.count - 1)
        // The end has a node of its own: the last one may end another link or go on to grow.
        add(Node(start: pool.count, end: pool.count, linkEnds: 1))
    }

    /// A link that shows its own address.
    mutating func addBare(_ address: [UInt8], shown: ArraySlice<UInt8>? = nil, before: String = "", after: String = "")
    {
        write(Array(before.utf8)[...])
        let start = pool.count
        pool.append(contentsOf: shown ?? address[...])
        links.append(Link(address: address, isBare: true))
        add(Node(start: start, end: pool.count, linkEnds: 1, linkStarts: [links.count - 1]))
        write(Array(after.utf8)[...])
    }

    private mutating func label(since node: Int) -> [UInt8] {
        var label: [UInt8] = []
        for node in nodes[(node + 1)...] { label.append(contentsOf: pool[node.start..<node.end]) }
        steps += label.count + nodes.count - node
        return label
    }

    /// A link holds no link: brackets around this one are text.
    private mutating func forbidLinksAround() {
        for index in brackets.indices where !brackets[index].isImage { brackets[index].isActive = false }
        steps += brackets.count
    }
}

/// What stands between the parentheses of a link.
struct LinkTarget {
    /// Longer ones are no links, so that a search for their end is short.
    static let longest = 2048

    private(set) var destination: [UInt8] = []
    private(set) var title: [UInt8]?
    private(set) var end: Int

    init?(_ source: ArraySlice<UInt8>, at start: Int, steps: inout Int) {
        end = start
        defer { steps += end - start }
        let limit = min(source.endIndex, start + Self.longest)
        func byte() -> UInt8? { end < limit ? source[end] : nil }
        while let next = byte(), InlineText.isSpace(next) { end += 1 }
        if byte() == UInt8(ascii: "<") {
            end += 1
            let first = end
            while let next = byte(), next != UInt8(ascii: ">"), next != UInt8(ascii: "<"), next != ASCII.lineFeed {
                end += next == ASCII.backslash ? 2 : 1
            }
            guard byte() == UInt8(ascii: ">") else { return nil }
            destination = Entities.decoded(source[first..<end])
            end += 1
        } else {
            let first = end
            var depth = 0
            scan: while let next = byte(), !InlineText.isSpace(next) {
                switch next {
                case UInt8(ascii: "("): depth += 1
                case UInt8(ascii: ")") where depth == 0: break scan
                case UInt8(ascii: ")"): depth -= 1
                case ASCII.backslash where end + 1 < limit && InlineReader.isPunctuation(source[end + 1]): end += 1
                default: break
                }
                guard depth <= 32 else { return nil }
                end += 1
            }
            guard depth == 0, end <= limit else { return nil }
            destination = Entities.decoded(source[first..<end])
        }
        let afterDestination = end
        while let next = byte(), InlineText.isSpace(next) { end += 1 }
        if end > afterDestination, let quote = byte(), let closing = Self.closing(quote) {
            end += 1
            let first = end
            while let next = byte(), next != closing, next != UInt8(ascii: "(") || closing != UInt8(ascii: ")") {
                end += next == ASCII.backslash ? 2 : 1
            }
            guard byte() == closing else { return nil }
            title = Entities.decoded(source[first..<end])
            end += 1
            while let next = byte(), InlineText.isSpace(next) { end += 1 }
        }
        guard byte() == UInt8(ascii: ")") else { return nil }
        end += 1
    }

    private static func closing(_ quote: UInt8) -> UInt8? {
        switch quote {
        case ASCII.quote, ASCII.apostrophe: quote
        case UInt8(ascii: "("): UInt8(ascii: ")")
        default: nil
        }
    }
}

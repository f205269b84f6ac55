/// Text without markup, and what holds for which part of it.
struct InlineText: Equatable, Sendable {
    /// How a part is set. `bare` is a link that shows nothing but its own address.
    struct Style: OptionSet, Equatable, Sendable {
        let rawValue: UInt8

        static let bold = Style(rawValue: 1)
        static let italic = Style(rawValue: 2)
        static let strike = Style(rawValue: 4)
        static let code = Style(rawValue: 8)
        static let bare = Style(rawValue: 16)
    }

    /// A part that ends before `end` and begins where the one before it ended.
    struct Span: Equatable, Sendable {
        var end: Int
        var style: Style
        /// Its place in `links`.
        var link: Int?
    }

    private(set) var bytes: [UInt8] = []
    private(set) var spans: [Span] = []
    private(set) var links: [[UInt8]] = []

    init() {}

    init(_ bytes: [UInt8]) { append(bytes[...], [], nil) }

    var isEmpty: Bool { bytes.isEmpty }

    mutating func append(_ part: ArraySlice<UInt8>, _ style: Style = [], _ link: Int? = nil) {
        guard !part.isEmpty else { return }
        bytes.append(contentsOf: part)
        if let last = spans.last, last.style == style, last.link == link {
            spans[spans.count - 1].end = bytes.count
        } else {
            spans.append(Span(end: bytes.count, style: style, link: link))
        }
    }

    mutating func append(_ other: InlineText) {
        let known = links.count
        links.append(contentsOf: other.links)
        var start = 0
        for span in other.spans {
            append(other.bytes[start..<span.end], span.style, span.link.map { $0 + known })
            start = span.end
        }
    }

    /// The place of a link, for `append`.
    mutating func add(_ link: [UInt8]) -> Int {
        links.append(link)
        return links.count - 1
    }

    /// The first span that reaches beyond `offset`.
    func span(at offset: Int) -> Int {
        var low = 0
        var high = spans.count
        while low < high {
            let middle = (low + high) / 2
            if spans[middle].end <= offset { low = middle + 1 } else { high = middle }
        }
        return low
    }

    func adding(_ style: Style) -> InlineText {
        var text = self
        for index in text.spans.indices { text.spans[index].style.formUnion(style) }
        return text
    }

    /// Links whose address is longer than `length` are told as text, since such a one cannot be part of a chunk.
    func spellingOut(linksLongerThan length: Int) -> InlineText {
        guard links.contains(where: { $0.count > length }) else { return self }
        var text = InlineText()
        text.links = links
        var start = 0
        for (index, span) in spans.enumerated() {
            let isLong = span.link.map { links[$0].count > length } ?? false
            text.append(bytes[start..<span.end], span.style, isLong ? nil : span.link)
            start = span.end
            let isLast = index + 1 == spans.count || spans[index + 1].link != span.link
            guard isLong, isLast, let link = span.link, !span.style.contains(.bare) else { continue }
            text.append((Array(" (".utf8) + links[link] + Array(")".utf8))[...])
        }
        return text
    }

    /// Without space at either end.
    var trimmed: InlineText {
        var low = 0
        var high = bytes.count
        while low < high, Self.isSpace(bytes[low]) { low += 1 }
        while high > low, Self.isSpace(bytes[high - 1]) { high -= 1 }
        return low > 0 || high < bytes.count ? part(low..<high) : self
    }

    func part(_ range: Range<Int>) -> InlineText {
        var text = InlineText()
        text.links = links
        var start = 0
        for span in spans {
            let part = max(start, range.lowerBound)..<max(start, range.lowerBound, min(span.end, range.upperBound))
            text.append(bytes[part], span.style, span.link)
            start = span.end
        }
        return text
    }

    static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A }
}

import Platform

extension Passage {
    /// Where a passage is cut that fits up to `longest`: the part ends at `end`, and the rest begins at `next`.
    func cut(from start: Int, to longest: Int) -> (end: Int, next: Int) {
        let bytes = text.bytes
        guard longest < bytes.count else { return (bytes.count, bytes.count) }
        if isCode {
            // A line is not torn from its line end; the line end is that of the message.
            if let line = lastBreak(start, longest, { $0 == ASCII.lineFeed }) { return (line, line + 1) }
            // Space within a line is part of the code, so it begins the rest.
            let space = lastBreak(start, longest, InlineText.isSpace)
            guard let space, !bytes[start..<space].allSatisfy(InlineText.isSpace) else { return hard(start, longest) }
            return (space, space)
        }
        let half = start + (longest - start) / 2
        let breaks =
            lastBreak(half, longest, { $0 == ASCII.lineFeed })
            ?? sentenceEnd(half, longest)
            ?? lastBreak(half, longest, InlineText.isSpace, outsideLinks: true)
            ?? lastBreak(start, longest, InlineText.isSpace, outsideLinks: true)
            ?? lastBreak(start, longest, InlineText.isSpace)
        guard let at = breaks else { return hard(start, longest) }
        return (trimmed(start, at), afterSpace(at))
    }

    /// Whether a place between two words is none.
    func tears(at index: Int) -> Bool {
        index < text.bytes.count && !InlineText.isSpace(text.bytes[index]) && !InlineText.isSpace(text.bytes[index - 1])
            && text.bytes[index] < 0x80 && text.bytes[index - 1] < 0x80
    }

    /// The last byte of a kind that ends the part, itself left out. It may stand right after the part.
    private func lastBreak(
        _ start: Int, _ longest: Int, _ isBreak: (UInt8) -> Bool, outsideLinks: Bool = false
    ) -> Int? {
        var index = longest
        while index > start {
            if isBreak(text.bytes[index]), !outsideLinks || !isInLink(index) { return index }
            index -= 1
        }
        return nil
    }

    private func isInLink(_ index: Int) -> Bool { text.spans[text.span(at: index)].link != nil }

    /// The place after the last mark that ends a sentence: with space after it, or one of the East's own.
    private func sentenceEnd(_ start: Int, _ longest: Int) -> Int? {
        let bytes = text.bytes
        var index = longest
        while index > start + 1 {
            if InlineText.isSpace(bytes[index]) {
                if ".!?".utf8.contains(bytes[index - 1]), !isInLink(index) { return index }
            } else if index >= start + 3, isIdeographicEnd(index - 3) {
                return index
            }
            index -= 1
        }
        return nil
    }

    /// U+3002, U+FF01 and U+FF1F.
    private func isIdeographicEnd(_ index: Int) -> Bool {
        switch (text.bytes[index], text.bytes[index + 1], text.bytes[index + 2]) {
        case (0xE3, 0x80, 0x82), (0xEF, 0xBC, 0x81), (0xEF, 0xBC, 0x9F): true
        default: false
        }
    }

    /// Between what readers take for one character, unless it is too long by itself.
    func hard(_ start: Int, _ longest: Int) -> (end: Int, next: Int) {
        let bytes = text.bytes
        let first = boundary(upTo: max(start, longest - 256))
        let last = boundary(from: min(bytes.count, longest + 256))
        var end = first
        for character in String(decoding: bytes[first..<last], as: UTF8.self) {
            let next = end + character.utf8.count
            if next > longest { break }
            end = next
        }
        if end <= first { end = longest }
        return (end, end)
    }

    private func trimmed(_ start: Int, _ end: Int) -> Int {
        var end = end
        while end > start, InlineText.isSpace(text.bytes[end - 1]) { end -= 1 }
        return end
    }

    private func afterSpace(_ start: Int) -> Int {
        var start = start
        while start < text.bytes.count, InlineText.isSpace(text.bytes[start]) { start += 1 }
        return start
    }

    /// The last place between scalars up to `index`.
    func boundary(upTo index: Int) -> Int {
        var index = index
        while index > 0, index < text.bytes.count, text.bytes[index] & 0xC0 == 0x80 { index -= 1 }
        return index
    }

    /// The first place between scalars from `index` on.
    func boundary(from index: Int) -> Int {
        var index = index
        while index < text.bytes.count, text.bytes[index] & 0xC0 == 0x80 { index += 1 }
        return index
    }
}

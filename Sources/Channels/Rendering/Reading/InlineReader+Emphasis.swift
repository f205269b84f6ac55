import Platform

extension InlineReader {
    /// A run of `*`, `_` or `~` that may begin or end something (CommonMark, "delimiter run").
    struct Delimiter {
        let node: Int
        let byte: UInt8
        let length: Int
        var left: Int
        let canOpen: Bool
        let canClose: Bool
        var previous: Int?
        var next: Int?
    }

    mutating func readDelimiter(_ byte: UInt8) {
        var length = 1
        while byteAt(position + length) == byte { length += 1 }
        steps += length
        let before = scalar(before: position)
        let after = scalar(after: position + length)
        let opensWord = !after.isSpace && (!after.isMark || before.isSpace || before.isMark)
        let closesWord = !before.isSpace && (!before.isMark || after.isSpace || after.isMark)
        var canOpen = opensWord
        var canClose = closesWord
        if byte == ASCII.underscore {
            canOpen = opensWord && (!closesWord || before.isMark)
            canClose = closesWord && (!opensWord || after.isMark)
        }
        // One tilde is an approximation more often than a deletion.
        if byte == ASCII.tilde, length != 2 { (canOpen, canClose) = (false, false) }
        guard canOpen || canClose else { return literal(length) }
        let start = pool.count
        pool.append(contentsOf: source[position..<position + length])
        position += length
        add(Node(start: start, end: pool.count))
        delimiters.append(
            Delimiter(
                node: nodes.count - 1, byte: byte, length: length, left: length, canOpen: canOpen, canClose: canClose,
                previous: lastDelimiter))
        if let lastDelimiter { delimiters[lastDelimiter].next = delimiters.count - 1 }
        lastDelimiter = delimiters.count - 1
    }

    /// CommonMark, "process emphasis": marries what stands above `bottom` and forgets it.
    mutating func matchDelimiters(above bottom: Int?) {
        var current: Int?
        var walk = lastDelimiter
        while let index = walk, index != bottom {
            steps += 1
            current = index
            walk = delimiters[index].previous
        }
        // Below these there is no partner for a closer of the kind: without it the search would be quadratic.
        var floors = [Int](repeating: -1, count: 18)
        while let closer = current {
            steps += 1
            current = delimiters[closer].next
            guard delimiters[closer].canClose else { continue }
            let kind = kind(of: delimiters[closer])
            var candidate = delimiters[closer].previous
            while let index = candidate, index != bottom, index > floors[kind], !marries(index, closer) {
                steps += 1
                candidate = delimiters[index].previous
            }
            guard let opener = candidate, opener != bottom, opener > floors[kind] else {
                floors[kind] = delimiters[closer].previous ?? -1
                if !delimiters[closer].canOpen { unlink(closer) }
                continue
            }
            marry(opener, closer)
            if delimiters[closer].left > 0 { current = closer }
        }
        // What is above the bottom is settled.
        lastDelimiter = bottom
        if let bottom { delimiters[bottom].next = nil }
    }

    private func kind(of closer: Delimiter) -> Int {
        let byte = closer.byte == ASCII.star ? 0 : closer.byte == ASCII.underscore ? 1 : 2
        return byte * 6 + (closer.canOpen ? 3 : 0) + closer.length % 3
    }

    private func marries(_ opener: Int, _ closer: Int) -> Bool {
        let (one, other) = (delimiters[opener], delimiters[closer])
        guard one.byte == other.byte, one.canOpen else { return false }
        // CommonMark, rules 9 and 10.
        guard one.canClose || other.canOpen else { return true }
        return (one.length + other.length) % 3 != 0 || one.length % 3 == 0 && other.length % 3 == 0
    }

    private mutating func marry(_ opener: Int, _ closer: Int) {
        let isStrike = delimiters[opener].byte == ASCII.tilde
        let count = delimiters[opener].left >= 2 && delimiters[closer].left >= 2 ? 2 : 1
        let style: WritableKeyPath<Depths, Int> = isStrike ? \.strike : count == 2 ? \.bold : \.italic
        nodes[delimiters[opener].node].opens[keyPath: style] += 1
        nodes[delimiters[closer].node].closes[keyPath: style] += 1
        for index in [opener, closer] {
            delimiters[index].left -= count
            nodes[delimiters[index].node].end -= count
        }
        // Those between them have no partner any more.
        delimiters[opener].next = closer
        delimiters[closer].previous = opener
        if delimiters[opener].left == 0 { unlink(opener) }
        if delimiters[closer].left == 0 { unlink(closer) }
    }

    private mutating func unlink(_ index: Int) {
        let (previous, next) = (delimiters[index].previous, delimiters[index].next)
        if let previous { delimiters[previous].next = next }
        if let next { delimiters[next].previous = previous } else { lastDelimiter = previous }
    }

    /// The kind of a scalar beside a mark. Only the marks of ASCII count as such: Chinese and Japanese set no space after
    /// theirs, and emphasis that ends with one would stay open.
    private struct Side {
        var isSpace = false
        var isMark = false

        init(_ value: UInt32?) {
            // Where the text begins and ends is as good as space.
            let value = value ?? 0x20
            switch value {
            case 0x09...0x0D, 0x20, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000:
                isSpace = true
            default: isMark = value < 0x80 && InlineReader.isPunctuation(UInt8(value))
            }
        }
    }

    private func scalar(before index: Int) -> Side {
        guard index > source.startIndex else { return Side(nil) }
        var start = index - 1
        while start > source.startIndex, index - start < 4, source[start] & 0xC0 == 0x80 { start -= 1 }
        return Side(Self.value(source[start..<index]))
    }

    private func scalar(after index: Int) -> Side {
        guard index < source.endIndex else { return Side(nil) }
        var end = index + 1
        while end < source.endIndex, end - index < 4, source[end] & 0xC0 == 0x80 { end += 1 }
        return Side(Self.value(source[index..<end]))
    }

    private static func value(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        let first = bytes[bytes.startIndex]
        guard first >= 0x80 else { return UInt32(first) }
        let lead = UInt32(first) & (bytes.count == 2 ? 0x1F : bytes.count == 3 ? 0x0F : 0x07)
        return bytes.dropFirst().reduce(lead) { $0 << 6 | UInt32($1 & 0x3F) }
    }
}

import Platform

extension MarkdownReader {
    /// What a line turned out to begin.
    enum Start {
        case container, leaf, none
    }

    /// Whether the line goes on with the code that is open.
    mutating func continueCode() -> Bool {
        switch leaf {
        case .fence(let byte, let length, let indentation, let language, var text, let isEmpty):
            if self.indentation < 4, isFenceEnd(byte, length) {
                closeLeaf()
                return true
            }
            leaf = .none
            skip(columns: indentation)
            if !isEmpty { text.append(ASCII.lineFeed) }
            text.append(contentsOf: rest)
            leaf = .fence(
                byte: byte, length: length, indentation: indentation, language: language, text: text, isEmpty: false)
            return true
        case .indented(var text, let blanks):
            if isBlank {
                leaf = .indented(text: text, blanks: blanks + 1)
                return true
            }
            guard indentation >= 4 else {
                closeLeaf()
                return false
            }
            leaf = .none
            skip(columns: 4)
            text.append(contentsOf: repeatElement(ASCII.lineFeed, count: blanks + 1))
            text.append(contentsOf: rest)
            leaf = .indented(text: text, blanks: 0)
            return true
        case .none, .paragraph, .table: return false
        }
    }

    /// Begins what the line begins within the first `depth` containers.
    mutating func startBlock(_ depth: Int, _ indentation: Int) -> Start {
        guard let byte = nextByte else { return .none }
        let goesOn = leaf.isParagraph && depth == containers.count
        switch byte {
        case UInt8(ascii: ">"): return startQuote(depth)
        case ASCII.hash: return startHeading(depth)
        case UInt8(ascii: "`"), ASCII.tilde: return startFence(depth, byte, indentation)
        default: break
        }
        if goesOn, startTable() || underline(byte) { return .leaf }
        if isRule(byte) {
            closeLeaf()
            close(to: depth)
            emit(.rule, InlineText())
            return .leaf
        }
        return startItem(depth, goesOn)
    }

    private mutating func startQuote(_ depth: Int) -> Start {
        guard depth < Self.deepest else { return .none }
        closeLeaf()
        close(to: depth)
        skipSpace()
        step()
        if spaceColumns > 0 { skip(columns: 1) }
        lastID += 1
        containers.append(Open(kind: .quote, group: lastID, id: lastID))
        return .container
    }

    private mutating func startHeading(_ depth: Int) -> Start {
        let start = textStart
        var end = start
        while end < lineEnd, source[end] == ASCII.hash { end += 1 }
        guard end - start <= 6, end == lineEnd || InlineText.isSpace(source[end]) else { return .none }
        closeLeaf()
        close(to: depth)
        var text = source[end..<lineEnd].withoutSpaceAtEnd
        // Marks that close it belong to it only after a space.
        var closing = text
        while closing.last == ASCII.hash { closing.removeLast() }
        if closing.last.map(InlineText.isSpace) ?? true { text = closing }
        emit(.heading(end - start), InlineReader.read(text, steps: &steps))
        return .leaf
    }

    private mutating func startFence(_ depth: Int, _ byte: UInt8, _ indentation: Int) -> Start {
        let start = textStart
        var end = start
        while end < lineEnd, source[end] == byte { end += 1 }
        let words = source[end..<lineEnd]
        guard end - start >= 3, byte == ASCII.tilde || !words.contains(byte) else { return .none }
        closeLeaf()
        close(to: depth)
        let info = Array(words.withoutSpaceAtEnd.drop(while: InlineText.isSpace))
        let word = info.prefix { !InlineText.isSpace($0) }
        let isLanguage = word.count <= 32 && word.allSatisfy { ASCII.isLetterOrDigit($0) || "+-#._".utf8.contains($0) }
        let remark = isLanguage ? info[word.endIndex...].drop(while: InlineText.isSpace) : info[...]
        // A name of the file, say: no chat has a place for it, so it stands before the code.
        if !remark.isEmpty { emit(.paragraph, InlineText(Array(remark))) }
        leaf = .fence(
            byte: byte, length: end - start, indentation: indentation,
            language: isLanguage ? String(decoding: word, as: UTF8.self) : "", text: [], isEmpty: true)
        return .leaf
    }

    private func isFenceEnd(_ byte: UInt8, _ length: Int) -> Bool {
        let start = textStart
        var end = start
        while end < lineEnd, source[end] == byte { end += 1 }
        return end - start >= length && source[end..<lineEnd].allSatisfy(InlineText.isSpace)
    }

    /// A line of `=` or `-` makes a heading of the paragraph above.
    private mutating func underline(_ byte: UInt8) -> Bool {
        guard byte == UInt8(ascii: "=") || byte == ASCII.minus, case .paragraph(var text, _) = leaf else {
            return false
        }
        guard source[textStart..<lineEnd].withoutSpaceAtEnd.allSatisfy({ $0 == byte }) else { return false }
        leaf = .none
        for index in text.indices where text[index] == ASCII.lineFeed { text[index] = ASCII.space }
        emit(.heading(byte == ASCII.minus ? 2 : 1), InlineReader.read(text[...], steps: &steps))
        return true
    }

    private func isRule(_ byte: UInt8) -> Bool {
        guard byte == ASCII.star || byte == ASCII.minus || byte == ASCII.underscore else { return false }
        var count = 0
        for next in source[textStart..<lineEnd] {
            if next == byte { count += 1 } else if !InlineText.isSpace(next) { return false }
        }
        return count >= 3
    }

    private mutating func startItem(_ depth: Int, _ goesOn: Bool) -> Start {
        guard depth < Self.deepest, let (marker, number, width) = itemMarker() else { return .none }
        let after = textStart + width
        guard after == lineEnd || InlineText.isSpace(source[after]) else { return .none }
        let isEmpty = source[after..<lineEnd].allSatisfy(InlineText.isSpace)
        // A number or a dash that happens to begin a line of a paragraph begins no list.
        if goesOn, isEmpty || (number ?? 1) != 1 { return .none }
        let indentation = indentation
        closeLeaf()
        var group: Int?
        var count = number
        if depth < containers.count, case .item(marker, _) = containers[depth].kind {
            group = containers[depth].group
            count = containers[depth].number.map { $0 + 1 }
        }
        close(to: depth)
        skipSpace()
        step(width)
        let spaces = spaceColumns
        let padding = isEmpty || spaces > 4 ? 1 : spaces
        skip(columns: padding)
        lastID += 1
        containers.append(
            Open(
                kind: .item(marker: marker, content: indentation + width + padding), group: group ?? lastID,
                id: lastID, number: count))
        return .container
    }

    /// The byte that tells lists apart, the number if it has one, and the width.
    private func itemMarker() -> (marker: UInt8, number: Int?, width: Int)? {
        let start = textStart
        let byte = source[start]
        if byte == ASCII.minus || byte == ASCII.plus || byte == ASCII.star { return (byte, nil, 1) }
        var end = start
        var number = 0
        while end < lineEnd, end - start < 9, ASCII.isDigit(source[end]) {
            number = number * 10 + Int(source[end] - ASCII.zero)
            end += 1
        }
        guard end > start, end < lineEnd, source[end] == ASCII.dot || source[end] == UInt8(ascii: ")") else {
            return nil
        }
        return (source[end], number, end + 1 - start)
    }
}

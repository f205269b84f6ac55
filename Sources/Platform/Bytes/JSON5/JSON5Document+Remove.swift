extension JSON5Document {
    /// Removes the member or element at `pointer` with its comma and the comment that follows it on its line. Comments
    /// on lines of their own stay. Says whether there was one.
    @discardableResult
    package mutating func remove(_ pointer: JSONPointer) throws(JSON5EditError) -> Bool {
        guard !pointer.tokens.isEmpty else { throw .wholeText }
        guard find(pointer.tokens).rest.isEmpty else { return false }
        try drop(pointer.tokens)
        return true
    }

    /// Removes what is there at `tokens`.
    mutating func drop(_ tokens: [String]) throws(JSON5EditError) {
        guard let last = tokens.last else { return }
        let node = find(tokens.dropLast()).node
        guard let position = node.position(of: last) else { return }
        try apply(removal(of: position, from: node))
    }

    private func removal(of position: Int, from node: JSON5Node) -> [JSON5Edit] {
        let item = node.items[position]
        let range = removedRange(of: item, isLast: position == node.items.count - 1)
        if node.items.count == 1 {
            let left =
                bytes[node.inside.lowerBound..<range.lowerBound] + bytes[range.upperBound..<node.inside.upperBound]
            return [JSON5Edit(range: isSpace(Array(left)) ? node.inside : range, replacement: [])]
        }
        var edits = [JSON5Edit(range: range, replacement: [])]
        if position == node.items.count - 1, item.comma == nil {
            // The comma before the last member was there for its sake.
            let previous = node.items[position - 1]
            let valueEnd = previous.value.range.upperBound
            let onlySpace = isSpace(Array(bytes[valueEnd..<previous.end - 1]))
            let start = onlySpace ? valueEnd : previous.end - 1
            edits.append(JSON5Edit(range: start..<previous.end, replacement: []))
        }
        return edits
    }

    private func removedRange(of item: JSON5Item, isLast: Bool) -> Range<Int> {
        let comments = endOfComments(after: item.end, onOneLine: true)
        let behind = endOfSpaces(from: comments)
        let lineEnd = behind < bytes.count ? JSON5Space.lineEndLength(at: behind, in: bytes.span) : 0
        if beginsLine(item.start) {
            if lineEnd > 0 { return lineStart(of: item.start)..<behind + lineEnd }
            return item.start..<endOfSpaces(from: item.end)
        }
        // On a line with others, one of the two gaps goes as well.
        if !isLast && lineEnd == 0 { return item.start..<endOfSpaces(from: item.end) }
        var start = item.start
        while bytes[start - 1] == ASCII.space || bytes[start - 1] == ASCII.tab { start -= 1 }
        return start..<(lineEnd > 0 ? comments : item.end)
    }
}

/// Looking around in the space between items.
extension JSON5Document {
    /// The end of the comment that begins at `offset`, if one does.
    func commentEnd(from offset: Int) -> Int? {
        guard JSON5Space.startsComment(at: offset, in: bytes.span) else { return nil }
        return JSON5Space.commentEnd(from: offset, in: bytes.span)
    }

    func endOfSpaces(from offset: Int) -> Int {
        var index = offset
        while index < bytes.count, bytes[index] == ASCII.space || bytes[index] == ASCII.tab { index += 1 }
        return index
    }

    /// The end of the last comment that begins on the line of `offset` with only spaces before it; `offset` if there is
    /// none.
    func endOfComments(after offset: Int, onOneLine: Bool = false) -> Int {
        var end = offset
        while case let start = endOfSpaces(from: end), let next = commentEnd(from: start) {
            let hasLineEnd = (start..<next).contains { JSON5Space.lineEndLength(at: $0, in: bytes.span) > 0 }
            if onOneLine && hasLineEnd { break }
            end = next
        }
        return end
    }

    private func isSpace(_ bytes: [UInt8]) -> Bool {
        var index = 0
        while index < bytes.count {
            let length = JSON5Space.length(at: index, in: bytes.span)
            guard length > 0 else { return false }
            index += length
        }
        return true
    }
}

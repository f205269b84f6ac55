import Platform

extension MarkdownReader {
    /// A line such as `|---|:-:|` below one with as many cells makes a table of it.
    mutating func startTable() -> Bool {
        guard readsTables, case .paragraph(let text, let lastLine) = leaf,
            let alignments = delimiterRow()
        else { return false }
        let head = Self.split(text[lastLine...])
        steps += text.count - lastLine
        guard head.count == alignments.count, text[lastLine...].contains(UInt8(ascii: "|")) else { return false }
        leaf = .none
        if lastLine > 0 {
            leaf = .paragraph(text: Array(text[..<(lastLine - 1)]), lastLine: 0)
            closeLeaf()
        }
        leaf = .table(
            MarkdownTable(
                alignments: alignments, rows: [head.map { InlineReader.read($0[...], steps: &steps) }]))
        return true
    }

    private func delimiterRow() -> [MarkdownTable.Alignment]? {
        let line = source[textStart..<lineEnd]
        guard
            line.allSatisfy({
                $0 == ASCII.minus || $0 == ASCII.colon || $0 == UInt8(ascii: "|") || InlineText.isSpace($0)
            })
        else { return nil }
        var alignments: [MarkdownTable.Alignment] = []
        for cell in Self.split(line) {
            let isRight = cell.last == ASCII.colon
            let isCentered = isRight && cell.first == ASCII.colon && cell.count > 1
            let dashes = cell.drop { $0 == ASCII.colon }.prefix { $0 == ASCII.minus }
            guard !dashes.isEmpty, cell.count - dashes.count == (isRight ? 1 : 0) + (cell.first == ASCII.colon ? 1 : 0)
            else { return nil }
            alignments.append(isCentered ? .center : isRight ? .right : .left)
        }
        return alignments
    }

    /// The cells of the line.
    func cells() -> [[UInt8]] { Self.split(source[textStart..<lineEnd]) }

    /// Cells end at a bar that has no backslash before it.
    private static func split(_ line: ArraySlice<UInt8>) -> [[UInt8]] {
        var line = line.withoutSpaceAtEnd.drop(while: InlineText.isSpace)
        if line.first == UInt8(ascii: "|") { line.removeFirst() }
        var cells: [[UInt8]] = []
        var cell: [UInt8] = []
        var isEscaped = false
        for byte in line {
            if byte == UInt8(ascii: "|"), !isEscaped {
                cells.append(trimmed(cell))
                cell = []
                continue
            }
            if byte == UInt8(ascii: "|") { cell.removeLast() }
            cell.append(byte)
            isEscaped = byte == ASCII.backslash && !isEscaped
        }
        // A bar at the end closes the last cell and begins none.
        if line.last != UInt8(ascii: "|") || isEscaped || !cell.isEmpty { cells.append(trimmed(cell)) }
        return cells
    }

    private static func trimmed(_ cell: [UInt8]) -> [UInt8] {
        Array(cell[...].withoutSpaceAtEnd.drop(while: InlineText.isSpace))
    }
}

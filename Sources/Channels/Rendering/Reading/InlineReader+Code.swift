import Platform

extension InlineReader {
    /// Every run of backticks in the text, so that the end of a span of code is found without looking twice.
    struct Ticks {
        var runs: [(start: Int, length: Int)] = []
        /// Where the last run of a length is.
        var last: [Int: Int] = [:]
        /// Runs before it are behind the reader.
        var next = 0
    }

    mutating func readCode() {
        var length = 1
        while byteAt(position + length) == UInt8(ascii: "`") { length += 1 }
        steps += length
        guard let end = codeEnd(after: position + length, length) else { return literal(length) }
        var code = Array(source[position + length..<end])
        for index in code.indices where code[index] == ASCII.lineFeed { code[index] = ASCII.space }
        steps += code.count
        if code.count > 2, code.first == ASCII.space, code.last == ASCII.space,
            code.contains(where: { $0 != ASCII.space })
        {
            code.removeFirst()
            code.removeLast()
        }
        let start = pool.count
        pool.append(contentsOf: code)
        add(Node(start: start, end: pool.count, isCode: true))
        position = end + length
    }

    private mutating func codeEnd(after start: Int, _ length: Int) -> Int? {
        if ticks == nil { ticks = findTicks() }
        guard var found = ticks, let last = found.last[length], last >= start else { return nil }
        ticks = nil
        while found.runs[found.next].start < start {
            found.next += 1
            steps += 1
        }
        while found.runs[found.next].length != length {
            found.next += 1
            steps += 1
        }
        let end = found.runs[found.next].start
        ticks = found
        return end
    }

    private mutating func findTicks() -> Ticks {
        var ticks = Ticks()
        var index = position
        while index < source.endIndex {
            steps += 1
            guard source[index] == UInt8(ascii: "`") else {
                index += 1
                continue
            }
            let start = index
            while byteAt(index) == UInt8(ascii: "`") { index += 1 }
            ticks.runs.append((start, index - start))
            ticks.last[index - start] = start
        }
        return ticks
    }
}

/// The most recent lines, whatever becomes of the file: bounded by their number and by their bytes.
package struct LogRing: Sendable {
    package static let defaultLines = 1000
    package static let defaultBytes = 256 * 1024

    package struct Entry: Sendable {
        /// Rises by one with each line since start; a reader asks for what comes after the last one it has.
        package let number: UInt64
        /// One JSON object, without a line feed.
        package let line: [UInt8]
    }

    private let lineLimit: Int
    private let byteLimit: Int
    private var entries: [Entry] = []
    private var head = 0
    private(set) var bytes = 0
    /// The number of the next line.
    package private(set) var next: UInt64 = 0

    init(lines: Int, bytes: Int) {
        lineLimit = lines
        byteLimit = bytes
    }

    package var count: Int { entries.count - head }

    /// Lines from `number` on, at most the last `limit`. Older ones than there are, are simply missing.
    package func lines(from number: UInt64 = 0, limit: Int = .max) -> ArraySlice<Entry> {
        let first = next - UInt64(count)
        let skipped = number > first ? Int(clamping: number - first) : 0
        return entries[head...].dropFirst(skipped).suffix(limit)
    }

    mutating func append(_ line: [UInt8]) {
        let line = line.last == 0x0a ? Array(line.dropLast()) : line
        entries.append(Entry(number: next, line: line))
        next += 1
        bytes += line.count
        while count > lineLimit || (bytes > byteLimit && count > 0) {
            bytes -= entries[head].line.count
            entries[head] = Entry(number: 0, line: [])
            head += 1
        }
        // Moving what is left costs as much as the lines that made room for it.
        if head > 64, head > entries.count / 2 {
            entries.removeFirst(head)
            head = 0
        }
    }
}

import Platform

/// A line with its place in the file; its line feed is a part of it, where it has one.
struct PlacedLine {
    let start: Int
    let bytes: ArraySlice<UInt8>

    var end: Int { start + bytes.count }
    var isComplete: Bool { bytes.last == PlacedLine.feed }

    static let feed = UInt8(ascii: "\n")
}

/// The lines of a transcript from its end to its beginning, a piece of the file at a time. Blocks.
struct BackwardLines: ~Copyable {
    static let pieceBytes = 64 << 10

    private let file: AppendFile
    /// What lies before this is not read yet; `buffer` begins here.
    private var start: Int
    private var buffer: [UInt8] = []
    /// Of `buffer`, what no line was made of yet.
    private var rest = 0
    /// The next piece: longer the longer a line is.
    private var piece = pieceBytes

    init(_ file: consuming AppendFile, before end: Int) {
        self.file = file
        start = end
    }

    mutating func next() throws(FileError) -> PlacedLine? {
        while true {
            // The last byte of what is left ends a line already.
            if rest > 0, let feed = buffer[..<(rest - 1)].lastIndex(of: PlacedLine.feed) {
                return take(from: feed + 1)
            }
            if start == 0 { return rest > 0 ? take(from: 0) : nil }
            try readMore()
        }
    }

    private mutating func take(from begin: Int) -> PlacedLine {
        defer { rest = begin }
        return PlacedLine(start: start + begin, bytes: buffer[begin..<rest])
    }

    private mutating func readMore() throws(FileError) {
        let count = min(piece, start)
        piece = min(piece * 2, 4 << 20)
        let earlier = try file.read(from: start - count, count: count)
        buffer = earlier + buffer[..<rest]
        rest = buffer.count
        start -= count
    }

    /// Gives the file back.
    consuming func finish() -> AppendFile { file }
}

/// The lines of a transcript in order, a piece of the file at a time. Blocks.
struct ForwardLines: ~Copyable {
    static let pieceBytes = 256 << 10

    private let file: AppendFile
    private let end: Int
    /// Of the first byte in `buffer`.
    private var start: Int
    private var buffer: [UInt8] = []
    private var head = 0

    init(_ file: consuming AppendFile, from start: Int = 0, to end: Int) {
        self.file = file
        self.start = start
        self.end = end
    }

    mutating func next() throws(FileError) -> PlacedLine? {
        var looked = head
        while true {
            if let feed = buffer[looked...].firstIndex(of: PlacedLine.feed) { return take(to: feed + 1) }
            looked = buffer.count - head
            buffer.removeFirst(head)
            start += head
            head = 0
            let next = start + buffer.count
            let piece = try file.read(from: next, count: min(Self.pieceBytes, end - next))
            if piece.isEmpty { return buffer.isEmpty ? nil : take(to: buffer.count) }
            buffer += piece
        }
    }

    private mutating func take(to place: Int) -> PlacedLine {
        defer { head = place }
        return PlacedLine(start: start + head, bytes: buffer[head..<place])
    }
}

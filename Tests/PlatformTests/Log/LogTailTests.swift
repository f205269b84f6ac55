import Platform
import Support
import Testing

@Suite struct LogTailTests {
    private let scratch = ScratchDirectory()

    private var path: String { scratch.path("day.log") }

    private func read(_ text: String, from cursor: Int? = nil, lines: Int = 500, bytes: Int = 250_000) throws -> LogTail
    {
        scratch.write(text, to: "day.log")
        return try LogTail.read(path, from: cursor, lines: lines, bytes: bytes)
    }

    @Test func theLastLinesAreRead() throws {
        let tail = try read("a\nb\nc\n", lines: 2)
        #expect(tail.lines == ["b", "c"])
        #expect((tail.cursor, tail.size) == (6, 6))
        #expect((tail.isTruncated, tail.isReset) == (true, false))
        #expect(try read("a\nb\n").isTruncated == false)
    }

    @Test func aReaderGoesOnWhereItWas() throws {
        let first = try read("a\n")
        let second = try read("a\nb\n", from: first.cursor)
        #expect(second.lines == ["b"])
        #expect((second.isTruncated, second.isReset) == (false, false))
        #expect(try read("a\nb\n", from: second.cursor).lines == [])
        #expect(try read("a\nb\n", from: 0).lines == ["a", "b"])
    }

    @Test(arguments: 0...12)
    func aWindowBeginsWithAWholeLine(bytes: Int) throws {
        let text = "aaa\nbb\nccc\n"
        let tail = try read(text, bytes: bytes)
        let kept = tail.lines.map { $0 + "\n" }.joined()
        #expect(text.hasSuffix(kept))
        #expect(kept.utf8.count <= bytes)
        #expect(["", "ccc\n", "bb\nccc\n", text].contains(kept))
        #expect(tail.isTruncated == (kept.utf8.count < text.utf8.count))
    }

    @Test func aFileThatWasPutAsideIsBegunAnew() throws {
        let old = try read("one long line\nanother\n")
        let shorter = try read("new\n", from: old.cursor)
        #expect(shorter.isReset)
        #expect(shorter.lines == ["new"])
        // Longer by now than the old one was; the offset falls within a line.
        let longer = try read("new\nthe next line of a new file\n", from: old.cursor)
        #expect(longer.isReset)
        #expect(longer.lines == ["new", "the next line of a new file"])
    }

    @Test func tooMuchSinceTheLastTimeIsCutAndSaysSo() throws {
        let tail = try read("a\n" + String(repeating: "line\n", count: 100), from: 2, bytes: 11)
        #expect(tail.lines == ["line", "line"])
        #expect((tail.isReset, tail.isTruncated) == (true, true))
    }

    @Test func halfALineWaitsForItsRest() throws {
        let half = try read("a\nhal")
        #expect(half.lines == ["a"])
        #expect((half.cursor, half.size) == (2, 5))
        #expect(try read("a\nhalf\n", from: half.cursor).lines == ["half"])
    }

    @Test func withoutAFileThereAreNoLines() throws {
        let none = try LogTail.read(path)
        #expect((none.lines, none.size, none.isReset) == ([], 0, false))
        #expect(try LogTail.read(path, from: 7).isReset)
        #expect(throws: FileError.self) { try LogTail.read(scratch.path) }
    }
}

import Testing

@testable import Channels

/// Texts that make careless readers take time without end. Steps are counted and not seconds.
struct HostileTextTests {
    private static let size = 30_000
    private static let mostStepsPerByte = 40

    /// What is repeated, and what is put before and after.
    private static let patterns: [(before: String, unit: String, after: String)] = [
        ("", "*", ""), ("", "*a ", ""), ("", "a*", ""), ("", "**a", ""), ("", "_a*", ""), ("", "*_", ""),
        ("", "a**b", ""),
        ("", "a**b*c_", ""), ("", "~~a", ""), ("", "~~a *", ""), ("", "*a_ ", ""), ("", "***a* ", ""),
        ("", "[", ""), ("", "![", ""), ("", "[a](", ""), ("", "[a](<b", ""), ("", "[a](b \"", ""), ("", "[a](b (", ""),
        ("", "[a](\\(", ""), ("", "![a", "](u)"), ("", "[a](https://x) ", ""), ("", "![![a](b)", "](c)"),
        ("", "]", ""), ("", "](", ""), ("", "[a", ""), ("", "*[a", "](u)"), ("", "![a](b)", ""),
        ("", "<", ""), ("", "<a:", ""), ("", "<https://x|", ""), ("", "&", ""), ("", "&#x", ""), ("", "\\", ""),
        ("", "http://", ""), ("", "https://x)", ""), ("", "https://x", ")))"), ("", "h", ""), ("", "h ", ""),
        ("", "`", ""), ("", "`a", ""), ("", "`a``b", ""), ("`", "``a", ""), ("", "\\`", ""),
        ("", "> ", "a"), ("", "- ", "a"), ("", "1. ", "a"), ("", ">", ""), ("", "> \n", ""), ("", "- a\n", ""),
        ("", "-\n", ""), ("> > > > ", "a\n", ""), ("- - - - - - - - ", "a\n\n", ""), ("", " ", "a"), ("a", " ", ""),
        ("", "\t", "a"), ("- ", "\n", "a"), ("", "# ", ""), ("", "#\n", ""), ("", "```\n", ""), ("", "~~~~a\n", ""),
        ("", "a|", "\n-|-"), ("a|b\n-|-\n", "c|", ""), ("a|b\n-|-\n", "c|d\n", ""), ("", "|", ""), ("", "|-", "\n"),
        ("", "---\n", ""), ("a\n", "=\n", ""), ("", "- - ", ""), ("", "\n", ""), ("", "a\n---\n", ""),
        ("", "    a\n\n", ""),
        ("", "中", ""), ("", "👩‍👩‍👧", ""), ("e", "\u{301}", ""), ("```\n", "a\n", ""), ("**", "a ", "**"),
        ("> ", "`", ""), ("[", "a ", "](https://x.org/\(String(repeating: "y", count: 1000)))"),
    ]

    @Test(arguments: 0..<patterns.count)
    func stepsGrowWithTheLengthAlone(_ index: Int) {
        let (before, unit, after) = Self.patterns[index]
        let text = before + String(repeating: unit, count: Self.size / unit.utf8.count) + after
        var steps = 0
        _ = MarkdownReader.read(text, steps: &steps)
        #expect(steps <= text.utf8.count * Self.mostStepsPerByte, "\(unit): \(steps / text.utf8.count) a byte")
        let short = MarkdownReader.read(
            before + String(repeating: unit, count: 2500 / unit.utf8.count) + after, steps: &steps)
        var chunker = Chunker(TableLayout.laidOut(short, as: .code), .telegram(limit: 500))
        let size = chunker.chunks().reduce(0) { $0 + $1.text.utf8.count }
        #expect(chunker.steps <= 4500 * 80, "\(unit): \(chunker.steps)")
        #expect(size <= 4500 * 24, "\(unit): \(size)")
    }

    @Test func runsOfBackticksOfEveryLength() {
        let text = (1..<440).map { String(repeating: "`", count: $0) + "a" }.joined()
        var steps = 0
        _ = MarkdownReader.read(text, steps: &steps)
        #expect(steps <= text.utf8.count * Self.mostStepsPerByte)
    }

    @Test func nothingOfItIsLost() {
        for (before, unit, after) in Self.patterns where !unit.contains("\n") {
            let text = before + String(repeating: unit + "q", count: 50) + after
            let plain = Rendering.telegram().chunks(text).map(\.plain).joined()
            #expect(plain.unicodeScalars.count { $0 == "q" } == 50, "\(unit)")
        }
    }
}

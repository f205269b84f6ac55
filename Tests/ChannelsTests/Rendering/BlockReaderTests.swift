import Testing

@testable import Channels

/// How a text falls into passages, seen through words alone and through Matrix, which shows how they nest.
struct BlockReaderTests {
    private func plain(_ markdown: String) -> String {
        Rendering.plain(limit: 100_000).chunks(markdown).map(\.text).joined(separator: "|")
    }

    private func matrix(_ markdown: String) -> String {
        Rendering.matrix(limit: 100_000).chunks(markdown).map(\.text).joined(separator: "|")
    }

    @Test(arguments: [
        ("a\nb\n\nc", "a\nb\n\nc"),
        ("a  \nb\\\nc", "a\nb\nc"),
        ("# A #\nb", "A\nb"),
        ("A\n===\nB\n---\nc", "A\nB\nc"),
        ("a\n\n***\n\nb", "a\n\n———\n\nb"),
        ("- a\n- b\n  - c\n\n    d\n- e", "• a\n• b\n  • c\n\n    d\n• e"),
        ("3. a\n3) b\n\n4) c", "3. a\n3. b\n\n4. c"),
        ("1. a\n1. b\n1. c", "1. a\n2. b\n3. c"),
        ("in\n2. no list", "in\n2. no list"),
        ("> a\nb\n> > c", "> a\n> b\n> > c"),
        ("- a\n\nb", "• a\n\nb"),
        ("- \n  a\n-\n\nb", "• a\n• \n\nb"),
        ("```swift\nlet a = 1\n\n  b\n```\nc", "let a = 1\n\n  b\nc"),
        ("```\nnever closed\n# a", "never closed\n# a"),
        ("- a\n  ```\n  b\n    c\n  ```", "• a\nb\n  c"),
        ("> ```\n> a\n> ```", "> a"),
        ("~~~~\n~~~\n~~~~", "~~~"),
        ("    code\n\n      more\n\nb", "code\n\n  more\n\nb"),
        ("\tcode", "code"),
        ("-\ta\n\n\tb", "• a\n\n  b"),
        ("a\r\nb\rc\u{0}\u{1}\u{7f}\u{9b}d", "a\nb\ncd"),
        ("[a]: https://x.org", "[a]: https://x.org"),
        ("- [ ] open\n- [x] done", "• [ ] open\n• [x] done"),
        ("```python title=\"a.py\"\nb\n```", "title=\"a.py\"\nb"),
        ("#hash ####### seven", "#hash ####### seven"),
        ("", ""), (" \n\n\t\n", ""),
    ])
    func passages(_ markdown: String, _ expected: String) { #expect(plain(markdown) == expected) }

    @Test(arguments: [
        ("- a\n  1. b\n  2. c\n- d", "<ul><li>a<ol><li>b</li><li>c</li></ol></li><li>d</li></ul>"),
        ("> a\n>\n> - b\n\nc", "<blockquote><p>a</p><ul><li>b</li></ul></blockquote><p>c</p>"),
        ("4. a\n\n   b", "<ol start=\"4\"><li>a<p>b</p></li></ol>"),
        ("## A\n```c\n<b>\n```\n---", "<h2>A</h2><pre><code class=\"language-c\">&lt;b&gt;</code></pre><hr />"),
        ("**a**\n\"b\"", "<p><strong>a</strong><br />&quot;b&quot;</p>"),
        ("- a\n\n+ b", "<ul><li>a</li></ul><ul><li>b</li></ul>"),
    ])
    func nesting(_ markdown: String, _ expected: String) { #expect(matrix(markdown) == expected) }

    private let table = "| Name | Size |\n|:--|--:|\n| a\\|b | 1 |\n| **c** | 20 | more |\n\nend"

    @Test func tablesAsCode() {
        #expect(plain(table) == "Name | Size\n-----|-----\na|b  |    1\nc    |   20 | more\n\nend")
        #expect(
            Rendering.telegram().chunks("| a | b |\n|---|---|\n| 中 | < |").map(\.text)
                == ["<pre>a   | b\n----|----\n中  | &lt;</pre>"])
    }

    @Test func tablesAsBullets() {
        let expected = "• Name: a|b\n• Size: 1\n\n• Name: c\n• Size: 20\n• more\n\nend"
        #expect(Rendering.plain(limit: 1000, tables: .bullets).chunks(table).map(\.text) == [expected])
        let long = String(repeating: "h", count: TableLayout.longestLabel + 1)
        #expect(
            Rendering.plain(limit: 1000, tables: .bullets).chunks("| \(long) |\n|---|\n| v |").map(\.text)
                == ["• \(long)\n• v"])
    }

    @Test func tablesOff() {
        let table = "| a | b |\n|---|---|\n| c | d |"
        #expect(Rendering.plain(limit: 1000, tables: .off).chunks(table).map(\.text) == [table])
        #expect(Rendering.Tables(setting: "block") == .code && Rendering.Tables(setting: "no") == nil)
    }

    @Test func aWideCellIsNotWaitedFor() {
        let wide = String(repeating: "w", count: 5000)
        let rows = (0..<50).map { "| r\($0) | x |" }.joined(separator: "\n")
        let text = plain("| \(wide) | b |\n|---|---|\n\(rows)")
        #expect(text.utf8.count < 5000 + 51 * (TableLayout.widestColumn + 20))
        #expect(text.contains("r49") && text.contains(wide))
    }

    @Test func whatIsTooDeepIsText() {
        let deep = String(repeating: "> ", count: MarkdownReader.deepest + 2) + "a"
        #expect(plain(deep) == deep)
        var steps = 0
        let passages = MarkdownReader.read(deep, steps: &steps)
        #expect(passages.map(\.path.count) == [MarkdownReader.deepest])
    }

    @Test func aHeadAndItsCellsMustAgree() {
        #expect(plain("a | b\n---|---|---\nc") == "a | b\n---|---|---\nc")
        #expect(plain("intro\na | b\n--|--\nc | d") == "intro\na   | b\n----|----\nc   | d")
    }
}

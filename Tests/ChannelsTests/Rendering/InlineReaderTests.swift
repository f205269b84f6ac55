import Testing

@testable import Channels

/// What stands within a paragraph, seen through Telegram's markup.
struct InlineReaderTests {
    private func html(_ markdown: String) -> String {
        Rendering.telegram().chunks(markdown).map(\.text).joined(separator: "|")
    }

    @Test(arguments: [
        ("**a** *b* _c_ ~~d~~", "<b>a</b> <i>b</i> <i>c</i> <s>d</s>"),
        ("***a***", "<b><i>a</i></b>"),
        ("**a *b* c**", "<b>a <i>b</i> c</b>"),
        ("*a **b***", "<i>a <b>b</b></i>"),
        ("snake_case_name and 2 * 3 * 4", "snake_case_name and 2 * 3 * 4"),
        ("__init__ is bold", "<b>init</b> is bold"),
        ("~5 or ~6", "~5 or ~6"),
        ("**unclosed", "**unclosed"),
        ("a ** b **", "a ** b **"),
        ("**重要。**说明", "<b>重要。</b>说明"),
        ("\\*no\\* \\_no\\_ \\q", "*no* _no_ \\q"),
        ("`a*b*` ``c`d``", "<code>a*b*</code> <code>c`d</code>"),
        ("``unclosed`", "``unclosed`"),
        ("` `` `", "<code>``</code>"),
        ("&lt;b&gt; &amp;amp; &#65; &#x1F600; &#7; &bogus;", "&lt;b&gt; &amp;amp; A 😀 &amp;#7; &amp;bogus;"),
        ("a < b && c > d", "a &lt; b &amp;&amp; c &gt; d"),
        ("<b>no tag</b>", "&lt;b&gt;no tag&lt;/b&gt;"),
    ])
    func marks(_ markdown: String, _ expected: String) throws {
        #expect(html(markdown) == expected)
        _ = try TelegramHTML(expected)
    }

    @Test(arguments: [
        ("[a](https://x.org/y?a=1&b=2)", "<a href=\"https://x.org/y?a=1&amp;b=2\">a</a>"),
        ("[a](<https://x.org/a b>)", "<a href=\"https://x.org/a%20b\">a</a>"),
        ("[a](https://x.org/(b)) c", "<a href=\"https://x.org/(b)\">a</a> c"),
        ("[a](https://x.org \"why\")", "<a href=\"https://x.org\">a</a> (why)"),
        ("**[a *b*](https://x.org)**", "<b><a href=\"https://x.org\">a <i>b</i></a></b>"),
        ("[`f()`](https://x.org)", "<a href=\"https://x.org\">f()</a>"),
        ("[a](javascript:alert\\(1\\))", "a (javascript:alert(1))"),
        ("[a](./b.md)", "a (./b.md)"),
        ("[b.md](b.md)", "b.md"),
        ("[a](file:///etc/passwd)", "a (file:///etc/passwd)"),
        (
            "[me](tg://user?id=1) [m](mailto:a@x.org)",
            "<a href=\"tg://user?id=1\">me</a> <a href=\"mailto:a@x.org\">m</a>"
        ),
        ("![alt](https://x.org/i.png)", "<a href=\"https://x.org/i.png\">alt</a>"),
        ("![](https://x.org/i.png)", "https://x.org/i.png"),
        ("[![b](https://x.org/i)](https://x.org/l)", "<a href=\"https://x.org/i\">b</a> (https://x.org/l)"),
        ("[a [b](https://x.org) c](https://y.org)", "[a <a href=\"https://x.org\">b</a> c](https://y.org)"),
        ("[https://x.org](https://x.org)", "https://x.org"),
        ("[a][b]", "[a][b]"),
        ("[a](b", "[a](b"),
    ])
    func links(_ markdown: String, _ expected: String) throws {
        #expect(html(markdown) == expected)
        _ = try TelegramHTML(expected)
    }

    @Test(arguments: [
        ("see https://x.org/a_b_c. Then", "see https://x.org/a_b_c. Then"),
        ("**https://x.org**", "<b>https://x.org</b>"),
        ("(https://x.org/(a))", "(https://x.org/(a))"),
        ("<https://x.org> <a@x.org>", "https://x.org a@x.org"),
        ("<https://x.org|the words>", "<a href=\"https://x.org\">the words</a>"),
        ("见https://x.org/a。下", "见https://x.org/a。下"),
    ])
    func bareAddresses(_ markdown: String, _ expected: String) { #expect(html(markdown) == expected) }

    @Test func aBareAddressEndsBeforeTheMarkOfTheSentence() {
        let text = InlineReader.read(Array("go to http://[::1]:80/a_b_, (https://y.org/q).".utf8))
        #expect(text.links == ["http://[::1]:80/a_b", "https://y.org/q"].map { Array($0.utf8) })
    }

    @Test func linksThatAreTooLongAreText() {
        let address = "https://x.org/" + String(repeating: "a", count: LinkTarget.longest)
        #expect(html("[a](\(address))") == "[a](\(address))")
    }
}

import Testing

@testable import Channels

/// One text in each platform's markup.
struct DialectTests {
    private let text = """
        # Head **line**
        A **bold *both*** and ~~gone~~ `code` [link](https://x.org/a?b&c) <@U1>.

        > quoted
        > - item

        ```swift
        let a = b < c && d
        ```
        """

    private func render(_ rendering: Rendering, _ text: String) -> String {
        rendering.chunks(text).map(\.text).joined(separator: "|")
    }

    @Test func telegram() throws {
        let expected = """
            <b>Head line</b>
            A <b>bold <i>both</i></b> and <s>gone</s> <code>code</code> <a href="https://x.org/a?b&amp;c">link</a> &lt;@U1&gt;.

            <blockquote>quoted
            • item</blockquote>

            <pre><code class="language-swift">let a = b &lt; c &amp;&amp; d</code></pre>
            """
        #expect(render(.telegram(), text) == expected)
        #expect(try TelegramHTML(expected).text.contains("let a = b < c && d"))
    }

    @Test func slack() {
        let expected = """
            *Head line*
            A *bold _both_* and ~gone~ `code` <https://x.org/a?b&amp;c|link> &lt;@U1&gt;.

            > quoted
            > • item

            ```
            let a = b &lt; c &amp;&amp; d
            ```
            """
        #expect(render(.slack(), text) == expected)
    }

    @Test func discord() {
        let expected = """
            # Head **line**
            A **bold _both_** and ~~gone~~ `code` [link](https://x.org/a?b&c) <@U1>.

            > quoted
            > - item

            ```swift
            let a = b < c && d
            ```
            """
        #expect(render(.discord(), text) == expected)
    }

    @Test func rocketChat() {
        let expected = """
            # Head *line*
            A *bold _both_* and ~gone~ `code` [link](https://x.org/a?b&c) <@U1>.

            > quoted
            > - item

            ```swift
            let a = b < c && d
            ```
            """
        #expect(render(.rocketChat(), text) == expected)
    }

    @Test func plain() {
        let expected = """
            Head line
            A bold both and gone code link (https://x.org/a?b&c) <@U1>.

            > quoted
            > • item

            let a = b < c && d
            """
        #expect(render(.plain(limit: 1000), text) == expected)
        for rendering in [Rendering.telegram(), .slack(), .discord(), .rocketChat(), .matrix()] {
            #expect(rendering.chunks(text).map(\.plain) == [expected])
        }
    }

    @Test func slackMentionsOnlyWhereTheyMayBe() {
        let text = "<@U1> <#C1|general> <!here> <!subteam^S1|a b> <@> <b>"
        #expect(
            render(.slack(), text)
                == "&lt;@U1&gt; &lt;#C1|general&gt; &lt;!here&gt; &lt;!subteam^S1|a b&gt; &lt;@&gt; &lt;b&gt;")
        #expect(
            render(.slack(mentions: [.people, .channels]), text)
                == "<@U1> <#C1|general> &lt;!here&gt; &lt;!subteam^S1|a b&gt; &lt;@&gt; &lt;b&gt;")
        #expect(
            render(.slack(mentions: .groups), text)
                == "&lt;@U1&gt; &lt;#C1|general&gt; <!here> <!subteam^S1|a b> &lt;@&gt; &lt;b&gt;")
        // Nor by way of a link, a label or code.
        #expect(
            render(.slack(), "[<!here>](https://x.org) `<!here>`") == "<https://x.org|&lt;!here&gt;> `&lt;!here&gt;`")
        #expect(render(.slack(), "[a](https://x.org|<!here>)") == "<https://x.org%7C%3C!here%3E|a>")
    }

    @Test(arguments: [
        ("\\*a\\* snake_case \\_b\\_ \\`c\\` \\~\\~d\\~\\~", "\\*a\\* snake_case \\_b\\_ \\`c\\` \\~\\~d\\~\\~"),
        ("\\# a", "\\# a"), ("\\> a", "\\> a"), ("\\- a", "\\- a"), ("a # > - b", "a # > - b"),
        ("\\[a\\](https://x.org)", "[a\\](https://x.org)"),
        ("[a\\]b](https://x.org/(c))", "[a\\]b](https://x.org/%28c%29)"),
        ("``a`b`` ", "`` a`b ``"),
        ("````\n```\n````", "```\n``\u{200b}`\n```"),
        ("***a** b*", "**_a_** *b*"),
        ("**a **b", "\\*\\*a \\*\\*b"),
        ("#### deep", "**deep**"),
        ("https://x.org/_a_b ||spoiler||", "https://x.org/_a_b ||spoiler||"),
        ("@everyone", "@everyone"),
    ])
    func discordKeepsTextText(_ markdown: String, _ expected: String) {
        #expect(render(.discord(), markdown) == expected)
    }

    @Test func marksEndWithTheLineWhereTheyMust() {
        #expect(render(.slack(), "> **a\n> b** c") == "> *a*\n> *b* c")
        #expect(render(.telegram(), "**a\nb** c") == "<b>a\nb</b> c")
        #expect(
            render(.slack(), "[a **b** c](https://x.org)") == "<https://x.org|a> *<https://x.org|b>* <https://x.org|c>")
    }

    @Test func codeThatWouldEndEarly() {
        #expect(render(.slack(), "``a`b``") == "a`b")
        #expect(render(.slack(), "~~~\na```b````\n~~~") == "```\na``\u{200b}`b``\u{200b}``\n```")
    }

    @Test func codeLeavesTheQuoteOfTelegram() throws {
        let html = render(.telegram(), "> a\n>\n> ```\n> b\n> ```\n>\n> c")
        #expect(html == "<blockquote>a</blockquote>\n\n<pre>b</pre>\n\n<blockquote>c</blockquote>")
        _ = try TelegramHTML(html)
    }

    @Test func plainTextIsLeftAlone() {
        for text in ["Hello there.", "It's \"5\" - or 6; é 😀!", "a: (b), c?"] {
            for rendering in [Rendering.telegram(), .slack(), .discord(), .rocketChat(), .matrix(), .plain(limit: 400)]
            {
                #expect(rendering.chunks(text) == [RenderedChunk(text: text, plain: text)])
                #expect(rendering.chunks(text)[0].isPlain)
            }
        }
        #expect(!Rendering.telegram().chunks("a < b")[0].isPlain)
    }

    @Test func theStrictReaderIsStrict() {
        for html in [
            "<u>a</u>", "<b>a", "a</b>", "<b><i>a</b></i>", "a < b", "a > b", "a & b", "&nbsp;", "<a>b</a>",
            "<a href=\"x\" b>c</a>", "<code><b>a</b></code>", "<b><pre>a</pre></b>",
            "<code class=\"language-x\">a</code>",
        ] {
            #expect(throws: TelegramHTML.Refusal.self) { try TelegramHTML(html) }
        }
    }
}

"""Markdown as models write it: what becomes of it, that it grows without jumping, and that no text makes it slow."""

import json
import os
import random
import unittest

from ui import BrowserTest, Page

#: (text, what it becomes), elements as tag(content), line breaks as /.
CASES = (
    ("plain words", "p(plain words)"),
    ("one\ntwo\n\nthree", "p(one/two) p(three)"),
    ("a **b** *c* ~~d~~ `e*f*` __g__ _h_", "p(a strong(b) em(c) s(d) code(e*f*) strong(g) em(h))"),
    ("snake_case_name and 2 * 3 * 4", "p(snake_case_name and 2 * 3 * 4)"),
    ("**bold *and* more**", "p(strong(bold em(and) more))"),
    ("\\*not\\* \\[a\\](b)", "p(*not* [a](b))"),
    ("# One\n## Two\n###### Six", "h2(One) h3(Two) h4(Six)"),
    ("## Closed ##", "h3(Closed)"),
    ("# C#", "h2(C#)"),
    ("#no heading", "p(#no heading)"),
    ("- a\n- b\n  - c\n- d", "ul(li(a) li(b ul(li(c))) li(d))"),
    ("1. a\n2. b\n\n3. c", "ol(li(a) li(b) li(c))"),
    ("3) a\n4) b", "ol(li(a) li(b))"),
    ("- a\n\n  more of a\n- b", "ul(li(p(a) p(more of a)) li(b))"),
    ("- a\n  ```\n  code\n  ```\n- b", "ul(li(a div(pre(code(code)))) li(b))"),
    ("words\n- item", "p(words) ul(li(item))"),
    ("> quoted\n> **words**\n>> deeper", "blockquote(p(quoted/strong(words)) blockquote(p(deeper)))"),
    ("```swift\nlet a = \"<b>\"\n\nlet b\n```\nafter", "div(pre(code(let a = \"<b>\"//let b))) p(after)"),
    ("~~~\n```\n~~~", "div(pre(code(```)))"),
    ("```\nnever closed", "div(pre(code(never closed)))"),
    ("| a | b |\n|---|:-:|\n| 1 | `2` |\n| 3 |", "div(table(thead(tr(th(a) th(b))) tbody(tr(td(1) td(code(2))) tr(td(3) td()))))"),
    ("a | b", "p(a | b)"),
    ("---\n***", "hr() hr()"),
    ("[words](https://example.org/a_(b)?c=d)", "p(a[https://example.org/a_(b)?c=d](words))"),
    ("see https://example.org/x. And <https://e.org/y>", "p(see a[https://example.org/x](https://example.org/x). And a[https://e.org/y](https://e.org/y))"),
    ("[mail](mailto:a@b.org) [no](javascript:x) [no](/etc) [no](ftp://a)", "p(a[mailto:a@b.org](mail) [no](javascript:x) [no](/etc) [no](ftp://a))"),
    ("![picture](https://e.org/p.png)", "p(a[https://e.org/p.png](picture))"),
    ("``a ` b``", "p(code(a ` b))"),
    ("<b>no</b> &amp; &lt;", "p(<b>no</b> &amp; &lt;)"),
    ("   ", ""),
)
SHOWN = """
    const shown = (nodes) => [...nodes].map((node) => {
        if (node.nodeType === 3) return node.data;
        if (node.tagName === "BR") return "/";
        if (node.tagName === "BUTTON") return "";
        const address = node.getAttribute("href");
        return `${node.tagName.toLowerCase()}${address ? "[" + address + "]" : ""}(${shown(node.childNodes)})`;
    }).reduce((all, one) => all + (/^[a-z0-9]+[([]/.test(one) && /[)\\w]$/.test(all) ? " " : "") + one, "").replaceAll("\\n", "/");
"""
#: For 50 kB, in ms, on a machine that is busy: what takes more grows with the square of the text.
LONGEST_MS = 5000
SLOW = (" ", "*", "**", "_a_ ", "[", "[a](", "![", "`", "``` ", "~~", "> ", "- ", "  - ", "|", "|-", "<", "<http://", "http://", "\\", "1. ", "#", "* * ",
        "**a ", "__a", "a|b\n-|-\n", "\n", "\n\n- ", ">>>", "((", "&", "\u202e", "```\n", "[a](http://" + "(" * 20)


class Markdown(BrowserTest):
    def ready(self) -> Page:
        page = self.entered(self.begin(), "chat")
        page.js("""(async () => {
            const script = document.querySelector("script[type=module]").src;
            window.markdown = await import(script.replace("app.js", "markdown.js"));
        })()""")
        return page

    def test_what_becomes_of_it(self) -> None:
        page = self.ready()
        for text, expected in CASES:
            found = page.js(f"(() => {{ {SHOWN} return shown(markdown.rendered({json.dumps(text)})); }})()")
            self.assertEqual(str(found).replace(" (", "("), expected, text)
        self.is_calm(page)

    def test_it_grows_into_what_it_would_be_at_once(self) -> None:
        page = self.ready()
        seed = int(os.environ.get("TEST_SEED", "1"))
        print(f"seed {seed}")
        chance = random.Random(seed)
        for _ in range(12):
            text = "\n\n".join(chance.sample([case for case, _ in CASES], 9))
            cuts = sorted(chance.sample(range(len(text)), 25)) + [len(text)]
            differing = page.js(f"""(() => {{
                {SHOWN}
                const [text, cuts] = {json.dumps([text, cuts])};
                const place = document.createElement("div");
                const growing = new markdown.GrowingText(place);
                for (const cut of cuts) {{
                    growing.show(text.slice(0, cut));
                    const whole = document.createElement("div");
                    whole.append(...markdown.rendered(text.slice(0, cut)));
                    if (shown(place.childNodes) !== shown(whole.childNodes)) return text.slice(0, cut);
                }}
                return null;
            }})()""")
            self.assertIsNone(differing)

    def test_what_is_finished_is_not_made_again(self) -> None:
        page = self.ready()
        self.assertTrue(page.js("""(() => {
            const place = document.createElement("div");
            const growing = new markdown.GrowingText(place);
            growing.show("first\\n\\nsecond");
            const node = place.firstChild;
            growing.show("first\\n\\nsecond and more\\n\\n- third");
            return node === place.firstChild && place.childNodes.length === 3;
        })()"""))

    def test_no_text_makes_it_slow(self) -> None:
        page = self.ready()
        took = {}
        for before, piece in ((before, piece) for piece in SLOW for before in ("", "x ", "# ")):
            took[before + piece] = page.js(f"""(() => {{
                const text = {json.dumps(before)} + {json.dumps(piece)}.repeat(Math.ceil(50000 / {len(piece)})).slice(0, 50000);
                const start = performance.now();
                markdown.rendered(text);
                return performance.now() - start;
            }})()""")
        slowest = max(took, key=lambda piece: took[piece])
        print(f"slowest: {slowest!r} with {took[slowest]:.0f} ms")
        self.assertEqual({piece: time for piece, time in took.items() if time > LONGEST_MS}, {})


if __name__ == "__main__":
    unittest.main()

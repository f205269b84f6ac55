"""For everybody: names, contrast, order and size of what is on each page, by light, in the dark, on a phone, in Chinese.
Pictures of all of them are kept."""

import unittest
from pathlib import Path

from ui import PICTURES, BrowserTest, Gateway, Page

JUDGE = (Path(__file__).parent / "judge.js").read_text()
PAGES = ("chat", "overview", "channels", "sessions", "cron", "approvals", "usage", "devices", "config", "logs", "setup")
ANSWER = ["# A plan\n\nThree things, with `code`, **weight** and [a link](https://example.org/).\n\n1. One\n2. Two\n   - inner\n\n",
          "```swift\nlet answer = 42 // " + "long " * 30 + "\n```\n\n> Words of somebody else\n\n| name | value |\n|---|---|\n| a | 1 |\n"]
TABS = 40


class Access(BrowserTest):
    def lived_in(self) -> Gateway:
        """A gateway with something on each page."""
        gateway, model = self.with_model({"channels": {"irc": {
            "host": "127.0.0.1", "port": self.free_port(), "tls": False, "nick": "claw", "channels": ["#room"]}}})
        model.answer = ANSWER
        client = self.client(gateway)
        client.connect({"token": self.token})
        client.call("sessions.create", {"label": "A name that is rather longer than the place that it is shown in"})
        client.call("agent", {"message": "make a plan", "sessionKey": "main", "idempotencyKey": "one"})
        client.request("exec.approval.request", {"command": "swift build " + "--very-long-flag " * 12, "cwd": "/tmp", "timeoutMs": 600000})
        return gateway

    def filled(self, page: Page, name: str) -> None:
        """Waits until the page has what it shows."""
        self.go(page, name)
        page.until({
            "chat": "document.querySelectorAll('.message .body table').length > 0", "usage": "document.querySelector('.chart rect')",
            "config": "document.querySelector('.setting')", "logs": "document.querySelector('.log .line')",
            "channels": "document.querySelector('main .card')", "approvals": "document.querySelector('main .card pre')",
            "devices": "document.querySelector('main td')", "sessions": "document.querySelector('main td')",
            "overview": "document.querySelectorAll('main .card').length > 4", "setup": "document.querySelectorAll('main .fact').length > 3",
            "cron": "document.querySelector('main .empty')",
        }[name])

    def look(self, page: Page, kind: str) -> None:
        flaws = []
        for name in PAGES:
            self.filled(page, name)
            page.shot(PICTURES / f"{name}-{kind}.png")
            flaws += [f"{name}: {flaw}" for flaw in page.js(JUDGE)]
        self.assertEqual(flaws, [])
        self.is_calm(page)

    def test_by_light_and_in_the_dark(self) -> None:
        gateway = self.lived_in()
        page = self.entered(gateway)
        self.look(page, "light")
        page.colours(dark=True)
        self.look(page, "dark")

    def test_at_360_pixels(self) -> None:
        page = self.entered(self.lived_in(), width=360, height=740)
        self.look(page, "phone")
        page.click(".bar button", "Menu")
        page.until("getComputedStyle(document.querySelector('#menu')).visibility === 'visible'")
        page.shot(PICTURES / "menu-phone.png")
        self.assertEqual(page.js(JUDGE), [])
        page.until("document.activeElement.closest('#menu')", "one is in the menu")
        page.press("Escape", 27)
        page.until("getComputedStyle(document.querySelector('#menu')).visibility === 'hidden' && document.activeElement.id === 'opener'")

    def test_in_chinese(self) -> None:
        page = self.entered(self.lived_in(), language="zh-CN")
        page.sees("概览")
        self.assertEqual(page.js("document.documentElement.lang"), "zh-Hans")
        self.look(page, "chinese")

    def test_at_the_door(self) -> None:
        gateway = self.begin({"gateway": {"allowedHosts": ["elsewhere.test"]}})
        for width, dark in ((1280, False), (360, True)):
            page = self.page(width=width, height=740, dark=dark)
            page.open(self.origin(gateway))
            page.sees("Log in")
            page.shot(PICTURES / f"door-{width}.png")
            self.assertEqual(page.js(JUDGE), [])
            page.open(self.origin(gateway).replace("127.0.0.1", "elsewhere.test"))
            page.sees("not protected")
            page.shot(PICTURES / f"unprotected-{width}.png")
            self.assertEqual(page.js(JUDGE), [])

    def test_the_judge_sees_what_is_wrong(self) -> None:
        page = self.entered(self.begin(), "overview")
        self.assertEqual(page.js(JUDGE), [])
        page.js("""(() => {
            const add = (tag, text, css, attributes) => {
                const node = document.createElement(tag);
                node.textContent = text;
                Object.assign(node.style, css ?? {});
                for (const [name, value] of Object.entries(attributes ?? {})) node.setAttribute(name, value);
                document.querySelector("main").append(node);
            };
            add("button", ""), add("p", "pale", { color: "#aaa", background: "#fff" }), add("h4", "deep"), add("h1", "second");
            add("p", "twice", {}, { id: "menu" }), add("p", "wide", { width: "3000px" }), add("img", "", { width: "9px", height: "9px" });
            add("button", "tiny", { width: "9px", height: "9px", padding: 0, minHeight: 0 }), add("p", "order", {}, { tabindex: "3" });
            add("input", "", { borderColor: "#eee", background: "#fff" }, { "aria-describedby": "nobody" });
        })()""")
        found = "\n".join(page.js(JUDGE))
        for flaw in ("has no name", "contrast 2.3", "heading of level 4", "2 first headings", "2 times the id menu", "wider than its place",
                     "has no alt", "too small to be hit", "an order of its own", "the edge of a control", "names nothing"):
            self.assertIn(flaw, found)

    def test_keys_alone_are_enough(self) -> None:
        page = self.entered(self.lived_in(), "overview")
        page.js("document.activeElement.blur()")
        order = []
        for _ in range(TABS):
            page.press("Tab", 9)
            found = page.js("""(() => {
                const node = document.activeElement;
                if (!node || node === document.body) return null;
                const box = node.getBoundingClientRect();
                const style = getComputedStyle(node);
                const all = [...document.querySelectorAll("*")];
                return { at: all.indexOf(node), ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0,
                    words: node.innerText, seen: box.width > 0 };
            })()""")
            if found is None:
                break
            order.append(found)
        self.assertGreater(len(order), 15)
        self.assertEqual([one["at"] for one in order], sorted(one["at"] for one in order), "the order is that of the page")
        self.assertEqual([one["words"] for one in order if not one["ring"] or not one["seen"]], [], "one sees where one is")
        self.assertEqual(order[0]["words"], "To the content")
        # From page to page, to the search, and to a list of the keys.
        page.js("document.activeElement.blur()")
        for first, second, name in (("g", "s", "sessions"), ("g", "l", "logs"), ("g", "e", "config")):
            page.press(first, 0, first)
            page.press(second, 0, second)
            page.until(f"document.querySelector('main').className === '{name}' && document.querySelector('main h1')")
            page.until("document.activeElement.tagName === 'H1'", "one is where the page begins")
        page.press("/", 0, "/")
        page.until("document.activeElement.type === 'search'")
        page.js("document.activeElement.blur()")
        page.press("?", 0, "?")
        page.until("document.querySelector('dialog[open]')")
        page.press("Escape", 27)
        page.until("!document.querySelector('dialog')")
        self.is_calm(page)


if __name__ == "__main__":
    unittest.main()

"""Whatever a text says, wherever it comes from, it stays a text."""

import json
import threading
import unittest

from scripted_model import Script, scripted
from ui import BrowserTest, Page

CALL = "attacked('here')"
CORPUS = (
    f"<script>{CALL}</script>", f"<img src=x onerror=\"{CALL}\">", f"<svg onload={CALL}>", f"<iframe srcdoc=\"<script>parent.{CALL}</script>\">",
    f"<a href=\"javascript:{CALL}\">press</a>", f"[press](javascript:{CALL})", f"[press](JaVaScRiPt&colon;{CALL})",
    f"[press]( javascript:{CALL})", f"[press](\tjavascript:{CALL})", f"[press](data:text/html,<script>{CALL}</script>)",
    f"[press](vbscript:{CALL})", "[press](//elsewhere.test/x)", "[press](/../etc)", f"<javascript:{CALL}>",
    f"![picture](https://elsewhere.test/p.png\" onerror=\"{CALL})", f"![x](x \"\" onload={CALL} \")", f"[a](https://e.test/\"onmouseover=\"{CALL})",
    f"`</code><script>{CALL}</script>`", f"```html\n</pre><script>{CALL}</script>\n```", f"```\"><img src=x onerror={CALL}>\nx\n```",
    f"| <img src=x onerror={CALL}> | b |\n|---|---|\n| <script>{CALL}</script> | [x](javascript:{CALL}) |",
    f"<style>*{{display:none}}</style><link rel=stylesheet href=//elsewhere.test/x.css>", "<base href=//elsewhere.test/>",
    f"<form action=//elsewhere.test><input autofocus onfocus={CALL}><button formaction=javascript:{CALL}>go</button></form>",
    f"<meta http-equiv=refresh content=\"0;url=javascript:{CALL}\">", f"<math><mtext><script>{CALL}</script></mtext></math>",
    f"<template><script>{CALL}</script></template>", f"<x contenteditable onblur={CALL}>", f"{{{{constructor.constructor('{CALL}')()}}}}",
    f"${{{CALL}}}", f"\u202e<script>{CALL}</script>", f"&lt;script&gt;{CALL}&lt;/script&gt;", f"&#60;img src=x onerror={CALL}&#62;",
    f"<![CDATA[<script>{CALL}</script>]]>", f"<!--><script>{CALL}</script>-->", f"\"><script>{CALL}</script>", f"'-{CALL}-'",
    "__proto__", "constructor", "[__proto__](https://example.org)", "a" * 3000, "\n".join(">" * n + " x" for n in range(1, 60)),
    "\n".join(" " * n + "- x" for n in range(0, 120, 2)), "*" * 3000, "[" * 3000, "`" * 3001, "_a_" * 800, "\u0000\u0007\ufeff",
)
#: What there may be in a page at all.
FORBIDDEN = "script:not([src]), iframe, object, embed, form[action], base, link:not([rel=stylesheet]):not([rel=icon]):not([rel=modulepreload]), style, template"


class Injection(BrowserTest):
    def harmless(self, page: Page, where: str) -> None:
        """Nothing ran, nothing was loaded, and the page is as it was."""
        found = page.js(f"""(() => {{
            const flaws = [...document.querySelectorAll({json.dumps(FORBIDDEN)})].map((one) => one.outerHTML.slice(0, 120));
            for (const node of document.querySelectorAll("body *")) {{
                for (const attribute of node.attributes) {{
                    if (/^on|^style$|^srcdoc$|^formaction$/.test(attribute.name) && !(attribute.name === "style" && node.style.length))
                        flaws.push(`${{node.tagName}} ${{attribute.name}}`);
                }}
            }}
            for (const link of document.querySelectorAll("main a[href]")) {{
                const address = link.getAttribute("href");
                if (!/^(https?:\\/\\/|mailto:|#\\/)/.test(address)) flaws.push(address);
                if (!address.startsWith("#/") && !/noopener/.test(link.rel)) flaws.push("no noopener: " + address);
            }}
            for (const image of document.querySelectorAll("main img")) if (!/^(data|blob):/.test(image.src)) flaws.push(image.src);
            const main = document.querySelector("main");
            if (document.documentElement.scrollWidth > innerWidth || main.scrollWidth > main.clientWidth + 1)
                flaws.push("it is wider than its place");
            if (!document.querySelector("#menu a")?.checkVisibility()) flaws.push("the menu is gone");
            return flaws;
        }})()""")
        self.assertEqual(found, [], where)
        # Whatever can be pressed is pressed: a link must lead nowhere by itself.
        page.js("""for (const one of document.querySelectorAll("main .body a")) {
            one.addEventListener("click", (event) => event.preventDefault()); one.click(); }""")
        self.is_calm(page)
        host = self.host
        self.assertEqual([one["url"] for one in page.requests
                          if not one["url"].startswith((f"http://{host}/", f"ws://{host}/", "data:", "about:"))], [], where)

    def watched(self, gateway: object, at: str, width: int = 1280) -> Page:
        page = self.entered(gateway, at, width=width)
        self.host = self.origin(gateway).removeprefix("http://").rstrip("/")
        return page

    def test_an_attack_that_works_would_be_seen(self) -> None:
        page = self.watched(self.begin(), "overview")
        self.harmless(page, "a page as it is")
        page.js("attacked('here')")
        with self.assertRaises(AssertionError):
            self.is_calm(page)
        page.dialogs.clear()
        for flaw in ("const node = document.createElement('iframe')", "const node = document.createElement('a'); node.href = 'ftp://x/'",
                     "const node = document.createElement('img'); node.src = 'assets/x.png'",
                     "const node = document.createElement('p'); node.style.width = '9999px'; node.style.height = '9px'"):
            page.js(f"(() => {{ {flaw}; node.id = 'flaw'; document.querySelector('main').append(node); }})()")
            with self.assertRaises(AssertionError, msg=flaw):
                self.harmless(page, flaw)
            page.js("document.querySelector('#flaw').remove()")
            page.complaints.clear()

    def test_in_a_chat(self) -> None:
        gateway = self.begin()
        client = self.client(gateway)
        client.connect({"token": self.token})
        for number, text in enumerate(CORPUS):
            client.call("chat.inject", {"sessionKey": "main", "message": f"{number}: {text}"})
            client.call("chat.inject", {"sessionKey": "main", "message": text})
        client.call("chat.inject", {"sessionKey": "main", "message": "the last of them"})
        page = self.watched(gateway, "chat")
        page.sees("the last of them")
        self.harmless(page, "the end of the chat")
        for _ in range(4):
            page.js("document.querySelector('.lines').scrollTop = 0")
            self.harmless(page, "the chat above")
        page.shape(360, 740)
        self.harmless(page, "on a phone")

    def test_in_an_answer_as_it_comes(self) -> None:
        model = self._enter(scripted())
        pieces = [piece for text in CORPUS for piece in (text[:7], text[7:], "\n\n")]
        go = threading.Event()
        model.scripts = [Script([*pieces, "the end of it"], pause=0.002), Script(["unused"], go=go)]
        gateway = self.begin({
            "models": {"providers": {"local": {"baseUrl": model.base, "api": "openai-completions"}}},
            "agents": {"defaults": {"model": "local/scripted"}}})
        page = self.watched(gateway, "chat")
        self.says(page, f"<b>mine</b> {CORPUS[1]}")
        page.sees("the end of it")
        self.harmless(page, "an answer")

    def test_in_what_a_tool_says_and_is_given(self) -> None:
        workspace = self.state / "workspace"
        workspace.mkdir(parents=True, exist_ok=True)
        (workspace / "notes.txt").write_text("\n".join(CORPUS[:38]))
        model = self._enter(scripted())
        model.scripts = [Script([], calls=[("read", {"path": "notes.txt"}), (f"<img src=x onerror={CALL}>", {CORPUS[0]: CORPUS[1]})]),
                         Script(["done with it"])]
        gateway = self.begin({
            "models": {"providers": {"local": {"baseUrl": model.base, "api": "openai-completions"}}},
            "agents": {"defaults": {"model": "local/scripted"}}})
        page = self.watched(gateway, "chat")
        self.says(page, "look")
        page.sees("done with it")
        page.until("""(() => {
            for (const one of document.querySelectorAll("details")) one.open = true;
            return document.body.innerText.includes("<script>attacked") && !document.querySelector(".streaming");
        })()""", "the output is shown")
        self.harmless(page, "a tool's output")

    def test_in_names_and_in_the_log(self) -> None:
        gateway = self.begin({"channels": {"irc": {"accounts": {
            "a-b": {"name": CORPUS[0], "host": "127.0.0.1", "port": 1, "tls": False, "nick": "claw"}}}}})
        client = self.client(gateway)
        client.connect({"token": self.token})
        for text in CORPUS[:38]:
            client.call("sessions.create", {"label": text})
            client.call("system-event", {"text": f"Node: {text}", "host": text[:60], "deviceId": text[:60]})
            # What is refused stands in the log with the words that were refused.
            client.request(text[:100] or "x", {})
        client.request("exec.approval.request", {"command": CORPUS[1], "cwd": CORPUS[0], "agentId": CORPUS[2], "warningText": CORPUS[3],
                                                 "timeoutMs": 60000})
        device = self.device()
        other = self.client(gateway)
        other.connect({"token": self.token}, device, client={
            "id": "gateway-client", "version": CORPUS[1], "platform": CORPUS[0], "mode": "backend", "displayName": CORPUS[1]})
        page = self.watched(gateway, "sessions")
        for at in ("sessions", "chat", "overview", "channels", "approvals", "devices", "logs", "config"):
            self.go(page, at)
            page.until("document.querySelector('main td, main li, main .card, main .line, main .setting')")
            self.harmless(page, at)
        page.shape(360, 740)
        for at in ("sessions", "overview", "approvals", "devices"):
            self.go(page, at)
            page.until("document.querySelector('main td, main .card')")
            self.harmless(page, f"{at} on a phone")


if __name__ == "__main__":
    unittest.main()

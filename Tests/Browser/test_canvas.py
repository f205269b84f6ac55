"""Pages that agents make, in a real browser: they work, load themselves again, and reach nothing but their own files."""

import json
import unittest

from ui import BrowserTest, Gateway, Page

#: What a page tries that is none of its business, each told by what became of it.
ATTEMPTS = """
const found = {};
const say = (name, what) => { found[name] = what; document.getElementById("out").textContent = JSON.stringify(found); };
say("origin", self.origin);
try { localStorage.setItem("a", "b"); say("storage", "open"); } catch { say("storage", "closed"); }
try { document.cookie = "a=b"; say("cookie", document.cookie); } catch { say("cookie", "closed"); }
const ask = (name, address, options) => fetch(address, options).then((got) => say(name, got.status), () => say(name, "refused"));
ask("own file", "data.json");
ask("models", "/v1/models");
ask("tools", "/tools/invoke", { method: "POST", body: "{}" });
ask("elsewhere", "http://elsewhere.test/");
const socket = new WebSocket(`ws://${location.host}/`);
socket.onopen = () => say("socket", "open");
socket.onerror = () => say("socket", "refused");
"""
WANTED = {"origin": "null", "storage": "closed", "cookie": "closed", "own file": 200, "models": "refused", "tools": "refused",
          "elsewhere": "refused", "socket": "refused"}


class Canvas(BrowserTest):
    def shown(self, gateway: Gateway, page: str) -> Page:
        root = self.state / "workspace" / "canvas"
        root.mkdir(parents=True, exist_ok=True)
        (root / "index.html").write_text(page)
        (root / "data.json").write_text("{}")
        (root / "script.js").write_text('document.getElementById("out").dataset.script = "ran";')
        self.admin = self.client(gateway)
        self.admin.connect({"token": self.token})
        browser = self.page()
        browser.open(self.origin(gateway).rstrip("/") + self.admin.call("canvas.open", {})["path"])
        return browser

    def test_a_page_works_and_reaches_its_own_files_alone(self) -> None:
        page = self.shown(self.begin(), f'<p id="out"></p><script src="script.js"></script><script>{ATTEMPTS}</script>')
        page.until(f"Object.keys(JSON.parse(document.getElementById('out').textContent)).length === {len(WANTED)}")
        self.assertEqual(json.loads(str(page.js("document.getElementById('out').textContent"))), WANTED)
        self.assertEqual(page.js("document.getElementById('out').dataset.script"), "ran")

    def test_a_page_loads_itself_again(self) -> None:
        gateway = self.begin()
        page = self.shown(gateway, "<p>Before</p>")
        page.sees("Before")
        (self.state / "workspace" / "canvas" / "index.html").write_text("<p>Afterwards</p>")
        page.sees("Afterwards")
        self.assertFalse(page.complaints, page.complaints)


if __name__ == "__main__":
    unittest.main()

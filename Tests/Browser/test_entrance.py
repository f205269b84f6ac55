"""Who is let in and how, and what a browser loads before it knows anybody."""

import json
import unittest
from urllib.parse import urlsplit

from ui import BrowserTest, until

MOST_REQUESTS, MOST_BYTES = 12, 150_000


class Entrance(BrowserTest):
    def test_a_code_lets_in_once_and_leaves_the_address_at_once(self) -> None:
        gateway = self.begin()
        code = self.code(gateway)
        page = self.page()
        page.open(f"{self.origin(gateway)}#bootstrapToken={code}")
        page.until("document.querySelector('#menu a')")
        self.assertNotIn(code, str(page.js("location.href + JSON.stringify(history.state) + document.body.innerHTML")))
        self.assertNotIn(code, json.dumps([request["url"] for request in page.requests]))
        self.assertNotIn(code, str(page.js("JSON.stringify(localStorage) + JSON.stringify(sessionStorage) + document.cookie")))
        # The key signs and cannot be taken away.
        kept = page.js("""new Promise((resolve) => {
            const opening = indexedDB.open("openclaw");
            opening.onsuccess = () => {
                const asked = opening.result.transaction("device").objectStore("device").get("own");
                asked.onsuccess = async () => {
                    const { privateKey, pass } = asked.result;
                    const taken = await crypto.subtle.exportKey("pkcs8", privateKey).then(() => true, () => false);
                    resolve({ extractable: privateKey.extractable, taken, hasPass: Boolean(pass) });
                };
            };
        })""")
        self.assertEqual(kept, {"extractable": False, "taken": False, "hasPass": True})
        # From then on the browser is known.
        page.open(self.origin(gateway))
        page.until("document.querySelector('#menu a')")
        self.is_calm(page)
        other = self.page()
        other.open(f"{self.origin(gateway)}#bootstrapToken={code}")
        other.sees("used before")
        other.sees("openclaw dashboard")
        self.assertNotIn(code, str(other.js("location.href")))

    def test_what_is_loaded_first_is_little_and_from_here(self) -> None:
        gateway = self.begin()
        page = self.entered(gateway, "chat")
        page.until("document.querySelector('.composer textarea')")
        fetched = [request for request in page.requests if request["url"].startswith("http")]
        sockets = [request["url"] for request in page.requests if request["method"] == "WEBSOCKET"]
        sent = sum(page.received.values())
        print(f"first load: {len(fetched)} requests, {sent:,} bytes")
        self.assertLessEqual(len(fetched), MOST_REQUESTS, [request["url"] for request in fetched])
        self.assertLessEqual(sent, MOST_BYTES)
        host = urlsplit(self.origin(gateway)).netloc
        self.assertEqual({urlsplit(request["url"]).netloc for request in fetched}, {host})
        self.assertEqual(set(sockets), {f"ws://{host}/"})
        self.assertEqual([request["url"] for request in fetched if urlsplit(request["url"]).query], [])

    def test_under_a_path_of_its_own(self) -> None:
        gateway = self.begin({"gateway": {"controlUi": {"basePath": "/claw"}}})
        page = self.page()
        page.open(f"{self.origin(gateway)}claw#bootstrapToken={self.code(gateway)}")
        page.until("document.querySelector('#menu a')")
        self.assertTrue(str(page.js("location.href")).startswith(f"{self.origin(gateway)}claw/#/"))
        self.go(page, "overview")
        page.sees("running")
        self.is_calm(page)

    def test_who_may_only_read_is_offered_what_can_be_read(self) -> None:
        gateway = self.begin()
        page = self.page()
        page.open(self.origin(gateway))
        page.sees("Log in")
        # As a browser that was let in with less asks for less.
        page.js("""new Promise((resolve) => {
            const opening = indexedDB.open("openclaw");
            opening.onsuccess = () => {
                const store = opening.result.transaction("device", "readwrite").objectStore("device");
                const asked = store.get("own");
                asked.onsuccess = () => {
                    store.put({ ...asked.result, scopes: ["operator.read"] }, "own").onsuccess = resolve;
                };
            };
        }).then(() => true)""")
        page.open("about:blank")
        page.open(f"{self.origin(gateway)}#bootstrapToken={self.code(gateway)}")
        page.until("document.querySelector('#menu a')")
        names = page.js("[...document.querySelectorAll('#menu li')].map((one) => one.innerText.trim())")
        self.assertIn("Overview", names)
        self.assertIn("Logs", names)
        self.assertEqual(set(names) & {"Config", "Devices", "Approvals", "Setup"}, set())
        self.is_calm(page)

    def test_an_address_leads_to_no_other_gateway(self) -> None:
        gateway = self.begin()
        page = self.entered(gateway)
        before = page.js("JSON.stringify(localStorage)")
        page.requests.clear()
        for query in ("?gatewayUrl=ws://127.0.0.1:9/&token=abc", "?gatewayUrl=ws%3A%2F%2Felsewhere.test%3A9"):
            page.open(self.origin(gateway) + query)
            page.until("document.querySelector('#menu a')")
            page.open(f"{self.origin(gateway)}{query}#gatewayUrl=ws://127.0.0.1:9/")
            page.until("document.querySelector('#menu a')")
        host = urlsplit(self.origin(gateway)).netloc
        self.assertEqual({urlsplit(request["url"]).netloc for request in page.requests}, {host})
        self.assertEqual(page.js("JSON.stringify(localStorage)"), before)
        refused = page.js("""new Promise((resolve) => {
            document.addEventListener("securitypolicyviolation", (event) => resolve(event.effectiveDirective));
            try { new WebSocket("ws://127.0.0.1:9/"); } catch { resolve("thrown"); }
        })""")
        self.assertIn(refused, ("connect-src", "thrown"))

    def test_text_becomes_no_markup_even_where_a_mistake_would_let_it(self) -> None:
        page = self.entered(self.begin())
        self.assertEqual(page.js("""(() => {
            try { document.createElement("div").innerHTML = "<b>x</b>"; return "made"; } catch { return "refused"; }
        })()"""), "refused")
        self.assertEqual(page.js("""(() => {
            const link = document.createElement("a");
            try { link.setAttribute("onclick", "attacked('handler')"); } catch { return "refused"; }
            document.body.append(link);
            link.click();
            return "made";
        })()"""), "refused")
        self.assertEqual(page.js("""(() => {
            try { return setTimeout("attacked('text')", 0); } catch { return "refused"; }
        })()"""), "refused")
        self.assertEqual(page.dialogs, [])

    def test_the_token_alone_waits_for_an_approval_and_is_not_kept(self) -> None:
        gateway = self.begin()
        page = self.page()
        page.open(self.origin(gateway))
        page.sees("Log in")
        page.type("input[type=password]", "not-the-token-of-this-gateway")
        page.click("button[type=submit]")
        page.sees("That token is not the gateway's.")
        page.type("input[type=password]", self.token)
        page.click("button[type=submit]")
        page.sees("waits to be approved")
        client = self.client(gateway)
        client.connect({"token": self.token})
        pending = client.call("device.pair.list", {})["pending"]
        self.assertEqual(len(pending), 1)
        page.sees(f"openclaw devices approve {pending[0]['requestId']}")
        client.call("device.pair.approve", {"requestId": pending[0]["requestId"]})
        page.until("document.querySelector('#menu a')", "it looks again by itself")
        self.assertNotIn(self.token, str(page.js("JSON.stringify(localStorage) + document.body.textContent")))
        page.open(self.origin(gateway))
        page.until("document.querySelector('#menu a')")
        # Taken back, it is a stranger, and is told so.
        client.call("device.pair.remove", {"deviceId": pending[0]["deviceId"]})
        page.sees("Log in")
        self.is_calm(page, but=("WebSocket",))

    def test_without_protection_three_ways_are_offered(self) -> None:
        gateway = self.begin({"gateway": {"allowedHosts": ["elsewhere.test"]}})
        page = self.page()
        page.open(self.origin(gateway).replace("127.0.0.1", "elsewhere.test"))
        page.sees("This address is not protected")
        port = urlsplit(self.origin(gateway)).port
        commands = page.js("[...document.querySelectorAll('.command code')].map((one) => one.textContent)")
        self.assertEqual(len(commands), 4)
        self.assertEqual(commands[0], f"ssh -N -L {port}:127.0.0.1:{port} elsewhere.test")
        self.assertIn("gateway.tls.enabled", commands[1])
        self.assertIn("fingerprint", commands[2])
        self.assertEqual(commands[3], f"tailscale serve --bg {port}")
        self.assertEqual([request for request in page.requests if request["method"] == "WEBSOCKET"], [])

    def test_it_comes_back_by_itself_after_a_restart_and_says_what_it_knows(self) -> None:
        gateway, _ = self.with_model({"gateway": {"port": self.free_port()}}, arguments=("gateway", "run"))
        page = self.entered(gateway, "chat")
        self.says(page, "/status")
        page.sees("OpenClaw gateway")
        page.js("window.sameDocument = true")
        self.assertEqual(gateway.terminate(), 0)
        page.sees("No connection for")
        self.says(page, "/whoami")
        page.sees("Not sent: no connection")
        again = self.start("gateway", "run")
        self.gateways.append(again)
        again.ready()
        page.until("document.querySelector('.banner').hidden", "it is connected again")
        page.click(".message button", "Retry")
        page.until("document.querySelectorAll('.message.user').length === 2 && !document.body.innerText.includes('Not sent')")
        history = self.history(again)
        self.assertEqual(sum("/whoami" in text for text in history), 1)
        self.assertTrue(page.js("window.sameDocument"))
        self.is_calm(page, but=("WebSocket", "ERR_CONNECTION"))

    def history(self, gateway: object) -> list[str]:
        client = self.client(gateway)
        client.connect({"token": self.token})

        def texts() -> list[str]:
            messages = client.call("chat.history", {"sessionKey": "main"})["messages"]
            return [part.get("text", "") for message in messages if message["role"] == "user" for part in message["content"]]

        until(lambda: any("/whoami" in text for text in texts()), "the message arrived")
        return texts()


if __name__ == "__main__":
    unittest.main()

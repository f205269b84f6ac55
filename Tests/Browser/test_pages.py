"""The pages beside the chat: each does what it says, and says what happened elsewhere."""

import json
import unittest

from small_telegram import TOKEN, small_telegram
from ui import BrowserTest, Client, Gateway, Page, PageError, until


class Pages(BrowserTest):
    def admin(self, gateway: Gateway) -> Client:
        client = self.client(gateway)
        client.connect({"token": self.token})
        return client

    def setting(self, page: Page, name: str, value: str) -> None:
        """Changes a setting in the form, as somebody would who writes."""
        find = f"[...document.querySelectorAll('.setting')].find((one) => one.querySelector('.path').textContent === {json.dumps(name)})"
        page.until(f"Boolean({find})", name)
        page.js(f"""(() => {{
            const control = {find}.querySelector("input, select, textarea");
            control.value = {json.dumps(value)};
            control.dispatchEvent(new Event(control.tagName === "SELECT" ? "change" : "input", {{ bubbles: true }}));
        }})()""")

    def saved(self) -> dict:
        return json.loads((self.state / "openclaw.json").read_text())

    def test_settings_are_found_changed_and_saved_after_a_look(self) -> None:
        gateway = self.begin()
        page = self.entered(gateway, "config")
        page.type("main input[type=search]", "log level")
        page.until("document.querySelectorAll('.setting').length > 0 && document.querySelectorAll('.setting').length < 20")
        self.setting(page, "logging.level", "debug")
        page.click(".sticky button", "Look and save")
        page.until("document.querySelector('dialog .diff ins')?.textContent.includes('debug')", "what would change is shown first")
        self.assertNotIn("logging", self.saved())
        page.click("dialog button", "Save")
        page.sees("Saved.")
        until(lambda: self.saved().get("logging") == {"level": "debug"}, "the file has it")
        # The secret was never here, and is still in the file.
        self.assertNotIn(self.token, str(page.js("document.documentElement.textContent")))
        self.assertEqual(self.saved()["gateway"]["auth"]["token"], self.token)
        self.is_calm(page)

    def test_a_conflict_is_shown_and_nothing_is_lost(self) -> None:
        gateway = self.begin()
        page = self.entered(gateway, "config")
        page.type("main input[type=search]", "logging")
        self.setting(page, "logging.level", "debug")
        admin = self.admin(gateway)
        base = admin.call("config.get", {})["hash"]
        admin.call("config.patch", {"raw": '{"messages": {"ackReaction": "👀"}}', "baseHash": base})
        page.click(".sticky button", "Look and save")
        page.click("dialog button", "Save")
        page.sees("The file was changed meanwhile")
        page.until("document.querySelector('.conflict .diff')?.innerText.includes('ackReaction')", "theirs is shown")
        self.assertNotIn("logging", self.saved())
        page.click(".conflict button", "Put mine on top of theirs")
        page.click(".sticky button", "Look and save")
        page.click("dialog button", "Save")
        page.sees("Saved.")
        until(lambda: self.saved().get("logging") == {"level": "debug"} and "messages" in self.saved(), "both are there")
        self.is_calm(page)

    def test_the_text_is_checked_before_it_is_written(self) -> None:
        gateway = self.begin()
        page = self.entered(gateway, "config")
        page.click(".tabs button", "Text")
        page.until("document.querySelector('textarea.code')?.value.includes('gateway')")
        before = self.saved()
        page.js("""(() => {
            const text = document.querySelector("textarea.code");
            text.value = text.value.replace('"local"', '"elsewhere"');
            text.dispatchEvent(new Event("input"));
        })()""")
        page.click(".sticky button", "Look and save")
        page.click("dialog button", "Save")
        page.sees("Not saved:")
        page.sees("gateway.mode")
        self.assertEqual(self.saved(), before)
        page.click(".alert button", "line")
        self.assertEqual(page.js("document.activeElement.tagName"), "TEXTAREA")
        self.is_calm(page)

    def test_the_text_is_checked_while_it_is_typed(self) -> None:
        gateway = self.begin()
        page = self.entered(gateway, "config")
        page.click(".tabs button", "Text")
        page.until("document.querySelector('textarea.code')?.value.includes('gateway')")
        before = self.saved()

        def write(change: str) -> None:
            page.js(f"""(() => {{
                const text = document.querySelector("textarea.code");
                window.first ??= text.value;
                text.value = {change};
                text.dispatchEvent(new Event("input"));
            }})()""")

        write("window.first + '}'")
        page.sees("The text as it is would not be taken:")
        write("window.first.replace('\"local\"', '\"elsewhere\"')")
        page.sees("gateway.mode")
        page.click("[role=status] .alert button", "line")
        self.assertEqual(page.js("document.activeElement.tagName"), "TEXTAREA")
        write("window.first + '\\n// a remark'")
        page.until("!document.querySelector('[role=status] .alert')", "a right text has no mistakes")
        self.assertEqual(self.saved(), before, "nothing was written")
        self.is_calm(page)

    def test_a_device_that_waits_is_approved_here(self) -> None:
        gateway = self.begin()
        page = self.entered(gateway, "devices")
        page.sees("Nobody waits.")
        other = self.page()
        other.open(self.origin(gateway))
        other.type("input[type=password]", self.token)
        other.click("button[type=submit]")
        other.sees("waits to be approved")
        page.click("main button", "Approve")
        other.until("document.querySelector('#menu a')", "it is in")
        page.until("document.querySelectorAll('main .table tbody tr').length >= 2")
        self.is_calm(page)

    def test_another_browser_is_let_in_by_an_address(self) -> None:
        gateway = self.begin()
        page = self.entered(gateway, "devices")
        page.click("main button", "Let another browser in")
        address = page.until("document.querySelector('.command code')?.textContent")
        other = self.page()
        other.open(str(address))
        other.until("document.querySelector('#menu a')", "it is in")

    def test_a_command_that_waits_is_decided_here(self) -> None:
        gateway = self.begin()
        page = self.entered(gateway, "approvals")
        page.sees("No command waits.")
        decided: list[object] = []
        asker = self.admin(gateway)
        number = asker.request("exec.approval.request", {"command": "rm -rf ./build", "cwd": "/tmp", "agentId": "main", "timeoutMs": 60000})
        page.sees("rm -rf ./build")
        page.click("main button", "Allow once")
        decided.append(asker.result(number))
        self.assertEqual(decided[0]["decision"], "allow-once")
        page.sees("No command waits.")
        self.is_calm(page)

    def test_the_log_is_followed_and_filtered(self) -> None:
        gateway = self.begin()
        page = self.entered(gateway, "logs")
        page.sees("connected")
        client = self.admin(gateway)
        conn = client.hello["server"]["connId"]
        page.sees(conn)
        page.type("main input[type=search]", conn)
        page.until(f"""[...document.querySelectorAll('.log .line')].length > 0
            && [...document.querySelectorAll('.log .line')].every((one) => one.textContent.includes({json.dumps(conn)}))""")
        client.socket.socket.close()
        page.sees("disconnected")
        self.is_calm(page)

    def test_sessions_are_named_put_aside_and_deleted(self) -> None:
        gateway = self.begin()
        admin = self.admin(gateway)
        key = admin.call("sessions.create", {"label": "the first name"})["key"]
        page = self.entered(gateway, "sessions")
        page.sees("the first name")
        page.click("main button", f"Settings of {key}")
        page.until("document.querySelector('dialog input')")
        page.js("document.querySelector('dialog input').value = 'another name'")
        page.click("dialog button", "Save")
        page.sees("another name")
        page.click("main button", f"Delete {key}")
        page.click("dialog button", "Delete")
        page.until("!document.querySelector('main').innerText.includes('another name')")
        self.assertIsNone(admin.call("sessions.describe", {"key": key})["session"])
        self.is_calm(page)

    def test_channels_say_what_ails_them_and_can_be_stopped(self) -> None:
        port = self.free_port()
        gateway = self.begin({"channels": {"irc": {
            "host": "127.0.0.1", "port": port, "tls": False, "nick": "claw", "channels": ["#room"]}}})
        page = self.entered(gateway, "channels")
        page.sees("IRC")
        page.sees("refused")
        page.click("main .card button", "Stop")
        page.click("dialog button", "Stop")
        page.sees("stopped")
        page.click("main .card button", "Start")
        page.sees("refused")
        self.is_calm(page)

    def test_somebody_who_writes_to_a_bot_is_let_in_here(self) -> None:
        telegram = self._enter(small_telegram())
        gateway = self.begin({"channels": {"telegram": {"botToken": TOKEN, "apiRoot": telegram.base}}})
        page = self.entered(gateway, "channels")
        page.sees("connected")
        attack = "<img src=x onerror=\"attacked('a name')\">"
        telegram.say("hello", attack)
        until(lambda: any("pair" in str(one.get("text", "")).lower() for one in telegram.sent), "the bot says how to be let in")
        page.click("main .button", "Let in")
        page.sees("Let in.")
        telegram.sent.clear()
        telegram.say("/whoami", attack)
        until(lambda: any("telegram" in str(one.get("text", "")) for one in telegram.sent), "the bot answers")
        self.go(page, "chat")
        page.sees("Channel: telegram")
        self.is_calm(page)

    def test_use_is_drawn(self) -> None:
        gateway, _ = self.with_model()
        page = self.entered(gateway, "chat")
        self.says(page, "hello")
        page.sees("Hello from the fake model.")
        self.go(page, "usage")
        page.until("document.querySelectorAll('.chart rect').length > 0")
        page.sees("local/fake")
        self.is_calm(page)

    def test_setup_asks_what_the_gateway_asks(self) -> None:
        gateway = self.begin()
        page = self.entered(gateway, "setup")
        page.click("main button", "Begin")
        page.sees("Set up this gateway")
        page.click("main button", "Go on")
        page.until("document.querySelector('main form select, main form input')")
        page.click("main button", "Give up")
        page.sees("The gateway's questions")
        self.is_calm(page)

    def test_what_a_gateway_does_not_have_is_not_offered(self) -> None:
        gateway = self.begin()
        page = self.entered(gateway, "overview")
        client = self.admin(gateway)
        has_failover = "failover.status" in client.hello["features"]["methods"]
        names = page.js("[...document.querySelectorAll('#menu li')].map((one) => one.innerText.trim())")
        self.assertEqual("Failover" in names, has_failover)
        self.assertIn("Chat", names)
        page.js("location.hash = '#/nothing-of-this-name'")
        page.until("location.hash === '#/chat'")
        self.is_calm(page)

    def test_lost_events_are_asked_for_anew(self) -> None:
        """A hole in the numbers of events: what was missed is on the page all the same."""
        gateway = self.begin()
        page = self.entered(gateway, "chat")
        page.until("document.querySelector('.composer textarea')")
        # The socket of the page passes one event on to nobody, as a gateway does for a client that is slow.
        page.call("Page.addScriptToEvaluateOnNewDocument", {"source": """
            const add = WebSocket.prototype.addEventListener;
            window.dropped = 0;
            WebSocket.prototype.addEventListener = function (name, call) {
                if (name !== "message") return add.call(this, name, call);
                add.call(this, name, (event) => {
                    if (window.dropping && /"type":"event"/.test(event.data)) {
                        window.dropped += 1;
                        return;
                    }
                    call(event);
                });
            };"""})
        page.open(self.origin(gateway))
        page.until("document.querySelector('.composer textarea')")
        admin = self.admin(gateway)
        page.js("window.dropping = true")
        admin.call("chat.inject", {"sessionKey": "main", "message": "what nobody told this page"})
        page.until("window.dropped > 0")
        with self.assertRaises(PageError):
            page.sees("what nobody told this page", within=0.5)
        page.js("window.dropping = false")
        admin.call("talk.mode", {"enabled": True})
        page.sees("what nobody told this page")
        self.is_calm(page)

    def test_a_page_that_is_slow_to_come_does_not_overwrite_the_next(self) -> None:
        page = self.entered(self.begin())
        for name in ("usage", "logs", "devices", "sessions", "config", "overview") * 3:
            page.js(f"location.hash = '#/{name}'")
        page.until("document.querySelector('main').className === 'overview' && document.querySelectorAll('main h1').length === 1")
        self.is_calm(page)


if __name__ == "__main__":
    unittest.main()

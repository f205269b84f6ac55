"""Talking to agents: words as they come, tools, files, commands, and long conversations."""

import base64
import json
import threading
import time
import unittest

from scripted_model import Script, scripted
from ui import COMPOSER, BrowserTest

#: What an experience may cost at most, on a machine that is busy with other tests.
OPENING_SECONDS = 10.0
LONGEST_TASK_MS = 2000
LARGEST_DOM = 130
MESSAGES, SESSIONS = 10_000, 1_000
PIPELINE = 100
PIXEL = ("iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAIAAAACUFjqAAAAEklEQVR4nGP4z8CAB+GTG8HSALfKY52fTcuYAAAAAElFTkSuQmCC")


class Chat(BrowserTest):
    def scripts(self, *scripts: Script) -> tuple:
        model = self._enter(scripted())
        model.scripts = list(scripts)
        gateway = self.begin({
            "models": {"providers": {"local": {"baseUrl": model.base, "api": "openai-completions"}}},
            "agents": {"defaults": {"model": "local/scripted"}}})
        return gateway, model

    def test_without_a_model_commands_are_answered(self) -> None:
        gateway = self.begin()
        page = self.entered(gateway, "chat")
        self.says(page, "/status")
        page.sees("OpenClaw gateway")
        page.sees("Ready: yes")
        page.until("document.querySelectorAll('.message.user').length === 1 && !document.querySelector('.streaming')")
        self.is_calm(page)

    def test_commands_are_offered_while_one_writes(self) -> None:
        page = self.entered(self.begin(), "chat")
        page.type(COMPOSER, "/sta")
        page.until("document.querySelector('.slash li')?.textContent.startsWith('/status')")
        self.assertEqual(page.js(f"document.querySelector('{COMPOSER}').getAttribute('aria-expanded')"), "true")
        page.press("Tab", 9)
        page.until(f"document.querySelector('{COMPOSER}').value === '/status '")
        page.enter()
        page.sees("OpenClaw gateway")
        self.is_calm(page)

    def test_words_appear_as_they_come_and_can_be_stopped(self) -> None:
        go = threading.Event()
        gateway, _ = self.scripts(Script(["The first words", " and the rest."], go=go), Script(["Another answer."]))
        page = self.entered(gateway, "chat")
        self.says(page, "hello")
        page.sees("The first words")
        page.until("document.querySelector('.streaming')")
        self.assertNotIn("and the rest", page.text())
        page.click(".composer button", "Stop")
        page.sees("Stopped.")
        page.until("!document.querySelector('.streaming') && document.querySelector('.composer button.danger').hidden")
        go.set()
        self.says(page, "again")
        page.sees("Another answer.")
        self.is_calm(page)

    def test_another_window_sees_it_too_and_a_reload_goes_on(self) -> None:
        go = threading.Event()
        gateway, _ = self.scripts(Script(["Half of it", ", then all of it."], go=go))
        first, second = self.entered(gateway, "chat"), self.entered(gateway, "chat")
        self.says(first, "tell me")
        second.sees("Half of it")
        second.open(self.origin(gateway))
        second.sees("Half of it")
        go.set()
        for page in (first, second):
            page.sees("then all of it.")
            page.until("document.querySelectorAll('.message').length === 2 && !document.querySelector('.streaming')")
            self.is_calm(page)

    def test_calls_of_tools_are_folded_and_show_what_came_of_them(self) -> None:
        go = threading.Event()
        gateway, _ = self.scripts(
            Script(["I look."], calls=[("read", {"path": "notes.txt"})]),
            Script(["It says: ", "seven."], go=go))
        workspace = self.state / "workspace"
        workspace.mkdir(parents=True, exist_ok=True)
        (workspace / "notes.txt").write_text("the number is seven\n")
        page = self.entered(gateway, "chat")
        self.says(page, "what is the number?")
        page.until("document.querySelector('.streaming details.tool')", "the call is seen while it runs")
        self.assertFalse(page.js("document.querySelector('details.tool').open"))
        go.set()
        page.sees("It says: seven.")
        page.until("!document.querySelector('.streaming') && document.querySelector('details.tool')")
        page.click("details.tool summary", "read")
        page.sees("the number is seven")
        self.is_calm(page)

    def test_a_failed_answer_says_why_and_can_be_asked_again(self) -> None:
        gateway, model = self.with_model()
        model.status = 401
        page = self.entered(gateway, "chat")
        self.says(page, "hello")
        page.sees("the key was refused")
        page.until("[...document.querySelectorAll('.message button')].some((one) => one.innerText === 'Retry')", "a way on")
        self.assertEqual(page.js("document.querySelector('.lines').innerText").count("the key was refused"), 1)
        model.status = 200
        page.click(".message button", "Retry")
        page.sees("Hello from the fake model.")
        self.is_calm(page)

    def test_a_picture_is_sent_and_shown(self) -> None:
        gateway, model = self.with_model()
        picture = self.scratch("red.png")
        picture.write_bytes(base64.b64decode(PIXEL))
        page = self.entered(gateway, "chat")
        page.until("document.querySelector('.composer input[type=file]')")
        page.choose_files(".composer input[type=file]", [picture])
        page.sees("red.png")
        self.says(page, "what is this?")
        page.sees("Hello from the fake model.")
        page.until("document.querySelector('.message.user img')?.naturalWidth > 0", "the picture is shown")
        self.assertIn("image_url", json.dumps(model.requests[-1]))
        self.is_calm(page)

    def test_what_was_written_is_there_again_in_its_session(self) -> None:
        page = self.entered(self.begin(), "chat")
        page.type(COMPOSER, "half a thought")
        page.click(".list button", "New session")
        page.until(f"document.querySelector('{COMPOSER}').value === '' && location.hash.includes('dashboard')")
        page.js("history.back()")
        page.until(f"document.querySelector('{COMPOSER}').value === 'half a thought'")
        self.is_calm(page)


class Long(BrowserTest):
    """Conversations that are longer than a page can hold."""

    def many(self, client: object, method: str, params: list[dict]) -> None:
        """As many calls at once as the gateway takes."""
        for start in range(0, len(params), PIPELINE):
            for number in [client.request(method, one) for one in params[start:start + PIPELINE]]:
                client.result(number)

    def test_ten_thousand_messages_and_a_thousand_sessions(self) -> None:
        gateway = self.begin()
        client = self.client(gateway)
        client.connect({"token": self.token})
        self.many(client, "chat.inject", [
            {"sessionKey": "main", "message": f"Message **{number}** of many, with `code` and words."} for number in range(MESSAGES)])
        self.many(client, "sessions.create", [{"label": f"session {number}"} for number in range(SESSIONS)])
        client.events.clear()
        page = self.entered(gateway)
        started = time.monotonic()
        page.js("location.hash = '#/chat/' + encodeURIComponent('agent:main:main')")
        page.sees(f"Message {MESSAGES - 1} of many")
        took = time.monotonic() - started
        self.assertLess(took, OPENING_SECONDS)
        page.js("window.longest = 0; new PerformanceObserver((list) => { for (const one of list.getEntries())"
                " window.longest = Math.max(window.longest, one.duration); }).observe({ type: 'longtask' })")
        # Upwards, far beyond what the page holds at once.
        oldest = MESSAGES - 1
        for _ in range(30):
            page.js("document.querySelector('.lines').scrollTop = 0")
            page.until(f"Number(/Message (\\d+) of/.exec(document.querySelector('.lines').innerText)?.[1]) < {oldest}")
            oldest = int(page.js("Number(/Message (\\d+) of/.exec(document.querySelector('.lines').innerText)[1])"))
            self.assertLessEqual(page.js("document.querySelectorAll('.lines > *').length"), LARGEST_DOM)
        self.assertLess(oldest, MESSAGES - 500)
        page.click(".jump")
        page.sees(f"Message {MESSAGES - 1} of many")
        # The list of sessions comes a page at a time as well, and is searched as a whole.
        self.assertLessEqual(page.js("document.querySelectorAll('.list li').length"), LARGEST_DOM)
        page.type(".list input[type=search]", "session 17")
        page.until("[...document.querySelectorAll('.list .name')].every((one) => one.textContent.includes('session 17'))"
                   " && document.querySelectorAll('.list .name').length >= 11")
        longest = page.js("window.longest")
        print(f"10,000 messages: open in {took * 1000:.0f} ms, longest task {longest:.0f} ms")
        self.assertLess(longest, LONGEST_TASK_MS)
        self.is_calm(page)

    def test_a_fast_answer_keeps_the_page_answering(self) -> None:
        words = [f"word{number} " + ("\n\n" if number % 40 == 39 else "") for number in range(400)]
        model = self._enter(scripted())
        model.scripts = [Script(words, pause=0.01)]
        gateway = self.begin({
            "models": {"providers": {"local": {"baseUrl": model.base, "api": "openai-completions"}}},
            "agents": {"defaults": {"model": "local/scripted"}}})
        page = self.entered(gateway, "chat")
        page.js("window.longest = 0; new PerformanceObserver((list) => { for (const one of list.getEntries())"
                " window.longest = Math.max(window.longest, one.duration); }).observe({ type: 'longtask' })")
        self.says(page, "talk")
        page.sees("word399")
        self.assertLess(page.js("window.longest"), LONGEST_TASK_MS)
        self.is_calm(page)


if __name__ == "__main__":
    unittest.main()

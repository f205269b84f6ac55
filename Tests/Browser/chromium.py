"""A headless Chromium, driven over the DevTools protocol through a pair of pipes. Standard library only."""

from __future__ import annotations

import base64
import contextlib
import fcntl
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

PATIENCE = 30.0
FIRST_FREE = 10
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--mute-audio",
    "--no-default-browser-check", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-extensions", "--disable-features=Translate,MediaRouter,OptimizationHints", "--hide-scrollbars",
    "--password-store=basic", "--use-mock-keychain", "--lang=en-US", "--force-color-profile=srgb",
    "--proxy-server=direct://", "--host-resolver-rules=MAP elsewhere.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)


class PageError(AssertionError):
    """What a script threw, or what did not come in time."""


class Browser:
    """One process. Each page gets a context of its own, with nothing kept from another."""

    def __init__(self) -> None:
        program = next((found for name in PROGRAMS if (found := shutil.which(name))), None)
        if program is None:
            raise RuntimeError("there is no chromium here")
        self._home = tempfile.mkdtemp(prefix="openclaw-browser-")
        ends = []
        command_in, self._out = os.pipe()
        self._in, answer_out = os.pipe()
        # Chromium reads commands from descriptor 3 and answers on 4; these ends must be neither of them before.
        for end in (command_in, answer_out):
            ends.append(fcntl.fcntl(end, fcntl.F_DUPFD, FIRST_FREE))
            os.close(end)
        self._log = open(Path(self._home) / "log", "wb")
        self._process = subprocess.Popen(
            ["bash", "-c", f'exec "$@" 3<&{ends[0]} 4>&{ends[1]}', "chromium", program, *FLAGS, "--remote-debugging-pipe",
             f"--user-data-dir={self._home}/profile", "about:blank"],
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log, pass_fds=ends, env={**os.environ, "HOME": self._home})
        for end in ends:
            os.close(end)
        self._received = bytearray()
        self._answers: dict[int, dict] = {}
        self._count = 0
        self.listeners: dict[str, Callable[[dict], None]] = {}

    def close(self) -> None:
        with contextlib.suppress(Exception):
            self.call("Browser.close")
        os.close(self._out)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._in)
        self._log.close()
        shutil.rmtree(self._home, ignore_errors=True)

    def page(self, **options: object) -> Page:
        context = self.call("Target.createBrowserContext")["browserContextId"]
        target = self.call("Target.createTarget", {"url": "about:blank", "browserContextId": context})["targetId"]
        session = self.call("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        return Page(self, context, session, **options)

    def call(self, method: str, params: dict | None = None, session: str | None = None, within: float = PATIENCE) -> dict:
        self._count += 1
        number = self._count
        message = {"id": number, "method": method, "params": params or {}}
        if session:
            message["sessionId"] = session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + within
        while number not in self._answers:
            self.take(end)
        answer = self._answers.pop(number)
        if "error" in answer:
            raise PageError(f"{method}: {answer['error']}")
        return answer["result"]

    def take(self, end: float) -> None:
        """Waits for one message at least."""
        while b"\0" not in self._received:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self._in], [], [], left)[0]:
                raise PageError("nothing came from the browser in time")
            part = os.read(self._in, 1 << 20)
            if not part:
                raise PageError("the browser has ended")
            self._received += part
        text, _, rest = self._received.partition(b"\0")
        self._received = bytearray(rest)
        message = json.loads(text)
        if "id" in message:
            self._answers[message["id"]] = message
        elif listener := self.listeners.get(message.get("sessionId", "")):
            listener(message)


class Page:
    """One tab: what it asked for, what it complained of, and how it is used."""

    def __init__(self, browser: Browser, context: str, session: str, width: int = 1280, height: int = 800,
                 dark: bool = False, language: str = "en-US") -> None:
        self.browser = browser
        self._context = context
        self._session = session
        self.requests: list[dict] = []
        self.received: dict[str, int] = {}
        self.complaints: list[str] = []
        self.dialogs: list[str] = []
        browser.listeners[session] = self._heard
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")
        self.call("Runtime.addBinding", {"name": "attacked"})
        self.shape(width, height)
        self.colours(dark)
        self.call("Emulation.setLocaleOverride", {"locale": language})
        self.call("Page.addScriptToEvaluateOnNewDocument", {"source": f"""
            Object.defineProperty(navigator, "language", {{ get: () => {json.dumps(language)} }});"""})

    def call(self, method: str, params: dict | None = None, within: float = PATIENCE) -> dict:
        return self.browser.call(method, params, self._session, within)

    def close(self) -> None:
        with contextlib.suppress(PageError):
            self.browser.call("Target.disposeBrowserContext", {"browserContextId": self._context})
        self.browser.listeners.pop(self._session, None)

    def shape(self, width: int, height: int) -> None:
        self.call("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})

    def colours(self, dark: bool) -> None:
        self.call("Emulation.setEmulatedMedia", {"features": [
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
            {"name": "prefers-reduced-motion", "value": "reduce"}]})

    def _heard(self, message: dict) -> None:
        method, params = message["method"], message["params"]
        if method == "Network.requestWillBeSent":
            self.requests.append(params["request"])
        elif method == "Network.webSocketCreated":
            self.requests.append({"url": params["url"], "method": "WEBSOCKET"})
        elif method == "Network.loadingFinished":
            self.received[params["requestId"]] = int(params["encodedDataLength"])
        elif method == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            self.complaints.append(details.get("exception", {}).get("description") or details["text"])
        elif method == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
            self.complaints.append(f"{params['entry']['source']}: {params['entry']['text']} {params['entry'].get('url', '')}")
        elif method == "Page.javascriptDialogOpening":
            self.dialogs.append(params["message"])
        elif method == "Runtime.bindingCalled":
            self.dialogs.append(f"attacked({params['payload']})")

    def open(self, address: str) -> None:
        self.call("Page.navigate", {"url": address})

    def js(self, expression: str, within: float = PATIENCE) -> object:
        """The value of an expression; promises are awaited."""
        answer = self.call("Runtime.evaluate", {
            "expression": expression, "awaitPromise": True, "returnByValue": True, "userGesture": True}, within)
        if details := answer.get("exceptionDetails"):
            raise PageError(f"{expression[:200]}: {details.get('exception', {}).get('description') or details['text']}")
        return answer["result"].get("value")

    def until(self, expression: str, what: str = "", within: float = PATIENCE) -> object:
        """The first true value of an expression."""
        end = time.monotonic() + within
        while True:
            with contextlib.suppress(PageError):
                if (value := self.js(expression)) or value == {}:
                    return value
            if time.monotonic() > end:
                raise PageError(f"not within {within:g} s: {what or expression}\n{self.text()[:3000]}\n{self.complaints}")
            with contextlib.suppress(PageError):
                self.browser.take(time.monotonic() + 0.02)

    def sees(self, text: str, within: float = PATIENCE) -> None:
        self.until(f"document.body.innerText.includes({json.dumps(text)})", f"the page shows {text!r}", within)

    def text(self) -> str:
        return str(self.js("document.body?.innerText ?? ''"))

    def choose_files(self, selector: str, paths: list[Path]) -> None:
        node = self.call("Runtime.evaluate", {"expression": f"document.querySelector({json.dumps(selector)})"})
        self.call("DOM.setFileInputFiles", {"files": [str(path) for path in paths], "objectId": node["result"]["objectId"]})

    def click(self, selector: str, text: str = "") -> None:
        """Presses what `selector` finds, the first of them that has `text`, as its words or its label."""
        find = f"""[...document.querySelectorAll({json.dumps(selector)})].find((one) => one.checkVisibility()
            && (one.innerText + " " + (one.getAttribute("aria-label") ?? "")).includes({json.dumps(text)}))"""
        self.until(f"Boolean({find})", f"{selector} with {text!r} is there")
        self.js(f"{find}.click()")

    def type(self, selector: str, text: str) -> None:
        self.until(f"Boolean(document.querySelector({json.dumps(selector)}))", f"{selector} is there")
        self.js(f"document.querySelector({json.dumps(selector)}).focus()")
        self.call("Input.insertText", {"text": text})

    def press(self, key: str, code: int = 0, text: str = "") -> None:
        params = {"key": key, "code": key, "windowsVirtualKeyCode": code, "nativeVirtualKeyCode": code}
        if text:
            params["text"] = text
        self.call("Input.dispatchKeyEvent", {"type": "keyDown", **params})
        self.call("Input.dispatchKeyEvent", {"type": "keyUp", **params})

    def enter(self) -> None:
        self.press("Enter", 13, "\r")

    def shot(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", {"format": "png"})["data"]))


@contextlib.contextmanager
def browsing() -> Iterator[Browser]:
    browser = Browser()
    try:
        yield browser
    finally:
        browser.close()

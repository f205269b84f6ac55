"""What the tests of the Control UI share: a gateway, a model that says what it is told to, and pages that are logged in."""

from __future__ import annotations

import atexit
import json
import os
import socket
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "Protocol"))
from wire.client import Client  # noqa: E402, F401
from wire.gateway import Gateway, GatewayTest, until  # noqa: E402, F401
from wire.identity import Device  # noqa: E402, F401
from wire.script import merged  # noqa: E402, F401

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "BinaryTests"))
from fake_model import FakeModel, serving  # noqa: E402, F401

from chromium import Browser, Page, PageError  # noqa: E402, F401

#: Pictures of the pages stay here, to be looked at.
PICTURES = Path(os.environ.get("OPENCLAW_PICTURES") or Path(__file__).resolve().parents[2] / ".build/test-logs/browser")
COMPOSER = ".composer textarea"


_own = threading.local()


def own_browser() -> Browser:
    """One for each thread that runs tests."""
    if not hasattr(_own, "browser"):
        _own.browser = Browser()
        atexit.register(_own.browser.close)
    return _own.browser


class BrowserTest(GatewayTest):
    """A gateway for each test, and as many pages as it wants."""

    def setUp(self) -> None:
        super().setUp()
        self.browser = own_browser()

    def _enter(self, context: object) -> object:
        value = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        return value

    def with_model(
        self, changes: dict | None = None, arguments: tuple[str, ...] = (), **options: object,
    ) -> tuple[Gateway, FakeModel]:
        model = self._enter(serving())
        config = {"models": {"providers": {"local": {"baseUrl": model.base, "api": "openai-completions"}}},
                  "agents": {"defaults": {"model": "local/fake"}}}
        return self.begin(merged(config, changes or {}), *arguments, **options), model

    def free_port(self) -> int:
        """For a gateway that is to come back under the same address."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return int(probe.getsockname()[1])

    def origin(self, gateway: Gateway) -> str:
        return f"http://127.0.0.1:{gateway.address[1]}/"

    def code(self, gateway: Gateway) -> str:
        """Made by an administrator, as `openclaw dashboard` has one made."""
        with self.client(gateway) as client:
            client.connect({"token": self.token})
            return str(client.call("device.pair.dashboardCode", {})["bootstrapToken"])

    def page(self, **options: object) -> Page:
        page = self.browser.page(**options)
        self.addCleanup(page.close)
        return page

    def entered(self, gateway: Gateway, at: str = "", **options: object) -> Page:
        """A page that is in, at one of its places."""
        page = self.page(**options)
        page.open(f"{self.origin(gateway)}#bootstrapToken={self.code(gateway)}")
        page.until("document.querySelector('#menu a')", "the page is in")
        if at:
            self.go(page, at)
        return page

    def go(self, page: Page, at: str) -> None:
        page.js(f"location.hash = {json.dumps('#/' + at)}")
        name = at.split("/")[0]
        page.until(f"document.querySelector('main')?.className === {json.dumps(name)} && document.querySelector('main h1')",
                   f"the page {at}")

    def says(self, page: Page, text: str) -> None:
        page.type(COMPOSER, text)
        page.enter()

    def is_calm(self, page: Page, but: tuple[str, ...] = ()) -> None:
        """Nothing was executed that came as text, nothing thrown, and nothing refused by the policy."""
        self.assertEqual(page.dialogs, [])
        self.assertEqual([one for one in page.complaints if not any(word in one for word in but)], [])

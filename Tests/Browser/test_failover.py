"""A standby's page, with a primary that it watches: a drill, a pause, and a takeover that is seen as it happens."""

import json
import socket
import unittest

from small_telegram import TOKEN, small_telegram
from ui import BrowserTest

from harness import until

SECRET = "a-secret-of-this-pair-and-of-nobody-else"


def free_port() -> int:
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        return place.getsockname()[1]


class Failover(BrowserTest):
    def setUp(self) -> None:
        super().setUp()
        self.other = self.scratch("primary")
        (self.other / ".openclaw").mkdir(parents=True, mode=0o700)
        self.port = free_port()
        self.write_primary({"role": "primary", "peers": [{"url": "ws://127.0.0.1:1", "token": SECRET, "priority": 1}]})

    def write_primary(self, failover: dict) -> None:
        path = self.other / ".openclaw" / "openclaw.json"
        path.touch(mode=0o600)
        path.write_text(json.dumps({
            "gateway": {"mode": "local", "auth": {"mode": "token", "token": "the-token-of-the-primary"}},
            "failover": {"enabled": True, "promote": {"gitPull": False}, **failover}}))

    def start_primary(self):
        primary = self.launch(("gateway", "run", "--port", str(self.port)), env={"HOME": str(self.other)})
        until(lambda: primary.get("/readyz").status == 200, "the primary is ready")
        return primary

    def test_a_drill_and_a_takeover_are_seen(self) -> None:
        primary = self.start_primary()
        telegram = self.enterContext(small_telegram())
        bot = {"botToken": TOKEN, "apiRoot": telegram.base, "dmPolicy": "open", "allowFrom": ["*"]}
        gateway = self.begin({"channels": {"telegram": bot}, "failover": {
            "enabled": True, "role": "standby", "peers": [{"url": f"ws://127.0.0.1:{self.port}", "token": SECRET}],
            "promote": {"gitPull": False}, "witnesses": [f"tcp:127.0.0.1:{free_port()}"],
            "check": {"intervalMs": 400, "suspectIntervalMs": 200, "minSuspectMs": 500, "recoverThreshold": 2},
            "demote": {"minActiveMs": 500}}})
        page = self.entered(gateway, "failover")
        page.sees("watching")
        page.sees("well")
        page.click("main button", "Drill")
        page.sees("Nobody notices")
        page.click("dialog button", "Drill")
        page.sees("promoting → watching")
        page.click("main button", "Pause")
        page.click("dialog button", "Pause")
        page.sees("paused")
        page.click("main button", "Resume")
        page.click("dialog button", "Resume")
        page.sees("watching → paused")
        primary.kill()
        page.sees("promoting → active")
        primary = self.start_primary()
        page.sees("draining → watching")
        self.is_calm(page)
        self.assertEqual(primary.terminate(), 0)


if __name__ == "__main__":
    unittest.main()

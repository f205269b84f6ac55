"""What the tests of failover share: two gateways, each in a home of its own with a bot of its own, and short times."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

for beside in ("BinaryTests", "Browser"):
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent / beside))

from fake_model import serving  # noqa: E402
from harness import BinaryTest, Connection, Gateway, end, log_lines, until  # noqa: E402
from small_telegram import TOKEN as BOT_TOKEN  # noqa: E402
from small_telegram import SmallTelegram, small_telegram  # noqa: E402

PAIR_TOKEN = "a-secret-of-this-pair-and-of-nobody-else"
GATEWAY_TOKEN = "a-token-of-this-test"
# Short, and long enough for a busy machine.
CHECK = {"intervalMs": 400, "suspectIntervalMs": 200, "timeoutMs": 1000, "failThreshold": 3, "minSuspectMs": 500,
         "recoverThreshold": 3}


def free_port() -> int:
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        return place.getsockname()[1]


class Node:
    """One of the two: a home, a port that it keeps, a bot."""

    def __init__(self, test: PairTest, name: str, telegram: SmallTelegram, bot: str) -> None:
        self.test, self.name, self.telegram, self.bot = test, name, telegram, bot
        self.home = test.scratch(name)
        self.home.mkdir()
        self.port = free_port()
        self.gateway: Gateway | None = None
        self.env = {"HOME": str(self.home)}

    @property
    def state(self) -> Path:
        return self.home / ".openclaw"

    def configure(self, failover: dict[str, object], **more: object) -> None:
        config: dict[str, object] = {
            "gateway": {"mode": "local", "auth": {"mode": "token", "token": GATEWAY_TOKEN}},
            "channels": {"telegram": {"botToken": self.bot, "apiRoot": self.telegram.base, "dmPolicy": "open",
                                      "allowFrom": ["*"], "streaming": {"mode": "off"}}},
            "models": {"providers": {"fake": {"api": "openai-completions", "baseUrl": self.test.model.base, "apiKey": "k",
                                              "models": [{"id": "fake"}]}}},
            "agents": {"defaults": {"model": "fake/fake"}},
            "failover": {"enabled": True, **failover}, **more}
        self.state.mkdir(mode=0o700, exist_ok=True)
        path = self.state / "openclaw.json"
        path.touch(mode=0o600)
        path.write_text(json.dumps(config, indent=2) + "\n")

    def start(self) -> Node:
        self.gateway = self.test.launch(("gateway", "run", "--port", str(self.port)), env=self.env)
        until(lambda: self.probe("/startupz")[0] == 200, f"{self.name} has started: {self.gateway.error}")
        return self

    def probe(self, path: str) -> tuple[int, dict[str, object]]:
        try:
            with Connection(("127.0.0.1", self.port)) as connection:
                answer = connection.request("GET", path)
                return answer.status, answer.json
        except (OSError, AssertionError):
            return 0, {}

    @property
    def role(self) -> object:
        return self.probe("/readyz")[1].get("role")

    def is_role(self, role: str, within: float = 30) -> None:
        until(lambda: self.role == role, f"{self.name} is {role}; its log: {self.words()}", within)

    def words(self) -> list[str]:
        lines = [line for line in log_lines(self.state) if "failover" in str(line.get("subsystem", ""))]
        return [f"{line['message']} {line.get('reason', '')}" for line in lines][-12:]

    def call(self, method: str, params: dict[str, object] | None = None) -> dict[str, object]:
        done = self.ask("gateway", "call", method, "--params", json.dumps(params or {}), "--json")
        self.test.assertEqual(done.code, 0, done.error + done.output)
        return json.loads(done.output)

    def ask(self, *words: str):
        return self.test.run_to_end(*words, env=self.env)

    def sent(self) -> list[str]:
        return [str(one.get("text", "")) for one in self.telegram.sent]

    def answers(self) -> int:
        return sum("fake model" in text for text in self.sent())


class PairTest(BinaryTest):
    def setUp(self) -> None:
        super().setUp()
        self.model = self.enterContext(serving())
        self.primary = Node(self, "primary", self.enterContext(small_telegram()), BOT_TOKEN)
        self.standby = Node(self, "standby", self.enterContext(small_telegram()), BOT_TOKEN + "b")

    def peers(self, node: Node, token: str | None = PAIR_TOKEN) -> list[dict[str, object]]:
        peer: dict[str, object] = {"url": f"ws://127.0.0.1:{node.port}"}
        if token:
            peer["token"] = token
        return [peer]

    def configure_primary(self, **failover: object) -> None:
        # What the standby tells its peers by: it is the one below.
        below = [{**self.peers(self.standby)[0], "priority": 1}]
        self.primary.configure({"role": "primary", "peers": below, **failover})

    def configure_standby(self, token: str | None = PAIR_TOKEN, **failover: object) -> None:
        settings = {"role": "standby", "peers": self.peers(self.primary, token), "check": CHECK,
                    "witnesses": [f"tcp:127.0.0.1:{free_port()}"], "demote": {"minActiveMs": 500, "drainMs": 3000},
                    "promote": {"gitPull": False}, "flap": {"holdDownMs": 0}, **failover}
        self.standby.configure(settings)

    def pair(self) -> tuple[Node, Node]:
        """Both are well and have seen each other."""
        self.configure_primary()
        self.configure_standby()
        self.primary.start().is_role("primary")
        self.standby.start().is_role("standby")
        until(lambda: self.status(self.standby).get("primary", {}).get("successes", 0) > 0, "the primary was seen")
        return self.primary, self.standby

    def status(self, node: Node) -> dict[str, object]:
        return node.call("failover.status")

    def answered(self, node: Node, count: int) -> None:
        until(lambda: node.answers() >= count, f"{node.name} answers {count} times: {node.words()}")

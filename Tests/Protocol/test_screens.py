"""What the commands show on a terminal of 80 and of 40 columns, of a gateway with devices and nodes: nothing wider than
the terminal save what cannot be broken, and a query's answer on one screen."""

import re
import unittest
from pathlib import Path

from test_cli_queries import on_terminal
from wire.client import ADMIN, Client, RemoteError
from wire.gateway import FORWARDED, GatewayTest

WIDE, NARROW, SCREEN = 80, 40, 24
REPOSITORY = Path(__file__).resolve().parents[2]
NODE = {"id": "openclaw-ios", "version": "1.0.0", "platform": "ios 19", "mode": "node", "displayName": "Kitchen phone",
        "deviceFamily": "iPhone", "modelIdentifier": "iPhone18,1"}
DECLARED = {"caps": ["canvas"], "commands": ["canvas.snapshot", "canvas.present", "canvas.navigate", "location.get"], "permissions": {}}

#: Their answers fit a screen of 80 columns.
QUERIES = [
    "status", "status --all", "status --deep", "status --usage", "gateway status", "gateway status --deep", "gateway probe",
    "health", "health --verbose", "devices list", "nodes list", "nodes status", "nodes pending", "config validate",
    "system presence", "system heartbeat last", "gateway auth-token", "update",
    "agents list", "agents bindings", "sessions list", "sessions show main", "sessions cleanup --dry-run", "models list",
    "models list --provider anthropic", "models fallbacks", "models aliases", "models auth", "memory status", "memory index",
    "memory search cedar", "skills list", "skills check", "approvals get", "approvals allowlist",
    "cron list", "cron list --all", "cron runs", "cron status",
]
#: As long as there is something to tell.
OTHERS = ["models list --all", "logs --limit 20", "logs --limit 20 --utc", "nodes describe --node {node}"]
#: What does not succeed has to be read as well.
FAILURES = [
    "devices approve", "devices approve zz", "nodes describe --node pantry", "config get gateway.bnid", "gatway status",
    "config set gateway.bind lann", "gateway call no.such.method", "status --url ws://192.0.2.1:18789",
    "status --url ws://127.0.0.1:9", "config unset gateway.nodes.denyCommands", "gateway run --bindd lan",
    "gateway run", "--profile other status", "devices revoke", "models status", "models test", "models set sonet",
    "models auth add nobody", "agents delete mian", "agents add ../x", "agents bind --bind :x", "agents set-identity",
    "agent --message hi --local", "agent --message hi --deliver", "agent --message hi --agent nobody", "sessions show nothing",
    "message send --to x --message y", "message poll --to x", "skills info nothing", "approvals allowlist remove /x",
]


def commands() -> list[str]:
    """Every command, as the page of the command line has it."""
    return re.findall(r"(?m)^### (.+)$", (REPOSITORY / "Docs" / "cli.md").read_text())


def too_long(text: str, width: int) -> list[str]:
    """Lines wider than the terminal, without those that are a command to be pasted or little but one long word."""
    found = []
    for line in text.splitlines():
        longest = max((len(word) for word in line.split()), default=0)
        # A label may stand before such a word.
        is_one_word = longest > width - 14 and len(line.split()) <= 2
        if len(line) > width and not line.strip().startswith("openclaw ") and not is_one_word:
            found.append(line)
    return found


class Screens(GatewayTest):
    def setUp(self) -> None:
        super().setUp()
        self.gateway = self.begin()
        # For the commands alone: the gateway is to stay the one that it is.
        self.configure(self.config({"gateway": {"port": self.gateway.address[1], "reload": {"mode": "off"}}}))
        self.admin = self.operator(self.gateway, *ADMIN, "operator.write", "operator.read")
        for _ in range(3):
            self.paired(self.gateway, self.device(), *ADMIN, "operator.write", "operator.read")
        # So that there is a conversation to tell of.
        self.run_to_end("agent", "--message", "/whoami")
        self.run_to_end("agent", "--message", "What is the router in the cellar called, and since when?")
        self.node_id = [self.node() for _ in range(2)][-1]
        # One that asks and waits.
        with self.client(self.gateway, FORWARDED) as client, self.assertRaises(RemoteError):
            client.connect({"token": self.token}, self.device(), ("operator.read",))

    def node(self) -> str:
        device = self.device()

        def connect() -> Client:
            client = self.client(self.gateway, FORWARDED)
            client.connect({"token": self.token}, device, (), 3, "node", NODE, "v2", **DECLARED)
            return client

        with self.assertRaises(RemoteError):
            connect()
        request = self.admin.event("device.pair.requested")["payload"]
        self.admin.call("device.pair.approve", {"requestId": request["requestId"]})
        self.sweep.told("the node's token", connect().hello["auth"]["deviceToken"])
        for pending in self.admin.call("node.pair.list", {})["pending"]:
            self.admin.call("node.pair.approve", {"requestId": pending["requestId"]})
        return device.id

    def show(self, command: str, width: int) -> str:
        words = command.format(node=self.node_id[:12]).split()
        text, code = on_terminal(self, width, *words, "--no-color", LANG="C.UTF-8")
        self.assertEqual(too_long(text, width), [], f"openclaw {command} at {width} columns:\n{text}")
        for line in text.splitlines():
            self.assertEqual(line, line.rstrip(), f"openclaw {command} at {width} columns")
        self.assertNotIn(self.token, text)
        self.assertTrue(text.strip())
        return text if code == 0 else ""

    def test_queries(self) -> None:
        for command in QUERIES:
            for width in (WIDE, NARROW):
                with self.subTest(command=command, width=width):
                    text = self.show(command, width)
                    self.assertTrue(text, "it succeeds")
                    if width == WIDE:
                        self.assertLessEqual(len(text.splitlines()), SCREEN, text)

    def test_others(self) -> None:
        for command in OTHERS:
            for width in (WIDE, NARROW):
                with self.subTest(command=command, width=width):
                    self.assertTrue(self.show(command, width), "it succeeds")

    def test_failures(self) -> None:
        for command in FAILURES:
            for width in (WIDE, NARROW):
                with self.subTest(command=command, width=width):
                    self.assertEqual(self.show(command, width), "", "it fails")

    def test_helps(self) -> None:
        known = commands()
        self.assertGreater(len(known), 30)
        groups = {command.split()[0] for command in known if " " in command}
        topics = ["help topics", "help profiles", "help ports", "help exit-codes", "help start-reasons"]
        for command in ["--help", *(f"{name} --help" for name in [*known, *sorted(groups)]), *topics]:
            for width in (WIDE, NARROW):
                with self.subTest(command=command, width=width):
                    self.assertTrue(self.show(command, width), "it succeeds")
        self.assertLessEqual(len(self.show("--help", WIDE).splitlines()), SCREEN)


if __name__ == "__main__":
    unittest.main()

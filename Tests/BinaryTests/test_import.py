"""`openclaw import`: what an OpenClaw of either year left goes on here, and stays there as it was."""

import json
import os
import sys
import unittest
from pathlib import Path

from fake_model import FakeModel, serving
from foreign_state import DEVICE_TOKEN, KEY, hashed, of_2025, of_2026
from harness import BinaryTest, Gateway
from test_cli_queries import free_port

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "Protocol"))
from wire.client import Client  # noqa: E402
from wire.identity import Device  # noqa: E402
from wire.websocket import WebSocket  # noqa: E402

SECRETS = (KEY, DEVICE_TOKEN, "a-node-token-of-this-test", "a-socket-token-of-this-test", "PRIVATE KEY")


class Import(BinaryTest):
    def setUp(self) -> None:
        super().setUp()
        self.device = Device()
        self.addCleanup(self.device._directory.cleanup)
        self.source = self.home / ".clawdbot"

    def imported(self, *arguments: str, code: int = 0) -> dict[str, object]:
        finished = self.run_to_end("import", *arguments, "--json")
        self.assertEqual(finished.code, code, finished)
        for secret in SECRETS:
            self.assertNotIn(secret, finished.output + finished.error)
        return json.loads(finished.output)

    def kinds(self, answer: dict[str, object]) -> dict[str, tuple[int, int]]:
        return {kind["kind"]: (kind["taken"], kind["known"]) for kind in answer["kinds"]}

    def left(self, answer: dict[str, object], kind: str) -> dict[str, str]:
        found, = [one for one in answer["kinds"] if one["kind"] == kind]
        return {item["name"]: item["reason"] for item in found["left"]}

    def gateway(self, model: FakeModel) -> Gateway:
        path = self.state / "openclaw.json"
        config = json.loads(path.read_text()) if path.exists() else {}
        config["gateway"] = {"mode": "local", "port": free_port(), "auth": {"token": "secret"}}
        config["models"] = {"providers": {"local": {"baseUrl": model.base, "api": "openai-completions"}}}
        config["agents"] = {"defaults": {"model": "local/fake"}}
        self.configure(config)
        return self.start("gateway", "run").ready()

    def goes_on(self, told: list[str], untold: list[str]) -> None:
        """The conversation continues with what was said, and the device comes in with the token that it has."""
        with serving() as model:
            gateway = self.gateway(model)
            answer = self.run_to_end("agent", "--message", "What is my cat called?", "--json")
            self.assertEqual(answer.code, 0, answer)
            request = json.dumps(model.requests[-1])
            for text in told:
                self.assertIn(text, request)
            for text in untold:
                self.assertNotIn(text, request)
            with Client(WebSocket(gateway.address)) as client:
                client.connect({"token": DEVICE_TOKEN}, self.device, scopes=("operator.admin",))
                paired = client.call("device.pair.list")
                self.assertEqual([one["deviceId"] for one in paired["paired"]].count(self.device.id), 1)
                self.assertEqual(paired["pending"], [])
            self.assertEqual(gateway.terminate(), 0)

    def check_year(self, told: list[str], untold: list[str]) -> dict[str, object]:
        before = hashed(self.source)
        trial = self.imported("--dry-run")
        self.assertEqual(os.listdir(self.home), [self.source.name], "a trial writes nothing")
        answer = self.imported()
        self.assertEqual([trial["kinds"], trial["from"]], [answer["kinds"], answer["from"]])
        self.assertEqual(self.kinds(answer), {
            "sessions": (1, 0), "devices": (1, 0), "nodes": (1, 0), "exec approvals": (1, 0), "identity": (1, 0),
            "keys": (1, 0), "cron jobs": (1, 0), "allow-lists": (0, 0), "others": (0, 0)})
        self.assertIn("waits", self.left(answer, "allow-lists")["credentials/telegram-allowFrom.json"])
        self.assertIn("sign-in", self.left(answer, "keys")["main: anthropic:me"])
        again = self.imported()
        self.assertEqual({kind: both for kind, both in self.kinds(again).items() if both != (0, 0)}, {
            kind: (0, 1) for kind in ["sessions", "devices", "nodes", "cron jobs", "exec approvals", "identity", "keys"]})
        config = json.loads((self.state / "openclaw.json").read_text())
        self.assertEqual(config["auth"]["profiles"]["openai:default"]["key"], KEY)
        rules = json.loads((self.state / "exec-approvals.json").read_text())
        self.assertEqual(rules["agents"]["main"]["allowlist"][0]["pattern"], "/usr/bin/uptime")
        self.assertNotIn("socket", rules)
        self.goes_on(told, untold)
        self.assertEqual(self.kinds(self.imported())["sessions"], (0, 1), "what went on here is not begun again")
        self.assertEqual(hashed(self.source), before)
        return answer

    def test_a_state_of_2025(self) -> None:
        of_2025(self.source, self.device, free_port())
        answer = self.check_year(["my cat is called Nyx", "Noted, Nyx."], ['"timest'])
        self.assertIn("1 damaged line", answer["kinds"][0]["partly"][0]["reason"])

    def test_a_state_of_2026(self) -> None:
        of_2026(self.source, self.device, free_port())
        answer = self.check_year(
            ["We spoke of pets.", "my cat is called Nyx", "Noted, Nyx."], ["forgotten by the summary", "given up"])
        left = self.left(answer, "sessions")
        place = "agents/main/sessions: agent:main:"
        self.assertIn("is no session key", left[place + "../../etc"])
        self.assertIn("may name a file", left[place + "climbs"])
        self.assertIn("symbolic link", left[place + "linked"])
        self.assertIn("the format 99", left[place + "newer"])
        self.assertIn("no transcript", left[place + "gone"])

    def test_in_the_directory_of_the_profile_itself(self) -> None:
        self.source = self.state
        of_2026(self.source, self.device, free_port())
        before = hashed(self.source)
        gateway = self.start("gateway", "run", "--allow-unconfigured", "--port", "0").ready()
        self.assertIn("openclaw import --from ~/.openclaw", gateway.error)
        self.assertEqual(self.imported(code=78)["error"]["reason"], "owned-state")
        self.assertEqual(gateway.terminate(), 0)
        answer = self.imported()
        self.assertEqual(self.kinds(answer)["sessions"], (1, 0))
        self.assertIn("a file of the source", self.left(answer, "keys")["main: openai:default"])
        self.assertEqual(self.kinds(self.imported())["sessions"], (0, 1))
        after = hashed(self.source)
        self.assertEqual({name: after.get(name) for name in before}, before)

    def test_while_the_other_gateway_runs_nothing_is_taken(self) -> None:
        of_2025(self.source, self.device, free_port())
        temporary = self.scratch("tmp")
        folder = temporary / "clawdbot-1"
        folder.mkdir(parents=True)
        lock = folder / "gateway.0123abcd.lock"
        lock.write_text(json.dumps({
            "pid": os.getpid(), "createdAt": "2026-01-15T09:20:00.000Z",
            "configPath": str(self.source / "clawdbot.json")}))
        finished = self.run_to_end("import", env={"TMPDIR": str(temporary)})
        self.assertEqual(finished.code, 75, finished)
        self.assertIn(f"process {os.getpid()}", finished.error)
        self.assertFalse(self.state.exists())
        lock.write_text(json.dumps({
            "pid": os.getpid(), "startTime": 1, "createdAt": "2026-01-15T09:20:00.000Z",
            "configPath": str(self.source / "clawdbot.json")}))
        finished = self.run_to_end("import", env={"TMPDIR": str(temporary)})
        self.assertEqual(finished.code, 0, "the number is another's now")


if __name__ == "__main__":
    unittest.main()

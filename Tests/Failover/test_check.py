"""`failover check`: broken set-ups, each named with its cure."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
import unittest
from collections.abc import Callable
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "BinaryTests"))

from fake_model import serving  # noqa: E402
from fake_telegram import TOKEN, telegram  # noqa: E402
from harness import BinaryTest  # noqa: E402

SECRET = "s" * 64


class Primary:
    """Something on the primary's address."""

    def __init__(self) -> None:
        self.status = 200
        self.ahead = 0.0
        owner = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response_only(owner.status)
                self.send_header("Date", formatdate(time.time() + owner.ahead, usegmt=True))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.server.server_address[1]}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class Check(BinaryTest):
    """A standby that is right in all; each test breaks one thing."""

    def setUp(self) -> None:
        super().setUp()
        self.primary = Primary()
        self.addCleanup(self.primary.close)
        model = serving()
        self.model = model.__enter__()
        self.addCleanup(model.__exit__, None, None, None)
        bots = telegram()
        self.bots = bots.__enter__()
        self.addCleanup(bots.__exit__, None, None, None)
        self.remote = self.scratch("remote.git")
        self.workspace = self.state / "workspace"
        self.state.mkdir(mode=0o700)
        self.git("init", "-q", "--bare", "-b", "main", str(self.remote))
        self.git("clone", "-q", str(self.remote), str(self.workspace))
        self.git("-C", str(self.workspace), "commit", "-q", "--allow-empty", "-m", "first")
        self.git("-C", str(self.workspace), "push", "-q", "origin", "HEAD:main")
        self.config: dict[str, object] = {
            "gateway": {"mode": "local", "port": 28000, "auth": {"token": "t" * 40}},
            "agents": {"defaults": {"model": "mine/fake"}},
            "models": {"providers": {"mine": {
                "baseUrl": self.model.base, "api": "openai-completions", "apiKey": "sk",
                "models": [{"id": "fake", "name": "fake"}]}}},
            "channels": {"telegram": {"botToken": TOKEN, "apiRoot": self.bots.url}},
            "failover": {
                "enabled": True, "role": "standby", "peers": [{"url": self.primary.url, "token": SECRET}],
                "channels": ["telegram"], "witnesses": [self.primary.url.replace("ws", "http")]},
        }

    def git(self, *words: str) -> None:
        identity = {f"GIT_{who}_{what}": "x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        subprocess.run(["git", *words], check=True, capture_output=True, env=self.environment(identity), timeout=60)

    def found(self, *words: str) -> dict[str, list[dict[str, str]]]:
        """What was found of weight, by the check's name. That no gateway runs here is not what is tested."""
        self.configure(self.config)
        done = self.run_to_end("failover", "check", "--json", *words)
        answer = json.loads(done.output)
        self.assertEqual(done.code, 0 if answer["ok"] else 1, done.error)
        self.assertNotIn(SECRET, done.output)
        self.assertNotIn(TOKEN, done.output)
        found = {}
        for check in answer["checks"]:
            findings = [one for one in check["findings"] if one["severity"] != "note"]
            if findings and not (check["id"] == "monitor" and "does not run" in findings[0]["detail"]):
                found[check["id"]] = findings
        return found

    def only(self, check: str, says: str, cure: str, *words: str) -> None:
        found = self.found(*words)
        self.assertEqual(list(found), [check], found)
        self.assertIn(says, found[check][0]["detail"])
        self.assertIn(cure, found[check][0]["cure"])

    @property
    def failover(self) -> dict[str, object]:
        return self.config["failover"]

    def test_what_is_right_is_not_complained_about(self) -> None:
        self.assertEqual(self.found(), {})
        self.assertEqual(self.bots.calls, ["getMe"], "something was taken from the platform")
        self.assertEqual(len(self.model.requests), 1)
        self.assertEqual(self.found("--offline"), {})
        self.assertEqual((self.bots.calls, len(self.model.requests)), (["getMe"], 1))

    def test_failover_that_is_off(self) -> None:
        self.failover["enabled"] = False
        self.only("config", "not enabled here", "failover pair user@standby")

    def test_a_configuration_that_contradicts_itself(self) -> None:
        self.failover["priority"] = 0
        self.only("config", "1 or more for a standby", "config validate")

    def test_a_primary_that_is_down(self) -> None:
        self.primary.close()
        self.failover["witnesses"] = ["gateway", "dns"]
        self.only("reach", "does not answer", "openclaw gateway status")

    def test_somebody_else_on_its_address(self) -> None:
        self.primary.status = 404
        self.only("reach", "HTTP 404", "curl -i http://127.0.0.1")

    def test_its_own_address_as_the_primary_s(self) -> None:
        self.failover["peers"] = [{"url": "ws://127.0.0.1:28000", "token": SECRET}]
        self.only("reach", "this node's own address", "config set failover.peers[0].url")

    def test_clocks_that_differ(self) -> None:
        self.primary.ahead = 120
        self.only("reach", "s ahead of this one", "timedatectl set-ntp true")

    def test_no_secret(self) -> None:
        self.failover["peers"] = [{"url": self.primary.url}]
        self.only("secret", "has no token", "failover pair")

    def test_a_secret_that_can_be_guessed(self) -> None:
        self.failover["peers"] = [{"url": self.primary.url, "token": "short"}]
        self.only("secret", "could be guessed", "openssl rand -hex 32")

    def test_a_channel_that_is_not_set_up(self) -> None:
        self.failover["channels"] = ["telegram", "discord"]
        self.only("ownership", "discord is not set up", "channels add --channel discord")

    def test_a_bot_that_another_profile_has(self) -> None:
        other = self.home / ".openclaw-two"
        other.mkdir(mode=0o700)
        (other / "openclaw.json").write_text(json.dumps({"channels": {"telegram": {"botToken": TOKEN}}}))
        self.only("ownership", "profile two has the same bot", "channels login")

    def test_a_bot_that_its_platform_does_not_know(self) -> None:
        self.config["channels"]["telegram"]["botToken"] = "1:wrong"
        self.only("channels", "", "channels login --channel telegram")

    def test_a_model_whose_key_is_wrong(self) -> None:
        self.model.status = 401
        self.only("model", "HTTP 401", "models test")

    def test_no_model(self) -> None:
        del self.config["agents"]
        self.only("model", "no model is chosen", "models set")

    def test_a_workspace_that_is_no_repository(self) -> None:
        subprocess.run(["rm", "-rf", str(self.workspace / ".git")], check=True)
        self.only("workspace", "is no git repository", "git clone")

    def test_a_remote_that_is_gone(self) -> None:
        self.remote.rename(self.scratch("gone.git"))
        self.only("workspace", "does not appear to be a git repository", "remote -v")

    def test_files_that_stand_in_a_pull_s_way(self) -> None:
        (self.workspace / "mine.md").write_text("mine\n")
        self.only("workspace", "1 files were changed on the standby", "stash --include-untracked")

    def test_a_host_for_secrets_that_lets_nobody_in(self) -> None:
        where = self.scratch("bin")
        where.mkdir()
        for name, text in (
            ("ssh", "echo 'claw@vault: Permission denied (publickey).' >&2; exit 255"), ("rsync", "exit 0")):
            (where / name).write_text(f"#!/bin/sh\n{text}\n")
            (where / name).chmod(0o755)
        self.failover["promote"] = {"secretsHost": "claw@vault"}
        self.path = f"{where}:/usr/bin:/bin"
        self.only("secrets-host", "ssh-copy-id", "ssh claw@vault rsync --version")

    path = "/usr/bin:/bin"

    def environment(self, changes: dict[str, str | None] | None = None) -> dict[str, str]:
        return super().environment({"PATH": self.path, "GIT_CONFIG_NOSYSTEM": "1", **(changes or {})})

    def test_no_witness(self) -> None:
        closed: Callable[[], str] = lambda: "http://127.0.0.1:1/"
        self.failover["witnesses"] = [closed()]
        self.only("witnesses", "none answers", "failover.witnesses")

    def test_a_hook_that_cannot_be_run(self) -> None:
        self.failover["hooks"] = {"prePromote": "/missing/hook"}
        self.only("hook", "there is no such file", "chmod +x /missing/hook")

    def test_a_token_that_changes_with_each_start(self) -> None:
        del self.config["gateway"]["auth"]
        self.only("token", "each start makes a new one", "doctor --generate-gateway-token")

    def test_the_words_for_people(self) -> None:
        self.failover["hooks"] = {"prePromote": "/missing/hook"}
        self.configure(self.config)
        done = self.run_to_end("failover", "check", "--offline")
        self.assertEqual(done.code, 1)
        self.assertIn("failover.hooks.prePromote", done.output)
        self.assertIn("try: chmod +x /missing/hook", done.output)


if __name__ == "__main__":
    unittest.main()

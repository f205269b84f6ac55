"""`failover pair` over a real sshd: from nothing to a pair, cut short at each step, and back to nothing."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import unittest
from pathlib import Path

from ssh_host import SSHTest, free_port

from harness import Finished, until

TOKEN = "123456:the-standby's-own-bot"
KEY = "sk-of-the-primary"
STEPS = ("ssh", "binary", "secret", "push", "configuration", "service", "primary", "check")


def contents(directory: Path) -> dict[str, object]:
    """Everything beneath `directory`, byte for byte, without git and what every change of the configuration leaves."""
    found: dict[str, object] = {}
    for path in sorted(directory.rglob("*")):
        name = str(path.relative_to(directory))
        if "/.git" in f"/{name}" or ".bak." in name or name.endswith(".lock"):
            continue
        mode = path.lstat().st_mode
        found[name] = (mode, path.read_bytes() if stat.S_ISREG(mode) else None)
    return found


class PairTest(SSHTest):
    def setUp(self) -> None:
        super().setUp()
        self.port, self.standby_port = free_port(), free_port()
        self.configure({
            "gateway": {"mode": "local", "port": self.port, "auth": {"token": "t" * 40}},
            "agents": {"defaults": {"model": "mine/fake"}},
            "models": {"providers": {"mine": {
                "baseUrl": "http://127.0.0.1:1/v1", "api": "openai-completions", "apiKey": KEY,
                "models": [{"id": "fake", "name": "fake"}]}}},
            "channels": {"telegram": {"botToken": "1:of-the-primary", "dmPolicy": "allowlist", "allowFrom": [7]}},
        })
        self.workspace = self.state / "workspace"
        self.workspace.mkdir()
        (self.workspace / "MEMORY.md").write_text("what was learnt\n")
        self.token_file = self.scratch("token")
        self.token_file.write_text(TOKEN + "\n")

    @property
    def words(self) -> tuple[str, ...]:
        return (
            "failover", "pair", self.target, "--channel", f"telegram:{self.token_file}", "--standby-port",
            str(self.standby_port), "--no-service", "--offline", "--yes")

    def pair(self) -> Finished:
        """A whole program is copied, which on a busy machine takes its time."""
        gateway = self.launch(self.words)
        return Finished(gateway.wait(within=300), gateway.output, gateway.error)

    def unpair(self) -> None:
        done = self.run_to_end("failover", "unpair", "--yes")
        self.assertEqual(done.code, 0, done.output + done.error)

    @property
    def there(self) -> Path:
        return self.standby / ".openclaw"

    def assert_paired(self, done: Finished) -> None:
        # The gateways do not run, which the checks of both say.
        self.assertEqual(done.code, 1, done.output + done.error)
        for step in STEPS:
            self.assertIn(f" {step}: ", done.output, done.error)
        theirs = json.loads(re.sub(r"(?m)^ *//.*$", "", (self.there / "openclaw.json").read_text()))
        ours = json.loads((self.state / "openclaw.json").read_text())
        self.assertEqual(theirs["failover"]["role"], "standby")
        self.assertEqual(theirs["failover"]["peers"][0]["url"], f"ws://127.0.0.1:{self.port}")
        self.assertEqual(theirs["failover"]["channels"], ["telegram"])
        self.assertEqual(theirs["gateway"]["port"], self.standby_port)
        self.assertEqual(theirs["channels"]["telegram"]["allowFrom"], [7])
        self.assertEqual(ours["failover"]["role"], "primary")
        self.assertEqual(ours["failover"]["peers"][0]["url"], f"ws://127.0.0.1:{self.standby_port}")
        here, there = (json.loads((state / "secrets.json").read_text()) for state in (self.state, self.there))
        self.assertEqual(here["failover.peers[0].token"], there["failover.peers[0].token"])
        self.assertEqual(len(here["failover.peers[0].token"]), 64)
        self.assertEqual(there["channels.telegram.botToken"], TOKEN)
        self.assertEqual(there["models.providers.mine.apiKey"], KEY)
        self.assertEqual((self.there / "workspace" / "MEMORY.md").read_text(), "what was learnt\n")
        self.assertEqual(
            (self.standby / ".local/bin/openclaw").stat().st_size, os.stat(os.environ["OPENCLAW_BIN"]).st_size)

    def run_there(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.standby / ".local/bin/openclaw"), *words], capture_output=True, text=True, check=False,
            env={"HOME": str(self.standby), "PATH": "/usr/bin:/bin"}, timeout=60)


class Pairing(PairTest):
    def test_from_nothing_to_a_pair_and_back(self) -> None:
        before = contents(self.home)
        done = self.pair()
        self.assert_paired(done)
        for state in (self.state, self.there):
            for name in ("openclaw.json", "secrets.json"):
                self.assertEqual(stat.S_IMODE((state / name).stat().st_mode), 0o600, name)
        self.assertEqual(self.run_there("config", "validate").returncode, 0)

        # Secrets stand in no output, in no command line, and in no journal.
        secret = json.loads((self.state / "secrets.json").read_text())["failover.peers[0].token"]
        journals = (self.state / "failover-pair.json").read_text() + (self.there / "failover-join.json").read_text()
        for text in (done.output, done.error, self.ssh_words, journals):
            for one in (secret, TOKEN, KEY):
                self.assertNotIn(one, text)

        # A second time nothing is done.
        both = contents(self.home), contents(self.standby)
        again = self.pair()
        self.assert_paired(again)
        self.assertIn("it is there already", again.output)
        self.assertEqual((contents(self.home), contents(self.standby)), both)

        # What changes is pushed to the standby, and pulled there.
        (self.workspace / "MEMORY.md").write_text("more\n")
        self.assert_paired_after_change()

        self.unpair()
        self.assertEqual(contents(self.standby), {})
        (self.workspace / "MEMORY.md").write_text("what was learnt\n")
        self.assertEqual(contents(self.home), before)
        self.assertIn("no standby", self.run_to_end("failover", "unpair", "--yes").output)

    def assert_paired_after_change(self) -> None:
        done = self.pair()
        self.assertEqual(done.code, 1, done.error)
        subprocess.run(["git", "-C", str(self.there / "workspace"), "pull", "-q", "--ff-only"], check=True, timeout=60)
        self.assertEqual((self.there / "workspace" / "MEMORY.md").read_text(), "more\n")

    def test_cut_short_at_each_step_it_goes_on(self) -> None:
        before = contents(self.home)
        for step in STEPS[:-1]:
            with self.subTest(step):
                gateway = self.launch(self.words)
                until(lambda: f" {step}: " in gateway.output or gateway.process.poll() is not None, f"step {step}", within=300)
                gateway.process.kill()
                gateway.wait()
                self.assertIn(f" {step}: ", gateway.output, gateway.error)
        self.assert_paired(self.pair())
        self.unpair()
        self.assertEqual(contents(self.standby), {})
        self.assertEqual(contents(self.home), before)

    def test_cut_short_it_is_undone_as_well(self) -> None:
        before = contents(self.home)
        for step in ("binary", "secret", "configuration", "primary"):
            with self.subTest(step):
                gateway = self.launch(self.words)
                until(lambda: f" {step}: " in gateway.output or gateway.process.poll() is not None, f"step {step}", within=300)
                gateway.process.kill()
                gateway.wait()
                self.unpair()
                self.assertEqual(contents(self.standby), {})
                self.assertEqual(contents(self.home), before)

    def test_what_was_there_before_is_there_afterwards(self) -> None:
        self.there.mkdir()
        config = self.there / "openclaw.json"
        config.write_text('{\n  // mine\n  "gateway": { "port": 29000 },\n  "channels": { "irc": { "host": "irc.test" } }\n}\n')
        config.chmod(0o600)
        (self.standby / ".local/bin").mkdir(parents=True)
        (self.standby / ".local/bin/openclaw").write_text("#!/bin/sh\necho mine\n")
        before = contents(self.standby)
        self.assert_paired(self.pair())
        self.unpair()
        self.assertEqual(contents(self.standby), before)

    def test_work_of_the_standby_is_not_thrown_away(self) -> None:
        self.assert_paired(self.pair())
        (self.there / "workspace" / "notes.md").write_text("written while the primary was down\n")
        done = self.run_to_end("failover", "unpair", "--yes")
        self.assertEqual(done.code, 0, done.error)
        self.assertIn(str(self.there / "workspace"), done.output)
        self.assertTrue((self.there / "workspace" / "notes.md").exists())
        self.assertFalse((self.there / "failover-join.json").exists())


class Refusals(PairTest):
    def refused(self, *words: str, says: str, code: int = 1) -> Finished:
        before = contents(self.home), contents(self.standby)
        done = self.run_to_end(*words)
        self.assertEqual(done.code, code, done.output + done.error)
        self.assertIn(says, done.error)
        self.assertEqual((contents(self.home), contents(self.standby)), before)
        return done

    def test_the_primary_s_own_bot_is_refused(self) -> None:
        self.token_file.write_text("1:of-the-primary\n")
        done = self.refused(*self.words, says="that is the bot of this node (channels.telegram.botToken)")
        self.assertNotIn("of-the-primary", done.error)

    def test_a_standby_needs_a_bot(self) -> None:
        self.refused("failover", "pair", self.target, "--yes", code=2, says="needs a bot of its own")
        self.refused("failover", "pair", self.target, "--channel", "telegram", "--yes", code=2, says="name:token-file")

    def test_a_host_that_lets_nobody_in(self) -> None:
        (self.keys / "authorized").write_text("")
        self.refused(*self.words, code=3, says="ssh-copy-id")

    def test_a_host_that_is_not_there(self) -> None:
        self.sshd.terminate()
        self.sshd.wait()
        self.refused(*self.words, code=3, says="is not reached")

    def test_a_gateway_on_loopback_cannot_be_watched_from_elsewhere(self) -> None:
        # ssh itself comes over loopback here, so the address is given.
        words = (*self.words, "--url", "http://100.64.0.1:1")
        self.refused(*words, code=2, says="does not begin with ws:// or wss://")

    def test_without_a_gateway_there_is_nothing_to_stand_in_for(self) -> None:
        self.configure({})
        self.refused(*self.words, says="no gateway is set up here yet")

    def test_nodes_that_were_named_by_hand_stay(self) -> None:
        config = json.loads((self.state / "openclaw.json").read_text())
        self.configure({**config, "failover": {"peers": [{"url": "ws://100.64.0.9:18789", "priority": 1}]}})
        self.refused(*self.words, says="names other nodes already: ws://100.64.0.9:18789")

    def test_files_in_the_way_stay(self) -> None:
        (self.there / "workspace").mkdir(parents=True)
        (self.there / "workspace" / "mine.md").write_text("mine\n")
        done = self.pair()
        self.assertEqual(done.code, 1)
        self.assertIn("has files and is no copy", done.error)
        self.assertEqual((self.there / "workspace" / "mine.md").read_text(), "mine\n")
        self.unpair()
        self.assertEqual([path.name for path in self.standby.rglob("*.md")], ["mine.md"])
        self.assertFalse((self.there / "openclaw.json").exists())

    def test_one_standby_at_a_time(self) -> None:
        self.assert_paired(self.pair())
        self.refused(
            "failover", "pair", "claw@other", *self.words[3:], says="has a standby already")
        # The other way round neither.
        done = self.run_there("failover", "pair", "claw@other", "--channel", f"telegram:{self.token_file}", "--yes")
        self.assertIn("is the standby of another gateway", done.stderr)

    def test_a_standby_that_is_gone_is_left(self) -> None:
        self.assert_paired(self.pair())
        self.sshd.terminate()
        self.sshd.wait()
        self.refused("failover", "unpair", "--yes", code=3, says="failover unpair --here")
        done = self.run_to_end("failover", "unpair", "--here", "--yes")
        self.assertEqual(done.code, 0, done.error)
        self.assertNotIn("failover", json.loads((self.state / "openclaw.json").read_text()))


if __name__ == "__main__":
    unittest.main()

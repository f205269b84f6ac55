"""Two booted machines, a cable between them, and the one command that makes them a pair."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS / "Failover"), str(TESTS / "Channels")]

from machine import Machine, User

from harness import binary, until
from hosts import Lab, served_in
from telegram_server import TelegramServer

# For the whole of `failover pair`, the drill included.
LIMIT = 120.0


class Pair(unittest.TestCase):
    def setUp(self) -> None:
        scratch = Path(tempfile.mkdtemp(prefix="openclaw-machines-"))
        self.addCleanup(shutil.rmtree, scratch, ignore_errors=True)
        self.lab = Lab(scratch)
        self.addCleanup(self.lab.end)
        self.bots = [self.bot(number) for number in range(2)]
        self.machines = [self.machine(scratch, name) for name in ("one", "two")]
        self.one, self.two = (User(machine, "ada", 1001) for machine in self.machines)
        self.let_in()
        self.one.configure({
            "gateway": {"mode": "local", "bind": "lan", "auth": {"mode": "token", "token": "the-token-of-one"}},
            "channels": {"telegram": {"botToken": self.bots[0].token, "apiRoot": self.bots[0].url, "dmPolicy": "open",
                                      "allowFrom": ["*"]}}})
        self.one.openclaw("gateway", "install")
        self.bots[0].say("/whoami")
        until(lambda: len(self.bots[0].said()) == 1, "the primary answers")
        self.machines[0].write("/home/ada/standby-token", self.bots[1].token + "\n", "ada")

    def bot(self, number: int) -> TelegramServer:
        bot = TelegramServer()
        bot.token = f"{700 + number}:AAF-the_token_of_{number}"
        served_in(self.lab, bot)
        self.addCleanup(bot.stop)
        return bot

    def machine(self, scratch: Path, name: str) -> Machine:
        host = self.lab.host(name)
        root = Path(os.environ["OPENCLAW_SYSTEMD_ROOT"])
        log = Path(os.environ["OPENCLAW_SYSTEMD_LOG"]).with_name(f"systemd-pair-{name}.log")
        # The program is on the primary only: the standby gets it from there.
        machine = Machine(root, Path(binary()), log, f"--network-namespace-path=/run/netns/{host.namespace}",
                          has_binary=name == "one")
        self.addCleanup(machine.end)
        return machine.boot()

    def let_in(self) -> None:
        """ada on the first may come to the second by ssh, as a person has set it up before."""
        for machine in self.machines:
            until(lambda machine=machine: machine.run("systemctl", "is-active", "ssh").stdout.strip() == "active", "sshd")
        made = self.one.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "/home/ada/.ssh/id_ed25519")
        if made.returncode != 0:
            self.one.run("mkdir", "-m", "700", "/home/ada/.ssh")
            made = self.one.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "/home/ada/.ssh/id_ed25519")
        self.assertEqual(made.returncode, 0, made.stderr)
        key = self.one.run("cat", "/home/ada/.ssh/id_ed25519.pub").stdout
        self.machines[1].write("/home/ada/.ssh/authorized_keys", key, "ada")
        keys = self.one.run("ssh-keyscan", "-t", "ed25519", self.lab.hosts[1].address).stdout
        self.machines[0].write("/home/ada/.ssh/known_hosts", keys, "ada")
        self.target = f"ada@{self.lab.hosts[1].address}"

    def pair(self) -> dict[str, object]:
        return self.one.openclaw("failover", "pair", self.target, "--channel", "telegram:/home/ada/standby-token")

    def standby(self) -> dict[str, object]:
        done = self.two.run("/home/ada/.local/bin/openclaw", "failover", "status", "--json")
        return json.loads(done.stdout) if done.returncode == 0 else {}

    def test_one_command_makes_a_pair_that_holds(self) -> None:
        began = time.monotonic()
        self.pair()
        took = time.monotonic() - began
        print(f"failover pair took {took:.1f} s")
        self.assertLess(took, LIMIT)
        # Once more changes nothing.
        self.pair()
        until(lambda: self.standby().get("state") == "watching", "the standby watches")
        self.lab.hosts[0].cut()
        self.bots[1].say("/whoami")
        until(lambda: len(self.bots[1].said()) == 1, "the standby answers")
        self.lab.hosts[0].mend()
        until(lambda: self.standby().get("state") == "watching", "the standby steps back", within=150)
        self.bots[0].say("/whoami")
        until(lambda: len(self.bots[0].said()) == 2, "the primary answers")
        self.assertEqual(len(self.bots[1].said()), 1)
        for user, secret in ((self.one, self.bots[1].token), (self.two, self.bots[0].token)):
            found = user.run("grep", "-rlF", secret, "/home/ada/.openclaw").stdout
            self.assertEqual(found, "", "neither has the other's bot")
        self.one.openclaw("failover", "unpair", "--yes")
        left = self.two.run("find", "/home/ada/.config/systemd", "-name", "*openclaw*").stdout
        self.assertEqual(left, "")
        self.bots[0].say("/whoami")
        until(lambda: len(self.bots[0].said()) == 3, "the primary goes on alone")


if __name__ == "__main__":
    unittest.main()

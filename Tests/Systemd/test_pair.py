"""Two booted machines with a cable between them: the one command that makes them a pair, and the page that says how."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path
from secrets import token_hex

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS / "BinaryTests"), str(TESTS / "Failover"), str(TESTS / "Channels")]

from discord_server import ADA, DiscordServer  # noqa: E402
from harness import binary, until  # noqa: E402
from hosts import Lab, served_in  # noqa: E402
from machine import Machine, User  # noqa: E402
from service import Service  # noqa: E402
from telegram_server import TelegramServer  # noqa: E402

# For the whole of `failover pair`, the drill included.
LIMIT = 120.0
PAGE = TESTS.parent / "Docs" / "failover.md"


class Machines(unittest.TestCase):
    """Two machines of one user, who may go from the first to the second by ssh, as a person has set it up before."""

    network = {"network": "10.77.0"}
    user = "ada"
    has_program = (True, False)

    def setUp(self) -> None:
        scratch = Path(tempfile.mkdtemp(prefix="openclaw-machines-"))
        self.addCleanup(shutil.rmtree, scratch, ignore_errors=True)
        self.lab = Lab(scratch, **self.network)
        self.addCleanup(self.lab.end)
        self.machines = [self.machine(name, has) for name, has in zip(("primary", "standby"), self.has_program)]
        self.one, self.two = (self.person(machine) for machine in self.machines)
        self.let_in()

    def machine(self, name: str, has_program: bool) -> Machine:
        host = self.lab.host(name)
        log = Path(os.environ["OPENCLAW_SYSTEMD_LOG"]).with_name(f"systemd-{host.namespace}.log")
        machine = Machine(
            Path(os.environ["OPENCLAW_SYSTEMD_ROOT"]), Path(binary()).resolve(), log,
            f"--network-namespace-path=/run/netns/{host.namespace}", has_program)
        self.addCleanup(machine.end)
        machine.boot()
        machine.run("hostnamectl", "set-hostname", name)
        return machine

    def person(self, machine: Machine) -> User:
        number = machine.run("id", "-u", self.user).stdout.strip()
        if not number:
            machine.run("useradd", "-m", "-s", "/bin/bash", self.user)
            machine.run("loginctl", "enable-linger", self.user)
            number = machine.run("id", "-u", self.user).stdout.strip()
        user = User(machine, self.user, int(number))
        until(lambda: user.run("systemctl", "--user", "is-system-running").stdout.strip() not in ("", "offline"), "its manager")
        return user

    def let_in(self) -> None:
        home, address = self.one.home, self.lab.hosts[1].address
        until(lambda: self.machines[1].run("systemctl", "is-active", "ssh").stdout.strip() == "active", "sshd")
        for host in self.lab.hosts:
            for machine in self.machines:
                machine.run("sh", "-c", f"echo {host.address} {host.name} >> /etc/hosts")
        self.one.run("mkdir", "-m", "700", f"{home}/.ssh")
        made = self.one.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"{home}/.ssh/id_ed25519")
        self.assertEqual(made.returncode, 0, made.stderr)
        key = self.one.run("cat", f"{home}/.ssh/id_ed25519.pub").stdout
        self.machines[1].write(f"{home}/.ssh/authorized_keys", key, self.user)
        keys = until(lambda: self.one.run("ssh-keyscan", "-t", "ed25519", address, "standby").stdout, "its key")
        self.machines[0].write(f"{home}/.ssh/known_hosts", keys, self.user)

    def two_bots(self, kind: type[Service], tokens: tuple[str, str]) -> list[Service]:
        """A chat platform by one name, whose first bot the primary's host reaches, and whose second the standby's."""
        bots = [kind(), kind()]
        addresses = [self.lab.address, self.lab.second_address()]
        for number, (bot, token, machine) in enumerate(zip(bots, tokens, self.machines)):
            bot.token, bot.others = token, set(tokens)
            served_in(self.lab, bot, addresses[number], bots[0].port)
            self.addCleanup(bot.stop)
            machine.run("sh", "-c", f"echo {addresses[number]} chat.test >> /etc/hosts")
            bot.host = "chat.test"
        return bots

    def sh(self, user: User, script: str, within: float = LIMIT, flags: str = "-ec") -> str:
        """Runs a script as a person would, at a terminal; whoever asks is told yes."""
        words = user.words("script", "-qec", f"bash {flags} {shlex.quote(script)}", "/dev/null")
        done = subprocess.run(user.machine._inside(words), input="y\n" * 20, capture_output=True, text=True, timeout=within)
        self.assertEqual(done.returncode, 0, f"{script}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def state(self, user: User) -> str:
        try:
            return json.loads(self.status(user))["state"]
        except (ValueError, KeyError):
            return ""

    def status(self, user: User) -> str:
        program = "PATH=$HOME/.local/bin:$PATH; openclaw failover status --json"
        return user.run("sh", "-c", program).stdout


class Pair(Machines):
    def setUp(self) -> None:
        super().setUp()
        self.bots = self.two_bots(TelegramServer, ("700:AAF-the_token_of_one", "701:AAF-the_token_of_two"))
        self.one.configure({
            "gateway": {"mode": "local", "bind": "lan", "auth": {"mode": "token", "token": "the-token-of-one-and-no-other"}},
            "channels": {"telegram": {"botToken": self.bots[0].token, "apiRoot": self.bots[0].url, "dmPolicy": "open",
                                      "allowFrom": ["*"]}}})
        self.one.openclaw("gateway", "install")
        self.ask(0, 1)
        self.machines[0].write(f"{self.one.home}/standby-token", self.bots[1].token + "\n", self.user)
        self.machines[0].run("sh", "-c", f"chown {self.user}: {self.one.home} && chmod 755 {self.one.home}")

    def ask(self, bot: int, answers: int, within: float = 60) -> None:
        self.bots[bot].say("/whoami")
        until(lambda: len(self.bots[bot].said()) >= answers, f"bot {bot} answers", within)
        self.assertEqual(len(self.bots[bot].said()), answers)

    def pair(self) -> None:
        done = self.one.run("openclaw", "failover", "pair", f"{self.user}@standby", "--channel",
                            f"telegram:{self.one.home}/standby-token", "--yes")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.told = done.stdout

    def test_one_command_makes_a_pair_that_holds(self) -> None:
        began = time.monotonic()
        self.pair()
        took = time.monotonic() - began
        print(f"failover pair took {took:.1f} s")
        self.assertLess(took, LIMIT)
        self.assertIn("drill", self.told)
        # Once more changes nothing.
        self.pair()
        until(lambda: self.state(self.two) == "watching", "the standby watches")
        self.lab.hosts[0].cut()
        self.ask(1, 1)
        self.lab.hosts[0].mend()
        until(lambda: self.state(self.two) == "watching", "the standby steps back", within=180)
        self.ask(0, 2)
        self.assertEqual(len(self.bots[1].said()), 1)
        for user, secret in ((self.one, self.bots[1].token), (self.two, self.bots[0].token)):
            found = user.run("grep", "-rlF", secret, f"{user.home}/.openclaw").stdout
            self.assertEqual(found, "", "neither has the other's bot")
        self.sh(self.one, "openclaw failover unpair")
        left = self.two.run("find", f"{self.two.home}/.config/systemd", "-name", "*openclaw*").stdout
        self.assertEqual(left, "")
        self.ask(0, 3)


class Page(Machines):
    """Docs/failover.md, its blocks run as they stand there."""

    network = {"network": "100.64.0", "first": 1, "switch": 254}
    user = "claw"
    has_program = (True, True)
    # Whom the page lets in.
    owner = {**ADA, "id": "123456789012345678"}

    def setUp(self) -> None:
        super().setUp()
        self.bots = self.two_bots(DiscordServer, ("MTIz.abc.the_token_of_one", "MTIz.abc.the_token_of_two"))
        self.blocks = re.findall(r"```(\w+)\n(.*?)```", PAGE.read_text(), re.DOTALL)

    def block(self, beginning: str) -> str:
        found = [text for _, text in self.blocks if text.lstrip().startswith(beginning)]
        self.assertEqual(len(found), 1, f"one block that begins with {beginning}")
        return found[0]

    def answers(self, bot: DiscordServer) -> int:
        return sum(self.owner["id"] in one["content"] for one in bot.said())

    def whoami(self, bot: DiscordServer, count: int) -> None:
        bot.say("/whoami", user=self.owner)
        until(lambda: self.answers(bot) >= count, "the bot answers")
        self.assertEqual(self.answers(bot), count)

    def writes_until_it_answers(self, bot: DiscordServer) -> None:
        """As the page says: a bot that nobody wrote to yet is told by Discord only what is said while it is there."""
        end = time.monotonic() + 60
        while not self.answers(bot) and time.monotonic() < end:
            bot.say("/whoami", user=self.owner)
            time.sleep(1)
        self.assertGreater(self.answers(bot), 0)

    def look(self, user: User, block: str) -> None:
        """The block has a look at everything: there is nothing but the model, which these machines do not have."""
        told = self.sh(user, self.block(block) + "\ntrue", flags="-c")
        self.assertIn("1 of 14 to look at", told)
        self.assertIn("no model is chosen", told)

    def watches(self) -> None:
        until(lambda: self.state(self.two) == "watching", "the standby watches", within=180)

    def test_in_one_command(self) -> None:
        self.one.configure({
            "gateway": {"mode": "local", "auth": {"mode": "token", "token": "the-token-of-one-and-no-other"}},
            "channels": {"discord": {"token": self.bots[0].token, "apiRoot": self.bots[0].url, "dmPolicy": "allowlist",
                                     "allowFrom": [self.owner["id"]]}}})
        self.one.openclaw("gateway", "install")
        self.whoami(self.bots[0], 1)
        self.machines[0].write(f"{self.one.home}/standby-token", self.bots[1].token + "\n", self.user)
        self.machines[0].run("sh", "-c", f"chown {self.user}: {self.one.home} && chmod 755 {self.one.home}")
        self.sh(self.one, self.block("openclaw config set gateway.bind tailnet"))
        self.watches()
        self.assertRegex(self.sh(self.two, self.block("openclaw failover drill")), "promoting . watching: all steps done")
        self.sh(self.one, self.block("openclaw gateway stop"))
        self.writes_until_it_answers(self.bots[1])
        self.sh(self.one, self.block("openclaw gateway start"))
        self.watches()
        self.whoami(self.bots[0], 2)
        for user in (self.one, self.two):
            self.look(user, "openclaw failover check\nopenclaw failover status")
        self.sh(self.one, self.block("openclaw failover unpair"))
        self.whoami(self.bots[0], 3)

    def test_by_hand(self) -> None:
        settings = [text for kind, text in self.blocks if kind == "json5"][:2]
        for user, text, more in ((self.one, settings[0], ""),
                                 (self.two, settings[1], f"STANDBY_DISCORD_TOKEN={self.bots[1].token}\n")):
            user.machine.write(f"{user.home}/.openclaw/openclaw.json", text, self.user)
            user.machine.write(f"{user.home}/.openclaw/.env", "OPENCLAW_PEER_TOKEN=" + "27" * 32 + f"\nOPENCLAW_GATEWAY_TOKEN={token_hex(24)}\n" + more, self.user)
        # The only thing that is not the page's: where this Discord is.
        self.sh(self.two, f"openclaw config set channels.discord.apiRoot {self.bots[1].url}")
        for user in (self.one, self.two):
            self.sh(user, "openclaw failover install")
        self.watches()
        for user in (self.one, self.two):
            self.look(user, "openclaw failover install\nopenclaw failover check")
        self.assertRegex(self.sh(self.two, self.block("openclaw failover drill")), "promoting . watching: all steps done")
        self.machines[1].write(f"{self.two.home}/health-monitor.sh", "PRIMARY_IP=100.64.0.1\nFAIL_THRESHOLD=4\n", self.user)
        self.sh(self.two, self.block("openclaw failover import-script"))
        self.assertEqual(self.two.openclaw("config", "get", "failover.check.failThreshold"), 4)
        # As people ran it before: a monitor, and a gateway that is started when it is needed.
        self.sh(self.two, self.block("openclaw config set failover.promote.warm false"))
        until(lambda: self.unit("openclaw-health-monitor.service") == "active", "the monitor runs")
        self.assertEqual(self.unit("openclaw.service"), "inactive")
        # No gateway runs here: the monitor itself says where it stands.
        self.watches()
        self.sh(self.one, self.block("openclaw gateway stop"))
        self.writes_until_it_answers(self.bots[1])
        self.assertEqual(self.unit("openclaw.service"), "active")
        self.assertEqual(self.state(self.two), "active")
        until(lambda: self.told("took over: "), "the owner is told of it")
        self.sh(self.one, "openclaw gateway start")
        until(lambda: self.unit("openclaw.service") == "inactive", "it is stopped again", within=180)
        self.assertTrue(self.told("steps back: "))
        self.watches()

    def told(self, words: str) -> bool:
        return any(words in str(one["content"]) for one in self.bots[1].said())

    def unit(self, name: str) -> str:
        return self.two.run("systemctl", "--user", "is-active", name).stdout.strip()


if __name__ == "__main__":
    unittest.main()

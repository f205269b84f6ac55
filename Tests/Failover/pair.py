"""A primary and its standbys on hosts of their own, each with a bot of its own, and what a person would see of them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS / "BinaryTests"), str(TESTS / "Channels")]

from harness import binary, until  # noqa: E402
from hosts import Host, Lab, command, served_in  # noqa: E402
from telegram_server import TelegramServer  # noqa: E402

SECRET = "a-secret-of-the-pair-in-these-tests"
PORT = 18789


@dataclass
class Node:
    host: Host
    bot: TelegramServer
    config: dict[str, Any]
    process: subprocess.Popen[bytes] | None = None
    asked: int = 0
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.host.name

    @property
    def state(self) -> Path:
        return self.host.home / ".openclaw"

    @property
    def log(self) -> Path:
        return self.host.home / "output"

    @property
    def env(self) -> dict[str, str]:
        return {"HOME": str(self.host.home), "PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "LANG": "C.UTF-8", **self.extra}

    def configure(self) -> None:
        self.state.mkdir(mode=0o700, exist_ok=True)
        path = self.state / "openclaw.json"
        path.touch(mode=0o600)
        path.write_text(json.dumps(self.config, indent=2) + "\n")

    def begin(self) -> None:
        self.process = self.host.start(binary(), "gateway", "run", env=self.env, log=self.log)

    def signal(self, number: signal.Signals) -> None:
        assert self.process
        self.process.send_signal(number)

    def kill(self) -> None:
        assert self.process
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        self.signal(signal.SIGTERM)
        assert self.process
        return self.process.wait(60)

    def ask(self, *words: str, within: float = 60) -> subprocess.CompletedProcess[str]:
        return self.host.run(binary(), *words, env=self.env, within=within)

    def status(self) -> dict[str, Any]:
        """What `failover status` says; without a state while the gateway does not answer."""
        try:
            return json.loads(self.ask("failover", "status", "--json").stdout)
        except ValueError:
            return {}

    @property
    def failover(self) -> str:
        return str(self.status().get("state", ""))

    def history(self) -> list[dict[str, Any]]:
        done = self.ask("failover", "history", "--json")
        return json.loads(done.stdout)["entries"] if done.returncode == 0 else []

    # MARK: What a person does

    def say(self) -> None:
        self.asked += 1
        self.bot.say("/whoami")

    def answers(self) -> int:
        return len(self.bot.said())

    def is_answered(self) -> bool:
        """Everything that was said to its bot, and nothing twice."""
        count = self.answers()
        assert count <= self.asked, f"{self.name} answered {count} times to {self.asked} messages"
        return count == self.asked

    def messages(self) -> list[str]:
        lines: list[str] = []
        for path in sorted((self.state / "logs").glob("*.log")):
            lines += [json.loads(line)["message"] for line in path.read_bytes().split(b"\n")[:-1]]
        return lines


class Group:
    """One primary and `standbys`, all running and well when it is made."""

    def __init__(self, scratch: Path, standbys: int = 1, check: dict[str, int] | None = None, small_disks: bool = False,
                 **failover: Any) -> None:
        self.lab = Lab(scratch)
        self._disks: list[Path] = []
        self.witness = self.lab.witness()
        self.nodes: list[Node] = []
        hosts = [self.lab.host(name) for name in ("one", "two", "three")[:standbys + 1]]
        for number, host in enumerate(hosts):
            bot = TelegramServer()
            bot.token = f"{700 + number}:AAF-the_token_of_{host.name}"
            served_in(self.lab, bot)
            self.nodes.append(Node(host, bot, self.config(hosts, number, bot, check or {}, failover)))
        for node in self.nodes:
            if small_disks:
                self.give_disk(node)
            node.configure()

    def give_disk(self, node: Node) -> None:
        """A small disk for its state alone, which a test can fill."""
        node.state.mkdir(mode=0o700)
        command("mount", "-t", "tmpfs", "-o", "size=32m,mode=0700", "tmpfs", str(node.state))
        self._disks.append(node.state)

    def config(self, hosts: list[Host], number: int, bot: TelegramServer, check: dict[str, int],
               failover: dict[str, Any]) -> dict[str, Any]:
        peers = [{"url": f"ws://{host.address}:{PORT}", "token": SECRET, "priority": place}
                 for place, host in enumerate(hosts) if place != number]
        settings: dict[str, Any] = {
            "enabled": True, "role": "standby" if number else "primary", "priority": number, "peers": peers,
            "promote": {"gitPull": False}, **failover}
        if number:
            settings["witnesses"] = [self.witness]
            settings["check"] = check
        return {
            "gateway": {"mode": "local", "port": PORT, "bind": "lan",
                        "auth": {"mode": "token", "token": f"the-token-of-{hosts[number].name}"}},
            "channels": {"telegram": {"botToken": bot.token, "apiRoot": bot.url, "dmPolicy": "open", "allowFrom": ["*"]}},
            "failover": settings}

    @property
    def primary(self) -> Node:
        return self.nodes[0]

    @property
    def standby(self) -> Node:
        return self.nodes[1]

    def begin(self) -> None:
        for node in self.nodes:
            node.begin()
        self.primary.say()
        until(self.primary.is_answered, "the primary answers")
        for node in self.nodes[1:]:
            until(lambda node=node: node.failover == "watching", f"{node.name} watches")
            until(lambda node=node: self.is_proven(node), f"{node.name} knows the primary")

    def is_proven(self, node: Node) -> bool:
        status = node.status()
        above = status.get("peers") or [status.get("primary", {})]
        return all(peer.get("ours") for peer in above)

    def takes_over(self, node: Node, within: float = 60) -> float:
        """How long it takes from now until what is said to that node's bot is answered."""
        began = time.monotonic()
        node.say()
        until(node.is_answered, f"{node.name} takes over and answers", within)
        return time.monotonic() - began

    def stays_away(self, node: Node, seconds: float) -> None:
        """That node does not act for so long."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            state = node.failover
            assert state not in ("promoting", "active"), f"{node.name} is {state}"
            assert node.answers() == 0, f"{node.name} answered"

    def end(self) -> None:
        for node in self.nodes:
            if node.process and node.process.poll() is None:
                # One that was stopped takes no other signal.
                node.process.kill()
                node.process.wait()
        for node in self.nodes:
            node.bot.stop()
        self.lab.end()
        for disk in self._disks:
            command("umount", "-l", str(disk), check=False)

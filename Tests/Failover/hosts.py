"""Hosts that are network namespaces: a switch in the middle, a cable to each, and faults that can be asked for.

    the switch   10.77.0.1, where the chat platform, the witness and the repository live: what is outside
    host 1, 2, … 10.77.0.11, 10.77.0.12, …, each with a home directory of its own

Nothing leaves the machine: the switch has no way out. Needs root, iproute2 and nftables.
"""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import os
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)
# Several labs at a time, in one process or in several, have names and networks of their own.
_labs = itertools.count()


def command(*words: str, check: bool = True) -> str:
    done = subprocess.run(words, capture_output=True, text=True, timeout=30)
    if check and done.returncode != 0:
        raise RuntimeError(f"{' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


@contextlib.contextmanager
def inside(namespace: str) -> Iterator[None]:
    """Sockets that this thread makes in here belong to that namespace, and stay there."""
    with open("/proc/thread-self/ns/net", "rb") as before, open(f"/run/netns/{namespace}", "rb") as there:
        enter(there.fileno())
        try:
            yield
        finally:
            enter(before.fileno())


def enter(descriptor: int) -> None:
    if _libc.setns(descriptor, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


class Lab:
    """`network` is what all addresses begin with; hosts are counted from `first`."""

    def __init__(self, scratch: Path, network: str = "10.77.0", first: int = 11, switch: int = 1) -> None:
        self.scratch = scratch
        self.network = network
        self.first = first
        number = next(_labs)
        self.name = f"oc{os.getpid()}-{number}"
        # Each lab has a switch of its own, so that all may have the same addresses.
        self.switch = f"{self.name}-s"
        self.hosts: list[Host] = []
        self.switch_number = switch
        self.address = f"{network}.{switch}"
        self._open: list[socket.socket] = []
        command("ip", "netns", "add", self.switch)
        self.ip("link", "set", "lo", "up")
        self.ip("link", "add", "br0", "type", "bridge")
        self.ip("addr", "add", f"{self.address}/24", "dev", "br0")
        self.ip("link", "set", "br0", "up")

    def ip(self, *words: str) -> None:
        command("ip", "-n", self.switch, *words)

    def host(self, name: str) -> Host:
        host = Host(self, name, len(self.hosts) + 1)
        self.hosts.append(host)
        return host

    def end(self) -> None:
        for host in self.hosts:
            host.end()
        for one in self._open:
            one.close()
        command("ip", "netns", "del", self.switch, check=False)

    def second_address(self) -> str:
        """Another one of the switch, for a service that each host finds elsewhere."""
        address = f"{self.network}.{self.switch_number + 1 if self.switch_number < 254 else self.switch_number - 1}"
        self.ip("addr", "add", f"{address}/24", "dev", "br0")
        return address

    # MARK: What is outside

    def witness(self) -> str:
        """A port on the switch that accepts; its address, as `failover.witnesses` has it."""
        with inside(self.switch):
            listener = socket.create_server((self.address, 0), backlog=64)
        self._open.append(listener)

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    listener.accept()[0].close()

        threading.Thread(target=accept, daemon=True).start()
        return f"tcp:{self.address}:{listener.getsockname()[1]}"


class Host:
    def __init__(self, lab: Lab, name: str, number: int) -> None:
        self.lab = lab
        self.name = name
        self.namespace = f"{lab.name}-{number}"
        self.address = f"{lab.network}.{lab.first + number - 1}"
        self.home = lab.scratch / name
        self.home.mkdir(parents=True)
        self._cable = f"h{number}"
        self._started: list[subprocess.Popen[bytes]] = []
        command("ip", "netns", "add", self.namespace)
        command("ip", "link", "add", self._cable, "netns", lab.switch, "type", "veth", "peer", "name", "eth0",
                "netns", self.namespace)
        lab.ip("link", "set", self._cable, "master", "br0", "up")
        for words in (("link", "set", "lo", "up"), ("addr", "add", f"{self.address}/24", "dev", "eth0"),
                      ("link", "set", "eth0", "up"), ("route", "add", "default", "via", lab.address)):
            command("ip", "-n", self.namespace, *words)

    def end(self) -> None:
        for process in self._started:
            if process.poll() is None:
                process.kill()
                process.wait()
        command("ip", "netns", "del", self.namespace, check=False)

    def start(self, *words: str, env: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
        with log.open("ab") as out:
            process = subprocess.Popen(
                ["ip", "netns", "exec", self.namespace, *words], env=env, cwd=self.home, stdin=subprocess.DEVNULL,
                stdout=out, stderr=out)
        self._started.append(process)
        return process

    def run(self, *words: str, env: dict[str, str], within: float = 60) -> subprocess.CompletedProcess[str]:
        return subprocess.run(["ip", "netns", "exec", self.namespace, *words], env=env, cwd=self.home, capture_output=True,
                              text=True, timeout=within, stdin=subprocess.DEVNULL)

    # MARK: Faults

    def cut(self) -> None:
        """The cable is out."""
        self.lab.ip("link", "set", self._cable, "down")

    def mend(self) -> None:
        self.lab.ip("link", "set", self._cable, "up")
        command("ip", "netns", "exec", self.namespace, "nft", "flush", "ruleset")

    def drop(self, direction: str, rule: str = "") -> None:
        """Packets of that direction, input or output, get lost: those that `rule` says, or all."""
        self._nft("add", "table", "inet", "lab")
        self._nft("add", "chain", "inet", "lab", direction, f"{{ type filter hook {direction} priority 0; }}")
        interface = "iifname" if direction == "input" else "oifname"
        self._nft("add", "rule", "inet", "lab", direction, interface, "eth0", *rule.split(), "drop")

    def lose(self, percent: int) -> None:
        """So many of a hundred packets get lost, each way."""
        for direction in ("input", "output"):
            self.drop(direction, f"numgen random mod 100 < {percent}")

    def _nft(self, *words: str) -> None:
        command("ip", "netns", "exec", self.namespace, "nft", *words)


def served_in(lab: Lab, service: Any, address: str = "", port: int = 0) -> None:
    """Starts a service of Tests/Channels on the switch: its sockets are made there, whatever thread asks for them."""
    original: Callable[..., Any] = service._run

    def run() -> None:
        with inside(lab.switch):
            original()

    service._thread = threading.Thread(target=run, daemon=True)
    service.host = address or lab.address
    service.start(port)

"""A Debian with a systemd of its own, booted in a container that keeps nothing: the binary is bound into it, the network
is private, and everything ends with the test."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent.parent / "BinaryTests"))

from harness import DEADLINE, until


class Machine:
    """The container, from its boot to its end."""

    def __init__(self, root: Path, binary: Path, log: Path, network: str = "--private-network",
                 has_binary: bool = True) -> None:
        self._log = log.open("wb")
        self._nspawn = subprocess.Popen(
            [
                "systemd-nspawn", "-q", "-D", str(root), "-b", "--register=no", "--keep-unit", "--console=pipe",
                "--volatile=overlay", network, *([f"--bind-ro={binary}:/usr/local/bin/openclaw"] if has_binary else []),
            ],
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=subprocess.STDOUT, start_new_session=True)
        self._init = 0

    def boot(self) -> Machine:
        self._init = until(self._find_init, "the container's first process")
        until(
            lambda: self.run("systemctl", "is-system-running").stdout.strip() in ("running", "degraded"),
            "a system that runs")
        self.run("ip", "link", "set", "lo", "up")
        return self

    def _find_init(self) -> int:
        if self._nspawn.poll() is not None:
            raise AssertionError(f"systemd-nspawn ended with {self._nspawn.returncode}; see {self._log.name}")
        children = Path(f"/proc/{self._nspawn.pid}/task/{self._nspawn.pid}/children").read_text().split()
        return next((int(child) for child in children if self._is_init(child)), 0)

    @staticmethod
    def _is_init(process: str) -> bool:
        """Whether it is the first process of its own, and runs systemd already: nspawn has passing children before it."""
        try:
            status = Path(f"/proc/{process}/status").read_text()
        except OSError:
            return False
        facts = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
        return facts["Name"].strip() == "systemd" and facts["NSpid"].split()[-1] == "1"

    def end(self) -> None:
        if self._nspawn.poll() is None:
            self._nspawn.terminate()
            try:
                self._nspawn.wait(DEADLINE)
            except subprocess.TimeoutExpired:
                if self._init:
                    os.kill(self._init, signal.SIGKILL)
                self._nspawn.kill()
                self._nspawn.wait()
        self._log.close()

    # What is run in it.

    def _inside(self, words: tuple[str, ...]) -> list[str]:
        return ["nsenter", "-t", str(self._init), "-m", "-u", "-i", "-n", "-p", "-C", "--", *words]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """As root."""
        return subprocess.run(
            self._inside(("/usr/bin/env", "-i", "PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "HOME=/root", *words)),
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=DEADLINE)

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self._inside(words), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def write(self, path: str, text: str, owner: str = "root", mode: str = "600") -> None:
        directory = path.rsplit("/", 1)[0]
        script = (
            f"mkdir -p -m 700 {shlex.quote(directory)} && chown {owner}: {shlex.quote(directory)} && cat > {shlex.quote(path)}"
            f" && chown {owner}: {shlex.quote(path)} && chmod {mode} {shlex.quote(path)}")
        subprocess.run(self._inside(("/bin/sh", "-c", script)), input=text, text=True, check=True, timeout=DEADLINE)


class User:
    """A user of the machine, with or without a session."""

    def __init__(self, machine: Machine, name: str, number: int) -> None:
        self.machine = machine
        self.name = name
        self.home = f"/home/{name}"
        self.runtime = f"/run/user/{number}"

    def words(self, *words: str, session: bool = True) -> tuple[str, ...]:
        variables = [f"HOME={self.home}", f"USER={self.name}", "PATH=/usr/local/bin:/usr/bin:/bin"]
        if session:
            variables.append(f"XDG_RUNTIME_DIR={self.runtime}")
        return (
            "setpriv", "--reuid", self.name, "--regid", self.name, "--init-groups", "/usr/bin/env", "-i",
            *variables, *words)

    def run(self, *words: str, session: bool = True) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.machine._inside(self.words(*words, session=session)),
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=DEADLINE)

    def openclaw(self, *words: str) -> dict[str, object]:
        """The answer of a command that is to succeed."""
        done = self.run("openclaw", *words, "--json")
        if done.returncode != 0:
            raise AssertionError(f"openclaw {' '.join(words)}: {done.returncode} {done.stdout}{done.stderr}")
        return json.loads(done.stdout)

    def show(self, unit: str) -> dict[str, str]:
        return properties(
            self.run("systemctl", "--user", "show", unit, "-p", "MainPID,NRestarts,ActiveState,SubState,Type").stdout)

    def configure(self, config: dict[str, object], profile: str = "") -> None:
        self.machine.write(f"{self.home}/.openclaw{profile}/openclaw.json", json.dumps(config), self.name)


def properties(text: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)

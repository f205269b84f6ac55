"""Drives the built binary from outside: starts it in a home of its own, talks to it over raw sockets, ends it.

Every wait is a poll on a condition with a deadline, and only processes that were started here are ever signalled.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

Value = TypeVar("Value")

# Generous: what is checked is what happens, not how fast on a busy machine.
DEADLINE = 60.0
POLL_INTERVAL = 0.005
# Takes any free port, so that tests never meet each other or a gateway that somebody uses.
RUN = ("gateway", "run", "--allow-unconfigured", "--port", "0")
LISTENING = re.compile(r"^openclaw (\S+) listens on http://([0-9.]+):([0-9]+)$", re.MULTILINE)


def binary() -> str:
    path = os.environ.get("OPENCLAW_BIN")
    if not path:
        raise RuntimeError("OPENCLAW_BIN must name the built openclaw")
    return os.path.abspath(path)


def until(condition: Callable[[], Value], what: str, within: float = DEADLINE) -> Value:
    """The first true value of `condition`; fails when there is none in time."""
    end = time.monotonic() + within
    while True:
        late = time.monotonic() > end
        if value := condition():
            return value
        if late:
            raise AssertionError(f"not within {within:g} s: {what}")
        time.sleep(POLL_INTERVAL)


@dataclass(frozen=True)
class Finished:
    """A run of the binary that came to its end."""

    code: int
    output: str
    error: str


@dataclass(frozen=True)
class Response:
    status: int
    fields: dict[str, str]
    body: bytes

    @property
    def json(self) -> object:
        return json.loads(self.body)


class Connection:
    """One client's connection, with every byte in the test's hand."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address, timeout=DEADLINE)
        self._received = b""

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, text: str) -> None:
        self.socket.sendall(text.encode())

    def request(self, method: str, target: str, fields: dict[str, str] | None = None) -> Response:
        lines = "".join(f"{name}: {value}\r\n" for name, value in (fields or {}).items())
        self.send(f"{method} {target} HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n")
        return self.response(has_body=method != "HEAD")

    def response(self, has_body: bool = True) -> Response:
        while b"\r\n\r\n" not in self._received:
            self._receive()
        head, _, self._received = self._received.partition(b"\r\n\r\n")
        status, *lines = head.decode().split("\r\n")
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(fields.get("content-length", 0)) if has_body else 0
        while len(self._received) < length:
            self._receive()
        body, self._received = self._received[:length], self._received[length:]
        return Response(int(status.split(" ")[1]), fields, body)

    def rest(self) -> bytes:
        """What comes up to the end of the stream. A reset is an error: the end has to be a clean one."""
        rest, self._received = self._received, b""
        while part := self.socket.recv(65536):
            rest += part
        return rest

    def _receive(self) -> None:
        part = self.socket.recv(65536)
        if not part:
            raise AssertionError(f"the connection ended within a response: {self._received!r}")
        self._received += part


class Gateway:
    """A running gateway, or one that tries to be."""

    def __init__(self, process: subprocess.Popen[bytes], output: Path, error: Path) -> None:
        self.process = process
        self._output = output
        self._error = error

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def output(self) -> str:
        return self._output.read_text()

    @property
    def error(self) -> str:
        return self._error.read_text()

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens, as soon as it says so."""

        def said() -> re.Match[str] | None:
            match = LISTENING.search(self.output)
            if match is None and self.process.poll() is not None:
                raise AssertionError(f"ended with {self.process.returncode} and does not listen: {self.error}")
            return match

        match = until(said, "the line that tells the address")
        return match[2], int(match[3])

    def connect(self) -> Connection:
        return Connection(self.address)

    def get(self, target: str, fields: dict[str, str] | None = None, method: str = "GET") -> Response:
        with self.connect() as connection:
            return connection.request(method, target, fields)

    def answers(self) -> bool:
        return self.get("/health").status == 200

    def ready(self) -> Gateway:
        """Itself, when its start is complete."""
        until(lambda: self.get("/readyz").status == 200, "ready")
        return self

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def wait(self, within: float = DEADLINE) -> int:
        try:
            return self.process.wait(within)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still runs after {within:g} s: {self.error}") from None

    def terminate(self) -> int:
        self.signal(signal.SIGTERM)
        return self.wait()

    def kill(self) -> None:
        self.process.kill()
        self.wait()

    def descriptors(self) -> dict[int, str]:
        """Open descriptors and what they are; one that closes meanwhile is left out."""
        found = {}
        for entry in Path(f"/proc/{self.pid}/fd").iterdir():
            try:
                found[int(entry.name)] = os.readlink(entry)
            except FileNotFoundError:
                continue
        return found


def log_lines(state: Path) -> list[dict[str, object]]:
    """The log as it stands in the files of the day or days. A last line without its end is not there yet."""
    lines: list[dict[str, object]] = []
    for path in sorted((state / "logs").glob("*.log")):
        lines += [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]]
    return lines


def messages(state: Path) -> list[str]:
    return [str(line["message"]) for line in log_lines(state)]


class BinaryTest(unittest.TestCase):
    """A test with a home directory of its own, removed afterwards with everything that still runs in it."""

    def setUp(self) -> None:
        self._scratch = Path(tempfile.mkdtemp(prefix="openclaw-binary-"))
        self.addCleanup(shutil.rmtree, self._scratch, ignore_errors=True)
        self.home = self._scratch / "home"
        self.home.mkdir()
        self._runs = 0

    @property
    def state(self) -> Path:
        """Where the default profile lives."""
        return self.home / ".openclaw"

    def scratch(self, name: str) -> Path:
        return self._scratch / name

    def configure(self, config: dict[str, object]) -> Path:
        """Writes the default profile's configuration."""
        self.state.mkdir(mode=0o700, exist_ok=True)
        path = self.state / "openclaw.json"
        path.touch(mode=0o600)
        path.write_text(json.dumps(config, indent=2) + "\n")
        return path

    def environment(self, changes: dict[str, str | None] | None = None) -> dict[str, str]:
        """Nothing of the caller's environment, whatever it has set; None takes a variable away."""
        values = {"HOME": str(self.home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", **(changes or {})}
        return {name: value for name, value in values.items() if value is not None}

    def start(self, *arguments: str, **options: object) -> Gateway:
        """Starts `openclaw gateway run` on a free port, or with `arguments`. The options are those of `launch`."""
        return self.launch(arguments or RUN, **options)

    def run_to_end(self, *arguments: str, **options: object) -> Finished:
        """Runs `openclaw` with exactly `arguments` to its end."""
        gateway = self.launch(arguments, **options)
        return Finished(gateway.wait(), gateway.output, gateway.error)

    def launch(
        self, arguments: Sequence[str], env: dict[str, str | None] | None = None, wrapper: Sequence[str] = (),
        program: str | None = None, **options: object,
    ) -> Gateway:
        """`wrapper` is put before the program; further options are those of `Popen`."""
        self._runs += 1
        output, error = self.scratch(f"output-{self._runs}"), self.scratch(f"error-{self._runs}")
        with output.open("wb") as out, error.open("wb") as err:
            streams = {"stdin": subprocess.DEVNULL, "stdout": out, "stderr": err}
            process = subprocess.Popen(
                [*wrapper, program or binary(), *arguments],
                env=self.environment(env), cwd=self._scratch, **{**streams, **options},
            )
        self.addCleanup(end, process)
        return Gateway(process, output, error)

    def wait_for_message(self, text: str, state: Path | None = None) -> dict[str, object]:
        """The first line of the log whose message contains `text`."""
        where = state or self.state
        return until(
            lambda: next((line for line in log_lines(where) if text in str(line["message"])), None),
            f"a line with \"{text}\" in the log")


def end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.kill()
    process.wait()


def tree(directory: Path) -> dict[str, os.stat_result]:
    """Everything beneath `directory`, by its relative path."""
    return {str(path.relative_to(directory)): path.lstat() for path in directory.rglob("*")}

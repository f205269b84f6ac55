"""Starting and ending the programs under test. Only what was started here is ever ended here."""

from __future__ import annotations

import select
import shlex
import subprocess
import tempfile
import time
from contextlib import contextmanager

from .frame import Failure

READY_SECONDS = 20
STOP_SECONDS = 10
KEPT_ERRORS = 300


class Program:
    """A child process whose error output is kept for the report."""

    def __init__(self, arguments: list[str], stdout=subprocess.DEVNULL):
        self.errors = tempfile.TemporaryFile()  # closed by `end`
        self.process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=stdout, stderr=self.errors)

    @property
    def status(self) -> int | None:
        return self.process.poll()

    def wait(self, seconds: float) -> int | None:
        """The exit status; None if it still runs after `seconds`."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def said(self) -> str:
        """The end of its error output."""
        self.errors.seek(0, 2)
        self.errors.seek(max(0, self.errors.tell() - KEPT_ERRORS))
        return " / ".join(self.errors.read().decode(errors="replace").split("\n")).strip(" /")

    def end(self) -> None:
        if self.status is None:
            self.process.kill()
            self.process.wait()
        self.errors.close()
        if self.process.stdout:
            self.process.stdout.close()


def command(template: str, flags: list[str] | None = None, **values: str) -> list[str]:
    """A command line. {url} and the like are filled in after it was split, so that no value needs quoting."""
    words: list[str] = []
    for word in shlex.split(template):
        if word == "{flags}":
            words += flags or []
            continue
        for name, value in values.items():
            word = word.replace("{" + name + "}", value)
        words.append(word)
    return words


@contextmanager
def server(arguments: list[str], scheme: str = "ws"):
    """Runs a server that prints `READY <port>`; gives its address, and demands a clean exit on TERM."""
    program = Program(arguments, stdout=subprocess.PIPE)
    try:
        yield f"{scheme}://127.0.0.1:{ready_port(program)}/"
        if program.status is not None:
            raise Failure(f"the server ended by itself with status {program.status}: {program.said()}")
        program.process.terminate()
        status = program.wait(STOP_SECONDS)
        if status != 0:
            how = f"did not end within {STOP_SECONDS} s" if status is None else f"ended with status {status}"
            raise Failure(f"on TERM the server {how}: {program.said()}")
    finally:
        program.end()


def ready_port(program: Program) -> int:
    stop = time.monotonic() + READY_SECONDS
    while (left := stop - time.monotonic()) > 0:
        if select.select([program.process.stdout], [], [], left)[0]:
            line = program.process.stdout.readline().decode(errors="replace")
            words = line.split()
            if len(words) == 2 and words[0] == "READY" and words[1].isdecimal():
                return int(words[1])
            if not line:
                break
    raise Failure(f"the server printed no READY line within {READY_SECONDS} s: {program.said()}")

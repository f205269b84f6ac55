"""A program on a terminal of its own, typed at and read from outside."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import threading

from harness import DEADLINE, BinaryTest, binary, until

#: Sequences that move the cursor, erase, and paint.
SEQUENCE = re.compile(rb"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    def __init__(self, test: BinaryTest, *arguments: str, columns: int = 80, **variables: str) -> None:
        self.primary, self.secondary = pty.openpty()
        self.resize(columns, tell=False)
        self.before = termios.tcgetattr(self.secondary)
        self.process = subprocess.Popen(
            [binary(), *arguments], stdin=self.secondary, stdout=self.secondary, stderr=self.secondary,
            env=test.environment({"TERM": "xterm", **variables}), start_new_session=True)
        self.bytes = b""
        # How often there was nothing to read.
        self._pauses = 0
        self._over = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        test.addCleanup(self.close)

    def _read(self) -> None:
        while not self._over.is_set():
            if select.select([self.primary], [], [], 0.05)[0]:
                try:
                    self.bytes += os.read(self.primary, 65536)
                except OSError:
                    return
            else:
                self._pauses += 1

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._over.set()
        self._reader.join()
        os.close(self.primary)
        os.close(self.secondary)

    @property
    def text(self) -> str:
        """All that was written, without what moves and paints."""
        return SEQUENCE.sub(b"", self.bytes).decode(errors="replace").replace("\r\n", "\n").replace("\r", "")

    @property
    def rows(self) -> list[str]:
        """Its rows; of one that was begun anew, what was written last."""
        text = SEQUENCE.sub(b"", self.bytes).decode(errors="replace").replace("\r\n", "\n")
        return [row.rstrip("\r").rsplit("\r", 1)[-1] for row in text.split("\n")]

    def type(self, text: str) -> None:
        os.write(self.primary, text.encode())

    def shows(self, text: str) -> None:
        try:
            until(lambda: text in self.text, text)
        except AssertionError as error:
            raise AssertionError(f"{error}; the terminal has: {self.text!r}") from None

    def resize(self, columns: int, tell: bool = True) -> None:
        fcntl.ioctl(self.secondary, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        if tell:
            self.process.send_signal(signal.SIGWINCH)

    @property
    def is_taken(self) -> bool:
        """Whether keys come by themselves, unseen."""
        return not termios.tcgetattr(self.secondary)[3] & (termios.ICANON | termios.ECHO)

    @property
    def is_as_before(self) -> bool:
        return termios.tcgetattr(self.secondary) == self.before

    @property
    def state(self) -> str:
        """`T` when it is stopped (proc(5))."""
        with open(f"/proc/{self.process.pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0]

    def wait(self) -> int:
        code = self.process.wait(DEADLINE)
        # What it wrote last may still be on its way here.
        before = self._pauses
        until(lambda: self._pauses > before or not self._reader.is_alive(), "all that it wrote is read")
        return code

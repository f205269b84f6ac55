"""Knows every secret that a test uses, and finds each place that shows one: argv of any process, logs, output, replies,
and files of the state that others than their owner may read."""

from __future__ import annotations

import base64
import threading
import time
import urllib.parse
from pathlib import Path

SAMPLE_SECONDS = 0.02
#: Shorter ones would be found by chance.
SHORTEST = 8
OTHERS_MAY = 0o077


class Sweep:
    """`shared` secrets may appear in no reply at all; a device's token is told to the device, in a reply."""

    def __init__(self) -> None:
        self._shared: dict[bytes, str] = {}
        self._told: dict[bytes, str] = {}
        self._hits: set[str] = set()
        self._over = threading.Event()
        self._sampler = threading.Thread(target=self._sample, daemon=True)
        self.samples = 0

    def start(self) -> None:
        self._sampler.start()

    def shared(self, name: str, value: str) -> str:
        """A token, a password, a private key."""
        self._shared |= {form: name for form in forms(value)}
        return value

    def told(self, name: str, value: str) -> str:
        """A device's token."""
        self._told |= {form: name for form in forms(value)}
        return value

    def reply(self, data: bytes) -> None:
        """Everything that the server sent, as it came."""
        for form, name in list(self._shared.items()):
            if form in data:
                self._hits.add(f"{name} in a reply: {data[:80]!r}...")

    def look(self, where: str, data: bytes) -> None:
        for form, name in (self._shared | self._told).items():
            if form in data:
                self._hits.add(f"{name} in {where}")

    def files(self, root: Path) -> None:
        """A log may hold no secret at all; another file only when nobody else can read it."""
        for path in root.rglob("*"):
            if path.is_symlink() or not path.is_file():
                continue
            is_private = not path.stat().st_mode & OTHERS_MAY
            if not is_private or "logs" in path.relative_to(root).parts or path.suffix in (".log", ".lock", ".rejected"):
                self.look(str(path.relative_to(root)), path.read_bytes())

    def finish(self) -> list[str]:
        """Ends the sampler; gives what was found."""
        self._over.set()
        if self._sampler.is_alive():
            self._sampler.join()
        return sorted(self._hits)

    def _sample(self) -> None:
        while not self._over.is_set():
            for entry in Path("/proc").iterdir():
                if entry.name.isdigit():
                    self._arguments(entry / "cmdline")
            self.samples += 1
            time.sleep(SAMPLE_SECONDS)

    def _arguments(self, path: Path) -> None:
        try:
            data = path.read_bytes()
        except OSError:
            return
        self.look(f"argv of {data[:60]!r}", data)


def forms(value: str) -> list[bytes]:
    """As it is, and as it would stand in a URL or a header."""
    if len(value) < SHORTEST:
        raise ValueError("too short to be looked for")
    raw = value.encode()
    found = {raw, urllib.parse.quote(value, safe="").encode(), base64.b64encode(raw).rstrip(b"=")}
    return sorted(found)


"""One HTTP/1.1 connection under exact control, and a strict reading of the responses."""

from __future__ import annotations

import json
import re
import select
import socket
import time
from dataclasses import dataclass, field

CHUNK_PAUSE = 0.0003
DRIP_WRITES = 1500


class Bad(Exception):
    """A response that is not well-formed, or that did not come."""


@dataclass
class Response:
    status: int
    headers: dict[str, str]
    body: bytes = b""

    @property
    def closes(self) -> bool:
        return "close" in [part.strip().lower() for part in self.headers.get("connection", "").split(",")]

    def problem(self) -> str | None:
        """What is wrong with this as an error response: it must be JSON that says what happened."""
        kind = self.headers.get("content-type", "").split(";")[0].strip().lower()
        if kind != "application/json":
            return f"Content-Type is {kind or 'missing'} and not application/json"
        try:
            value = json.loads(self.body)
        except ValueError:
            return f"the body is not JSON: {self.body[:60]!r}"
        return None if message_in(value) else f"the body has no error message: {self.body[:80]!r}"


def message_in(value: object) -> bool:
    """Whether there is a text under `error` or `message`, at any depth."""
    if not isinstance(value, dict):
        return False
    return any(
        (key in ("error", "message") and isinstance(each, str) and each != "") or message_in(each)
        for key, each in value.items()
    )


@dataclass
class Exchange:
    """Sends and receives at the same time; nothing waits beyond `seconds` for the next byte."""

    sock: socket.socket
    seconds: float
    head: bool = False
    buffer: bytes = b""
    ended: str | None = None
    broken: bool = False
    responses: list[Response] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.sock.setblocking(False)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, data: bytes, drip: bool) -> None:
        """Sends whole, or byte by byte; very long requests in some hundred portions. Stops once it was answered."""
        step = max(1, len(data) // DRIP_WRITES) if drip else max(1, len(data))
        for at in range(0, len(data), step):
            self.write(data[at : at + step])
            if self.broken or self.ended:
                return
            if drip:
                time.sleep(CHUNK_PAUSE)
                self.read(0)

    def write(self, data: bytes) -> None:
        view, stop = memoryview(data), time.monotonic() + self.seconds
        while view and not self.broken and not self.ended:
            try:
                view = view[self.sock.send(view) :]
            except BlockingIOError:
                if time.monotonic() > stop:
                    raise Bad(
                        f"the server took nothing for {self.seconds:g} s and neither answered nor closed"
                    ) from None
                select.select([self.sock], [self.sock], [], 0.2)
                self.read(0)
            except (BrokenPipeError, ConnectionResetError):
                self.broken = True

    def finish(self) -> None:
        """Says that nothing more will come."""
        try:
            self.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self.broken = True

    def read(self, wait: float) -> bool:
        """Reads what is there within `wait` seconds; False if nothing came."""
        if self.ended or not select.select([self.sock], [], [], wait)[0]:
            return False
        try:
            data = self.sock.recv(1 << 16)
        except BlockingIOError:
            return False
        except ConnectionError:
            self.ended = "reset"
            return True
        if data:
            self.buffer += data
        else:
            self.ended = "closed"
        return True

    def next(self, wait: float | None = None) -> Response | None:
        """The next response; None if the connection ended or stayed silent instead."""
        while (response := self.parse()) is None:
            if self.ended:
                if self.buffer:
                    raise Bad(f"the connection was {self.ended} inside a response: {self.buffer[:80]!r}")
                return None
            if not self.read(self.seconds if wait is None else wait):
                return None
        self.responses.append(response)
        return response

    def parse(self) -> Response | None:
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return None
        lines = self.buffer[:end].decode("latin-1").split("\r\n")
        match = re.fullmatch(r"HTTP/1\.1 ([1-5]\d\d) [^\r\n]*", lines[0])
        if not match:
            raise Bad(f"not a status line: {lines[0]!r}")
        headers: dict[str, str] = {}
        for line in lines[1:]:
            name, colon, value = line.partition(":")
            if not colon or not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name) or "\r" in value or "\n" in value:
                raise Bad(f"a malformed header line: {line!r}")
            if name.lower() in headers and name.lower() in ("content-length", "transfer-encoding", "content-type"):
                raise Bad(f"{name} occurs twice")
            headers[name.lower()] = value.strip()
        return self.with_body(int(match[1]), headers, end + 4)

    def with_body(self, status: int, headers: dict[str, str], start: int) -> Response | None:
        if self.head or status < 200 or status in (204, 304):
            self.buffer = self.buffer[start:]
            return Response(status, headers)
        length = headers.get("content-length")
        if length is None or not length.isdecimal():
            raise Bad(f"a response with status {status} has the Content-Length {length!r}")
        stop = start + int(length)
        if len(self.buffer) < stop:
            return None
        body, self.buffer = self.buffer[start:stop], self.buffer[stop:]
        return Response(status, headers, body)

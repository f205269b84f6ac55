"""The opening handshake, from both sides (RFC 6455, section 4), judged strictly."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import socket
import time
from dataclasses import dataclass

from .frame import Failure

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
HEAD_LIMIT = 65536


@dataclass
class Head:
    """A request or response head: first line, headers with lower-case names, and what came behind it."""

    line: str
    headers: list[tuple[str, str]]
    rest: bytes = b""

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name]

    def one(self, name: str) -> str | None:
        values = self.all(name)
        if len(values) > 1:
            raise Failure(f"the header {name} occurs {len(values)} times")
        return values[0] if values else None

    def joined(self, name: str) -> str | None:
        """A list header, which may be spread over several lines."""
        return ", ".join(self.all(name)) or None

    @property
    def status(self) -> int:
        match = re.match(r"HTTP/1\.1 ([1-5]\d\d)( |$)", self.line)
        if not match:
            raise Failure(f"not an HTTP/1.1 status line: {self.line!r}")
        return int(match[1])


def soon(seconds: float) -> float:
    """A deadline so many seconds from now."""
    return time.monotonic() + seconds


def read_head(sock: socket.socket, deadline: float, before: bytes = b"") -> Head:
    """Reads up to the empty line; what follows it is kept for the frame reader."""
    data = before
    while (end := data.find(b"\r\n\r\n")) < 0:
        if len(data) > HEAD_LIMIT:
            raise Failure(f"no end of the HTTP head within {HEAD_LIMIT} bytes")
        sock.settimeout(max(0.01, deadline - time.monotonic()))
        try:
            more = sock.recv(65536)
        except TimeoutError:
            raise Failure(f"no complete HTTP head in time, so far {data[:120]!r}") from None
        except ConnectionError:
            more = b""
        if not more:
            raise Failure(f"the connection ended before a complete HTTP head, so far {data[:120]!r}")
        data += more
    return split_head(data[:end], data[end + 4 :])


def split_head(head: bytes, rest: bytes = b"") -> Head:
    lines = head.decode("latin-1").split("\r\n")
    headers = []
    for line in lines[1:]:
        match = re.fullmatch(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n\0]*?)[ \t]*", line)
        if not match:
            raise Failure(f"a malformed header line: {line!r}")
        headers.append((match[1].lower(), match[2]))
    return Head(lines[0], headers, rest)


def accept_value(key: str) -> str:
    return base64.b64encode(hashlib.sha1(key.encode() + GUID).digest()).decode()


def new_key() -> str:
    return base64.b64encode(os.urandom(16)).decode()


def tokens(value: str | None) -> list[str]:
    return [part.strip().lower() for part in (value or "").split(",")]


def request(host: str, path: str, key: str, extensions: str | None = None) -> bytes:
    """The request of a client."""
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: {host}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {key}",
        "Sec-WebSocket-Version: 13",
    ]
    if extensions:
        lines.append(f"Sec-WebSocket-Extensions: {extensions}")
    return "\r\n".join(lines + ["", ""]).encode()


def response(key: str, extensions: str | None = None) -> bytes:
    """The answer of a server."""
    lines = [
        "HTTP/1.1 101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Accept: {accept_value(key)}",
    ]
    if extensions:
        lines.append(f"Sec-WebSocket-Extensions: {extensions}")
    return "\r\n".join(lines + ["", ""]).encode()


def check_response(head: Head, key: str, protocols: tuple[str, ...] = ()) -> str | None:
    """What a client must see before it may send a frame (section 4.1). Gives back the extensions accepted."""
    if head.status != 101:
        raise Failure(f"the server answered {head.line!r} and not 101")
    if (head.one("upgrade") or "").lower() != "websocket":
        raise Failure(f"Upgrade is {head.one('upgrade')!r} and not websocket")
    if "upgrade" not in tokens(head.joined("connection")):
        raise Failure(f"Connection is {head.joined('connection')!r} and lacks Upgrade")
    if head.one("sec-websocket-accept") != accept_value(key):
        raise Failure(f"Sec-WebSocket-Accept is {head.one('sec-websocket-accept')!r} and not {accept_value(key)!r}")
    if head.one("sec-websocket-protocol") not in (None, *protocols):
        raise Failure("the server chose a subprotocol that was not offered")
    return head.joined("sec-websocket-extensions")


def check_request(head: Head) -> tuple[str, str | None]:
    """What a server must see before it accepts (section 4.2.1). Gives back the key and the extensions offered."""
    if not re.fullmatch(r"GET /\S* HTTP/1\.1", head.line):
        raise Failure(f"the request line is {head.line!r}")
    if not head.one("host"):
        raise Failure("the request has no Host")
    if (head.one("upgrade") or "").lower() != "websocket" or "upgrade" not in tokens(head.joined("connection")):
        raise Failure("the request does not ask for an upgrade to websocket")
    if head.one("sec-websocket-version") != "13":
        raise Failure(f"Sec-WebSocket-Version is {head.one('sec-websocket-version')!r}")
    key = head.one("sec-websocket-key") or ""
    try:
        raw = base64.b64decode(key, validate=True)
    except ValueError:
        raw = b""
    if len(raw) != 16:
        raise Failure(f"Sec-WebSocket-Key {key!r} is not 16 bytes in base64")
    return key, head.joined("sec-websocket-extensions")

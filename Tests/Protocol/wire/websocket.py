"""A blocking WebSocket client (RFC 6455) that shows frames and closes as they came. Standard library only."""

from __future__ import annotations

import base64
import hashlib
import os
import socket
import ssl
import struct
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
PATIENCE = 15.0
# No answer of the protocol comes near; a server that sends more is at fault.
LARGEST_MESSAGE = 64 << 20
LARGEST_HEAD = 1 << 16


class WireError(Exception):
    """The peer broke a rule of the wire, or said nothing in time."""


class NothingCame(WireError):
    """Nothing came within the time that was given."""


@dataclass(eq=False)
class Refused(Exception):
    """The upgrade was answered with something else than 101."""

    status: int
    fields: dict[str, str]
    body: bytes

    def __str__(self) -> str:
        return f"the upgrade was refused with {self.status}: {self.body[:200]!r}"


@dataclass(eq=False)
class Closed(Exception):
    """The end of the connection: code and reason of the close frame, 1005 without a code, 1006 without a close frame."""

    code: int
    reason: str

    def __str__(self) -> str:
        return f"closed with {self.code} {self.reason!r}"


@dataclass(frozen=True)
class Message:
    data: bytes
    is_text: bool


class WebSocket:
    """One connection. Pings are answered while it waits; everything else is given to the caller. `taps` see each message."""

    def __init__(
        self, address: tuple[str, int] | str, path: str = "/", fields: Mapping[str, str | None] | None = None,
        patience: float = PATIENCE, tls: ssl.SSLContext | None = None, receive_buffer: int | None = None,
        source: str | None = None,
    ) -> None:
        """`fields` adds header fields or, with None, takes one of the usual ones away. A str address is a unix socket."""
        self.patience = patience
        self.pings = 0
        self.taps: list[Callable[[bytes], None]] = []
        self._received = bytearray()
        self._parts: list[bytes] = []
        self._kind = 0
        self.socket = opened(address, patience, receive_buffer, source)
        try:
            if tls:
                self.socket = tls.wrap_socket(self.socket, server_hostname="localhost")
            self._upgrade("localhost" if isinstance(address, str) else host_field(*address), path, fields or {})
        except BaseException:
            self.socket.close()
            raise

    def __enter__(self) -> WebSocket:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, data: bytes | str, is_text: bool | None = None) -> None:
        """A str goes as text, bytes go as binary, unless `is_text` says otherwise."""
        as_text = isinstance(data, str) if is_text is None else is_text
        self.send_frame(TEXT if as_text else BINARY, data.encode() if isinstance(data, str) else data)

    def send_frame(self, opcode: int, payload: bytes) -> None:
        length = len(payload)
        head = bytes([0x80 | opcode])
        if length < 126:
            head += bytes([0x80 | length])
        elif length < 1 << 16:
            head += struct.pack("!BH", 0x80 | 126, length)
        else:
            head += struct.pack("!BQ", 0x80 | 127, length)
        key = os.urandom(4)
        try:
            self.socket.sendall(head + key + masked(payload, key))
        except (BrokenPipeError, ConnectionResetError):
            # The server has closed; what it said before stays to be read.
            pass

    def receive(self, within: float | None = None) -> Message:
        """The next message. Raises Closed at the end of the connection, NothingCame when the time is over."""
        end = time.monotonic() + (self.patience if within is None else within)
        while True:
            final, opcode, payload = self._frame(end)
            if opcode == PING:
                self.pings += 1
                self.send_frame(PONG, payload)
            elif opcode == CLOSE:
                self._closed(payload)
            elif opcode == PONG:
                continue
            elif (message := self._message(final, opcode, payload)) is not None:
                return message

    def close(self, code: int = 1000, reason: str = "", within: float | None = None) -> Closed:
        """Says goodbye and gives the server's answer; messages that come before it are dropped."""
        self.send_frame(CLOSE, struct.pack("!H", code) + reason.encode())
        try:
            while True:
                self.receive(within)
        except Closed as closed:
            return closed
        finally:
            self.socket.close()

    def _message(self, final: bool, opcode: int, payload: bytes) -> Message | None:
        if opcode in (TEXT, BINARY):
            if self._parts:
                raise WireError("a message begins within another one")
            self._kind = opcode
        elif opcode != 0 or not self._parts:
            raise WireError(f"opcode {opcode} is out of place")
        self._parts.append(payload)
        if not final:
            return None
        data, self._parts = b"".join(self._parts), []
        for tap in self.taps:
            tap(data)
        return Message(data, self._kind == TEXT)

    def _closed(self, payload: bytes) -> None:
        self.send_frame(CLOSE, payload[:2])
        if len(payload) == 1 or len(payload) > 125:
            raise WireError(f"a close frame of {len(payload)} bytes")
        code = struct.unpack("!H", payload[:2])[0] if payload else 1005
        raise Closed(code, payload[2:].decode())

    def _frame(self, end: float) -> tuple[bool, int, bytes]:
        first, second = self._take(2, end)
        if first & 0x70 or second & 0x80:
            raise WireError(f"a frame with the head {first:02x} {second:02x}: reserved bits or a mask")
        length = second & 0x7F
        if length == 126:
            length = struct.unpack("!H", self._take(2, end))[0]
        elif length == 127:
            length = struct.unpack("!Q", self._take(8, end))[0]
        if length > LARGEST_MESSAGE:
            raise WireError(f"a frame of {length} bytes")
        return bool(first & 0x80), first & 0x0F, self._take(length, end)

    def _take(self, count: int, end: float) -> bytes:
        while len(self._received) < count:
            self._read(end)
        taken = bytes(self._received[:count])
        del self._received[:count]
        return taken

    def _read(self, end: float) -> None:
        left = end - time.monotonic()
        if left <= 0:
            raise NothingCame("nothing came in time")
        self.socket.settimeout(left)
        try:
            part = self.socket.recv(1 << 16)
        except TimeoutError:
            raise NothingCame("nothing came in time") from None
        except (ConnectionResetError, BrokenPipeError) as problem:
            raise Closed(1006, type(problem).__name__) from None
        finally:
            self.socket.settimeout(self.patience)
        if not part:
            raise Closed(1006, "")
        self._received += part

    def _upgrade(self, host: str, path: str, fields: Mapping[str, str | None]) -> None:
        key = base64.b64encode(os.urandom(16)).decode()
        head: dict[str, str | None] = {
            "Host": host, "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": key, **fields,
        }
        lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items() if value is not None)]
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode())
        end = time.monotonic() + self.patience
        while b"\r\n\r\n" not in self._received:
            if len(self._received) > LARGEST_HEAD:
                raise WireError("the answer to the upgrade has no end")
            self._read(end)
        raw, _, rest = bytes(self._received).partition(b"\r\n\r\n")
        self._received = bytearray(rest)
        first, *others = raw.decode("latin-1").split("\r\n")
        given = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in others)}
        status = int(first.split(" ")[1])
        if status != 101:
            raise Refused(status, given, self._body(given, end))
        expected = base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()
        if given.get("sec-websocket-accept") != expected:
            raise WireError("Sec-WebSocket-Accept is wrong")

    def _body(self, fields: Mapping[str, str], end: float) -> bytes:
        try:
            return self._take(int(fields.get("content-length", 0)), end)
        except (Closed, NothingCame):
            return bytes(self._received)


def host_field(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def opened(
    address: tuple[str, int] | str, patience: float, receive_buffer: int | None, source: str | None,
) -> socket.socket:
    if isinstance(address, str):
        unix = socket.socket(socket.AF_UNIX)
        unix.settimeout(patience)
        unix.connect(address)
        return unix
    found = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET)
    if receive_buffer:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    found.settimeout(patience)
    if source:
        found.bind((source, 0))
    found.connect(address)
    return found


def masked(payload: bytes, key: bytes) -> bytes:
    """RFC 6455 section 5.3, by one large exclusive or."""
    if not payload:
        return b""
    stream = (key * (len(payload) // 4 + 1))[: len(payload)]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(stream, "big")).to_bytes(len(payload), "big")

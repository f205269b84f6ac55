"""WebSocket frames to and from bytes (RFC 6455, section 5.2)."""

from __future__ import annotations

import os
from dataclasses import dataclass

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
NAMES = {CONTINUATION: "continuation", TEXT: "text", BINARY: "binary", CLOSE: "close", PING: "ping", PONG: "pong"}
CONTROL_LIMIT = 125


class Failure(Exception):
    """The peer did something it must not, or did not do what it must; the text says which."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame. `rsv` is the three reserved bits as a number, RSV1 being 4; `width` forces a length form (16, 64)."""

    opcode: int
    payload: bytes = b""
    fin: bool = True
    rsv: int = 0
    width: int = 0


def header(opcode: int, size: int, fin: bool, rsv: int, masked: bool, width: int = 0) -> bytes:
    """The two to ten bytes before the masking key. An unforced length takes the shortest form."""
    first = (0x80 if fin else 0) | rsv << 4 | opcode
    flag = 0x80 if masked else 0
    if width == 64 or size > 0xFFFF:
        return bytes((first, flag | 127)) + size.to_bytes(8, "big")
    if width == 16 or size > CONTROL_LIMIT:
        return bytes((first, flag | 126)) + size.to_bytes(2, "big")
    return bytes((first, flag | size))


def xor(data: bytes, key: bytes) -> bytes:
    """Masks and unmasks (section 5.3): one wide exclusive-or, since a loop over 16 MiB would take seconds."""
    size = len(data)
    if size == 0:
        return b""
    stream = (key * (size // 4 + 1))[:size]
    return (int.from_bytes(data, "little") ^ int.from_bytes(stream, "little")).to_bytes(size, "little")


def encode(frame: Frame, masked: bool) -> bytes:
    """The whole frame as bytes, under a fresh masking key if `masked`."""
    head = header(frame.opcode, len(frame.payload), frame.fin, frame.rsv, masked, frame.width)
    if not masked:
        return head + frame.payload
    key = os.urandom(4)
    return head + key + xor(frame.payload, key)


def fragments(opcode: int, payload: bytes, size: int, rsv: int = 0) -> list[Frame]:
    """One message as frames of `size` bytes each; only the first carries the opcode and RSV (section 5.4)."""
    parts = [payload[at : at + size] for at in range(0, len(payload), size)] or [b""]
    last = len(parts) - 1
    return [
        Frame(CONTINUATION if index else opcode, part, fin=index == last, rsv=0 if index else rsv)
        for index, part in enumerate(parts)
    ]


def close_frame(code: int | None, reason: bytes = b"") -> Frame:
    return Frame(CLOSE, b"" if code is None else code.to_bytes(2, "big") + reason)


class FrameReader:
    """Takes bytes in any portions and gives back frames, refusing what section 5.2 forbids a sender."""

    def __init__(self, masked: bool):
        self.masked = masked
        self.keys: list[bytes] = []
        self.buffer = bytearray()
        self.start = 0

    def feed(self, data: bytes) -> None:
        if self.start:
            del self.buffer[: self.start]
            self.start = 0
        self.buffer += data

    @property
    def residue(self) -> bytes:
        """What has arrived and is not yet a whole frame."""
        return bytes(self.buffer[self.start :])

    def next(self) -> Frame | None:
        buffer, at = self.buffer, self.start
        have = len(buffer) - at
        if have < 2:
            return None
        first, second = buffer[at], buffer[at + 1]
        if bool(second & 0x80) != self.masked:
            word = "an unmasked" if self.masked else "a masked"
            raise Failure(f"the peer sent {word} frame (section 5.1), it begins {bytes(buffer[at : at + 12]).hex(' ')}")
        size, used = second & 0x7F, 2
        if size >= 126:
            width = 2 if size == 126 else 8
            if have < 2 + width:
                return None
            form, size = size, int.from_bytes(buffer[at + 2 : at + 2 + width], "big")
            used += width
            if size <= (CONTROL_LIMIT if form == 126 else 0xFFFF):
                head = bytes(buffer[at : at + used]).hex(" ")
                raise Failure(f"length {size} is not in its shortest form (section 5.2): {head}")
        if self.masked:
            used += 4
        if have < used + size:
            return None
        body = bytes(buffer[at + used : at + used + size])
        if self.masked:
            key = bytes(buffer[at + used - 4 : at + used])
            self.keys.append(key)
            body = xor(body, key)
        self.start = at + used + size
        return Frame(first & 0x0F, body, bool(first & 0x80), first >> 4 & 7)

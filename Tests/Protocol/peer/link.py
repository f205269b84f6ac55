"""The server's side of a WebSocket, as far as the selftest needs it."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import struct
import threading

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
PREAUTH_LIMIT, LIMIT = 64 << 10, 26_214_400
REASON_BYTES = 120


class Gone(Exception):
    """The client has gone, or was sent away."""


class Link:
    """One upgraded connection. Frames may be sent from any thread."""

    def __init__(self, accepted: socket.socket) -> None:
        self.socket = accepted
        self.limit = PREAUTH_LIMIT
        self._lock = threading.Lock()
        self._received = b""
        self.fields = self._upgrade()

    def send(self, frame: dict, opcode: int = 1) -> None:
        self._frame(opcode, json.dumps(frame, ensure_ascii=False).encode())

    def close(self, code: int, reason: str = "") -> None:
        self._frame(8, struct.pack("!H", code) + reason.encode()[:REASON_BYTES])
        raise Gone

    def receive(self) -> bytes:
        """The payload of the next message. No fragments: the client sends none."""
        while True:
            opcode, length = self._take(2)
            opcode, length = opcode & 15, length & 127
            if length == 126:
                length = struct.unpack("!H", self._take(2))[0]
            elif length == 127:
                length = struct.unpack("!Q", self._take(8))[0]
            if length > self.limit:
                self.close(1009, "preauth payload too large" if self.limit == PREAUTH_LIMIT else "payload too large")
            key = self._take(4)
            stream = (key * (length // 4 + 1))[:length]
            data = self._take(length)
            plain = (int.from_bytes(data, "big") ^ int.from_bytes(stream, "big")).to_bytes(length, "big") if length else b""
            if opcode in (1, 2):
                return plain
            if opcode == 8:
                raise Gone

    def refuse(self, status: int) -> None:
        self.socket.sendall(f"HTTP/1.1 {status} Refused\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
        raise Gone

    def accept(self) -> None:
        accept = base64.b64encode(hashlib.sha1((self.fields["sec-websocket-key"] + GUID).encode()).digest()).decode()
        self.socket.sendall(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {accept}\r\n\r\n".encode())

    def _upgrade(self) -> dict[str, str]:
        while b"\r\n\r\n" not in self._received:
            self._read()
        head, _, self._received = self._received.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")[1:]
        return {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}

    def _frame(self, opcode: int, payload: bytes) -> None:
        size = len(payload)
        head = bytes([0x80 | opcode, size]) if size < 126 else (
            struct.pack("!BBH", 0x80 | opcode, 126, size) if size < 1 << 16 else struct.pack("!BBQ", 0x80 | opcode, 127, size))
        with self._lock:
            try:
                self.socket.sendall(head + payload)
            except OSError:
                raise Gone from None

    def _take(self, count: int) -> bytes:
        while len(self._received) < count:
            self._read()
        taken, self._received = self._received[:count], self._received[count:]
        return taken

    def _read(self) -> None:
        try:
            part = self.socket.recv(1 << 20)
        except TimeoutError:
            self.close(1000)
        except OSError:
            part = b""
        if not part:
            raise Gone
        self._received += part

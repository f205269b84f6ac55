"""An echo peer that keeps to the RFCs, except for one named flaw: it shows which cases notice what.

Its reading of frames shares nothing with `link`, so that one mistake cannot hide in both.
"""

from __future__ import annotations

import codecs
import contextlib
import os
import socket
import time
import zlib
from collections.abc import Iterator

from .deflate import TAIL, Params
from .frame import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, close_frame, header, xor

MESSAGE_LIMIT = 64 << 20
FRAME_LIMIT = 10_000
SMALL_LIMIT = 1 << 20
LINGER_SECONDS = 2
STUBBORN_SECONDS = 20
INFLATED_PORTION = 1 << 16


class Ended(Exception):
    """The connection is over as far as this peer is concerned."""


class Echo:
    """One connection after its opening handshake. `flaw` is empty or one of the names in `flaws`."""

    def __init__(self, sock: socket.socket, server: bool, flaw: str, params: Params | None):
        self.sock, self.server, self.flaw, self.params = sock, server, flaw, params
        self.buffer = bytearray()
        self.frame: tuple[int, bool, int, int, bytes] | None = None
        self.got = 0
        self.opcode: int | None = None
        self.squeezed = False
        self.parts: list[bytes] = []
        self.size = self.frames = 0
        self.held_pongs: list[bytes] = []
        self.compressor = self.inflater = None
        self.key = os.urandom(4)

    def run(self, rest: bytes) -> None:
        with contextlib.suppress(Ended, ConnectionError):
            self.feed(rest)
            while data := self.sock.recv(65536):
                if self.flaw == "one-frame-per-read":
                    self.buffer.clear()
                    self.frame, self.got = None, 0
                self.feed(data)
            if self.flaw == "ignores-eof":
                time.sleep(STUBBORN_SECONDS)
        if self.flaw == "holds-tcp":
            time.sleep(STUBBORN_SECONDS)
        self.linger()

    def linger(self) -> None:
        """Ends our side and reads on for a moment, so that no reset destroys what was just sent."""
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_WR)
            self.sock.settimeout(LINGER_SECONDS)
            while self.sock.recv(65536):
                pass
        self.sock.close()

    def fail(self, code: int) -> None:
        if self.flaw == "wrong-close-code":
            code = 1002 if code == 1007 else 1007
        self.send(CLOSE, close_frame(code).payload)
        raise Ended

    def send(self, opcode: int, payload: bytes, rsv: int = 0) -> None:
        masked = not self.server
        if self.flaw == "masks-the-wrong-way":
            masked = not masked
        width = 16 if self.flaw == "long-lengths" and len(payload) < 126 else 0
        head = header(opcode, len(payload), True, rsv, masked, width)
        key = self.key if self.flaw == "constant-mask" else os.urandom(4)
        self.sock.sendall(head + key + xor(payload, key) if masked else head + payload)

    # Frames

    def feed(self, data: bytes) -> None:
        self.buffer += data
        while self.take_header() if self.frame is None else self.take_payload():
            pass

    def take_header(self) -> bool:
        buffer = self.buffer
        if len(buffer) < 2:
            return False
        opcode, fin, rsv, masked = buffer[0] & 15, buffer[0] >> 7, buffer[0] >> 4 & 7, buffer[1] >> 7
        size, used = buffer[1] & 127, 2
        control = opcode >= CLOSE
        if masked != self.server and self.flaw != "ignores-masking":
            self.fail(1002)
        if rsv and self.flaw != "ignores-rsv" and not (rsv == 4 and self.params and self.may_be_compressed(opcode)):
            self.fail(1002)
        if opcode not in (CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG) and self.flaw != "ignores-opcodes":
            self.fail(1002)
        if control and not fin and self.flaw != "fragmented-control":
            self.fail(1002)
        if control and size > 125 and self.flaw != "long-control":
            self.fail(1002)
        if opcode == CONTINUATION and self.opcode is None and self.flaw != "continues-nothing":
            self.fail(1002)
        if opcode in (TEXT, BINARY) and self.opcode is not None and self.flaw != "nested-messages":
            self.fail(1002)
        if size > 125:
            width = 2 if size == 126 else 8
            if len(buffer) < 2 + width:
                return False
            form, size, used = size, int.from_bytes(buffer[2 : 2 + width], "big"), 2 + width
            if size < (126 if form == 126 else 65536) and not control:
                self.fail(1002)
        if size + self.size > self.limit():
            self.fail(1009)
        if len(buffer) < used + 4 * masked:
            return False
        key = bytes(buffer[used : used + 4]) if masked else b""
        del buffer[: used + len(key)]
        self.frame, self.got = (opcode, bool(fin), rsv, size, key), 0
        self.begin(opcode, rsv)
        return True

    def may_be_compressed(self, opcode: int) -> bool:
        return opcode in (TEXT, BINARY) or (self.flaw == "rsv1-anywhere")

    def limit(self) -> int:
        return SMALL_LIMIT if self.flaw == "small-messages" else MESSAGE_LIMIT

    def take_payload(self) -> bool:
        opcode, fin, _, size, key = self.frame
        portion = bytes(self.buffer[: size - self.got])
        if opcode >= CLOSE and len(portion) < size - self.got:
            return False
        if not portion and self.got < size:
            return False
        del self.buffer[: len(portion)]
        if key:
            turn = self.got % 4
            portion = xor(portion, key[turn:] + key[:turn])
        self.got += len(portion)
        if opcode >= CLOSE:
            self.frame = None
            self.control(opcode, portion)
            return True
        self.data(portion)
        if self.got == size:
            self.frame = None
            self.frames += 1
            if self.flaw == "few-frames" and self.frames > FRAME_LIMIT:
                self.fail(1009)
            if fin:
                self.finish()
        return True

    # Messages

    def begin(self, opcode: int, rsv: int) -> None:
        if opcode in (TEXT, BINARY) or (opcode == CONTINUATION and self.opcode is None):
            self.opcode, self.squeezed = opcode or TEXT, rsv == 4 and self.params is not None
            self.parts, self.size, self.frames = [], 0, 0
            self.text = codecs.getincrementaldecoder("utf-8")()

    def data(self, portion: bytes) -> None:
        if self.opcode is None:
            return
        for part in self.inflated(portion) if self.squeezed else [portion]:
            self.size += len(part)
            if self.size > self.limit() and self.flaw != "no-inflated-limit":
                self.fail(1009)
            self.parts.append(part)
            if self.flaw != "late-utf8":
                self.check_text(part, final=False)

    def check_text(self, part: bytes, final: bool) -> None:
        if self.opcode != TEXT or self.flaw == "no-utf8":
            return
        try:
            self.text.decode(part, final)
        except UnicodeDecodeError:
            self.fail(1007)

    def finish(self) -> None:
        if self.opcode is None:
            return
        if self.squeezed:
            self.data(TAIL)
            if self.flaw == "forgets-context":
                self.inflater = None
        message = b"".join(self.parts)
        self.check_text(message if self.flaw == "late-utf8" else b"", final=True)
        kind, self.opcode, self.size = self.opcode, None, 0
        if self.flaw == "wrong-kind":
            kind = TEXT + BINARY - kind
        if self.flaw == "loses-a-byte" and len(message) > 125:
            message = message[:-1]
        self.echo(kind, message)
        while self.held_pongs:
            self.send(PONG, self.held_pongs.pop(0))

    def echo(self, kind: int, message: bytes) -> None:
        if self.params is None:
            self.send(kind, message)
            return
        squeezed = self.deflated(message)
        self.send(kind, squeezed, rsv=0 if self.flaw == "compresses-silently" else 4)

    def control(self, opcode: int, payload: bytes) -> None:
        if opcode == PING and self.flaw != "no-pong":
            if self.flaw == "wrong-pong":
                payload = payload.upper()
            if self.flaw == "late-pong" and self.opcode is not None:
                self.held_pongs.append(payload)
            else:
                self.send(PONG, payload)
        elif opcode == CLOSE:
            self.closing(payload)

    def closing(self, payload: bytes) -> None:
        if self.flaw == "no-close-reply":
            raise Ended
        if len(payload) == 1 and self.flaw != "one-byte-close":
            self.fail(1002)
        code = int.from_bytes(payload[:2], "big")
        good = 1000 <= code <= 1003 or 1007 <= code <= 1014 or 3000 <= code <= 4999
        if len(payload) >= 2 and not good and self.flaw != "any-close-code":
            self.fail(1002)
        if self.flaw != "any-close-reason":
            try:
                payload[2:].decode()
            except UnicodeDecodeError:
                self.fail(1007)
        self.send(CLOSE, payload[:2] if len(payload) > 1 else b"")
        if self.flaw != "goes-on-after-close":
            raise Ended

    # Compression

    def inflated(self, portion: bytes) -> Iterator[bytes]:
        try:
            while portion:
                if self.inflater is None or self.inflater.eof:
                    self.inflater = zlib.decompressobj(-15)
                yield self.inflater.decompress(portion, INFLATED_PORTION)
                portion = self.inflater.unused_data if self.inflater.eof else self.inflater.unconsumed_tail
            while self.inflater and not self.inflater.eof and (part := self.inflater.decompress(b"", INFLATED_PORTION)):
                yield part
        except zlib.error:
            self.fail(1007)

    def deflated(self, message: bytes) -> bytes:
        params = self.params
        fresh = params.server_no_takeover if self.server else params.client_no_takeover
        bits = params.server_bits if self.server else params.client_bits
        if self.flaw == "wide-window":
            bits = 15
        if self.compressor is None or (fresh and self.flaw != "keeps-context"):
            strategy = zlib.Z_HUFFMAN_ONLY if bits == 8 else zlib.Z_DEFAULT_STRATEGY
            self.compressor = zlib.compressobj(6, zlib.DEFLATED, -max(9, bits), 8, strategy)
        data = self.compressor.compress(message) + self.compressor.flush(zlib.Z_SYNC_FLUSH)
        return data[: -len(TAIL)]

"""One open WebSocket connection: sends exactly what a case wants and keeps what the peer does."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable
from contextlib import contextmanager

from .deflate import Codec
from .frame import (
    BINARY,
    CLOSE,
    CONTROL_LIMIT,
    NAMES,
    PING,
    PONG,
    TEXT,
    Failure,
    Frame,
    FrameReader,
    close_frame,
    encode,
)

Event = tuple[str, ...] | tuple[str, bytes] | tuple[str, str, bytes]
CHOP_PAUSE = 0.0005
CHOP_PAUSES = 600


class Link:
    """`server` says which end this is. Nothing here waits beyond `deadline`, a time of the monotonic clock."""

    def __init__(
        self, sock: socket.socket, server: bool, seconds: float, codec: Codec | None = None, rest: bytes = b""
    ):
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock, self.server, self.codec = sock, server, codec
        self.seconds, self.deadline = seconds, time.monotonic() + seconds
        self.reader = FrameReader(masked=server)
        self.events: list[Event] = []
        self.raw: list[bytes] = []
        self.peer_close: tuple[int | None, bytes] | None = None
        self.close_sent = False
        self.closed_first: str | None = None
        self.ended: str | None = None
        self.broken = False
        self.opcode: int | None = None
        self.compressed = False
        self.parts: list[bytes] = []
        self.holds = 0
        self.replies: list[bytes] = []
        self.take(rest)

    # Sending

    def send(self, data: bytes, chop: int = 0) -> None:
        """Sends `data`, in separate writes of `chop` bytes if given. A peer that hung up is no error here."""
        with self.holding():
            self.write_chopped(data, chop or len(data) or 1)

    @contextmanager
    def holding(self):
        """A frame is going out in pieces: what must be answered meanwhile waits until it is whole."""
        self.holds += 1
        try:
            yield
        finally:
            self.holds -= 1
        if not self.holds:
            self.flush_replies()

    def reply(self, frame: Frame) -> None:
        self.replies.append(encode(frame, masked=not self.server))
        self.flush_replies()

    def flush_replies(self) -> None:
        while self.replies and not self.holds:
            with self.holding():
                self.write(self.replies.pop(0))

    def write_chopped(self, data: bytes, chop: int) -> None:
        count = -(-len(data) // chop)
        for at in range(0, len(data), chop):
            self.write(data[at : at + chop])
            if 1 < count <= CHOP_PAUSES:  # few chops can be spaced so that the peer reads each by itself
                time.sleep(CHOP_PAUSE)
            if self.broken:
                return

    def write(self, data: bytes) -> None:
        view = memoryview(data)
        while view and not self.broken:
            try:
                view = view[self.sock.send(view) :]
            except BlockingIOError:
                self.allow("taking what is sent")
                readable, _, _ = select.select([self.sock], [self.sock], [], self.left())
                if readable:  # a peer may answer while it is being written to
                    self.read()
            except (BrokenPipeError, ConnectionResetError):
                self.broken = True

    def frame(self, frame: Frame, chop: int = 0) -> None:
        self.send(encode(frame, masked=not self.server), chop)

    def close(self, code: int | None = 1000, reason: bytes = b"") -> None:
        self.note_close()
        self.frame(close_frame(code, reason))

    def note_close(self) -> None:
        """A Close is about to leave, by `close` or from a case that builds its own."""
        self.close_sent = True
        self.closed_first = self.closed_first or "us"

    # Waiting

    def left(self) -> float:
        return max(0.0, self.deadline - time.monotonic())

    def allow(self, what: str) -> None:
        if self.left() == 0:
            raise Failure(f"after {self.seconds:g} s the peer was still not {what}; {self.state()}")

    def state(self) -> str:
        close = f"Close {self.peer_close[0]}" if self.peer_close else "no Close"
        return f"events so far: {show(self.events)}; {close}; TCP {self.ended or 'open'}"

    def until(self, done: Callable[[], object], what: str) -> bool:
        """Reads until `done`. False if the connection ended first; a Failure if the deadline came first."""
        while not done():
            if self.ended:
                return False
            self.allow(what)
            if select.select([self.sock], [], [], self.left())[0]:
                self.read()
        return True

    def pause(self, seconds: float, mark: str) -> bool:
        """Waits and notes that the connection was still open afterwards. False if the peer closed meanwhile."""
        stop = time.monotonic() + seconds
        while not self.ended and not self.peer_close and (left := stop - time.monotonic()) > 0:
            if select.select([self.sock], [], [], left)[0]:
                self.read()
        if self.ended or self.peer_close:
            return False
        self.events.append(("open", mark))
        return True

    # Receiving

    def read(self) -> None:
        try:
            data = self.sock.recv(1 << 18)
        except BlockingIOError:
            return
        except ConnectionError:
            self.ended = "reset"
            return
        if data:
            self.take(data)
        else:
            self.ended = "closed"

    def take(self, data: bytes) -> None:
        self.reader.feed(data)
        while frame := self.reader.next():
            self.receive(frame)
        if self.peer_close and self.reader.residue:
            raise Failure(f"bytes after the Close frame: {self.reader.residue[:16].hex(' ')}")

    def receive(self, frame: Frame) -> None:
        name = NAMES.get(frame.opcode)
        if name is None:
            raise Failure(f"a frame with the reserved opcode {frame.opcode:#x}")
        if self.peer_close:
            raise Failure(f"a {name} frame after the Close frame")
        first = frame.opcode in (TEXT, BINARY)
        if frame.rsv and not (self.codec and first and frame.rsv == 4):
            raise Failure(f"a {name} frame with reserved bits {frame.rsv:03b} that nothing gave a meaning")
        if frame.opcode >= CLOSE:
            self.control(frame, name)
            return
        if first == (self.opcode is not None):
            raise Failure(f"a {name} frame {'inside' if first else 'without'} a fragmented message")
        if first:
            self.opcode, self.compressed, self.parts = frame.opcode, frame.rsv == 4, []
        self.parts.append(frame.payload)
        if frame.fin:
            self.message()

    def message(self) -> None:
        payload, kind = b"".join(self.parts), NAMES[self.opcode]
        self.opcode, self.parts = None, []
        if self.compressed:
            self.raw.append(payload)
            payload = self.codec.decompress(payload)
        if kind == "text":
            try:
                payload.decode()
            except UnicodeDecodeError as error:
                raise Failure(f"a text message that is not UTF-8 at byte {error.start}") from None
        self.events.append(("message", kind, payload))

    def control(self, frame: Frame, name: str) -> None:
        if not frame.fin or len(frame.payload) > CONTROL_LIMIT:
            raise Failure(f"a {name} frame of {len(frame.payload)} bytes, FIN {int(frame.fin)} (section 5.5)")
        if frame.opcode == PING:  # a peer may check that we live; no case expects it, none forbids it
            self.reply(Frame(PONG, frame.payload))
        elif frame.opcode == PONG:
            self.events.append(("pong", frame.payload))
        else:
            self.peer_close = self.read_close(frame.payload)
            self.closed_first = self.closed_first or "peer"
            if not self.close_sent:
                self.note_close()
                self.reply(close_frame(self.peer_close[0]))

    @staticmethod
    def read_close(payload: bytes) -> tuple[int | None, bytes]:
        """A Close the peer was allowed to send (section 7.4.2; 1012 to 1014 are registered with IANA)."""
        if len(payload) == 1:
            raise Failure("a Close frame with a payload of one byte")
        if not payload:
            return None, b""
        code, reason = int.from_bytes(payload[:2], "big"), payload[2:]
        if not (1000 <= code <= 1003 or 1007 <= code <= 1014 or 3000 <= code <= 4999):
            raise Failure(f"a Close frame with the code {code}, which must not be sent")
        try:
            reason.decode()
        except UnicodeDecodeError:
            raise Failure(f"a Close reason that is not UTF-8: {reason.hex(' ')}") from None
        return code, reason


def show(events: list[Event]) -> str:
    """Events in one line, long payloads shortened."""
    return "[" + ", ".join(show_event(event) for event in events) + "]"


def show_event(event: Event) -> str:
    if event[0] == "open":
        return f"still open at {event[1]}"
    payload = event[-1]
    text = payload[:12].hex(" ") + (" ..." if len(payload) > 12 else "")
    return f"{' '.join(event[:-1]).replace('message ', '')} {len(payload)} B ({text})"

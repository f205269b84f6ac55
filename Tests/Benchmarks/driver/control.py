"""Clients of the gateway protocol: 64 that ask and wait, 1,000 that listen, and some that never read."""

from __future__ import annotations

import json
import select
import socket
import statistics
import struct
import time
from dataclasses import dataclass, field

from .load import Rounds
from .probe import UPGRADE, percentiles
from .servers import CannotMeasure, Server

PATIENCE = 20.0
MASK = b"\x01\x02\x03\x04"
TEXT, CLOSE = 1, 8
LISTENERS, SLOW = 1_000, 10
#: Requests of a client that never reads; their answers are far more than any server may keep for it.
SLOW_REQUESTS = 20_000
#: Large events, and how many go on listening to them: together far more than the buffers of the kernel and of the server.
LARGE_EVENTS, LARGE_BYTES, STILL_LISTENING = 800, 12_000, 40
SLOW_RECEIVE_BUFFER = 4_096
ASKERS = 64
HEALTH = b'{"type":"req","id":"1","method":"health","params":{}}'
ANSWER = b'{"type":"res"'
PRESENCE = b'"event":"presence"'


def masked(payload: bytes) -> bytes:
    """A text frame of less than 64 KiB."""
    size = len(payload)
    head = struct.pack("!BB", 0x81, 0x80 | size) if size < 126 else struct.pack("!BBH", 0x81, 0x80 | 126, size)
    stream = (MASK * (size // 4 + 1))[:size]
    return head + MASK + (int.from_bytes(payload, "big") ^ int.from_bytes(stream, "big")).to_bytes(size, "big")


@dataclass
class Peer:
    """One client, connected and past its hello-ok."""

    socket: socket.socket
    buffer: bytearray = field(default_factory=bytearray)
    sent: int = 0
    tail: bytes = b""

    def frames(self, data: bytes) -> list[bytes]:
        """The payloads of the text frames that are complete now."""
        self.buffer += data
        found, at = [], 0
        while len(self.buffer) - at >= 2:
            size, start = self.buffer[at + 1], at + 2
            if size == 126:
                if len(self.buffer) < at + 4:
                    break
                size, start = int.from_bytes(self.buffer[at + 2:at + 4], "big"), at + 4
            elif size == 127:
                if len(self.buffer) < at + 10:
                    break
                size, start = int.from_bytes(self.buffer[at + 2:at + 10], "big"), at + 10
            if len(self.buffer) < start + size:
                break
            if self.buffer[at] & 15 == CLOSE:
                raise CannotMeasure(f"a client was sent away: {bytes(self.buffer[start + 2:start + size])!r}")
            found.append(bytes(self.buffer[start:start + size]))
            at = start + size
        del self.buffer[:at]
        return found

    def wait(self, what: bytes) -> bytes:
        """The first frame that begins so."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            data = self.socket.recv(1 << 16)
            if not data:
                break
            for frame in self.frames(data):
                if frame.startswith(what):
                    return frame
        raise CannotMeasure(f"no {what.decode()} came")


def admitted(server: Server, scopes: list[str], receive_buffer: int = 0) -> Peer:
    """A client of the command line's kind, which does not appear in presence, so that events stay small."""
    sock = socket.socket()
    if receive_buffer:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    sock.settimeout(PATIENCE)
    sock.connect(("127.0.0.1", server.port))
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.sendall(UPGRADE)
    answer = b""
    while b"\r\n\r\n" not in answer:
        part = sock.recv(1 << 14)
        if not part:
            raise CannotMeasure(f"{server.name} refused an upgrade: {answer[:200]!r}")
        answer += part
    head, _, rest = answer.partition(b"\r\n\r\n")
    if b" 101 " not in head:
        raise CannotMeasure(f"{server.name} refused an upgrade: {head[:200]!r}")
    peer = Peer(sock)
    params = {"minProtocol": 3, "maxProtocol": 3, "role": "operator", "scopes": scopes, "auth": {"token": server.token},
              "client": {"id": "cli", "version": "1.0.0", "platform": "linux", "mode": "cli"}}
    peer.socket.sendall(masked(json.dumps({"type": "req", "id": "c", "method": "connect", "params": params}).encode()))
    frames = peer.frames(rest)
    while not any(frame.startswith(ANSWER) for frame in frames):
        data = sock.recv(1 << 16)
        if not data:
            raise CannotMeasure(f"{server.name} closed during the handshake")
        frames = peer.frames(data)
    if b'"ok":true' not in next(frame for frame in frames if frame.startswith(ANSWER)):
        raise CannotMeasure(f"{server.name} let nobody in: {frames[-1][:300]!r}")
    return peer


def health_payload(server: Server) -> bytes:
    """What this server answers to `health`, as JSON."""
    peer = admitted(server, ["operator.read"])
    try:
        peer.socket.sendall(masked(HEALTH))
        return json.dumps(json.loads(peer.wait(ANSWER))["payload"], separators=(",", ":")).encode()
    finally:
        peer.socket.close()


def ask(server: Server, seconds: float) -> tuple[int, float, list[float]]:
    """64 clients that always have one `health` under way: answers, time, latencies in us."""
    request = masked(HEALTH)
    peers = {peer.socket.fileno(): peer for peer in (admitted(server, ["operator.read"]) for _ in range(ASKERS))}
    poll = select.epoll()
    took: list[float] = []
    try:
        started = time.perf_counter_ns()
        for number, peer in peers.items():
            peer.socket.setblocking(False)
            poll.register(number, select.EPOLLIN)
            peer.sent = time.perf_counter_ns()
            peer.socket.send(request)
        end = started + int(seconds * 1e9)
        while (now := time.perf_counter_ns()) < end:
            for number, _ in poll.poll(0.1):
                peer = peers[number]
                for frame in peer.frames(peer.socket.recv(1 << 16)):
                    if frame.startswith(ANSWER):
                        now = time.perf_counter_ns()
                        took.append((now - peer.sent) / 1e3)
                        peer.sent = now
                        peer.socket.send(request)
        return len(took), (time.perf_counter_ns() - started) / 1e9, took
    finally:
        poll.close()
        for peer in peers.values():
            peer.socket.close()


def asked(servers: list[Server], rounds: int, seconds: float) -> dict[str, Rounds]:
    """Interleaved rounds of `ask`, as `load.measure` has them."""
    results = {server.name: Rounds() for server in servers}
    for server in servers:
        ask(server, 0.3)
    for _ in range(rounds):
        for server in servers:
            before = server.cpu_ns()
            count, took, latencies = ask(server, seconds)
            used = server.cpu_ns() - before
            if not count:
                raise CannotMeasure(f"{server.name} answered nothing")
            result = results[server.name]
            result.cpu_us.append(used / 1e3 / count)
            result.per_second.append(count / took)
            middle, late = percentiles(latencies)
            result.p50_us.append(middle)
            result.p99_us.append(late)
            result.rss = server.rss_bytes()
    return results


@dataclass(frozen=True)
class FanOut:
    p50_ms: float
    p99_ms: float
    #: Slow clients that are still there and have been spared nothing.
    uncut: int
    growth: int


def fan_out(server: Server, events: int) -> FanOut:
    """Presence to 1,000 clients, ten of which ask for more and more and read nothing; then events so large that no server
    may keep them all for those ten."""
    speaker = admitted(server, ["operator.admin"])
    listeners = Audience([admitted(server, ["operator.read"]) for _ in range(LISTENERS - SLOW)])
    spoken = [speak(speaker, 0)]
    listeners.heard()
    before = server.rss_bytes()
    slow = [admitted(server, ["operator.read"], SLOW_RECEIVE_BUFFER) for _ in range(SLOW)]
    left = {peer.socket.fileno(): (peer, memoryview(masked(HEALTH) * SLOW_REQUESTS)) for peer in slow}
    for peer in slow:
        peer.socket.setblocking(False)
    latencies: list[float] = []
    for number in range(1, events + 1):
        press(left)
        spoken.append(speak(speaker, number))
        latencies += [(at - spoken[-1]) / 1e6 for at in listeners.heard()]
    listeners.keep(STILL_LISTENING)
    most = 0
    for number in range(events + 1, events + 1 + LARGE_EVENTS):
        spoken.append(speak(speaker, number, "x" * LARGE_BYTES))
        listeners.heard()
        if number % 50 == 0:
            most = max(most, server.rss_bytes())
    # One of them came before the slow ones did.
    uncut = sum(not was_cut(peer, len(spoken) - 1) for peer in slow)
    listeners.close()
    for peer in [speaker, *slow]:
        peer.socket.close()
    return FanOut(statistics.median(latencies), percentiles(latencies)[1], uncut, most - before)


def press(left: dict[int, tuple[Peer, memoryview]]) -> None:
    """As many of the slow clients' requests as their sockets take now."""
    for number, (peer, data) in list(left.items()):
        try:
            sent = peer.socket.send(data[:1 << 15])
        except BlockingIOError:
            continue
        except OSError:
            del left[number]
            continue
        left[number] = (peer, data[sent:])
        if sent == len(data):
            del left[number]


def speak(speaker: Peer, number: int, more: str = "") -> int:
    """Causes one presence event; gives the time just before."""
    params = {"text": f"Node: bench {number} {more}", "instanceId": "bench", "host": "bench"}
    request = {"type": "req", "id": str(number), "method": "system-event", "params": params}
    data = masked(json.dumps(request).encode())
    started = time.perf_counter_ns()
    speaker.socket.sendall(data)
    speaker.wait(ANSWER)
    return started


class Audience:
    """Clients that listen. What they get is searched for the event, not taken apart, so that the figure is the server's."""

    def __init__(self, peers: list[Peer]) -> None:
        self._peers = {peer.socket.fileno(): peer for peer in peers}
        self._poll = select.epoll()
        for number in self._peers:
            self._poll.register(number, select.EPOLLIN)

    def heard(self) -> list[int]:
        """When each of them had the presence event."""
        waiting = set(self._peers)
        times: list[int] = []
        end = time.monotonic() + PATIENCE
        while waiting and time.monotonic() < end:
            for number, _ in self._poll.poll(0.5):
                peer = self._peers[number]
                data = peer.socket.recv(1 << 14)
                if not data:
                    raise CannotMeasure("a client that listens was sent away")
                # The words may come in two parts.
                data = peer.tail + data
                peer.tail = data[1 - len(PRESENCE):]
                if PRESENCE in data and number in waiting:
                    times.append(time.perf_counter_ns())
                    waiting.remove(number)
        if waiting:
            raise CannotMeasure(f"{len(waiting)} of {len(self._peers)} clients did not hear an event")
        return times

    def keep(self, count: int) -> None:
        """Lets the others go."""
        for number in list(self._peers)[count:]:
            self._poll.unregister(number)
            self._peers.pop(number).socket.close()

    def close(self) -> None:
        self.keep(0)
        self._poll.close()


def was_cut(peer: Peer, events: int) -> bool:
    """Whether the server has ended the connection or left events out, by what it had sent when it is read at last."""
    peer.socket.setblocking(True)
    peer.socket.settimeout(1.0)
    seen = 0
    try:
        while data := peer.socket.recv(1 << 18):
            seen += sum(PRESENCE in frame for frame in peer.frames(data))
    except TimeoutError:
        return seen < events
    except (CannotMeasure, OSError):
        pass
    return True

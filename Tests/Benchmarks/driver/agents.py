"""Runs of agents under measurement: answers that stream from a model service through the gateway to clients of its HTTP API."""

from __future__ import annotations

import json
import re
import select
import socket
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from . import control, probe
from .servers import CannotMeasure, Server

PATIENCE = 60.0
SENT = re.compile(rb"t=(\d+); ")
END = b"data: [DONE]"
#: How many chat.send are under way at a time while sessions are made.
MAKERS = 64


@dataclass
class Stream:
    """One answer under way."""

    socket: socket.socket
    tail: bytes = b""
    #: Milliseconds from the service's write to here, for each chunk.
    took: list[float] = field(default_factory=list)
    ended: bool = False

    def take(self, data: bytes) -> None:
        now = time.perf_counter_ns()
        # A chunk may come in two parts.
        text = self.tail + data
        last = 0
        for found in SENT.finditer(text):
            self.took.append((now - int(found.group(1))) / 1e6)
            last = found.end()
        if END in text:
            self.ended = True
        self.tail = text[max(last, len(text) - 64):]


def request(server: Server, chunks: int, interval_ms: float) -> bytes:
    body = json.dumps({"model": "openclaw", "stream": True,
                       "messages": [{"role": "user", "content": f"{chunks} {interval_ms}"}]}).encode()
    return (f"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nAuthorization: Bearer {server.token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n").encode() + body


def opened(server: Server, chunks: int, interval_ms: float) -> Stream:
    sock = probe.connect(server.port)
    sock.settimeout(PATIENCE)
    sock.sendall(request(server, chunks, interval_ms))
    return Stream(sock)


def streamed(server: Server, count: int, chunks: int, interval_ms: float, beside: Iterable[None] = ()) -> list[Stream]:
    """`count` answers side by side, to their ends. `beside` is stepped while they run."""
    streams = {stream.socket.fileno(): stream for stream in (opened(server, chunks, interval_ms) for _ in range(count))}
    everything = list(streams.values())
    poll = select.epoll()
    for number in streams:
        poll.register(number, select.EPOLLIN)
    steps: Iterator[None] = iter(beside)
    end = time.monotonic() + PATIENCE
    while streams and time.monotonic() < end:
        for number, _ in poll.poll(0.05):
            stream = streams[number]
            data = stream.socket.recv(1 << 16)
            if not data:
                raise CannotMeasure(f"{server.name} ended a stream early, after {len(stream.took)} chunks: {stream.tail!r}")
            stream.take(data)
            if stream.ended:
                poll.unregister(number)
                streams.pop(number).socket.close()
        next(steps, None)
    poll.close()
    if streams:
        raise CannotMeasure(f"{len(streams)} of {count} streams of {server.name} did not end; "
                            f"one says {next(iter(streams.values())).tail!r}")
    if short := [stream for stream in everything if len(stream.took) != chunks]:
        raise CannotMeasure(f"{len(short)} of {count} streams of {server.name} lack chunks: {len(short[0].took)} of {chunks}")
    return everything


def make_sessions(server: Server, count: int) -> None:
    """So many sessions, each with a message and an answer, made as a client makes them."""
    peer = control.admitted(server, ["operator.admin"])
    sent = done = 0
    peer.socket.setblocking(True)
    while done < count:
        while sent < count and sent - done < MAKERS:
            params = {"sessionKey": f"agent:main:bench-{sent}", "message": "/whoami", "idempotencyKey": f"bench-{sent}"}
            peer.socket.sendall(control.masked(json.dumps(
                {"type": "req", "id": str(sent), "method": "chat.send", "params": params}).encode()))
            sent += 1
        for frame in peer.frames(peer.socket.recv(1 << 18)):
            if frame.startswith(control.ANSWER) and b'"ok":false' in frame[:200]:
                raise CannotMeasure(f"a message was refused: {frame[:300]!r}")
            done += b'"event":"chat"' in frame and b'"state":"final"' in frame
    peer.socket.close()


def list_ms(peer: control.Peer) -> float:
    """How long `sessions.list` takes for a client."""
    started = time.perf_counter_ns()
    peer.socket.sendall(control.masked(b'{"type":"req","id":"l","method":"sessions.list","params":{"limit":100}}'))
    answer = peer.wait(control.ANSWER)
    if b'"ok":true' not in answer[:200]:
        raise CannotMeasure(f"sessions.list was refused: {answer[:300]!r}")
    return (time.perf_counter_ns() - started) / 1e6

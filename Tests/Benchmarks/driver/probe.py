"""Clients of one connection each: the /health probe, the client that stalls, the WebSocket client that idles."""

from __future__ import annotations

import resource
import socket
import statistics
import time

HEALTH = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
HEALTHZ = HEALTH.replace(b"/health", b"/healthz")
READYZ = HEALTH.replace(b"/health", b"/readyz")
UPGRADE = (b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
# The first two bytes of a masked text frame of 100 bytes, of which no more will come.
HALF_FRAME = b"\x81\xe4"
# A masked ping without payload, and its answer.
PING, PONG = b"\x89\x80\x00\x00\x00\x00", b"\x8a\x00"
TIMEOUT = 5.0
SPARE_DESCRIPTORS = 200


def allow_descriptors(count: int) -> bool:
    """Raises the limit of this process and of those it starts."""
    need = count + SPARE_DESCRIPTORS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft >= need:
        return True
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (need, max(hard, need)))
    except (ValueError, OSError):
        return False
    return True


def connect(port: int) -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def health(port: int, request: bytes = HEALTH) -> bytes:
    """The first bytes of the answer, over a connection of its own."""
    with connect(port) as sock:
        sock.sendall(request)
        return sock.recv(4096)


def answers(port: int, request: bytes = HEALTH) -> bool:
    try:
        return health(port, request).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


def health_ms(port: int, count: int, request: bytes = HEALTH) -> list[float]:
    """How long each of `count` probes took, connecting included."""
    took = []
    for _ in range(count):
        started = time.perf_counter_ns()
        answer = health(port, request)
        took.append((time.perf_counter_ns() - started) / 1e6)
        if not answer.startswith(b"HTTP/1.1 200"):
            raise OSError(f"/health answered {answer[:40]!r}")
    return took


def percentiles(values: list[float]) -> tuple[float, float]:
    """The median and the 99th percentile."""
    return statistics.median(values), statistics.quantiles(values, n=100, method="inclusive")[98]


def upgraded(sock: socket.socket) -> bool:
    answer = b""
    while b"\r\n\r\n" not in answer:
        piece = sock.recv(4096)
        if not piece:
            return False
        answer += piece
    return answer.startswith(b"HTTP/1.1 101")


def half_request(port: int) -> socket.socket:
    sock = connect(port)
    sock.sendall(HEALTH[:-2] + b"X-Slow: ")
    return sock


def half_upgrade(port: int) -> socket.socket:
    sock = connect(port)
    sock.sendall(UPGRADE[:-2])
    return sock


def half_frame(port: int) -> socket.socket:
    sock = connect(port)
    sock.sendall(UPGRADE)
    if not upgraded(sock):
        sock.close()
        raise OSError("the upgrade was refused")
    sock.sendall(HALF_FRAME)
    return sock


def idle_clients(port: int, count: int, batch: int = 200) -> list[socket.socket]:
    """Open WebSockets that say nothing."""
    clients: list[socket.socket] = []
    while len(clients) < count:
        new = [connect(port) for _ in range(min(batch, count - len(clients)))]
        clients += new
        for sock in new:
            sock.sendall(UPGRADE)
        for sock in new:
            if not upgraded(sock):
                raise OSError(f"the upgrade of client {len(clients)} was refused")
    return clients


def alive(sock: socket.socket) -> bool:
    """Whether a WebSocket still answers a ping."""
    try:
        sock.sendall(PING)
        return sock.recv(2) == PONG
    except OSError:
        return False


def still_open(sock: socket.socket) -> bool:
    """Whether the server has kept a stalled connection."""
    sock.setblocking(False)
    try:
        return sock.recv(1) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False

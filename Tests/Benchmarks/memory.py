#!/usr/bin/env python3
"""A million messages through one gateway that may have 512 MB, and what that does to its memory.

  memory.py [--messages N] [--sessions N]

Each message is sent as a client sends it, answered without a model, and written to the session's transcript. Fails when
the gateway ends, loses an answer, or its memory grows with the messages.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from driver import control
from driver.servers import CannotMeasure, Server

LIMIT_BYTES = 512 << 20
IN_FLIGHT = 64
SAMPLES = 100
#: What a straight line through the second half may climb in a million messages and still be noise.
NOISE_MIB = 8.0
MIB = 1 << 20


def limited(scratch: Path) -> Server:
    server = Server("control-plane", scratch)
    server.arguments = ["/usr/bin/prlimit", f"--as={LIMIT_BYTES}", *server.arguments]
    return server


def send(peer: control.Peer, number: int, sessions: int) -> None:
    params = {"sessionKey": f"agent:main:soak-{number % sessions}", "message": "/whoami", "idempotencyKey": f"soak-{number}"}
    peer.socket.sendall(control.masked(json.dumps(
        {"type": "req", "id": str(number), "method": "chat.send", "params": params}).encode()))


def run(server: Server, messages: int, sessions: int) -> list[tuple[int, float]]:
    """(messages so far, MiB resident) a hundred times."""
    peer = control.admitted(server, ["operator.admin"])
    samples: list[tuple[int, float]] = []
    sent = done = 0
    step = max(1, messages // SAMPLES)
    while done < messages:
        while sent < messages and sent - done < IN_FLIGHT:
            send(peer, sent, sessions)
            sent += 1
        data = peer.socket.recv(1 << 18)
        if not data:
            raise CannotMeasure(f"the gateway closed after {done:,} messages: {server.said()}")
        for frame in peer.frames(data):
            if frame.startswith(control.ANSWER) and b'"ok":false' in frame[:200]:
                raise CannotMeasure(f"message {done:,} was refused: {frame[:300]!r}")
            if b'"event":"chat"' in frame and b'"state":"final"' in frame:
                done += 1
                if done % step == 0:
                    samples.append((done, server.rss_bytes() / MIB))
    peer.socket.close()
    return samples


def slope(samples: list[tuple[int, float]]) -> float:
    """MiB per million messages, by a straight line through the second half."""
    late = samples[len(samples) // 2:]
    line = statistics.linear_regression([count / 1e6 for count, _ in late], [mib for _, mib in late])
    return line.slope


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--sessions", type=int, default=200)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="openclaw-soak-") as scratch, limited(Path(scratch)) as server:
        started = time.monotonic()
        samples = run(server, given.messages, given.sessions)
        took = time.monotonic() - started
    for count, mib in samples[:: max(1, len(samples) // 10)]:
        print(f"  {count:>9,} messages  {mib:6.1f} MiB")
    climb = slope(samples)
    print(f"{given.messages:,} messages in {given.sessions} sessions, {given.messages / took:,.0f} a second; "
          f"{samples[-1][1]:.1f} MiB at the end; {climb:+.2f} MiB per million in the second half, at most {NOISE_MIB}")
    return 0 if climb <= NOISE_MIB else 1


if __name__ == "__main__":
    sys.exit(main())

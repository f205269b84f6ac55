"""Load from many connections, and what it cost the server."""

from __future__ import annotations

import json
import statistics
from dataclasses import dataclass, field

from .servers import TOOLS, CannotMeasure, Server, output_of, program

CONNECTIONS = 64
MESSAGE_BYTES = 300
GRACE_SECONDS = 30


@dataclass
class Rounds:
    """What the rounds of one server brought."""

    cpu_us: list[float] = field(default_factory=list)
    per_second: list[float] = field(default_factory=list)
    p50_us: list[float] = field(default_factory=list)
    p99_us: list[float] = field(default_factory=list)
    rss: int = 0


def measure(kind: str, servers: list[Server], rounds: int, seconds: float) -> dict[str, Rounds]:
    """Interleaved rounds, so that what else happens on the machine hits every server alike."""
    results = {server.name: Rounds() for server in servers}
    for server in servers:
        drive(kind, server, 0.5)
    for _ in range(rounds):
        for server in servers:
            before = server.cpu_ns()
            answer = drive(kind, server, seconds)
            used = server.cpu_ns() - before
            result = results[server.name]
            result.cpu_us.append(used / 1e3 / answer["requests"])
            result.per_second.append(answer["requests"] / answer["seconds"])
            result.p50_us.append(answer["p50_us"])
            result.p99_us.append(answer["p99_us"])
            result.rss = server.rss_bytes()
    return results


def ratio(results: dict[str, Rounds], ours: str, theirs: str) -> float:
    """The median over the rounds of CPU per answer, each round against the other server's round beside it."""
    return statistics.median(mine / other for mine, other in zip(results[ours].cpu_us, results[theirs].cpu_us))


def drive(kind: str, server: Server, seconds: float) -> dict[str, float]:
    """Runs the load client once; gives its line of figures."""
    url = f"{kind}://127.0.0.1:{server.port}/" + ("health" if kind == "http" else "")
    arguments = [program(TOOLS / "load-client"), kind, "--url", url, "--connections", str(CONNECTIONS),
                 "--seconds", str(seconds)]
    if kind == "ws":
        arguments += ["--bytes", str(MESSAGE_BYTES)]
    answer = json.loads(output_of(arguments, seconds + GRACE_SECONDS).strip().splitlines()[-1])
    if answer["errors"]:
        raise CannotMeasure(f"{answer['errors']:.0f} requests to {server.name} failed: {server.said()}")
    if not answer["requests"]:
        raise CannotMeasure(f"{server.name} answered nothing")
    return answer

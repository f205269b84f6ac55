"""Load from many connections, and what it cost the server."""

from __future__ import annotations

import json
import re
import shutil
import statistics
from dataclasses import dataclass, field

from .servers import TOOLS, CannotMeasure, Server, output_of, program

CONNECTIONS = 64
MESSAGE_BYTES = 300
GRACE_SECONDS = 30
MICROSECONDS = {"us": 1.0, "ms": 1e3, "s": 1e6}


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
    if kind == "http" and not shutil.which(str(TOOLS / "load-client")):
        answer = drive_wrk(server, seconds)
    else:
        path = {"http": "health", "ws": ""}[kind]
        url = f"{kind}://127.0.0.1:{server.port}/{path}"
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


def drive_wrk(server: Server, seconds: float) -> dict[str, float]:
    """The same through wrk, which knows HTTP only."""
    text = output_of([program("wrk"), "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s", "--latency",
                      f"http://127.0.0.1:{server.port}/health"], seconds + GRACE_SECONDS)
    total = re.search(r"(\d+) requests in ([\d.]+)(us|ms|s)", text)
    places = {share: float(value) * MICROSECONDS[unit]
              for share, value, unit in re.findall(r"(50|99)%\s+([\d.]+)(us|ms|s)", text)}
    if not total or len(places) != 2:
        raise CannotMeasure(f"wrk printed something else than expected: {text[-200:]}")
    errors = sum(map(int, re.findall(r"(?:connect|read|write|timeout) (\d+)|Non-2xx or 3xx responses: (\d+)", text)[0])
                 ) if "Non-2xx" in text or "Socket errors" in text else 0
    return {"requests": int(total[1]), "seconds": float(total[2]) * MICROSECONDS[total[3]] / 1e6,
            "p50_us": places["50"], "p99_us": places["99"], "errors": errors}

"""Runs cases against a server (we connect) or against a client command (we listen, it connects)."""

from __future__ import annotations

import contextlib
import random
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from . import closing, compression, extras, framing, limits, opening, unicode
from .case import FAILED, UNIMPLEMENTED, Case, Result, conduct, one, sends
from .deflate import Codec, answer_to, offers_in, params_of, render
from .frame import Failure
from .link import Link
from .process import Program

SAMPLED = ("9", "12", "13")
ALWAYS = ("9.3.1", "9.4.1")
SAMPLE_BUDGET = 2 << 20
SAMPLE_WEIGHT = 1.5
HEAVY = 0.15
HEAVY_JOBS = 2
EXIT_SECONDS = 5
PROBE_SECONDS = 10
ACCEPT_SECONDS = 0.2


@dataclass
class Raw:
    """What a case gets that also does the opening handshake itself."""

    sock: socket.socket
    host: str
    path: str
    deadline: float
    seconds: float


def all_cases(sample: int | None = None) -> list[Case]:
    """Every case in order. With a sample seed, sections 9, 12 and 13 shrink to one case of each group."""
    found = framing.cases() + unicode.cases() + closing.cases() + limits.cases()
    found += compression.cases(0 if sample is None else SAMPLE_BUDGET) + extras.cases()
    if sample is None:
        return found
    rng, chosen = random.Random(sample), set(ALWAYS)
    for group in dict.fromkeys(case.group for case in found if case.section in SAMPLED):
        members = [case.id for case in found if case.group == group and case.weight <= SAMPLE_WEIGHT]
        chosen.add(rng.choice(members))
    return [case for case in found if case.section not in SAMPLED or case.id in chosen]


def probe(url: str) -> None:
    """One opening handshake, so that a server which is not there is reported once and not by every case."""
    parts = urlsplit(url)
    host, port = parts.hostname or "127.0.0.1", parts.port or 80
    try:
        with socket.create_connection((host, port), timeout=PROBE_SECONDS) as sock:
            key = opening.new_key()
            sock.sendall(opening.request(f"{host}:{port}", parts.path or "/", key))
            opening.check_response(opening.read_head(sock, opening.soon(PROBE_SECONDS)), key)
    except (OSError, Failure) as error:
        raise Failure(f"no WebSocket server answers at {url}: {error}") from None


def run(cases: list[Case], target: Callable[[Case], Result], jobs: int, done: Callable[[Result], None]) -> list[Result]:
    """Runs the light cases many at a time, then the heavy ones few at a time, so that neither disturbs a deadline."""
    lock = threading.Lock()

    def timed(case: Case) -> Result:
        started = time.monotonic()
        result = attempt(case, lambda: target(case))
        result.took = time.monotonic() - started
        with lock:
            done(result)
        return result

    results: dict[str, Result] = {}
    for heavy, workers in ((False, jobs), (True, min(jobs, HEAVY_JOBS))):
        with ThreadPoolExecutor(workers) as pool:
            batch = [case for case in cases if (case.weight > HEAVY) == heavy]
            results.update((result.case.id, result) for result in pool.map(timed, batch))
    return [results[case.id] for case in cases]


def attempt(case: Case, work: Callable[[], Result]) -> Result:
    try:
        return work()
    except Failure as failure:
        return Result(case, FAILED, str(failure))
    except OSError as error:
        return Result(case, FAILED, f"the connection broke: {error!r}")


def against_server(url: str) -> Callable[[Case], Result]:
    parts = urlsplit(url)
    host, port, path = parts.hostname or "127.0.0.1", parts.port or 80, parts.path or "/"

    def target(case: Case) -> Result:
        deadline = time.monotonic() + case.seconds
        try:
            sock = socket.create_connection((host, port), timeout=case.seconds)
        except OSError as error:
            raise Failure(f"the server cannot be reached: {error}") from None
        with sock:
            if case.raw:
                return case.raw(case, Raw(sock, f"{host}:{port}", path, deadline, case.seconds))
            key = opening.new_key()
            offers = list(case.deflate.offers) if case.deflate else []
            sock.sendall(opening.request(f"{host}:{port}", path, key, ", ".join(map(render, offers)) or None))
            head = opening.read_head(sock, deadline)
            accepted = opening.check_response(head, key)
            params = answer_to(offers, accepted)
            if case.deflate and not params:
                return conduct_declined(case, Link(sock, False, case.seconds, rest=head.rest))
            return conduct(case, Link(sock, False, case.seconds, params and Codec(params, client=True), head.rest))

    return target


def against_client(start: Callable[[str], Program]) -> Callable[[Case], Result]:
    """`start` begins a client that connects to the given address."""
    keys: set[str] = set()

    def target(case: Case) -> Result:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            url = f"ws://127.0.0.1:{listener.getsockname()[1]}/"
            program = start(url)
            try:
                with accept(listener, program, case.seconds + EXIT_SECONDS) as sock:
                    sock.settimeout(case.seconds)
                    result = attempt(case, lambda: serve(case, sock, keys))
                return check_exit(case, result, program)
            finally:
                program.end()

    return target


def accept(listener: socket.socket, program: Program, seconds: float) -> socket.socket:
    """The client's connection. A client that ends without one need not be waited for."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        ended = program.status is not None
        listener.settimeout(ACCEPT_SECONDS)
        with contextlib.suppress(TimeoutError):
            return listener.accept()[0]
        if ended:
            break
    raise Failure(f"the client did not connect; its status is {program.status}: {program.said()}")


def serve(case: Case, sock: socket.socket, keys: set[str]) -> Result:
    deadline = time.monotonic() + case.seconds
    if case.raw:
        return case.raw(case, Raw(sock, "", "", deadline, case.seconds))
    head = opening.read_head(sock, deadline)
    key, offered = opening.check_request(head)
    if key in keys:
        raise Failure(f"Sec-WebSocket-Key {key} was used before, it must be random (RFC 6455, section 4.1)")
    keys.add(key)
    answers = [case.deflate.answer(offer) for offer in offers_in(offered)] if case.deflate else []
    answer = next((answer for answer in answers if answer is not None), None)
    sock.sendall(opening.response(key, None if answer is None else render(answer)))
    if case.deflate and answer is None:
        return conduct_declined(case, Link(sock, True, case.seconds, rest=head.rest))
    codec = None if answer is None else Codec(params_of(answer), client=False)
    return conduct(case, Link(sock, True, case.seconds, codec, head.rest))


def conduct_declined(case: Case, link: Link) -> Result:
    """A peer that does without compression need only close well; whether that will do, the case says."""
    result = conduct(replace(case, script=sends(), outcomes=one()), link)
    if result.verdict == FAILED:
        return replace(result, case=case)
    verdict = FAILED if case.deflate.required else UNIMPLEMENTED
    return Result(case, verdict, "the peer declined permessage-deflate", close_code=result.close_code)


def check_exit(case: Case, result: Result, program: Program) -> Result:
    """A client that was closed properly exits 0; none ever hangs or dies of a signal."""
    status = program.wait(EXIT_SECONDS)
    if status is None:
        complaint = f"the client still runs {EXIT_SECONDS} s after the connection ended"
    elif status < 0 or status > 127:
        complaint = f"the client died with status {status}"
    elif case.must_exit_nonzero and status == 0:
        complaint = "the client exited 0 although it never got a usable connection"
    elif status != 0 and result.verdict != FAILED and ends_clean(case):
        complaint = f"the client exited {status} after a clean close"
    else:
        return result
    said = program.said()
    reason = "; ".join(part for part in (result.reason, complaint + (f": {said}" if said else "")) if part)
    return replace(result, verdict=FAILED, reason=reason)


def ends_clean(case: Case) -> bool:
    return not case.raw and all(outcome.closing.clean for outcome in case.outcomes)

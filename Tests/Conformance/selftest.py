#!/usr/bin/env python3
"""Proves that the conformance programs can fail: a peer with a known flaw must be caught, a flawless one must pass.

selftest.py [--sample SEED] [--flaw NAME]
"""

from __future__ import annotations

import argparse
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import http_selftest
from wscheck import echo_peer, report, runner
from wscheck.case import FAILED, INFORMATIONAL, NON_STRICT, OK, Case, Result
from wscheck.process import Program

#: Flaw, side that can have it, and the cases each of which must notice. A trailing "?" asks for NON-STRICT, not FAILED.
BOTH, SERVER, CLIENT = ("server", "client"), ("server",), ("client",)
FLAWS = (
    ("no-utf8", BOTH, "6.3.1 6.3.2 6.18.3 6.20.1 E.4.18"),
    ("late-utf8", BOTH, "6.4.1? 6.4.2? 6.4.3? 6.4.4?"),
    ("wrong-close-code", BOTH, "6.3.1 3.1 4.1.1 5.1"),
    ("any-close-code", BOTH, "7.9.1 7.9.5 7.9.9 E.2.4"),
    ("any-close-reason", BOTH, "7.5.1"),
    ("one-byte-close", BOTH, "7.3.2?"),
    ("long-control", BOTH, "2.5 7.3.6 E.1.5"),
    ("no-close-reply", BOTH, "7.1.1 1.1.1"),
    ("goes-on-after-close", BOTH, "7.1.2 7.1.3 7.1.4"),
    ("holds-tcp", BOTH, "7.1.1"),
    ("ignores-eof", BOTH, "E.2.5"),
    ("ignores-masking", BOTH, "E.1.1"),
    ("masks-the-wrong-way", BOTH, "1.1.1 2.1 7.1.1"),
    ("constant-mask", CLIENT, "E.1.8 9.7.2"),
    ("long-lengths", BOTH, "1.1.2 2.2"),
    ("ignores-rsv", BOTH, "3.1 3.5 3.6 3.7?"),
    ("ignores-opcodes", BOTH, "4.1.1 4.1.3 4.2.2 4.2.5"),
    ("fragmented-control", BOTH, "5.1 E.1.9"),
    ("continues-nothing", BOTH, "5.9 5.17"),
    ("nested-messages", BOTH, "5.18"),
    ("no-pong", BOTH, "2.1 2.10 5.6"),
    ("wrong-pong", BOTH, "2.2 2.9 5.7"),
    ("late-pong", BOTH, "5.6 5.19 5.20"),
    ("wrong-kind", BOTH, "1.1.1 1.2.1"),
    ("loses-a-byte", BOTH, "1.1.3 9.1.1 9.2.1 12.3.3"),
    ("one-frame-per-read", BOTH, "1.1.8 2.6 5.5"),
    ("small-messages", BOTH, "9.1.4 9.4.3"),
    ("few-frames", BOTH, "9.3.1 9.4.1"),
    ("forgets-context", BOTH, "E.4.12 12.1.2 12.4.4"),
    ("keeps-context", SERVER, "13.2.2 13.5.2 13.6.2"),
    ("keeps-context", CLIENT, "13.2.2 13.5.2 13.6.2"),
    ("wide-window", BOTH, "E.5.9 E.5.10"),
    ("forgets-server-wishes", SERVER, "13.2.1 13.3.1 13.5.1 E.5.9"),
    ("compresses-silently", BOTH, "12.1.1 E.4.7"),
    ("rsv1-anywhere", BOTH, "E.4.1 E.4.2"),
    ("no-inflated-limit", BOTH, "E.4.20"),
    ("takes-any-offer", SERVER, "E.5.53 E.5.58 E.5.60"),
    ("takes-any-answer", CLIENT, "E.5.73 E.5.78 E.5.80"),
    ("wrong-accept", SERVER, "1.1.1 E.3.1"),
    ("no-version-hint", SERVER, "E.3.6"),
    ("ignores-accept", CLIENT, "E.3.36"),
    ("hides-refusal", CLIENT, "E.3.41 E.3.43"),
    ("constant-key", CLIENT, "1.1.1,1.1.2"),
    ("bad-exit", CLIENT, "1.1.1 7.1.1"),
)
CLIENT_SCRIPT = Path(__file__).resolve().with_name("echo_client.py")
SEED = 1
JOBS = 6
PATIENCE = 3


class InThread:
    """The echo client as a thread: what `process.Program` is, without the cost of starting hundreds of processes."""

    def __init__(self, url: str):
        self.status: int | None = None
        self.thread = threading.Thread(target=self.run, args=(url,), daemon=True)
        self.thread.start()

    def run(self, url: str) -> None:
        self.status = echo_peer.connect(url, "")

    def wait(self, seconds: float) -> int | None:
        self.thread.join(seconds)
        return self.status

    def said(self) -> str:
        return ""

    def end(self) -> None:
        pass


def run(side: str, flaw: str, cases: list[Case], jobs: int) -> list[Result]:
    cases = [case for case in cases if side in case.roles]
    if side == "server":
        with echo_peer.serving(flaw) as url:
            return runner.run(cases, runner.against_server(url), jobs, lambda result: None)
    words = [sys.executable, "-S", str(CLIENT_SCRIPT)]
    start = (lambda url: Program([*words, url, flaw])) if flaw else InThread
    return runner.run(cases, runner.against_client(start), jobs, lambda result: None)


def flawless(seed: int) -> list[str]:
    """Everything that a peer without flaw does not pass."""
    complaints = []
    for side in BOTH:
        started = time.monotonic()
        results = run(side, "", runner.all_cases(seed), jobs=8)
        complaints += [f"flawless {side}: {report.line(r)}" for r in results if r.verdict not in (OK, INFORMATIONAL)]
        print(f"flawless {side}: {report.summary(results)} in {time.monotonic() - started:.1f} s", flush=True)
    return complaints


def flawed(name: str, side: str, wanted: str) -> list[str]:
    """Every case that was to notice this flaw and did not."""
    complaints, by_id = [], {case.id: case for case in runner.all_cases()}
    for group in wanted.split():
        verdict = NON_STRICT if group.endswith("?") else FAILED
        cases = [by_id[id] for id in group.rstrip("?").split(",")]
        patient = [case if case.seconds > PATIENCE * 2 else replace(case, seconds=PATIENCE) for case in cases]
        results = run(side, name, patient, jobs=1)
        if verdict not in [result.verdict for result in results]:
            seen = "; ".join(report.line(result) for result in results)
            complaints.append(f"{name} ({side}) was not {verdict} but: {seen}")
    return complaints


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, default=SEED, metavar="SEED", help="seed for sections 9, 12 and 13")
    parser.add_argument("--flaw", help="only this flaw")
    given = parser.parse_args()
    started = time.monotonic()
    complaints = [] if given.flaw else flawless(given.sample)
    pairs = [(name, side, wanted) for name, sides, wanted in FLAWS for side in sides if given.flaw in (None, name)]
    with ThreadPoolExecutor(JOBS) as pool:
        found = list(pool.map(lambda pair: flawed(*pair), pairs))
    complaints += [complaint for each in found for complaint in each]
    for complaint in complaints:
        print(complaint)
    missed = sum(map(bool, found))
    print(f"WebSocket: {len(pairs) - missed} flaws caught, {missed} missed, in {time.monotonic() - started:.1f} s")
    http = 0 if given.flaw else http_selftest.main()
    return 1 if complaints or http else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Sends good and hostile HTTP/1.1 requests to a server that has GET /health, whole and byte by byte.

  http_abuse.py http://127.0.0.1:9001/
  http_abuse.py --start "echo-server --port 0"

What must be refused has to get the right status, an error in JSON and the end of the connection, and nothing behind it
may be answered. Standard library only.
"""

from __future__ import annotations

import argparse
import contextlib
import fnmatch
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from httpcheck import judge, table
from wscheck import process
from wscheck.frame import Failure

STALLED = 200
Check = tuple[str, Callable[[tuple[str, int]], str | None]]


def checks(pattern: str = "*") -> list[Check]:
    """Every check with its name."""
    found: list[Check] = []
    for drip, how in ((False, "whole"), (True, "dripped")):
        for row in table.rows():
            found.append((f"{row.name} [{how}]", lambda address, row=row, drip=drip: judge.check(address, row, drip)))
        found.append((f"Expect: 100-continue [{how}]", lambda address, drip=drip: judge.expectation(address, drip)))
    found.append((f"{STALLED} connections with half a request", lambda address: judge.stalled(address, STALLED)))
    return [check for check in found if fnmatch.fnmatchcase(check[0], pattern)]


def run(address: tuple[str, int], chosen: list[Check], jobs: int) -> list[tuple[str, str | None]]:
    with ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(lambda check: (check[0], check[1](address)), chosen))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", nargs="?", help="where the server listens")
    parser.add_argument("--start", metavar="CMD", help="start it with this command, which must print READY <port>")
    parser.add_argument("--cases", default="*", help="which checks, as a pattern, for example 'chunk:*'")
    parser.add_argument("--jobs", type=int, default=8, help="checks at a time (default 8)")
    parser.add_argument("--list", action="store_true", help="print the checks and run nothing")
    given = parser.parse_args()
    chosen = checks(given.cases)
    if given.list:
        print(*(name for name, _ in chosen), sep="\n")
        return 0
    if bool(given.url) == bool(given.start):
        parser.error("either a URL or --start is needed")
    started = time.monotonic()
    try:
        with contextlib.ExitStack() as stack:
            url = given.url or stack.enter_context(process.server(process.command(given.start)))
            parts = urlsplit(url)
            results = run((parts.hostname or "127.0.0.1", parts.port or 80), chosen, given.jobs)
    except Failure as failure:
        print(f"FAILED: {failure}", file=sys.stderr)
        return 1
    failed = [(name, problem) for name, problem in results if problem]
    for name, problem in failed:
        print(f"FAILED {name}: {problem}")
    print(f"{time.monotonic() - started:.1f} s")
    print(f"{len(results) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed or not results else 0


if __name__ == "__main__":
    sys.exit(main())

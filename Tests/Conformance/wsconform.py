#!/usr/bin/env python3
"""Checks a WebSocket server or client against RFC 6455 and RFC 7692, case by case.

  wsconform.py server ws://127.0.0.1:9001/ --deflate
  wsconform.py server --start "echo-server --port 0 --deflate" --deflate --sample
  wsconform.py client --cmd "echo-client --deflate {url}" --deflate

The cases of sections 1 to 13 have the numbers and the expectations of the Autobahn test suite; section E has more.
The peer must echo every message. Standard library only; nothing but loopback is used unless the URL says so.
"""

from __future__ import annotations

import argparse
import contextlib
import fnmatch
import random
import sys
import time

from wscheck import process, report, runner
from wscheck.case import FAILED, NON_STRICT, Case, Result
from wscheck.frame import Failure

SECTIONS = ("1", "2", "3", "4", "5", "6", "7", "9", "10", "12", "13", "E")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    sides = parser.add_subparsers(dest="side", required=True)
    server = sides.add_parser("server", help="test a server: this program connects to it")
    server.add_argument("url", nargs="?", help="where it listens, ws://host:port/")
    server.add_argument("--start", metavar="CMD", help="start it with this command, which must print READY <port>")
    client = sides.add_parser("client", help="test a client: this program listens and starts it once for each case")
    client.add_argument("--cmd", required=True, help="the command, with {url} where the address belongs")
    for side in (server, client):
        side.add_argument(
            "--deflate", action="store_true", help="the peer speaks permessage-deflate: run those cases too"
        )
        side.add_argument("--sections", default=",".join(SECTIONS), help="which sections, for example 1,2,E")
        side.add_argument("--cases", default="*", help="which cases, as a pattern, for example '6.4.*'")
        side.add_argument(
            "--sample",
            nargs="?",
            type=int,
            const=random.SystemRandom().randrange(1 << 31),
            metavar="SEED",
            help="one case of each group of 9, 12 and 13, the latter shortened; the seed is printed",
        )
        side.add_argument("--jobs", type=int, default=8, help="cases at a time (default 8)")
        side.add_argument("--json", metavar="FILE", help="write a report")
        side.add_argument("--strict", action="store_true", help="exit 1 also if a case is non-strict or unimplemented")
        side.add_argument("--verbose", action="store_true", help="print every case and not only those worth a look")
        side.add_argument("--list", action="store_true", help="print the cases and run nothing")
    given = parser.parse_args()
    if given.side == "server" and not given.list and bool(given.url) == bool(given.start):
        parser.error("server needs either a URL or --start")
    if unknown := set(given.sections.split(",")) - set(SECTIONS):
        parser.error(f"no such section: {', '.join(sorted(unknown))}; there are {', '.join(SECTIONS)}")
    return given


def chosen(given: argparse.Namespace) -> list[Case]:
    sections = given.sections.split(",")
    return [
        case
        for case in runner.all_cases(given.sample)
        if case.section in sections
        and given.side in case.roles
        and fnmatch.fnmatchcase(case.id, given.cases)
        and (given.deflate or not case.deflate)
    ]


def main() -> int:
    given = arguments()
    cases = chosen(given)
    if given.list:
        print(report.listing(cases))
        return 0
    if not cases:
        print("no case fits the selection; compression needs --deflate", file=sys.stderr)
        return 2
    if given.sample is not None:
        print(f"sample seed {given.sample}", flush=True)

    def show(result: Result) -> None:
        if given.verbose or result.verdict in (FAILED, NON_STRICT):
            print(report.line(result), flush=True)

    started = time.monotonic()
    try:
        with contextlib.ExitStack() as stack:
            if given.side == "client":
                target = runner.against_client(lambda url: process.Program(process.command(given.cmd, url=url)))
            else:
                started_url = given.start and stack.enter_context(process.server(process.command(given.start)))
                runner.probe(given.url or started_url)
                target = runner.against_server(given.url or started_url)
            results = runner.run(cases, target, given.jobs, show)
    except Failure as failure:
        print(f"FAILED: {failure}", file=sys.stderr)
        return 1
    if given.json:
        with open(given.json, "w", encoding="utf-8") as file:
            file.write(report.as_json(results, side=given.side, sample=given.sample))
    print(*report.sections(results), sep="\n")
    print(f"{time.monotonic() - started:.1f} s")
    print(report.summary(results))
    bad = {FAILED, NON_STRICT, report.UNIMPLEMENTED} if given.strict else {FAILED}
    return 1 if any(result.verdict in bad for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())

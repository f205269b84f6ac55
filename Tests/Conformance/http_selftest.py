#!/usr/bin/env python3
"""Proves that http_abuse.py can fail: a server with a known flaw must be caught, one without must pass."""

from __future__ import annotations

import sys
import time

import http_abuse
from httpcheck import reference

#: Flaw and the checks each of which must notice it, by the beginning of their names.
FLAWS = {
    "plain-errors": ["header: no Host", "size: 20000 headers"],
    "no-close-header": ["header: no Host", "two equal lengths"],
    "goes-on": ["header: no Host", "request line: HTTP/2.0", "Content-Length: five", "Transfer-Encoding: identity"],
    "bare-lf": ["chunk: a bare LF behind the size"],
    "control-bytes": ["header: a bare CR in a value", "header: NUL in a value"],
    "any-host": ["header: no Host", "header: two Hosts"],
    "head-with-body": ["HEAD, then HEAD again"],
    "never-closes": ["Connection: close, with a request behind it", "HTTP/1.0 without Host"],
    "loose-request-line": ["request line: two blanks", "request line: no version", "request line: a tab"],
    "any-version": ["request line: HTTP/2.0", "request line: HTTP/3.0"],
    "any-method": ["request line: an unknown method", "request line: a method in small letters"],
    "endless-headers": ["size: 20000 headers"],
    "folds": ["header: a line folded", "header: a line folded with a tab"],
    "blank-before-colon": [
        "header: a blank before the colon",
        "a length with a blank before the colon",
        "chunked with a blank before the colon",
    ],
    "length-wins": ["both length and chunked", "both chunked and length"],
    "coding-wins": ["both length and chunked", "both chunked and length"],
    "first-length": ["two equal lengths", "two different lengths", "Content-Length: 5,5"],
    "any-coding": ["Transfer-Encoding: identity", "Transfer-Encoding: xchunked", "chunked twice in two lines"],
    "loose-length": ["Content-Length: +5", "Content-Length: 5x"],
    "ignores-bodies": ["a body that looks like a request", "a body with a length"],
    "loose-chunks": ["chunk: a size of +5", "chunk: a size of 0x5", "chunk: a blank before the size"],
    "loose-chunk-ends": ["chunk: other bytes than CRLF behind the data"],
}
HOWS = ("whole", "dripped")


def main() -> int:
    started = time.monotonic()
    with reference.serving() as address:
        complaints = [
            f"flawless: {name}: {problem}"
            for name, problem in http_abuse.run(address, http_abuse.checks(), 8)
            if problem
        ]
    print(f"flawless HTTP server: {len(complaints)} of {len(http_abuse.checks())} checks complain")
    everything = dict(http_abuse.checks())
    missed = 0
    for flaw, names in FLAWS.items():
        with reference.serving(flaw) as address:
            wanted = [(f"{name} [{how}]", everything[f"{name} [{how}]"]) for name in names for how in HOWS]
            quiet = [name for name, problem in http_abuse.run(address, wanted, 4) if problem is None]
        complaints += [f"{flaw} was not noticed by: {name}" for name in quiet]
        missed += bool(quiet)
    for complaint in complaints:
        print(complaint)
    print(f"HTTP: {len(FLAWS) - missed} flaws caught, {missed} missed, in {time.monotonic() - started:.1f} s")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Runs the unittest modules test_*.py of a directory, several tests at a time; fails when there is none to run.

  run.py DIRECTORY [--jobs N] [--only PATTERN]
"""

from __future__ import annotations

import argparse
import fnmatch
import sys
import time
import unittest
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

JOBS = 6
#: Of each failure, from its end.
SHOWN_LINES = 12


def tests(suite: unittest.TestSuite) -> Iterator[unittest.TestCase]:
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from tests(item)
        else:
            yield item


def run(test: unittest.TestCase) -> tuple[str, bool, str, float]:
    """Each with a result of its own, so that they meet nowhere."""
    result = unittest.TestResult()
    started = time.monotonic()
    test.run(result)
    trouble = ["\n".join(text.rstrip().split("\n")[-SHOWN_LINES:]) for _, text in result.failures + result.errors]
    trouble += [f"skipped: {reason}" for _, reason in result.skipped]
    if result.testsRun == 0 and not trouble:
        trouble = ["it did not run"]
    return test.id(), not trouble, "\n".join(trouble), time.monotonic() - started


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--jobs", type=int, default=JOBS, help=f"tests at a time (default {JOBS})")
    parser.add_argument("--only", default="*", help="those whose name matches the pattern")
    given = parser.parse_args()
    directory = str(given.directory.resolve())
    suite = unittest.defaultTestLoader.discover(directory, top_level_dir=directory)
    chosen = [test for test in tests(suite) if fnmatch.fnmatchcase(test.id(), f"*{given.only}*")]
    if not chosen:
        sys.exit(f"{given.directory} has no tests named {given.only}")
    failed = 0
    with ThreadPoolExecutor(given.jobs) as pool:
        for name, is_good, trouble, took in pool.map(run, chosen):
            print(f"{'ok    ' if is_good else 'FAILED'} {took:6.2f} s  {name}", flush=True)
            if not is_good:
                failed += 1
                print("    " + trouble.strip().replace("\n", "\n    "), flush=True)
    print(f"{len(chosen) - failed} of {len(chosen)} passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

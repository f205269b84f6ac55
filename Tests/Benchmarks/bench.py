#!/usr/bin/env python3
"""Measures the product beside nginx and Node in one run, and judges the figures by thresholds.json.

  bench.py [--quick] [--report-only] [--only ROW,...] [--keep FILE]
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from driver.rows import ROWS, Figures, Plan
from driver.servers import CannotMeasure

THRESHOLDS = Path(__file__).parent / "thresholds.json"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="under two minutes")
    parser.add_argument("--report-only", action="store_true", help="a missed threshold is printed, not failed")
    parser.add_argument("--only", default=",".join(ROWS), help=f"which rows, of {', '.join(ROWS)}")
    parser.add_argument("--keep", type=Path, help="a file with the figures of the last run; read, then replaced")
    given = parser.parse_args()
    given.rows = given.only.split(",")
    if unknown := set(given.rows) - ROWS.keys():
        parser.error(f"no row {', '.join(sorted(unknown))}; one of {', '.join(ROWS)}")
    return given


def measured(rows: list[str], quick: bool) -> tuple[Figures, list[str]]:
    """The figures, and what could not be measured."""
    figures: Figures = {}
    failures: list[str] = []
    with tempfile.TemporaryDirectory(prefix="openclaw-bench-") as scratch:
        for name in rows:
            started = time.monotonic()
            print(f"{name}: {ROWS[name].__doc__}", flush=True)
            try:
                ROWS[name](Plan(Path(scratch), quick), figures)
            except (CannotMeasure, OSError) as problem:
                failures.append(f"{name}: {problem}")
                print(f"  not measured: {problem}")
            print(f"  ({time.monotonic() - started:.1f} s)", flush=True)
    return figures, failures


def judged(figures: Figures, before: Figures, rows: list[str]) -> list[str]:
    """Prints each figure beside its threshold and the last run's; gives the thresholds that were missed."""
    missed = []
    print(f"\n{'figure':<28} {'now':>9} {'at most':>9} {'last run':>9}")
    for name, threshold in json.loads(THRESHOLDS.read_text()).items():
        if name.split(".")[0] not in rows:
            continue
        value, most = figures.get(name), threshold["most"]
        verdict = "not measured" if value is None else "ok" if value <= most else "MISSED"
        if verdict == "MISSED":
            missed.append(f"{name} is {value:.2f}, at most {most}: {threshold['what']}")
        print(f"{name:<28} {shown(value):>9} {shown(most):>9} {shown(before.get(name)):>9}  {verdict}")
    return missed


def shown(value: float | None) -> str:
    return "-" if value is None else f"{value:,.0f}" if value >= 100 else f"{value:.2f}"


def main() -> int:
    given = arguments()
    figures, failures = measured(given.rows, given.quick)
    before: Figures = json.loads(given.keep.read_text()) if given.keep and given.keep.exists() else {}
    missed = judged(figures, before, given.rows)
    if given.keep:
        given.keep.write_text(json.dumps(before | figures, indent=1) + "\n")
    for line in missed + [f"not measured: {failure}" for failure in failures]:
        print(line)
    return 1 if failures or (missed and not given.report_only) else 0


if __name__ == "__main__":
    sys.exit(main())

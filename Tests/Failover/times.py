"""times.py [--runs N] [--side N] [--only FAULT]: from a fault of the primary to the first answer of the standby, so many
times for each fault and setting, each time on hosts of its own. Prints p50, p95 and the longest; exit 1 where one took
longer than it may.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import os
import random
import shutil
import signal
import statistics
import sys
import tempfile
import time
from pathlib import Path

from pair import Group

SEED = int(os.environ.get("TEST_SEED", "1"))

SETTINGS = {"defaults": {}, "intervalMs 1000": {"intervalMs": 1000}}
# What has just started is waited for longer; that is over by then, in seconds.
SETTLED = 12.0
# Seconds each may take at most, by the settings: what design and documentation promise.
LIMITS: dict[str, tuple[str, dict[str, float]]] = {
    "dies": ("its process is killed", {"defaults": 5, "intervalMs 1000": 5}),
    "vanishes": ("its cable is cut", {"defaults": 20, "intervalMs 1000": 9}),
    "stops": ("it is stopped in order", {"defaults": 4, "intervalMs 1000": 4}),
}


def fault(group: Group, name: str) -> None:
    if name == "dies":
        group.primary.kill()
    elif name == "vanishes":
        group.primary.host.cut()
    else:
        # What counts is from the order, not from the end of the process.
        group.primary.signal(signal.SIGTERM)


def once(name: str, setting: str, chance: random.Random) -> float:
    scratch = Path(tempfile.mkdtemp(prefix="openclaw-times-"))
    group = None
    try:
        group = Group(scratch, check=SETTINGS[setting])
        group.begin()
        # A pair that has been well for a while, at any place between two probes.
        time.sleep(SETTLED + chance.random() * SETTINGS[setting].get("intervalMs", 10_000) / 1000)
        fault(group, name)
        return group.takes_over(group.standby, within=120)
    finally:
        if group:
            group.end()
        shutil.rmtree(scratch, ignore_errors=True)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--side", type=int, default=4, help="pairs side by side")
    parser.add_argument("--only", choices=sorted(LIMITS))
    options = parser.parse_args()
    print(f"seed {SEED}, {options.runs} runs of each, {options.side} pairs side by side")
    chance = random.Random(SEED)
    missed = 0
    kinds = [(name, setting) for name in LIMITS if options.only in (None, name) for setting in SETTINGS]
    with concurrent.futures.ThreadPoolExecutor(options.side) as pool:
        jobs = {kind: [pool.submit(once, *kind, random.Random(chance.random())) for _ in range(options.runs)] for kind in kinds}
        for name, setting in kinds:
            words, limits = LIMITS[name]
            took = sorted(job.result() for job in jobs[name, setting])
            late = sum(one > limits[setting] for one in took)
            missed += late
            p95 = took[round(0.95 * (len(took) - 1))]
            print(f"  {words:<24} {setting:<16} p50 {statistics.median(took):5.1f} s  p95 {p95:5.1f} s  longest {took[-1]:5.1f} s  "
                  f"at most {limits[setting]:g} s{f'  MISSED {late} times' if late else ''}", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

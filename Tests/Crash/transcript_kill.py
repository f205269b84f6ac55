#!/usr/bin/env python3
"""kill -9 while sessions are written to: nothing that was confirmed is missing afterwards, every transcript opens, and
no tool call is left without a result.

As store_kill.py, with transcript-writer in the place of store-writer; resets and compactions happen in between, so that
what is looked for may be in a transcript that was put aside.
"""

import argparse
import os
import random
import sys
import tempfile
import time

from store_kill import KILLS_PER_STORE, STORE, run_and_kill
from store_verify import verify


def notices_a_missing_line(binary, scratch):
    """A confirmed line that is taken out of a transcript must be missed."""
    directory = os.path.join(scratch, "self")
    os.mkdir(directory, 0o700)
    path = os.path.join(directory, STORE)
    os.system(f"{binary} {path} --count 50 > {directory}/confirmed")
    folder = os.path.join(directory, "agents/main/sessions")
    for name in os.listdir(folder):
        with open(os.path.join(folder, name), "rb+") as file:
            lines = [line for line in file if b"seq:00000025:" not in line]
            file.seek(0)
            file.truncate()
            file.writelines(lines)
    with open(f"{directory}/confirmed", encoding="ascii") as file:
        confirmed = {int(line) for line in file}
    [(found, _)] = verify(binary, [path])
    return confirmed - found == {25}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True, help="the built transcript-writer")
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    print(f"seed {options.seed}")
    started = time.monotonic()
    passed = failed = total = 0
    with tempfile.TemporaryDirectory(prefix="openclaw-kill-") as scratch:
        confirmed = set()
        for run in range(options.runs):
            rng = random.Random(f"{options.seed}/{run}")
            directory = os.path.join(scratch, str(run // KILLS_PER_STORE))
            if run % KILLS_PER_STORE == 0:
                os.mkdir(directory, 0o700)
                confirmed = set()
            path = os.path.join(directory, STORE)
            fresh, complaint = run_and_kill(options.binary, path, rng)
            confirmed |= fresh
            total += len(fresh)
            # Sometimes the next writer meets the sessions as the kill left them.
            complaints = [complaint] if complaint else []
            if rng.random() < 0.7 or run % KILLS_PER_STORE == KILLS_PER_STORE - 1:
                [(found, more)] = verify(options.binary, [path])
                complaints += more
                missing = confirmed - found
                if missing:
                    complaints.append(f"{len(missing)} confirmed numbers are missing: {sorted(missing)[:10]}")
                    confirmed = set(found)
            if complaints:
                failed += 1
                print(f"FAILED run {run} of seed {options.seed}: {'; '.join(complaints)}")
            else:
                passed += 1
        if notices_a_missing_line(options.binary, scratch):
            passed += 1
        else:
            failed += 1
            print("FAILED the self check: a line that was taken away was not missed")
    if total == 0 and options.runs > 0:
        failed += 1
        print("FAILED nothing was ever confirmed, so nothing was proven")
    print(f"{total} entries confirmed in {options.runs} runs, {time.monotonic() - started:.1f} s")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

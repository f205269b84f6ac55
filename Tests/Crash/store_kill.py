#!/usr/bin/env python3
"""kill -9 during a stream of confirmed writes: nothing that was confirmed is missing afterwards, and the store opens.

The writer prints a number only once its write was confirmed. Here it is killed at a seeded moment; then the store is
opened again and what it holds is compared with what was printed. A store goes through several kills; sometimes it is
verified as a copy, so that the next run meets it as the kill left it.
"""

import argparse
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

from store_verify import verify

STORE = "openclaw.sqlite"
KILLS_PER_STORE = 10


def run_and_kill(binary, path, rng):
    """Returns the numbers confirmed before the kill, and a complaint or None."""
    callers = rng.choice([1, 2, 8, 32, 128])
    # From before the store is open to well after checkpoints have run.
    delay = rng.choice([rng.uniform(0, 0.02), rng.uniform(0, 0.15), rng.uniform(0, 0.6)])
    reading, writing = os.pipe()
    process = subprocess.Popen([binary, path, "--callers", str(callers)], stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    output = bytearray()
    deadline = time.monotonic() + delay
    os.set_blocking(reading, False)
    while time.monotonic() < deadline:
        try:
            output += os.read(reading, 1 << 16)
        except BlockingIOError:
            time.sleep(0.0005)
    process.send_signal(signal.SIGKILL)
    errors = process.stderr.read().decode(errors="replace")
    code = process.wait()
    os.set_blocking(reading, True)
    while chunk := os.read(reading, 1 << 16):
        output += chunk
    os.close(reading)
    complaint = None if code == -signal.SIGKILL else f"the writer ended by itself with {code}: {errors.strip()}"
    # What follows the last line end was not printed completely.
    lines = output[: output.rfind(b"\n") + 1].split()
    return {int(line) for line in lines}, complaint


def notices_a_missing_number(binary, scratch):
    path = os.path.join(scratch, "self", STORE)
    os.mkdir(os.path.dirname(path), 0o700)
    done = subprocess.run([binary, path, "--count", "50"], capture_output=True, text=True, check=True)
    confirmed = {int(line) for line in done.stdout.split()}
    database = sqlite3.connect(path)
    with database:
        database.execute("DELETE FROM numbers WHERE number = 25")
    database.close()
    [(found, _)] = verify(binary, [path])
    return confirmed - found == {25}


def through_kills(program, noun, looks, notices_a_loss):
    """The command line of a test of this kind: kills, looks at what is left, and at the end makes sure that a loss would have
    been noticed. `looks` gives what it found, or None for this time not at all, and complaints."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True, help=f"the built {program}")
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    print(f"seed {options.seed}")
    started = time.monotonic()
    passed = failed = total = 0
    with tempfile.TemporaryDirectory(prefix="openclaw-kill-") as scratch:
        confirmed = set()
        for run in range(options.runs):
            # Each run has its own generator, so that one can be had again without those before it.
            rng = random.Random(f"{options.seed}/{run}")
            directory = os.path.join(scratch, str(run // KILLS_PER_STORE))
            if run % KILLS_PER_STORE == 0:
                os.mkdir(directory, 0o700)
                confirmed = set()
            path = os.path.join(directory, STORE)
            fresh, complaint = run_and_kill(options.binary, path, rng)
            confirmed |= fresh
            total += len(fresh)
            found, complaints = looks(options.binary, path, rng, run % KILLS_PER_STORE == KILLS_PER_STORE - 1)
            if complaint:
                complaints.append(complaint)
            if found is not None and (missing := confirmed - found):
                complaints.append(f"{len(missing)} confirmed numbers are missing: {sorted(missing)[:10]}")
            if complaints:
                failed += 1
                print(f"FAILED run {run} of seed {options.seed}: {'; '.join(complaints)}")
                # What comes after it would only repeat it.
                confirmed = confirmed if found is None else set(found)
            else:
                passed += 1
        if notices_a_loss(options.binary, scratch):
            passed += 1
        else:
            failed += 1
            print(f"FAILED the self check: one of the {noun} was taken away and not missed")
    if total == 0 and options.runs > 0:
        failed += 1
        print("FAILED nothing was ever confirmed, so nothing was proven")
    print(f"{total} {noun} confirmed in {options.runs} runs, {time.monotonic() - started:.1f} s")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def looks_at_it_or_a_copy(binary, path, rng, _last):
    """Half of the time a copy, so that the next run meets the store as the kill left it."""
    target = path
    if rng.random() < 0.5 and os.path.exists(path):
        directory = os.path.dirname(path)
        copy = os.path.join(os.path.dirname(directory), "copy")
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(directory, copy)
        target = os.path.join(copy, STORE)
    [(found, complaints)] = verify(binary, [target])
    return found, complaints


if __name__ == "__main__":
    sys.exit(through_kills("store-writer", "writes", looks_at_it_or_a_copy, notices_a_missing_number))

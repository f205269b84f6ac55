#!/usr/bin/env python3
"""What kill -9 cannot show: that every confirmed entry of a transcript waited for the fsync of its write.

Runs transcript-writer under strace and looks at the order of writes, fsyncs and confirmations in the recording. Then it
makes sure that it can fail: the same recording with its fsyncs taken out must be caught.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile

import strace_log

MARK = re.compile(rb"seq:(\d{8}):")
CALLS = "open,openat,openat2,close,write,pwrite64,fsync,fdatasync"


def record(binary, directory, log, count, callers):
    path = os.path.join(directory, "openclaw.sqlite")
    strace = ["strace", "-f", "-xx", "-s", "1000000", "-o", log, "-e", "trace=" + CALLS, "-e", "signal=none"]
    done = subprocess.run(
        [*strace, binary, path, "--callers", str(callers), "--count", str(count)], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"the writer ended with {done.returncode} under strace: {done.stderr}")
    return [int(line) for line in done.stdout.split()]


def check_order(log, syncs=True):
    """Numbers that were confirmed before an fsync, begun after their write, had returned."""
    # A descriptor's number is given out again as soon as it is closed, perhaps to another thread.
    events = []
    for call in strace_log.read(log):
        if call.result >= 0:
            events.append((call.end if call.name.startswith("open") else call.begin, call))
    events.sort(key=lambda event: event[0])
    steps = []
    names = {}
    for _, call in events:
        if call.name.startswith("open"):
            names[call.result] = os.fsdecode(strace_log.string(call.arguments[0 if call.name == "open" else 1]))
        elif call.name == "close":
            names.pop(int(call.arguments[0]), None)
        elif call.name == "write" and call.arguments[0] == "1":
            steps += [(call.begin, "confirm", int(line)) for line in strace_log.string(call.arguments[1]).split()]
        elif ".jsonl" in names.get(int(call.arguments[0]), ""):
            name = names[int(call.arguments[0])]
            if call.name == "pwrite64":
                data = strace_log.string(call.arguments[1])[: call.result]
                steps += [(call.end, "write", name, int(number)) for number in MARK.findall(data)]
            elif call.name in ("fsync", "fdatasync") and syncs:
                steps.append((call.end, "sync", name, call.begin))
    steps.sort(key=lambda step: step[0])
    written, durable, early = {}, set(), []
    for step in steps:
        if step[1] == "write":
            written.setdefault(step[3], (step[2], step[0]))
        elif step[1] == "sync":
            durable |= {number for number, (name, at) in written.items() if name == step[2] and at < step[3]}
        elif step[2] not in durable:
            early.append(step[2])
    return early


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True, help="the built transcript-writer")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--callers", type=int, default=12)
    options = parser.parse_args()
    failed = 0
    with tempfile.TemporaryDirectory(prefix="openclaw-fsync-") as scratch:
        log = os.path.join(scratch, "strace.log")
        state = os.path.join(scratch, "state")
        os.mkdir(state, 0o700)
        confirmed = record(options.binary, state, log, options.count, options.callers)
        early = check_order(log)
        if len(confirmed) != options.count or early:
            failed += 1
            print(f"FAILED {len(confirmed)} confirmed; before their fsync: {early[:10]}")
        if not check_order(log, syncs=False):
            failed += 1
            print("FAILED the self check: a recording without fsyncs was not caught")
    print(f"{options.count} entries, {2 - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

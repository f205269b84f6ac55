#!/usr/bin/env python3
"""kill -9 while sessions are written to: nothing that was confirmed is missing afterwards, every transcript opens, and
no tool call is left without a result.

As store_kill.py, with transcript-writer in the place of store-writer; resets and compactions happen in between, so that
what is looked for may be in a transcript that was put aside.
"""

import os
import sys

from store_kill import STORE, through_kills
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


def looks_sometimes(binary, path, rng, last):
    """Where it does not, the next writer meets the sessions as the kill left them."""
    if rng.random() >= 0.7 and not last:
        return None, []
    [(found, complaints)] = verify(binary, [path])
    return found, complaints


if __name__ == "__main__":
    sys.exit(through_kills("transcript-writer", "entries", looks_sometimes, notices_a_missing_line))

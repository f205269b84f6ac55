#!/usr/bin/env python3
"""What kill -9 cannot show: that every confirmation waited for its fsync, and that a power cut loses nothing.

Runs store-writer under strace and looks at the recording in two ways.
1. No number is printed before the fsync returned that made its write durable.
2. The recorded writes are replayed into a directory, cut at every fsync: once without anything that was not synced by
   then, once with torn parts of it. Each time the store opens and holds every number printed by then.
Then it makes sure that it can fail: a run that never syncs, and recordings with fsyncs taken out, must be caught.
"""

import argparse
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

import strace_log
from disk_model import Disk, write_files
from store_verify import verify

STORE = "openclaw.sqlite"
CALLS = (
    "open,openat,creat,close,dup,dup2,dup3,write,writev,pwrite64,pwritev,pwritev2,fsync,fdatasync,sync_file_range,"
    "truncate,ftruncate,fallocate,rename,renameat,renameat2,link,linkat,unlink,unlinkat,mmap"
)
MARK = re.compile(rb"seq:(\d{8}):")
BATCH = 16


def record(binary, directory, log, count, callers, unsafe=False):
    """Runs the writer under strace until it has closed the store. Returns the numbers it confirmed."""
    path = os.path.join(directory, STORE)
    command = [binary, path, "--callers", str(callers), "--count", str(count)]
    if unsafe:
        command.append("--unsafe-no-sync")
    strace = ["strace", "-f", "-xx", "-s", "1000000", "-o", log, "-e", "trace=" + CALLS, "-e", "signal=none"]
    done = subprocess.run(strace + command, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"the writer ended with {done.returncode} under strace: {done.stderr}")
    return [int(line) for line in done.stdout.split()]


def killed_store(binary, directory):
    """Leaves a store as a kill -9 leaves it, and returns what it had confirmed."""
    path = os.path.join(directory, STORE)
    command = [binary, path, "--callers", "6"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    lines = [process.stdout.readline() for _ in range(300)]
    process.kill()
    lines += process.stdout.read().splitlines(keepends=True)
    process.wait()
    return {int(line) for line in lines if line.endswith(b"\n")}


def contents(directory):
    files = {}
    for name in os.listdir(directory):
        with open(os.path.join(directory, name), "rb") as file:
            files[name] = file.read()
    return files


class Recording:
    """The recorded calls as they concern the store's directory, and what lay there before."""

    def __init__(self, log, directory, files, confirmed=()):
        self.files = files
        self.confirmed = set(confirmed)
        self.steps = []  # (place, kind, ...) in the order of their effect
        directory = os.path.realpath(directory)
        descriptors = {}  # number -> name in the directory, or "." for the directory itself
        for call in strace_log.read(log):
            if call.result < 0:
                continue
            name, arguments = call.name, call.arguments
            if name in ("open", "openat", "creat"):
                path = os.fsdecode(strace_log.string(arguments[1 if name == "openat" else 0]))
                flags = " ".join(arguments)
                inside = self.inside(path, directory)
                descriptors.pop(call.result, None)
                if inside is not None:
                    descriptors[call.result] = inside
                    if "O_TRUNC" in flags:
                        raise ValueError(f"O_TRUNC is not modelled: {path}")
                    if "O_CREAT" in flags and inside != ".":
                        self.steps.append((call.end, "create", inside))
            elif name == "close":
                descriptors.pop(int(arguments[0]), None)
            elif name in ("unlink", "unlinkat"):
                path = os.fsdecode(strace_log.string(arguments[1 if name == "unlinkat" else 0]))
                if (inside := self.inside(path, directory)) is not None:
                    self.steps.append((call.end, "unlink", inside))
            elif name == "rename":
                old, new = (os.fsdecode(strace_log.string(one)) for one in arguments)
                if self.inside(old, directory) is not None:
                    self.steps.append(
                        (call.end, "rename", self.inside(old, directory), self.inside(new, directory)))
            elif name == "mmap":
                self.refuse_writable_mapping(arguments, descriptors)
            else:
                self.take(call, descriptors)
        self.steps.sort(key=lambda step: step[0])

    @staticmethod
    def inside(path, directory):
        path = os.path.normpath(path)
        if path == directory:
            return "."
        return os.path.basename(path) if os.path.dirname(path) == directory else None

    @staticmethod
    def refuse_writable_mapping(arguments, descriptors):
        """Writes through a mapping are not in the recording. Only the shared index, which is rebuilt, may be mapped."""
        if "MAP_SHARED" not in arguments[3] or "PROT_WRITE" not in arguments[2]:
            return
        target = descriptors.get(int(arguments[4]))
        if target is not None and not target.endswith("-shm"):
            raise ValueError(f"{target} is mapped for writing")

    def syncs_of(self, target=None):
        return sum(1 for step in self.steps if step[1] == "sync" and target in (None, step[2]))

    def take(self, call, descriptors):
        name, arguments = call.name, call.arguments
        if name.startswith("dup"):
            if int(arguments[0]) in descriptors:
                raise ValueError("a descriptor of the store was duplicated")
            return
        number = int(arguments[0]) if arguments[0].isdigit() else None
        if number == 1 and name == "write":
            # From its beginning: what is handed to the kernel may be read at once.
            for line in strace_log.string(arguments[1]).split():
                self.steps.append((call.begin, "confirm", int(line)))
            return
        target = descriptors.get(number)
        if target is None:
            return
        if name == "pwrite64":
            data = strace_log.string(arguments[1])[: call.result]
            self.steps.append((call.end, "write", target, int(arguments[3]), data))
        elif name == "ftruncate":
            self.steps.append((call.end, "truncate", target, int(arguments[1])))
        elif name in ("fsync", "fdatasync"):
            self.steps.append((call.end, "sync", target, call.begin))
        else:
            raise ValueError(f"{name} on {target} is not modelled")


def check_order(recording, skip=lambda target: False):
    """Finds confirmations that did not wait for the fsync of their write."""
    written = {}  # number -> (file, place of the first write that holds it)
    durable = set()
    complaints = []
    for step in recording.steps:
        place, kind = step[0], step[1]
        if kind == "write":
            for number in MARK.findall(step[4]):
                written.setdefault(int(number), (step[2], place))
        elif kind == "sync" and not skip(step[2]):
            target, begin = step[2], step[3]
            durable |= {number for number, (file, at) in written.items() if file == target and at < begin}
        elif kind == "confirm" and step[2] not in durable:
            complaints.append(f"{step[2]} was confirmed before the fsync of its write returned")
    return complaints


def cuts(recording, seed, chosen=None, skip=lambda target: False):
    """Yields (label, confirmed, files) for a power cut just before each fsync takes effect, and at the end; of these
    those whose index is chosen. What is torn depends on the seed and the index alone."""
    disk = Disk()
    open_inodes = {}
    for name, content in recording.files.items():
        open_inodes[name] = disk.create(name)
        open_inodes[name].durable[:] = content
    disk.sync_names()
    confirmed = set(recording.confirmed)
    number = 0
    for step in recording.steps + [(None, "end")]:
        kind = step[1]
        if kind in ("sync", "end"):
            if chosen is None or number in chosen:
                yield f"cut {number} without what was not synced", set(confirmed), disk.after_power_cut()
            if chosen is None or number + 1 in chosen:
                rng = random.Random(f"{seed}/{number}")
                torn = disk.after_power_cut(rng)
                # The shared index is never synced: after a power cut it may hold anything.
                torn[STORE + "-shm"] = rng.randbytes(32768)
                yield f"cut {number + 1} with torn parts", set(confirmed), torn
            number += 2
        if kind == "end":
            return
        target = step[2]
        if kind == "confirm":
            confirmed.add(target)
        elif target == ".":
            if kind == "sync" and not skip(target):
                disk.sync_names()
        elif target.endswith("-shm"):
            continue
        elif kind == "create":
            if target not in disk.names:
                open_inodes[target] = disk.create(target)
        elif kind == "write":
            open_inodes[target].pending.append(("write", step[3], step[4]))
        elif kind == "truncate":
            open_inodes[target].pending.append(("truncate", step[3]))
        elif kind == "sync":
            if not skip(target):
                open_inodes[target].sync()
        elif kind == "unlink":
            disk.unlink(target)
        elif kind == "rename":
            disk.rename(target, step[3])
            open_inodes[step[3]] = open_inodes[target]


def replay(binary, recording, seed, scratch, limit=None, skip=lambda target: False):
    """Opens the store after each cut. Returns how many cuts were tried and the complaints."""
    chosen = None
    if limit:
        total = 2 * (recording.syncs_of() + 1)
        # The last two, where everything was confirmed, always.
        chosen = set(random.Random(seed).sample(range(total), min(limit, total))) | {total - 2, total - 1}
    complaints = []
    tried = 0

    def try_batch(batch):
        directory = tempfile.mkdtemp(dir=scratch)
        paths = []
        for index, (_, _, files) in enumerate(batch):
            place = os.path.join(directory, str(index))
            write_files(files, place)
            paths.append(os.path.join(place, STORE))
        results = verify(binary, paths)
        shutil.rmtree(directory)
        found_complaints = []
        for (label, confirmed, _), (found, trouble) in zip(batch, results):
            missing = confirmed - found
            if missing:
                trouble = trouble + [f"{len(missing)} of {len(confirmed)} confirmed numbers are missing"]
            if trouble:
                found_complaints.append(f"{label}: {'; '.join(trouble)}")
        return found_complaints

    with ThreadPoolExecutor(2) as pool:
        running = []
        batch = []
        for cut in cuts(recording, seed, chosen, skip):
            tried += 1
            batch.append(cut)
            if len(batch) == BATCH:
                running.append(pool.submit(try_batch, batch))
                batch = []
                if len(running) > 3:
                    complaints += running.pop(0).result()
        if batch:
            running.append(pool.submit(try_batch, batch))
        for one in running:
            complaints += one.result()
    return tried, complaints


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True, help="the built store-writer")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--count", type=int, default=4000, help="how many numbers are written")
    parser.add_argument("--callers", type=int, default=6)
    parser.add_argument("--cuts", type=int, default=None, help="try only so many cuts, chosen by the seed")
    options = parser.parse_args()
    if not shutil.which("strace"):
        raise SystemExit("strace is not installed: apt-get install strace")
    print(f"seed {options.seed}")
    started = time.monotonic()
    passed = failed = 0

    def judge(name, complaints, count=1):
        nonlocal passed, failed
        for complaint in complaints[:10]:
            print(f"FAILED {name} (seed {options.seed}): {complaint}")
        failed += min(count, len(complaints))
        passed += max(0, count - len(complaints))

    # In memory, where a replay does not wait for a real disk.
    fast = "/dev/shm" if os.path.isdir("/dev/shm") else None
    with tempfile.TemporaryDirectory(prefix="openclaw-fsync-", dir=fast) as scratch:
        log = os.path.join(scratch, "strace")

        def recorded(count, callers, after_kill=False, unsafe=False):
            directory = tempfile.mkdtemp(prefix="openclaw-store-")
            try:
                before = killed_store(options.binary, directory) if after_kill else set()
                files = contents(directory)
                confirmed = record(options.binary, directory, log, count, callers, unsafe)
                return Recording(log, directory, files, before), confirmed
            finally:
                shutil.rmtree(directory)

        for name, count, callers, after_kill in (
            ("one caller", max(1, options.count // 10), 1, False),
            ("after a kill", max(1, options.count // 5), options.callers, True),
            (f"{options.callers} callers", options.count, options.callers, False),
        ):
            recording, confirmed = recorded(count, callers, after_kill)
            syncs = recording.syncs_of()
            checkpoints = recording.syncs_of(STORE)
            print(
                f"{name}: {len(confirmed)} writes, {syncs} fsyncs, {syncs / len(confirmed):.3f} a write, "
                f"{checkpoints} of them of the file itself")
            judge(name, [] if len(confirmed) == count else [f"{len(confirmed)} of {count} numbers were confirmed"])
            judge(f"{name}: order", check_order(recording), count)
            tried, complaints = replay(options.binary, recording, options.seed, scratch, options.cuts)
            print(f"{name}: {tried} power cuts replayed")
            judge(f"{name}: power cuts", complaints, tried)
        # Else the log was never emptied and used again, and the replay had little to say.
        judge("checkpoints", [] if checkpoints >= 3 else ["too few: raise --count"])

        # The self checks: each must find something.
        def must_fail(name, complaints):
            judge(f"self check: {name}", [] if complaints else ["nothing was noticed"])

        def without(name, first=0):
            """Takes the fsyncs of one file out of a recording, but the first ones."""
            seen = 0

            def skip(target):
                nonlocal seen
                seen += target == name
                return target == name and seen > first

            return skip

        log_name = STORE + "-wal"
        must_fail("order without the log's fsyncs", check_order(recording, without(log_name)))
        must_fail(
            "replay without the log's fsyncs",
            replay(options.binary, recording, options.seed, scratch, 6, without(log_name))[1])
        # The first one belongs to the file's creation, the others to checkpoints.
        must_fail(
            "replay without the checkpoints' fsyncs",
            replay(options.binary, recording, options.seed, scratch, 6, without(STORE, 1))[1])
        unsafe, _ = recorded(200, options.callers, unsafe=True)
        must_fail("order of a run that does not sync", check_order(unsafe))
        must_fail("replay of a run that does not sync", replay(options.binary, unsafe, options.seed, scratch)[1])
    print(f"{time.monotonic() - started:.1f} s")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

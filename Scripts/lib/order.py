"""order.py BINARY FILE: watches what BINARY runs while it starts, is idle and answers its commands, and writes the names
of those functions to FILE, for the linker."""

from __future__ import annotations

import json
import os
import re
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

# Under callgrind everything takes fifty times as long.
PATIENCE = 120.0
# What a start leaves to do is done by then.
SETTLE_SECONDS = 30.0
IDLE_SECONDS = 20.0
COMMANDS = (["status"], ["gateway", "status", "--json"], ["health"], ["--version"])
ENTRY = re.compile(r"(?P<kind>fn|ob)=\((?P<number>\d+)\)(?: (?P<name>.*))?$")


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def functions(path: Path, binary: str) -> set[str]:
    """The functions of `binary` that ran. A name stands where it is first met, and its number everywhere else."""
    names: dict[tuple[str, str], str] = {}
    found: set[str] = set()
    is_ours = False
    for line in path.read_text(errors="replace").splitlines():
        # A call names its target as well; whatever was called ran, and has an entry of its own.
        if line.startswith(("cfn=", "cob=")) and (entry := ENTRY.match(line[1:])) and entry["name"]:
            names[entry["kind"], entry["number"]] = entry["name"]
        if not (entry := ENTRY.match(line)):
            continue
        key = (entry["kind"], entry["number"])
        if entry["name"]:
            names[key] = entry["name"]
        if entry["kind"] == "ob":
            is_ours = os.path.realpath(names[key]) == binary
        elif is_ours:
            found.add(names[key])
    # Pieces that the linker's optimizer made have other names in the next build; they lie together as it is.
    return {name for name in found if not name.startswith(("0x", "(", "OUTLINED_FUNCTION")) and " " not in name}


def answer(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=PATIENCE) as response:
            return response.status == 200
    except OSError:
        return False


def watch(binary: str, scratch: Path) -> list[tuple[str, set[str]]]:
    port = free_port()
    config = scratch / "openclaw.json"
    config.touch(mode=0o600)
    token = secrets.token_urlsafe(16)
    config.write_text(json.dumps({"gateway": {"mode": "local", "port": port, "auth": {"mode": "token", "token": token}}}))
    # The place of the pipes over which callgrind is asked for what it saw has to be the same for both.
    environment = {"HOME": str(scratch), "TMPDIR": tempfile.gettempdir(), "PATH": os.environ["PATH"], "LANG": "C.UTF-8",
                   "OPENCLAW_STATE_DIR": str(scratch / "state"), "OPENCLAW_CONFIG_PATH": str(config)}
    control = {**os.environ, "TMPDIR": tempfile.gettempdir()}

    def traced(name: str, *words: str) -> list[str]:
        return ["valgrind", "-q", "--tool=callgrind", "--demangle=no", f"--callgrind-out-file={scratch / name}", binary, *words]

    with (scratch / "output").open("wb") as output:
        gateway = subprocess.Popen(traced("gateway", "gateway", "run"), env=environment, stdin=subprocess.DEVNULL,
                                   stdout=output, stderr=output)
    try:
        end = time.monotonic() + PATIENCE
        while not answer(port):
            if gateway.poll() is not None or time.monotonic() > end:
                raise SystemExit(f"the gateway does not answer: {(scratch / 'output').read_text()}")
            time.sleep(0.2)
        time.sleep(SETTLE_SECONDS)
        subprocess.run(["callgrind_control", "-d", "start", str(gateway.pid)], check=True, capture_output=True, env=control)
        subprocess.run(["callgrind_control", "-z", str(gateway.pid)], check=True, capture_output=True, env=control)
        for _ in range(3):
            answer(port)
        time.sleep(IDLE_SECONDS)
        subprocess.run(["callgrind_control", "-d", "rest", str(gateway.pid)], check=True, capture_output=True, env=control)
        for number, words in enumerate(COMMANDS):
            done = subprocess.run(traced(f"command-{number}", *words), env=environment, stdin=subprocess.DEVNULL,
                                  capture_output=True, timeout=PATIENCE)
            if done.returncode != 0:
                raise SystemExit(f"{' '.join(words)} ended with {done.returncode}: {done.stderr.decode()}")
    finally:
        gateway.send_signal(signal.SIGTERM)
        try:
            gateway.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            gateway.kill()
            gateway.wait()
    commands = set().union(*(functions(scratch / f"command-{number}", binary) for number in range(len(COMMANDS))))
    return [("at rest, and to answer /readyz", functions(scratch / "gateway.2", binary)),
            ("to start", functions(scratch / "gateway.1", binary)),
            ("for commands", commands)]


def main(binary: str, target: str) -> None:
    with tempfile.TemporaryDirectory(prefix="openclaw-order-") as scratch:
        groups = watch(os.path.realpath(binary), Path(scratch))
    lines = ["# What runs together lies together. Written by Scripts/order; not to be edited."]
    before: set[str] = set()
    for title, names in groups:
        new = names - before
        before |= names
        print(f"{title}: {len(names)}, {len(new)} of them new")
        if not new:
            raise SystemExit(f"nothing was seen that runs {title}")
        lines += [f"# {title}", *sorted(new)]
    Path(target).write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])

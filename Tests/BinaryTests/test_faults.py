"""Twelve faults, and what each command says of them: words, facts and exit code, typed by hand.

The channels' directions come with the channels; a service that drifted or does not linger is looked at under a real
systemd (Tests/Systemd).
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import threading
import unittest
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import fake_model
from harness import BinaryTest, Finished, Gateway, until
from test_cli_queries import free_port

TOKEN = "a-token-that-nobody-guesses-16180339"
WRONG = "not-the-token-at-all-00000000"


class Fault(BinaryTest):
    """A default profile with a gateway of its own that is well, until a test sees to it."""

    #: For what never answers; everything else answers long before.
    timeout = "10000"

    def setUp(self) -> None:
        super().setUp()
        self.port = free_port()
        #: Put behind each command that speaks to the gateway.
        self.flags: tuple[str, ...] = ()
        self.variables: dict[str, str] = {}
        self.write({"gateway": {"mode": "local", "port": self.port, "auth": {"token": TOKEN}}})

    def write(self, config: dict[str, object]) -> None:
        self.configure(config)
        self.state.chmod(0o700)

    def gateway(self, **options: object) -> Gateway:
        gateway = self.start("gateway", "run", "--port", str(self.port), **options).ready()
        # It keeps the configuration that it runs well with, which is not to be cut short.
        until(lambda: (self.state / "config-last-good.json").exists()
              and not list(self.state.glob(".openclaw-tmp-*")), "the end of its start")
        return gateway

    def ask(self, *command: str) -> Finished:
        finished = self.run_to_end(*command, "--timeout", self.timeout, env=self.variables or None)
        for secret in (TOKEN, WRONG):
            self.assertNotIn(secret, finished.output + finished.error, command)
        return finished


def dead_process(test: Fault) -> None:
    test.gateway().kill()


def silent_listener(test: Fault) -> None:
    listener = socket.create_server(("127.0.0.1", test.port))
    test.addCleanup(listener.close)
    test.timeout = "500"


def foreign_listener(test: Fault) -> None:
    class Stranger(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            self.send_error(404)

    server = HTTPServer(("127.0.0.1", test.port), Stranger)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    test.addCleanup(thread.join)
    test.addCleanup(server.server_close)
    test.addCleanup(server.shutdown)


def wrong_token(test: Fault) -> None:
    test.gateway()
    test.flags = ("--url", f"ws://localhost:{test.port}", "--token", "env:WRONG")
    test.variables = {"WRONG": WRONG}


def stuck(test: Fault) -> None:
    gateway = test.gateway()
    gateway.signal(signal.SIGSTOP)
    test.timeout = "500"


def full_disk(test: Fault) -> None:
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m,mode=0700", "tmpfs", test.state], capture_output=True, text=True)
    test.assertEqual(mounted.returncode, 0, f"this test has to mount a tmpfs, as root: {mounted.stderr}")
    test.addCleanup(subprocess.run, ["umount", "--lazy", test.state], check=True)
    # Signals are to leave a line in the log, and nothing else.
    test.write({
        "gateway": {"mode": "local", "port": test.port, "auth": {"token": TOKEN}}, "commands": {"restart": False}})
    gateway = test.gateway()
    with (test.state / "filler").open("ab", buffering=0) as filler:
        size = 64 * 1024
        while size:
            try:
                filler.write(b"x" * size)
            except OSError:
                size //= 2

    signals = [signal.SIGHUP, signal.SIGUSR1]

    def is_told() -> bool:
        # A line that is like the last one is only counted.
        before = gateway.error.count("without an effect")
        gateway.signal(signals[0])
        signals.reverse()
        until(lambda: gateway.error.count("without an effect") > before, "the signal's line")
        return "the log file cannot be written" in gateway.error

    until(is_told, "the log's trouble")


def damaged_store(test: Fault) -> None:
    path = test.state / "openclaw.sqlite"
    path.write_bytes(b"SQLite format 3\x00" + b"\xff" * 8176)
    path.chmod(0o600)


def replaced_store(test: Fault) -> None:
    damaged_store(test)
    test.gateway()


def draining(test: Fault) -> None:
    model = test.enterContext(fake_model.serving())
    model.go.clear()
    test.write({
        "gateway": {"mode": "local", "port": test.port, "auth": {"token": TOKEN}},
        "models": {"providers": {"fake": {
            "baseUrl": model.base, "apiKey": "none", "api": "openai-completions",
            "models": [{"id": "fake", "name": "fake"}]}}},
        "agents": {"defaults": {"model": {"primary": "fake/fake"}}},
    })
    # Who is supervised ends; without a supervisor the next program would take the connections.
    gateway = test.gateway(env={"OPENCLAW_SUPERVISOR_MODE": "external"})
    test.launch(("agent", "--message", "hello", "--agent", "main"))
    until(lambda: model.requests, "a run under way")
    test.launch(("gateway", "restart", "--wait", "5m"))
    test.wait_for_message("draining")


def starting(test: Fault) -> None:
    # The opening of the store takes as long as nobody ends it.
    wrapper = (
        "strace", "-D", "-f", "-qqq", "-o", "/dev/null", "-P", str(test.state / "openclaw.sqlite"), "-e",
        "inject=openat:delay_enter=600000000")
    gateway = test.start("gateway", "run", "--port", str(test.port), wrapper=wrapper)
    test.wait_for_message("listening")
    tracer = re.search(r"(?m)^TracerPid:\s*(\d+)", Path(f"/proc/{gateway.pid}/status").read_text())
    # What is held up by its tracer ends with it only.
    test.addCleanup(os.kill, int(tracer[1]), signal.SIGKILL)
    test.timeout = "1500"


def invalid_config(test: Fault) -> None:
    test.gateway()
    (test.state / "openclaw.json").write_text('{ gateway: { mode: "local", bind: "lann" } }')
    test.wait_for_message("not used")


def invalid_config_stopped(test: Fault) -> None:
    (test.state / "openclaw.json").write_text('{ gateway: { mode: "local", bind: "lann", port: %d } }' % test.port)


def refused_remote(test: Fault) -> None:
    test.gateway()
    test.write({"gateway": {"mode": "remote", "remote": {"url": f"ws://127.0.0.1:{test.port}", "token": WRONG}}})


Facts = dict[str, object]


@dataclass(frozen=True)
class Says:
    """The exit code, what is to be read (and what is not), and members of the JSON by their path."""

    code: int
    words: tuple[str, ...]
    facts: Facts
    never: tuple[str, ...] = ()


def unreachable(*words: str, reason: str = "unreachable") -> Says:
    return Says(3, ("openclaw: ", *words, "Next: "), {"ok": False, "error.exitCode": 3, "error.reason": reason})


def stopped(listener: str, *words: str, advice: str = "gateway run", **facts: object) -> Says:
    return Says(
        1, ("✗ stopped", "Runtime: stopped", "Process: none", "RPC probe: failed", *words, f"Next: openclaw {advice}"),
        {"ok": False, "state": "stopped", "facts.runtime.state": "stopped", "facts.process.state": "none",
         "facts.listener.ok": False, "facts.listener.state": listener, "facts.authentication.state": "unknown",
         "facts.rpc.ok": False, **facts},
        never=("Runtime: running", "RPC probe: ok"))


def doctor(*words: str, **findings: str) -> Says:
    """`gateway__runs="warning"` for a finding."""
    found = {name.replace("__", "."): severity for name, severity in findings.items()}
    weighty = [one for one in found.values() if one != "note"]
    return Says(
        1 if weighty else 0, (f"{len(weighty)} to look at" if weighty else "nothing is wrong", *words),
        {"ok": not weighty, "findings": found})


ACCEPTED: Facts = {
    "facts.runtime.state": "running", "facts.process.ok": True, "facts.authentication.state": "accepted",
    "facts.rpc.ok": True}
GONE = unreachable("no gateway answers for profile default", "the local socket: ", "openclaw gateway run")
LOG = "Log: cannot be written: "
LOST = "Store: it was damaged and is "
UNUSED = "Config: the changed file is NOT USED: "

#: The words of status, health, gateway status and doctor, in this order.
MATRIX: dict[str, tuple[Callable[[Fault], None], Says, Says, Says, Says]] = {
    "dead process": (
        dead_process, GONE, GONE,
        stopped("none", "Listener: nothing answers on 127.0.0.1:"),
        doctor("gateway.lock", "did not end in order", "try: openclaw gateway run", gateway__runs="warning")),
    "silent listener": (
        silent_listener,
        unreachable("no answer to the upgrade on ws://127.0.0.1:", reason="timeout"),
        unreachable("no answer to the upgrade on ws://127.0.0.1:", reason="timeout"),
        stopped("silent", "is taken, and silent: no answer within 500 ms", advice="doctor"),
        doctor("another program has it: pid ", port__foreign="error")),
    "foreign listener": (
        foreign_listener,
        unreachable("what answers on ws://127.0.0.1:", "is no gateway", "HTTP 404", reason="not-a-gateway"),
        unreachable("what answers on ws://127.0.0.1:", "is no gateway", "HTTP 404", reason="not-a-gateway"),
        stopped("foreign", "Listener: another program has 127.0.0.1:", advice="doctor"),
        doctor("another program has it: pid ", port__foreign="error")),
    "wrong token": (
        wrong_token,
        Says(4, ("unauthorized", "ours: from --token (the variable WRONG)", "the gateway's: "),
             {"ok": False, "error.exitCode": 4, "error.reason": "auth-token-mismatch"}),
        Says(4, ("unauthorized", "ours: from --token (the variable WRONG)", "the gateway's: "),
             {"ok": False, "error.exitCode": 4, "error.reason": "auth-token-mismatch"}),
        Says(4, ("▲ refused", "Runtime: running", "Authentication: unauthorized", "RPC probe: refused",
                 "Next: openclaw gateway auth-token"),
             {"ok": False, "state": "refused", "facts.runtime.state": "running", "facts.listener.state": "listening",
              "facts.authentication.state": "refused", "facts.authentication.ok": False, "facts.rpc.ok": False},
             never=("stopped", "RPC probe: ok")),
        # It looks at this home and its own gateway, which is well.
        doctor()),
    "a remote gateway that refuses us": (
        refused_remote,
        Says(4, ("unauthorized", "gateway.remote.token in ~/.openclaw/openclaw.json"),
             {"ok": False, "error.exitCode": 4, "error.reason": "auth-token-mismatch"}),
        Says(4, ("unauthorized", "gateway.remote.token in ~/.openclaw/openclaw.json"),
             {"ok": False, "error.exitCode": 4, "error.reason": "auth-token-mismatch"}),
        Says(4, ("▲ refused", "Runtime: running", "RPC probe: refused"),
             {"ok": False, "state": "refused", "facts.listener.state": "listening",
              "facts.authentication.state": "refused"},
             never=("stopped", "Process:")),
        doctor("it refuses us: unauthorized", "try: openclaw config set gateway.remote.token -",
               gateway__answers="error")),
    "RPC stuck": (
        stuck,
        unreachable("no answer to the upgrade on the local socket", "--timeout <ms> gives it longer", reason="timeout"),
        unreachable("no answer to the upgrade on the local socket", "--timeout <ms> gives it longer", reason="timeout"),
        Says(1, ("✗ not answering", "Runtime: running, pid ", "is taken, and silent", "RPC probe: failed",
                 "Next: openclaw gateway run --force"),
             {"ok": False, "state": "not answering", "facts.process.ok": True, "facts.process.state": "running",
              "facts.listener.state": "silent", "facts.rpc.ok": False, "facts.rpc.reason": "timeout"},
             never=("stopped", "RPC probe: ok")),
        doctor("it is there and does not answer", "try: openclaw gateway run --force", gateway__answers="error")),
    "disk full": (
        full_disk,
        Says(1, ("▲ degraded", LOG, "No space left on device"),
             {"ok": False, "state": "degraded", "facts.gateway.ok": True, "facts.log.ok": False}),
        Says(1, ("▲ not well", LOG, "No space left on device"), {"log.ok": False, "readiness.ready": True}),
        Says(1, ("▲ degraded", "Runtime: running", "RPC probe: ok", LOG),
             {"ok": False, "state": "degraded", **ACCEPTED, "facts.listener.state": "listening", "facts.log.ok": False}),
        doctor("0 MiB are free", LOG, disk__space="error", gateway__answers="warning")),
    "damaged store, at rest": (
        damaged_store, GONE, GONE, stopped("none"),
        doctor("openclaw.sqlite: damaged: ", "try: openclaw backup restore <archive>", store__sound="error")),
    "damaged store, replaced at the start": (
        replaced_store,
        Says(1, ("▲ degraded", LOST, "openclaw.sqlite.damaged-"),
             {"ok": False, "state": "degraded", "facts.store.ok": False, "facts.store.state": "damaged"}),
        Says(1, ("▲ not well", LOST, "openclaw.sqlite.damaged-"),
             {"store.ok": False, "store.state": "damaged", "readiness.ready": True}),
        Says(1, ("▲ degraded", "RPC probe: ok", LOST),
             {"ok": False, "state": "degraded", **ACCEPTED, "facts.store.state": "damaged"}),
        doctor(LOST, gateway__answers="warning")),
    "draining": (
        draining,
        Says(1, ("▲ draining", "Not ready: draining"),
             {"ok": False, "state": "draining", "facts.readiness.failing": ["draining"]}),
        Says(1, ("▲ draining", "Not ready: draining"),
             {"ok": False, "readiness.ready": False, "readiness.failing": ["draining"]}),
        Says(1, ("▲ draining", "Listener: 127.0.0.1:", ": draining", "RPC probe: ok", "Not ready: draining"),
             {"ok": False, "state": "draining", **ACCEPTED, "facts.listener.state": "draining",
              "facts.readiness.ok": False},
             never=("● running",)),
        doctor("it is draining", gateway__answers="note")),
    "starting": (
        starting,
        Says(75, ("gateway starting; retry shortly", "starting for ", "waiting for store"),
             {"ok": False, "error.exitCode": 75, "error.reason": "starting"}),
        Says(75, ("gateway starting; retry shortly", "starting for ", "waiting for store"),
             {"ok": False, "error.exitCode": 75, "error.reason": "starting"}),
        Says(1, ("▲ starting", "Runtime: running, pid ", ": starting for ", "waiting for store"),
             {"ok": False, "state": "starting", "facts.process.ok": True, "facts.listener.state": "starting",
              "facts.rpc.reason": "starting"},
             never=("stopped", "does not answer")),
        doctor("starting for ", gateway__answers="note")),
    "invalid configuration of a gateway that runs": (
        invalid_config,
        Says(1, ("▲ degraded", UNUSED, "gateway.bind", "openclaw config restore"),
             {"ok": False, "state": "degraded", "facts.config.ok": False}),
        Says(1, ("▲ not well", UNUSED, "gateway.bind", "openclaw config restore"),
             {"ok": True, "config.valid": False}),
        Says(1, ("▲ degraded", "RPC probe: ok", UNUSED, "Next: openclaw config diff"),
             {"ok": False, "state": "degraded", **ACCEPTED, "facts.config.ok": False}),
        doctor("gateway.bind", "try: openclaw config validate", config__valid="error")),
    "invalid configuration of one that does not": (
        invalid_config_stopped,
        unreachable("no gateway answers for profile default", "has 1 problem", "openclaw config validate"),
        unreachable("no gateway answers for profile default", "has 1 problem", "openclaw config validate"),
        stopped("none", "Config: ~/.openclaw/openclaw.json has 1 problem", **{"facts.config.ok": False}),
        doctor("gateway.bind", "try: openclaw config validate", config__valid="error")),
}
COMMANDS = (("status",), ("health",), ("gateway", "status"), ("doctor",))


def at(answer: object, path: str) -> object:
    for name in path.split("."):
        answer = answer[name]
    return answer


class Faults(Fault):
    def check(self, command: tuple[str, ...], says: Says) -> None:
        flags = () if command == ("doctor",) else self.flags
        finished = self.ask(*command, *flags)
        # Where a line was broken does not matter.
        text = " ".join((finished.output + finished.error).split())
        self.assertEqual(finished.code, says.code, text)
        for words in says.words:
            self.assertIn(words, text)
        for words in says.never:
            self.assertNotIn(words, text)
        finished = self.ask(*command, *flags, "--json")
        self.assertEqual((finished.code, finished.error), (says.code, ""), finished.output)
        answer = json.loads(finished.output)
        for path, value in says.facts.items():
            if path == "findings":
                self.assertEqual({one["id"]: one["severity"] for one in answer["findings"]}, value, answer)
            else:
                self.assertEqual(at(answer, path), value, f"{path} in {finished.output}")


def fault_test(bring_about: Callable[[Fault], None], said: tuple[Says, ...]) -> Callable[[Faults], None]:
    def test(self: Faults) -> None:
        bring_about(self)
        for command, says in zip(COMMANDS, said, strict=True):
            with self.subTest(command=" ".join(command)):
                self.check(command, says)

    return test


for name, (bring_about, *said) in MATRIX.items():
    words = "".join(letter if letter.isalnum() else "_" for letter in name)
    setattr(Faults, f"test_{words}", fault_test(bring_about, tuple(said)))


if __name__ == "__main__":
    unittest.main()

"""The programs under measurement: started here, looked at through /proc, ended here."""

from __future__ import annotations

import json
import os
import secrets
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from . import probe

HERE = Path(__file__).resolve().parents[1]
REPO = HERE.parents[1]
TOOLS = Path(os.environ.get("OPENCLAW_TOOLS", REPO / ".build-release/release"))
GATEWAY = Path(os.environ.get("OPENCLAW_BIN", TOOLS / "openclaw"))
READY_SECONDS = 20
STOP_SECONDS = 10


class CannotMeasure(Exception):
    """A program is missing or misbehaves; the figure does not exist."""


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def program(path: Path | str) -> str:
    found = shutil.which(str(path))
    if not found:
        raise CannotMeasure(f"there is no {path}")
    return found


class Server:
    """One server on a port of the loopback interface. Everything it starts is in a session of its own."""

    def __init__(self, name: str, scratch: Path, upstream: int = 0):
        self.name = name
        self.upstream = upstream
        self.port = free_port()
        self.scratch = scratch / f"{name}-{self.port}"
        self.scratch.mkdir(parents=True)
        self.environment = dict(os.environ, HOME=str(self.scratch), OPENCLAW_STATE_DIR=str(self.scratch / "state"),
                                NODE_PATH=os.environ.get("NODE_PATH", "/usr/share/nodejs"))
        self.token = secrets.token_urlsafe(16)
        self.arguments = getattr(self, "_" + name.replace("-", "_"))()
        self.pid = 0

    def _nginx(self) -> list[str]:
        (self.scratch / "tmp").mkdir()
        os.chmod(self.scratch, 0o755)
        text = (HERE / "peers/nginx.conf").read_text().replace("PORT", str(self.port))
        (self.scratch / "nginx.conf").write_text(text)
        # Debian's place; a user's PATH often lacks it.
        nginx = shutil.which("nginx") or "/usr/sbin/nginx"
        return [program(nginx), "-p", f"{self.scratch}/", "-c", "nginx.conf"]

    def _node(self) -> list[str]:
        return [program("node"), str(HERE / "peers/echo.js"), str(self.port)]

    def _echo_server(self) -> list[str]:
        return [program(TOOLS / "echo-server"), "--port", str(self.port)]

    def _gateway(self) -> list[str]:
        return [program(GATEWAY), "gateway", "run", "--port", str(self.port), "--dev", "--allow-unconfigured"]

    def _control_plane(self) -> list[str]:
        """The gateway with a token, for clients of its protocol and for its own commands."""
        config = self.scratch / "openclaw.json"
        config.touch(mode=0o600)
        config.write_text(json.dumps({"gateway": {"mode": "local", "port": self.port,
                                                  "auth": {"mode": "token", "token": self.token}}}))
        self.environment |= {"OPENCLAW_CONFIG_PATH": str(config)}
        return [program(GATEWAY), "gateway", "run", "--port", str(self.port)]

    def _agents(self) -> list[str]:
        """The gateway with an agent whose model is served at `upstream`."""
        arguments = self._control_plane()
        config = Path(self.environment["OPENCLAW_CONFIG_PATH"])
        provider = {"baseUrl": f"http://127.0.0.1:{self.upstream}/v1", "api": "openai-completions", "apiKey": "bench",
                    "models": [{"id": "m", "name": "m"}]}
        settings = json.loads(config.read_text()) | {
            "models": {"providers": {"bench": provider}},
            "agents": {"defaults": {"model": "bench/m", "maxConcurrent": 256, "workspace": str(self.scratch / "workspace")}}}
        config.write_text(json.dumps(settings))
        return arguments

    def configure(self, more: dict) -> None:
        """Adds to the configuration of one that is not started yet."""
        config = Path(self.environment["OPENCLAW_CONFIG_PATH"])
        config.write_text(json.dumps(json.loads(config.read_text()) | more))

    def _model(self) -> list[str]:
        return [program(sys.executable), str(HERE / "peers/model.py"), str(self.port)]

    def _relay(self) -> list[str]:
        return [program("node"), str(HERE / "peers/relay.js"), str(self.port), str(self.upstream)]

    def _node_gateway(self) -> list[str]:
        return [program("node"), str(HERE / "peers/gateway.js"), str(self.port), str(self.scratch / "payload.json")]

    def spawn(self) -> None:
        """Starts the process and does not wait for it to be ready."""
        output = self.scratch / "output"
        quiet = [(os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
                 (os.POSIX_SPAWN_OPEN, 1, str(output), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600),
                 (os.POSIX_SPAWN_DUP2, 1, 2)]
        self.pid = os.posix_spawn(self.arguments[0], self.arguments, self.environment, file_actions=quiet, setsid=True)

    def __enter__(self) -> Server:
        self.spawn()
        self.wait_ready(pause=0.005)
        return self

    def wait_ready(self, pause: float) -> None:
        """Asks for /health until it is answered; a control plane lets nobody in before /readyz says so."""
        deadline = time.monotonic() + READY_SECONDS
        request = probe.READYZ if self.name in ("control-plane", "agents") else probe.HEALTH
        while not probe.answers(self.port, request):
            if os.waitpid(self.pid, os.WNOHANG) != (0, 0):
                self.pid = 0
                raise CannotMeasure(f"{self.name} ended before it answered: {self.said()}")
            if time.monotonic() > deadline:
                self.stop()
                raise CannotMeasure(f"{self.name} did not answer /health within {READY_SECONDS} s: {self.said()}")
            time.sleep(pause)

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        if not self.pid:
            return
        os.kill(self.pid, signal.SIGTERM)
        # A descriptor tells when it has ended, be its number as high as it may.
        watch, ending = os.pidfd_open(self.pid), select.poll()
        ending.register(watch, select.POLLIN)
        ended = ending.poll(STOP_SECONDS * 1000)
        os.close(watch)
        if not ended:
            os.killpg(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        self.pid = 0

    def said(self) -> str:
        output = self.scratch / "output"
        return output.read_text(errors="replace")[-400:].strip() if output.exists() else ""

    def processes(self) -> list[int]:
        """The process and all below it: nginx serves from a worker."""
        found, waiting = [], [self.pid]
        while waiting:
            pid = waiting.pop()
            found.append(pid)
            for task in Path(f"/proc/{pid}/task").iterdir():
                waiting += map(int, (task / "children").read_text().split())
        return found

    def cpu_ns(self) -> int:
        """Processor time used so far, to the nanosecond; the ticks of /proc/PID/stat are 10 ms."""
        return sum(int((task / "schedstat").read_text().split()[0])
                   for pid in self.processes() for task in Path(f"/proc/{pid}/task").iterdir())

    def rss_bytes(self) -> int:
        """Resident memory, counted page by page; the figure in /proc/PID/status may lag."""
        total = 0
        for pid in self.processes():
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Rss:"):
                    total += int(line.split()[1]) * 1024
        return total


    def peak_bytes(self) -> int:
        """The most that was resident since it started."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM:"))


def output_of(arguments: list[str], seconds: float, environment: dict[str, str] | None = None) -> str:
    try:
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=seconds, env=environment, check=False)
    except subprocess.TimeoutExpired:
        raise CannotMeasure(f"{Path(arguments[0]).name} did not end within {seconds:.0f} s") from None
    if done.returncode != 0:
        raise CannotMeasure(f"{Path(arguments[0]).name} ended with {done.returncode}: {(done.stderr or done.stdout)[-400:]}")
    return done.stdout

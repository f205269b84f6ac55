"""What is measured. Each row starts the servers it compares, prints a line for each, and adds its figures one by one, so
that those it has stand even if a later server fails."""

from __future__ import annotations

import contextlib
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from . import agents, control, load, probe
from .chats import CHATS, Town, attended
from .servers import GATEWAY, HERE, TOOLS, CannotMeasure, Server, output_of, program

STARTS = 20
SETTLE_SECONDS = 2.0
PAUSE_SECONDS = 0.2
STALLED = 400
STALL_KEPT = 0.9
PROBES = 500
MANY = 10_000
ALIVE_SAMPLE = 100
FAN_OUT_EVENTS = 200
COMMAND_RUNS = 20
RELAY_STREAMS, RELAY_CHUNKS, RELAY_MS = 16, 300, 5
RUNS, RUN_CHUNKS, RUN_MS = 200, 20, 200
SESSIONS, QUICK_SESSIONS = 10_000, 500
LISTS = 20
STUCK_MS = 3_600_000
MIB = 1 << 20


@dataclass(frozen=True)
class Plan:
    """How long a run may take."""

    scratch: Path
    quick: bool

    @property
    def rounds(self) -> int:
        return 3 if self.quick else 7

    @property
    def seconds(self) -> float:
        return 1.5 if self.quick else 3.0


Figures = dict[str, float]


@contextlib.contextmanager
def running(plan: Plan, *names: str) -> Iterator[list[Server]]:
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(Server(name, plan.scratch)) for name in names]
        try:
            yield servers
        except OSError as problem:
            raise CannotMeasure(f"{', '.join(names)}: {problem}") from None


def show_load(results: dict[str, load.Rounds], what: str) -> None:
    print(f"  {'':<12} {'CPU us':>8} {what + '/s':>12} {'p50 us':>8} {'p99 us':>8} {'RSS MiB':>8}")
    for name, result in results.items():
        middle = statistics.median
        print(f"  {name:<12} {middle(result.cpu_us):8.2f} {middle(result.per_second):12,.0f} "
              f"{middle(result.p50_us):8.0f} {middle(result.p99_us):8.0f} {result.rss / MIB:8.1f}")


def http(plan: Plan, figures: Figures) -> None:
    """GET /health, keep-alive, 64 connections"""
    with running(plan, "nginx", "node", "echo-server", "gateway") as servers:
        results = load.measure("http", servers, plan.rounds, plan.seconds)
    show_load(results, "requests")
    for ours in ("gateway", "echo-server"):
        figures[f"http.cpu_ratio.{ours}"] = load.ratio(results, ours, "nginx")


def websocket(plan: Plan, figures: Figures) -> None:
    """WebSocket echo of 300 bytes, 64 connections"""
    with running(plan, "node", "echo-server") as servers:
        results = load.measure("ws", servers, plan.rounds, plan.seconds)
    show_load(results, "echoes")
    figures["websocket.cpu_ratio"] = load.ratio(results, "echo-server", "node")


def json(plan: Plan, figures: Figures) -> None:
    """parse and write of the 320-byte frame"""
    frame = str(HERE / "json-bench/frame.json")
    repeats = "100000" if plan.quick else "200000"
    commands = {"node": [program("node"), str(HERE / "peers/json.js"), frame, "3", repeats],
                "openclaw": [program(TOOLS / "json-bench"), frame, "--rounds", "3", "--repeats", repeats]}
    taken: dict[str, dict[str, list[float]]] = {name: {"parse": [], "write": []} for name in commands}
    for _ in range(plan.rounds):
        for name, arguments in commands.items():
            lines = re.findall(r"parse (\d+) write (\d+)", output_of(arguments, 60))
            if not lines:
                raise CannotMeasure(f"{name} printed no figures")
            taken[name]["parse"].append(statistics.median(int(line[0]) for line in lines))
            taken[name]["write"].append(statistics.median(int(line[1]) for line in lines))
    print(f"  {'':<12} {'parse ns':>8} {'write ns':>8}")
    for name, values in taken.items():
        print(f"  {name:<12} {statistics.median(values['parse']):8.0f} {statistics.median(values['write']):8.0f}")
    for way in ("parse", "write"):
        pairs = zip(taken["openclaw"][way], taken["node"][way])
        figures[f"json.{way}_ratio"] = statistics.median(ours / theirs for ours, theirs in pairs)


def idle(plan: Plan, figures: Figures) -> None:
    """memory of a server that has answered once"""
    with running(plan, "gateway", "node", "nginx") as servers:
        time.sleep(SETTLE_SECONDS)
        for server in servers:
            # Once more after all have come to rest: what an answer needs is part of the figure.
            if not probe.answers(server.port):
                raise CannotMeasure(f"{server.name} did not answer")
            time.sleep(PAUSE_SECONDS)
            mib = server.rss_bytes() / MIB
            print(f"  {server.name:<12} {mib:8.1f} MiB in {len(server.processes())} processes")
            if server.name == "gateway":
                figures["idle.mib"] = mib


def start(plan: Plan, figures: Figures) -> None:
    """spawn to the first answer of /health"""
    servers = [Server(name, plan.scratch) for name in ("gateway", "node", "nginx")]
    took: dict[str, list[float]] = {server.name: [] for server in servers}
    # Once in vain: the first start reads the files from disk and makes the state directory.
    for turn in range(STARTS + 1):
        for server in servers:
            started = time.perf_counter_ns()
            server.spawn()
            server.wait_ready(pause=0.0001)
            if turn > 0:
                took[server.name].append((time.perf_counter_ns() - started) / 1e6)
            server.stop()
    for name, values in took.items():
        print(f"  {name:<12} {statistics.median(values):8.2f} ms, {min(values):.2f} to {max(values):.2f}")
    figures["start.ms"] = statistics.median(took["gateway"])


def stalled(plan: Plan, figures: Figures) -> None:
    """/health on new connections beside 400 stalled clients"""
    # The gateway may refuse a stranger's WebSocket, so its stalled clients stop before the upgrade.
    mixes: dict[str, list[Callable[[int], object]]] = {
        "gateway": [probe.half_request, probe.half_upgrade],
        "echo-server": [probe.half_request, probe.half_upgrade, probe.half_frame, probe.half_frame],
        "node": [probe.half_request, probe.half_upgrade, probe.half_frame, probe.half_frame],
    }
    for name, kinds in mixes.items():
        with running(plan, name) as (server,):
            alone = probe.percentiles(probe.health_ms(server.port, PROBES))
            clients = [kinds[index % len(kinds)](server.port) for index in range(STALLED)]
            p50, p99 = probe.percentiles(probe.health_ms(server.port, PROBES))
            kept = sum(probe.still_open(client) for client in clients)
            for client in clients:
                client.close()
        if kept < STALLED * STALL_KEPT:
            raise CannotMeasure(f"{name} kept only {kept} of {STALLED} stalled clients; the probes met an idle server")
        print(f"  {name:<12} p50 {p50:.2f} ms, p99 {p99:.2f} ms; alone {alone[0]:.2f} and {alone[1]:.2f}")
        if name != "node":
            figures[f"stalled.p99_ms.{name}"] = p99


def many(plan: Plan, figures: Figures) -> None:
    """10,000 idle WebSocket clients"""
    if not probe.allow_descriptors(MANY):
        raise CannotMeasure(f"the limit of open files cannot be raised to {MANY}: see ulimit -Hn")
    for name in ("echo-server",) if plan.quick else ("echo-server", "node"):
        with running(plan, name) as (server,):
            clients = probe.idle_clients(server.port, 1)
            alone = probe.percentiles(probe.health_ms(server.port, PROBES))
            before = server.rss_bytes()
            clients += probe.idle_clients(server.port, MANY)
            each = (server.rss_bytes() - before) / MANY
            p50, p99 = probe.percentiles(probe.health_ms(server.port, PROBES))
            sample = clients[:: len(clients) // ALIVE_SAMPLE]
            dead = sum(not probe.alive(client) for client in sample)
            for client in clients:
                client.close()
        if dead:
            raise CannotMeasure(f"{dead} of {len(sample)} clients of {name} did not answer a ping")
        print(f"  {name:<12} {each:8,.0f} bytes a client; /health p50 {p50:.2f} ms, p99 {p99:.2f} ms; "
              f"alone {alone[0]:.2f} and {alone[1]:.2f}")
        if name == "echo-server":
            figures |= {"many.bytes_per_client": each, "many.p99_ms": p99}


def request(plan: Plan, figures: Figures) -> None:
    """WebSocket request and answer `health`, 64 connections, beside Node with ws that parses and answers the same JSON"""
    with running(plan, "control-plane") as (ours,):
        theirs = Server("node-gateway", plan.scratch)
        (theirs.scratch / "payload.json").write_bytes(payload := control.health_payload(ours))
        with theirs:
            results = control.asked([theirs, ours], plan.rounds, plan.seconds)
    print(f"  the answer's payload has {len(payload)} bytes")
    show_load(results, "answers")
    figures["request.cpu_ratio"] = load.ratio(results, "control-plane", "node-gateway")


def fanout(plan: Plan, figures: Figures) -> None:
    """one event to 1,000 clients of which 10 do not read"""
    if not probe.allow_descriptors(control.LISTENERS):
        raise CannotMeasure(f"the limit of open files cannot be raised to {control.LISTENERS}: see ulimit -Hn")
    with running(plan, "control-plane") as (server,):
        found = control.fan_out(server, FAN_OUT_EVENTS // 4 if plan.quick else FAN_OUT_EVENTS)
    print(f"  p50 {found.p50_ms:.2f} ms, p99 {found.p99_ms:.2f} ms; {found.uncut} of {control.SLOW} slow clients not cut off; "
          f"memory grew by {found.growth / MIB:.1f} MiB")
    figures |= {"fanout.p99_ms": found.p99_ms, "fanout.uncut": float(found.uncut), "fanout.growth_mib": found.growth / MIB}


def busy(plan: Plan, figures: Figures) -> None:
    """/healthz while every core is busy with something else, and a model keeps a run waiting"""
    with Server("model", plan.scratch) as model, Server("agents", plan.scratch, model.port) as server:
        stuck = agents.opened(server, 1, STUCK_MS)
        alone = probe.percentiles(probe.health_ms(server.port, PROBES, probe.HEALTHZ))
        loads = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(os.cpu_count() or 1)]
        try:
            time.sleep(SETTLE_SECONDS)
            p50, p99 = probe.percentiles(probe.health_ms(server.port, PROBES, probe.HEALTHZ))
        finally:
            for process in loads:
                process.kill()
                process.wait()
        stuck.socket.close()
    print(f"  p50 {p50:.2f} ms, p99 {p99:.2f} ms; alone {alone[0]:.2f} and {alone[1]:.2f}")
    figures["busy.p99_ms"] = p99


def commands(plan: Plan, figures: Figures) -> None:
    """`status`, `gateway status --json` and `health`: time and memory beyond the gateway's own"""
    most_ms = most_mib = 0.0
    with running(plan, "control-plane") as (server,):
        for words in (["status"], ["gateway", "status", "--json"], ["health"]):
            # Once in vain: the first run reads the program from disk.
            took = [command(server, words) for _ in range(COMMAND_RUNS + 1)][1:]
            middle, peak = statistics.median(took), peak_mib(server, words)
            print(f"  {' '.join(words):<24} {middle:8.2f} ms, {min(took):.2f} to {max(took):.2f}; {peak:.1f} MiB")
            most_ms, most_mib = max(most_ms, middle), max(most_mib, peak)
    figures |= {"commands.ms": most_ms, "commands.mib": most_mib}


def relay(plan: Plan, figures: Figures) -> None:
    """a model's stream through the gateway to a client, beside Node that relays it and beside the model alone"""
    with contextlib.ExitStack() as stack:
        model = stack.enter_context(Server("model", plan.scratch))
        ours = stack.enter_context(Server("agents", plan.scratch, model.port))
        theirs = stack.enter_context(Server("relay", plan.scratch, model.port))
        late: dict[str, list[float]] = {"model": [], "agents": [], "relay": []}
        cpu: dict[str, list[float]] = {"agents": [], "relay": []}
        for turn in range(plan.rounds + 1):
            for server in (model, ours, theirs):
                (one,) = agents.streamed(server, 1, RELAY_CHUNKS, RELAY_MS)
                before = server.cpu_ns()
                agents.streamed(server, RELAY_STREAMS, RELAY_CHUNKS, RELAY_MS)
                used = (server.cpu_ns() - before) / 1e3 / (RELAY_STREAMS * RELAY_CHUNKS)
                # The first round fills caches and pools.
                if turn > 0:
                    late[server.name].append(statistics.median(one.took))
                    if server.name in cpu:
                        cpu[server.name].append(used)
    for name, values in late.items():
        spent = f"; {statistics.median(cpu[name]):.1f} us of CPU a chunk, {RELAY_STREAMS} streams" if name in cpu else ""
        print(f"  {name:<12} {statistics.median(values):8.3f} ms from the model's write to the client{spent}")
    figures["relay.added_ms"] = statistics.median(late["agents"]) - statistics.median(late["model"])
    figures["relay.cpu_ratio"] = statistics.median(a / b for a, b in zip(cpu["agents"], cpu["relay"]))


def runs(plan: Plan, figures: Figures) -> None:
    """200 answers that stream side by side, and 10,000 sessions on the disk"""
    count = QUICK_SESSIONS if plan.quick else SESSIONS
    with Server("model", plan.scratch) as model, Server("agents", plan.scratch, model.port) as server:
        agents.make_sessions(server, count)
        time.sleep(SETTLE_SECONDS)
        peer = control.admitted(server, ["operator.read"])
        agents.list_ms(peer)
        before = server.rss_bytes()
        lists = [agents.list_ms(peer) for _ in range(LISTS)]
        probes: list[float] = []
        most = before

        def beside() -> Iterator[None]:
            nonlocal most
            while True:
                probes.extend(probe.health_ms(server.port, 1))
                most = max(most, server.rss_bytes()) if len(probes) % 20 == 0 else most
                yield

        agents.streamed(server, RUNS, RUN_CHUNKS, RUN_MS, beside())
        peer.socket.close()
    p50, p99 = probe.percentiles(probes)
    print(f"  {RUNS} runs of {RUN_CHUNKS} chunks: /health p50 {p50:.2f} ms, p99 {p99:.2f} ms of {len(probes)}; "
          f"memory {before / MIB:.1f} MiB, {most / MIB:.1f} at most")
    print(f"  {count:,} sessions: sessions.list {statistics.median(lists):.2f} ms, {max(lists):.2f} at most")
    figures |= {"runs.p99_ms": p99, "runs.list_ms": max(lists), "runs.growth_mib": (most - before) / MIB}


def chats(plan: Plan, figures: Figures) -> None:
    """50 bots answer 5,000 messages in a minute, each chat's in their order"""
    bots, messages, seconds = (10, 400, 6.0) if plan.quick else (50, 5000, 60.0)
    with Town(bots) as town, contextlib.ExitStack() as stack:
        server = Server("agents", plan.scratch, town.port)
        server.configure({"channels": town.channels(), "session": {"dmScope": "per-account-channel-peer"}})
        stack.enter_context(server)
        attended(town, server)
        time.sleep(SETTLE_SECONDS)
        before, used = server.rss_bytes(), server.cpu_ns()
        started = time.monotonic()
        town.say(messages, seconds)
        town.wait()
        took, used, most = time.monotonic() - started, server.cpu_ns() - used, server.peak_bytes()
        town.check()
    print(f"  {messages:,} messages in {took:.1f} s, {bots} bots of {CHATS} chats: all answered once and in order; "
          f"{used / 1e6 / messages:.2f} ms of CPU each; memory {before / MIB:.1f} MiB, {most / MIB:.1f} at most")
    figures |= {"chats.cpu_ms": used / 1e6 / messages, "chats.growth_mib": (most - before) / MIB}


def command(server: Server, words: list[str]) -> float:
    """Milliseconds less the gateway's own processor time meanwhile."""
    output = server.scratch / "command"
    quiet = [(os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
             (os.POSIX_SPAWN_OPEN, 1, str(output), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), (os.POSIX_SPAWN_DUP2, 1, 2)]
    before, started = server.cpu_ns(), time.perf_counter_ns()
    pid = os.posix_spawn(str(GATEWAY), [str(GATEWAY), *words], server.environment, file_actions=quiet)
    _, status = os.waitpid(pid, 0)
    took = time.perf_counter_ns() - started - (server.cpu_ns() - before)
    if status != 0:
        raise CannotMeasure(f"{' '.join(words)} ended with {os.waitstatus_to_exitcode(status)}: {output.read_text()[-300:]}")
    return took / 1e6


def peak_mib(server: Server, words: list[str]) -> float:
    """The most memory that a run has. Measured by a small program: what the kernel tells of a child counts what its
    parent had when it was started, and that would be this driver."""
    report = server.scratch / "peak"
    subprocess.run(
        [program("time"), "--format=%M", f"--output={report}", str(GATEWAY), *words], env=server.environment,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return int(report.read_text()) / 1024


ROWS: dict[str, Callable[[Plan, Figures], None]] = {
    row.__name__: row for row in (
        http, websocket, json, idle, start, stalled, many, request, fanout, busy, commands, relay, runs, chats)}

#!/usr/bin/env python3
"""Talks to our echo server and echo client with other people's libraries: autobahn, websockets, wsproto, node-ws.

  interop.py --server-cmd "echo-server --port 0 --deflate {flags}" --client-cmd "echo-client {flags} {url}"
  interop.py --server-url ws://127.0.0.1:9001/ [--tls-url wss://localhost:9002/ --ca ca.pem]

{flags} becomes `--tls CERT KEY` for the server, and `--deflate` and `--ca FILE` for the client. Run it with a Python
that has requirements.txt installed; Debian's nodejs, node-ws and openssl are needed as well.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import random
import ssl
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "Conformance"))

from wscheck import process
from wscheck.frame import Failure

import certificates
from certificates import Files
from peers.session import Listener, Peer, Session
from peers.with_autobahn import AutobahnPeer
from peers.with_node import NodePeer
from peers.with_websockets import WebsocketsPeer
from peers.with_wsproto import WsprotoPeer

SECONDS = 15
EXIT_SECONDS = 5
MIB = 1 << 20
MANY = 200


Step = tuple[str, Callable[[], Awaitable[None]]]


@dataclass
class Tally:
    """What passed and what did not."""

    passed: int = 0
    failed: list[str] = field(default_factory=list)

    async def count(self, name: str, step: Awaitable[None]) -> bool:
        try:
            await asyncio.wait_for(step, SECONDS)
        except TimeoutError:
            self.miss(name, f"nothing happened for {SECONDS} s")
        except Exception as error:  # every library has errors of its own
            self.miss(name, f"{type(error).__name__}: {error}"[:400])
        else:
            self.passed += 1
            return True
        return False

    def miss(self, name: str, why: str) -> None:
        self.failed.append(name)
        print(f"FAILED {name}: {why}", flush=True)


# What every library does with every echo


def demand(condition: bool, what: str) -> None:
    if not condition:
        raise AssertionError(what)


async def echoed(session: Session, kind: str, parts: list[bytes]) -> None:
    await session.send(kind, parts)
    got_kind, got = await session.receive()
    wanted = b"".join(parts)
    demand(got_kind == kind, f"a {kind} message came back as {got_kind}")
    demand(got == wanted, f"{len(wanted)} bytes came back as {len(got)}: {got[:20]!r}")


async def in_order(session: Session) -> None:
    for number in range(MANY):
        await session.send("text", [b"message %d" % number])
    for number in range(MANY):
        got = await session.receive()
        demand(got == ("text", b"message %d" % number), f"message {number} came back as {got}")


def scenarios(session: Session) -> list[Step]:
    noise = random.Random(6455).randbytes(MIB)
    words = ("Grüße an 世界 🌍. " * 50_000).encode()[:MIB].decode(errors="ignore").encode()
    shreds = [noise[at : at + 1000] for at in range(0, 20_000, 1000)]
    # Text is cut between ASCII letters, for some libraries only cut between characters.
    pieces = [b"piece %03d of the text. " % number * 40 for number in range(20)]
    return [
        ("text", lambda: echoed(session, "text", ["Grüße, 世界 🌍".encode()])),
        ("empty text", lambda: echoed(session, "text", [b""])),
        ("binary", lambda: echoed(session, "binary", [bytes(range(256))])),
        ("fragmented text", lambda: echoed(session, "text", pieces)),
        (
            "fragmented binary",
            lambda: echoed(session, "binary", shreds),
        ),
        ("ping", lambda: session.ping(b"are you there?")),
        (f"{MANY} messages in a row", lambda: in_order(session)),
        ("1 MiB of text", lambda: echoed(session, "text", [words])),
        ("1 MiB of noise", lambda: echoed(session, "binary", [noise])),
        ("ping with 125 bytes", lambda: session.ping(bytes(range(125)))),
        ("close with code and reason", lambda: closed(session)),
    ]


async def closed(session: Session) -> None:
    code, reason = await session.close(3001, "that was all")
    demand(code in (1000, 3001), f"our Close 3001 was answered with {code} {reason!r}")


async def converse(tally: Tally, name: str, session: Session, deflate: bool) -> bool:
    if deflate != session.compressed:
        tally.miss(f"{name}: negotiation", f"compression is {'on' if session.compressed else 'off'}")
        return False
    for step, work in scenarios(session):
        if not await tally.count(f"{name}: {step}", work()):
            return False  # the rest would fail for the same reason
    return True


# Both directions


async def against_server(tally: Tally, peer: Peer, url: str, tls: ssl.SSLContext | None, deflate: bool) -> None:
    name = f"{peer.name} client, {described(tls, deflate)}"

    async def talk() -> None:
        async with peer.connect(url, tls, deflate) as session:
            await converse(tally, name, session, deflate)

    await whole(tally, name, talk())


async def against_client(tally: Tally, peer: Peer, command: str, files: Files, tls: bool, deflate: bool) -> None:
    name = f"{peer.name} server, {described(tls, deflate)}"
    flags = (["--deflate"] if deflate else []) + (["--ca", files.ca] if tls else [])

    async def talk() -> None:
        async with peer.listen(files.server_context() if tls else None, deflate) as listener:
            url = f"{'wss://localhost' if tls else 'ws://127.0.0.1'}:{listener.port}/"
            program = process.Program(process.command(command, flags, url=url))
            try:
                session = await connected(listener, program)
                if await converse(tally, name, session, deflate):
                    await tally.count(f"{name}: exit status", exits(program, {0}))
            finally:
                program.end()

    await whole(tally, name, talk())


async def whole(tally: Tally, name: str, work) -> None:
    """A library may throw anything at any time: it must neither end the run nor hang it."""
    try:
        await asyncio.wait_for(work, SECONDS * 8)
    except Exception as error:
        tally.miss(name, f"{type(error).__name__}: {error}"[:400])


async def connected(listener: Listener, program: process.Program) -> Session:
    """The client's connection, unless it ends or waits too long first."""
    waiting = asyncio.create_task(listener.session())
    ending = asyncio.create_task(asyncio.to_thread(program.wait, SECONDS))
    await asyncio.wait({waiting, ending}, timeout=SECONDS, return_when=asyncio.FIRST_COMPLETED)
    if not waiting.done():
        waiting.cancel()
        raise ConnectionError(f"the client did not connect; its status is {program.status}: {program.said()}")
    return waiting.result()


async def exits(program: process.Program, allowed: set[int]) -> None:
    status = await asyncio.to_thread(program.wait, EXIT_SECONDS)
    demand(status is not None, f"the client still runs after {EXIT_SECONDS} s")
    demand(status in allowed, f"the client exited {status}: {program.said()}")


async def distrust(tally: Tally, command: str, files: Files, trusted: bool, why: str) -> None:
    """The client must refuse a certificate nobody vouches for, and one made for another name."""

    async def talk() -> None:
        async with WebsocketsPeer().listen(files.server_context(), False) as listener:
            flags = ["--ca", files.ca] if trusted else []
            program = process.Program(process.command(command, flags, url=f"wss://localhost:{listener.port}/"))
            try:
                await exits(program, set(range(1, 126)))
                demand(listener.sessions.empty(), "the client opened a WebSocket all the same")
            finally:
                program.end()

    await tally.count(f"the client refuses {why}", talk())


def described(tls: object, deflate: bool) -> str:
    return f"{'TLS' if tls else 'plain'}, {'compressed' if deflate else 'uncompressed'}"


# The run


async def run(given: argparse.Namespace, urls: dict[bool, str], files: Files, ca: str) -> Tally:
    tally = Tally()
    node = {"cert": files.cert, "key": files.key}
    pairs: list[tuple[Peer, Peer]] = [(peer, peer) for peer in (AutobahnPeer(), WebsocketsPeer(), WsprotoPeer())]
    pairs.append((NodePeer(node | {"ca": ca}), NodePeer(node)))
    for client, server in pairs:
        for deflate in (False, True):
            for tls, url in urls.items():
                context = ssl.create_default_context(cafile=ca) if tls else None
                await against_server(tally, client, url, context, deflate)
            if given.client_cmd:
                for tls in (False, True):
                    await against_client(tally, server, given.client_cmd, files, tls, deflate)
    if given.client_cmd:
        await distrust(tally, given.client_cmd, files, False, "an unknown authority")
        other = files.for_name("elsewhere.test")
        await distrust(tally, given.client_cmd, other, True, "a certificate for another name")
    return tally


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server-cmd", metavar="CMD", help="starts the echo server; it must print READY <port>")
    parser.add_argument("--server-url", metavar="URL", help="an echo server that runs already, with compression")
    parser.add_argument("--tls-url", metavar="URL", help="the same over TLS")
    parser.add_argument("--ca", metavar="FILE", help="the authority behind --tls-url")
    parser.add_argument("--client-cmd", metavar="CMD", help="starts the echo client")
    given = parser.parse_args()
    if not (given.server_cmd or given.server_url or given.client_cmd):
        parser.error("nothing to test: give --server-cmd, --server-url or --client-cmd")
    started = time.monotonic()
    try:
        with contextlib.ExitStack() as stack:
            files = certificates.make(Path(stack.enter_context(tempfile.TemporaryDirectory())), "localhost")
            urls = {False: given.server_url, True: given.tls_url}
            if given.server_cmd:
                for tls, flags in ((False, []), (True, ["--tls", files.cert, files.key])):
                    words = process.command(given.server_cmd, flags)
                    urls[tls] = stack.enter_context(process.server(words, "wss" if tls else "ws"))
                urls[True] = urls[True].replace("127.0.0.1", "localhost")
            known = {tls: url for tls, url in urls.items() if url}
            tally = asyncio.run(run(given, known, files, given.ca or files.ca))
    except Failure as failure:
        print(f"FAILED: {failure}", file=sys.stderr)
        return 1
    print(f"{time.monotonic() - started:.1f} s")
    print(f"{tally.passed} passed, {len(tally.failed)} failed")
    return 1 if tally.failed or not tally.passed else 0


if __name__ == "__main__":
    sys.exit(main())

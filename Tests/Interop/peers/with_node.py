"""Debian's node-ws, in a Node process that takes commands and reports events as lines of JSON."""

from __future__ import annotations

import asyncio
import base64
import json
import os
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from .session import Close, Listener, Message

SCRIPT = Path(__file__).with_name("node_peer.js")
MODULES = "/usr/share/nodejs"
LINE_LIMIT = 16 << 20


class NodeSession:
    def __init__(self, process: asyncio.subprocess.Process):
        self.process = process
        self.compressed = False
        loop = asyncio.get_running_loop()
        self.port, self.opened, self.closed = loop.create_future(), loop.create_future(), loop.create_future()
        self.messages: asyncio.Queue[Message | None] = asyncio.Queue()
        self.pongs: asyncio.Queue[bytes] = asyncio.Queue()
        self.task = asyncio.create_task(self.read())

    async def read(self) -> None:
        while line := await self.process.stdout.readline():
            self.take(json.loads(line))
        for future in (self.port, self.opened):
            if not future.done():
                future.set_exception(ConnectionError("the Node process ended"))
                future.exception()
        self.messages.put_nowait(None)

    def take(self, event: dict) -> None:
        match event["event"]:
            case "listening":
                self.port.set_result(event["port"])
            case "open":
                self.compressed = event["compressed"]
                self.opened.set_result(self)
            case "message":
                self.messages.put_nowait((event["kind"], base64.b64decode(event["data"])))
            case "pong":
                self.pongs.put_nowait(base64.b64decode(event["data"]))
            case "close":
                self.closed.set_result((event["code"], event["reason"]))
                self.messages.put_nowait(None)
            case "error":
                if not self.opened.done():
                    self.opened.set_exception(ConnectionError(event["text"]))

    async def command(self, **fields) -> None:
        self.process.stdin.write(json.dumps(fields).encode() + b"\n")
        await self.process.stdin.drain()

    async def send(self, kind: str, parts: list[bytes]) -> None:
        await self.command(do="send", kind=kind, parts=[base64.b64encode(part).decode() for part in parts])

    async def receive(self) -> Message:
        message = await self.messages.get()
        if message is None:
            raise ConnectionError(f"closed: {self.closed.result() if self.closed.done() else 'the process ended'}")
        return message

    async def ping(self, payload: bytes) -> None:
        await self.command(do="ping", data=base64.b64encode(payload).decode())
        got = await self.pongs.get()
        if got != payload:
            raise ValueError(f"the Pong has {got!r} and not {payload!r}")

    async def close(self, code: int, reason: str) -> Close:
        await self.command(do="close", code=code, reason=reason)
        return await self.closed


class NodePeer:
    name = "node-ws"

    def __init__(self, files: dict[str, str]):
        self.files = files

    @asynccontextmanager
    async def start(self, **options):
        process = await asyncio.create_subprocess_exec(
            "node",
            str(SCRIPT),
            json.dumps(options),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=os.environ | {"NODE_PATH": MODULES},
            limit=LINE_LIMIT,
        )
        session = NodeSession(process)
        try:
            yield session
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            await session.task

    @asynccontextmanager
    async def connect(self, url, tls, deflate):
        async with self.start(url=url, ca=self.files["ca"] if tls else None, deflate=deflate) as session:
            yield await session.opened

    @asynccontextmanager
    async def listen(self, tls, deflate):
        pair = {"cert": self.files["cert"], "key": self.files["key"]} if tls else {}
        async with self.start(deflate=deflate, **pair) as session:
            listener = Listener(await session.port)

            async def announce():
                with suppress(ConnectionError):
                    await listener.sessions.put(await session.opened)

            task = asyncio.create_task(announce())
            yield listener
            task.cancel()

"""A small HTTP/1.1 server for fakes that must be able to misbehave: to stall, to cut, to drip."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Request:
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: Any
    key: str = ""


@dataclass
class Record:
    """What a fake saw of one request."""

    path: str
    model: str
    body: Any
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 0
    # Seconds from the moment the fake began to wait until the peer closed; None if it did not.
    closed_after: float | None = None


class Peer:
    """The connection that a request came on."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.is_over = False

    async def answer(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        about = {"Content-Type": "application/json", "Content-Length": str(len(data))}
        await self.head(status, {**about, **(headers or {})})
        await self.raw(data)

    async def head(self, status: int, headers: dict[str, str]) -> None:
        lines = [f"HTTP/1.1 {status} Status", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        await self.raw("\r\n".join(lines).encode())

    async def begin_events(self) -> None:
        await self.head(200, {"Content-Type": "text/event-stream; charset=utf-8", "Transfer-Encoding": "chunked"})

    async def event(self, data: Any, name: str | None = None) -> None:
        text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
        await self.chunk(f"event: {name}\ndata: {text}\n\n" if name else f"data: {text}\n\n")

    async def chunk(self, text: str) -> None:
        data = text.encode()
        await self.raw(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    async def end_events(self) -> None:
        await self.raw(b"0\r\n\r\n")

    async def raw(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    def cut(self) -> None:
        """Ends the connection in the middle, as a crashed service would."""
        self.is_over = True
        self.writer.close()

    async def wait_closed(self, limit: float) -> float | None:
        """Sends nothing until the peer closes. Returns after how many seconds it did."""
        self.is_over = True
        loop = asyncio.get_running_loop()
        start = loop.time()
        try:
            data = await asyncio.wait_for(self.reader.read(1), limit)
        except (TimeoutError, ConnectionError):
            return None if loop.time() - start >= limit else loop.time() - start
        return loop.time() - start if not data else None


Handler = Callable[[Request, Peer], Awaitable[None]]


async def _read(reader: asyncio.StreamReader) -> Request | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    headers = {}
    for line in lines:
        if line:
            name, value = line.split(":", 1)
            headers[name.strip().lower()] = value.strip()
    data = await reader.readexactly(int(headers.get("content-length", "0")))
    path, _, query = target.partition("?")
    return Request(method, path, query, headers, json.loads(data) if data else None)


async def serve(handler: Handler) -> tuple[asyncio.Server, int]:
    """Listens on a free port of the loopback."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Cancelled when the program ends, which is no news.
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            while (request := await _read(reader)) is not None:
                peer = Peer(reader, writer)
                await handler(request, peer)
                if peer.is_over:
                    break
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0, limit=16 << 20)
    return server, server.sockets[0].getsockname()[1]

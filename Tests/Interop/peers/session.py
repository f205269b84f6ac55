"""What a scenario needs of a WebSocket connection, whichever library holds it."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import AbstractAsyncContextManager
from typing import Protocol

Message = tuple[str, bytes]
Close = tuple[int | None, str]


class Session(Protocol):
    """One open connection. `kind` is "text" or "binary"; several parts make a fragmented message."""

    compressed: bool

    async def send(self, kind: str, parts: list[bytes]) -> None: ...

    async def receive(self) -> Message: ...

    async def ping(self, payload: bytes) -> None:
        """Returns when the Pong with this payload has come."""

    async def close(self, code: int, reason: str) -> Close:
        """Closes and gives back what the other side answered."""


class Peer(Protocol):
    """A library. Both functions take an SSL context or None and whether to offer or accept compression."""

    name: str

    def connect(self, url: str, tls: ssl.SSLContext | None, deflate: bool) -> AbstractAsyncContextManager[Session]: ...

    def listen(self, tls: ssl.SSLContext | None, deflate: bool) -> AbstractAsyncContextManager[Listener]: ...


class Listener:
    """A server that listens on `port` and hands out the first connection."""

    def __init__(self, port: int = 0):
        self.port = port
        self.sessions: asyncio.Queue[Session] = asyncio.Queue()
        self.finished = asyncio.Event()

    async def session(self) -> Session:
        return await self.sessions.get()

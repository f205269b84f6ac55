"""PyPI websockets."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager

from websockets.asyncio.client import connect
from websockets.asyncio.server import serve

from .session import Close, Listener, Message

logging.getLogger("websockets").setLevel(logging.CRITICAL)


class WebsocketsSession:
    def __init__(self, connection):
        self.connection = connection
        self.compressed = bool(connection.protocol.extensions)

    async def send(self, kind: str, parts: list[bytes]) -> None:
        await self.connection.send(parts if len(parts) > 1 else parts[0], text=kind == "text")

    async def receive(self) -> Message:
        message = await self.connection.recv()
        return ("text", message.encode()) if isinstance(message, str) else ("binary", message)

    async def ping(self, payload: bytes) -> None:
        await (await self.connection.ping(payload))

    async def close(self, code: int, reason: str) -> Close:
        await self.connection.close(code, reason)
        answer = self.connection.protocol.close_rcvd
        return (answer.code, answer.reason) if answer else (None, "")


class WebsocketsPeer:
    name = "websockets"

    @asynccontextmanager
    async def connect(self, url, tls, deflate):
        compression = "deflate" if deflate else None
        async with connect(url, ssl=tls, compression=compression, max_size=None, proxy=None) as connection:
            yield WebsocketsSession(connection)

    @asynccontextmanager
    async def listen(self, tls, deflate):
        listener = Listener()

        async def handler(connection):
            await listener.sessions.put(WebsocketsSession(connection))
            await listener.finished.wait()

        compression = "deflate" if deflate else None
        async with serve(handler, "127.0.0.1", 0, ssl=tls, compression=compression, max_size=None) as server:
            listener.port = server.sockets[0].getsockname()[1]
            yield listener
            listener.finished.set()
            await asyncio.sleep(0)

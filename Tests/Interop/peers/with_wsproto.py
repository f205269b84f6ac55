"""PyPI wsproto, which does no input or output: the streams here are asyncio's."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

from wsproto import ConnectionType, WSConnection
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Ping,
    Pong,
    RejectConnection,
    Request,
    TextMessage,
)
from wsproto.events import (
    Message as MessageEvent,
)
from wsproto.extensions import PerMessageDeflate

from .session import Close, Listener, Message


class WsprotoSession:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, kind: ConnectionType, deflate: bool):
        self.reader, self.writer, self.deflate = reader, writer, deflate
        self.protocol = WSConnection(kind)
        self.compressed = False
        self.parts: list[bytes] = []
        self.messages: asyncio.Queue[Message | None] = asyncio.Queue()
        self.pongs: asyncio.Queue[bytes] = asyncio.Queue()
        loop = asyncio.get_running_loop()
        self.opened, self.closed = loop.create_future(), loop.create_future()
        self.task = asyncio.create_task(self.read())

    def extensions(self):
        return [PerMessageDeflate()] if self.deflate else []

    async def write(self, event) -> None:
        self.writer.write(self.protocol.send(event))
        await self.writer.drain()

    async def read(self) -> None:
        try:
            while data := await self.reader.read(65536):
                self.protocol.receive_data(data)
                for event in self.protocol.events():
                    await self.take(event)
        except Exception as error:  # whatever it was, those who wait must learn of it
            if not self.opened.done():
                self.opened.set_exception(error)
        finally:
            if not self.closed.done():
                self.closed.set_result((None, ""))
            if not self.opened.done():
                self.opened.set_exception(ConnectionError("no connection"))
            self.messages.put_nowait(None)

    async def take(self, event) -> None:
        match event:
            case Request():
                extensions = self.extensions()
                await self.write(AcceptConnection(extensions=extensions))
                self.open(extensions)
            case AcceptConnection():
                self.open(event.extensions)
            case RejectConnection():
                self.opened.set_exception(ConnectionError(f"refused with status {event.status_code}"))
            case MessageEvent():
                self.parts.append(event.data.encode() if isinstance(event.data, str) else bytes(event.data))
                if event.message_finished:
                    kind = "text" if isinstance(event, TextMessage) else "binary"
                    self.messages.put_nowait((kind, b"".join(self.parts)))
                    self.parts = []
            case Ping():
                await self.write(event.response())
            case Pong():
                self.pongs.put_nowait(bytes(event.payload))
            case CloseConnection():
                if not self.closed.done():
                    self.closed.set_result((event.code, event.reason or ""))

    def open(self, extensions) -> None:
        self.compressed = any(extension.enabled() for extension in extensions)
        self.opened.set_result(self)

    async def send(self, kind: str, parts: list[bytes]) -> None:
        payload, size = b"".join(parts), len(parts[0])
        pieces = [payload[at : at + size] for at in range(0, len(payload), size)] if len(parts) > 1 else [payload]
        for number, piece in enumerate(pieces, 1):
            make = BytesMessage if kind == "binary" else TextMessage
            data = piece if kind == "binary" else piece.decode()
            await self.write(make(data=data, message_finished=number == len(pieces)))

    async def receive(self) -> Message:
        message = await self.messages.get()
        if message is None:
            raise ConnectionError(f"closed: {self.closed.result()}")
        return message

    async def ping(self, payload: bytes) -> None:
        await self.write(Ping(payload=payload))
        got = await self.pongs.get()
        if got != payload:
            raise ValueError(f"the Pong has {got!r} and not {payload!r}")

    async def close(self, code: int, reason: str) -> Close:
        await self.write(CloseConnection(code=code, reason=reason))
        answer = await self.closed
        self.end()
        return answer

    def end(self) -> None:
        self.writer.close()


class WsprotoPeer:
    name = "wsproto"

    @asynccontextmanager
    async def connect(self, url, tls, deflate):
        parts = urlsplit(url)
        name = parts.hostname if tls else None
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port, ssl=tls, server_hostname=name)
        session = WsprotoSession(reader, writer, ConnectionType.CLIENT, deflate)
        try:
            await session.write(Request(host=parts.netloc, target=parts.path or "/", extensions=session.extensions()))
            yield await session.opened
        finally:
            session.end()
            await session.task

    @asynccontextmanager
    async def listen(self, tls, deflate):
        listener = Listener()

        async def accepted(reader, writer):
            session = WsprotoSession(reader, writer, ConnectionType.SERVER, deflate)
            with suppress(Exception):
                await listener.sessions.put(await session.opened)
            await session.task

        server = await asyncio.start_server(accepted, "127.0.0.1", 0, ssl=tls)
        listener.port = server.sockets[0].getsockname()[1]
        try:
            yield listener
        finally:
            server.close()

"""PyPI autobahn, on asyncio."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from autobahn.asyncio.websocket import (
    WebSocketClientFactory,
    WebSocketClientProtocol,
    WebSocketServerFactory,
    WebSocketServerProtocol,
)
from autobahn.websocket.compress import (
    PerMessageDeflateOffer,
    PerMessageDeflateOfferAccept,
    PerMessageDeflateResponse,
    PerMessageDeflateResponseAccept,
)

from .session import Close, Listener, Message

#: Its own deadlines are one second, too short for a machine that is busy.
PATIENT = {"failByDrop": False, "openHandshakeTimeout": 15, "closeHandshakeTimeout": 15}


class AutobahnSession:
    """Mixed into both protocols: callbacks in, awaitable calls out."""

    def __init__(self):
        super().__init__()
        self.messages: asyncio.Queue[Message | None] = asyncio.Queue()
        self.pongs: asyncio.Queue[bytes] = asyncio.Queue()
        loop = asyncio.get_running_loop()
        self.opened, self.closed = loop.create_future(), loop.create_future()

    @property
    def compressed(self) -> bool:
        return bool(self.websocket_extensions_in_use)

    def onOpen(self):  # noqa: N802, the library's name
        self.opened.set_result(self)

    def onMessage(self, payload, isBinary):  # noqa: N802, N803
        self.messages.put_nowait(("binary" if isBinary else "text", bytes(payload)))

    def onPong(self, payload):  # noqa: N802
        self.pongs.put_nowait(bytes(payload))

    def onClose(self, wasClean, code, reason):  # noqa: N802, N803
        if not self.opened.done():
            self.opened.set_exception(ConnectionError(f"no connection: {reason}"))
        self.messages.put_nowait(None)
        if not self.closed.done():
            self.closed.set_result((self.remoteCloseCode, self.remoteCloseReason or ""))

    async def send(self, kind: str, parts: list[bytes]) -> None:
        size = len(parts[0]) if len(parts) > 1 else None
        self.sendMessage(b"".join(parts), isBinary=kind == "binary", fragmentSize=size)

    async def receive(self) -> Message:
        message = await self.messages.get()
        if message is None:
            raise ConnectionError(f"closed: {self.closed.result()}")
        return message

    async def ping(self, payload: bytes) -> None:
        self.sendPing(payload)
        got = await self.pongs.get()
        if got != payload:
            raise ValueError(f"the Pong has {got!r} and not {payload!r}")

    async def close(self, code: int, reason: str) -> Close:
        self.sendClose(code, reason)
        return await self.closed


class Client(AutobahnSession, WebSocketClientProtocol):
    pass


class Server(AutobahnSession, WebSocketServerProtocol):
    pass


def accept_offer(offers):
    return next((PerMessageDeflateOfferAccept(o) for o in offers if isinstance(o, PerMessageDeflateOffer)), None)


def accept_response(response):
    return PerMessageDeflateResponseAccept(response) if isinstance(response, PerMessageDeflateResponse) else None


class AutobahnPeer:
    name = "autobahn"

    @asynccontextmanager
    async def connect(self, url, tls, deflate):
        loop, parts = asyncio.get_running_loop(), urlsplit(url)
        factory = WebSocketClientFactory(url, loop=loop)
        factory.protocol = Client
        factory.setProtocolOptions(**PATIENT)
        if deflate:
            offers = [PerMessageDeflateOffer()]
            factory.setProtocolOptions(perMessageCompressionOffers=offers, perMessageCompressionAccept=accept_response)
        name = parts.hostname if tls else None
        transport, protocol = await loop.create_connection(
            factory, parts.hostname, parts.port, ssl=tls, server_hostname=name
        )
        try:
            yield await protocol.opened
        finally:
            transport.close()

    @asynccontextmanager
    async def listen(self, tls, deflate):
        loop, listener = asyncio.get_running_loop(), Listener()
        factory = WebSocketServerFactory(loop=loop)
        factory.setProtocolOptions(**PATIENT)
        if deflate:
            factory.setProtocolOptions(perMessageCompressionAccept=accept_offer)

        class Announced(Server):
            def onOpen(self):  # noqa: N802
                super().onOpen()
                listener.sessions.put_nowait(self)

        factory.protocol = Announced
        server = await loop.create_server(factory, "127.0.0.1", 0, ssl=tls)
        listener.port = server.sockets[0].getsockname()[1]
        try:
            yield listener
        finally:
            server.close()

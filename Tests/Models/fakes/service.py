"""What all fake services have in common: keys, faults by the model's name, and a record of what was asked.

The name of the model says how the service behaves:

  plain, tools, images, thinking      a good answer of that kind
  fault-429-after-2, fault-429        too many requests, with and without Retry-After
  fault-500, fault-529                the service's failure, overload
  fault-stall-before                  no byte of a response
  fault-stall-mid                     half an answer, then nothing
  fault-pings                         half an answer, then signs of life only
  fault-loris                         single bytes that never make an event
  fault-cut                           half an answer, then the connection ends
  fault-cut-early                     the connection ends before anything of use
  fault-json                          an event that is not JSON
  fault-key, fault-billing, fault-overflow, fault-refusal, fault-missing, fault-bad
  once-…                              as fault-…, the first time that the model is asked; then plain
  too-long                            too long, unless the conversation says "shorter"
  only-other-key                      the first key is at its limit, the other answers
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from typing import Any

from .http import Peer, Record, Request, serve

GOOD_KEY = "sk-fake-0123456789abcdef-good"
OTHER_KEY = "sk-fake-0123456789abcdef-other"
STALL_SECONDS = 30.0
TEXT = "Grüezi, world 🌍: all is well."
THOUGHT = "The user wants a greeting. I shall greet."
USAGE = {"input": 11, "output": 7, "read": 5, "write": 3, "thinking": 2}


def pieces(text: str, size: int = 5) -> list[str]:
    return [text[start : start + size] for start in range(0, len(text), size)]


class Refused(Exception):
    """A request that the real service would refuse as well."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Service(ABC):
    """One vendor's service."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.port = 0
        self._server: asyncio.Server | None = None
        self._asked: set[str] = set()

    def forget(self) -> None:
        """As if nothing had been asked before."""
        self.records.clear()
        self._asked.clear()

    async def start(self) -> None:
        self._server, self.port = await serve(self._handle)

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def _handle(self, request: Request, peer: Peer) -> None:
        record = Record(request.path, "", request.body, request.headers)
        self.records.append(record)
        try:
            request.key = self.key(request)
            record.model = self.model(request)
            if request.key not in (GOOD_KEY, OTHER_KEY):
                await self.fail(peer, record, "key")
                return
            await self._behave(request, peer, record)
        except Refused as refused:
            record.status = 400
            await peer.answer(400, self.error("bad", refused.message))

    async def _behave(self, request: Request, peer: Peer, record: Record) -> None:
        fault = self._fault(record.model, request.key)
        if record.model == "too-long" and "shorter" not in json.dumps(request.body):
            fault = "overflow"
        if fault is None:
            self.check(request)
            record.status = 200
            await self.good(request, peer, record.model)
            return
        if fault == "stall-before":
            record.closed_after = await peer.wait_closed(STALL_SECONDS)
        elif fault in ("stall-mid", "pings", "loris", "cut", "cut-early", "json", "refusal"):
            record.status = 200
            await self._broken(peer, record, fault)
        else:
            await self.fail(peer, record, fault)

    def _fault(self, model: str, key: str) -> str | None:
        """What goes wrong. `only-other-key` has its first key at the limit."""
        if model == "only-other-key":
            return None if key == OTHER_KEY else "429-after-2"
        kind, _, fault = model.partition("-")
        if kind == "fault":
            return fault
        if kind == "once" and model not in self._asked:
            self._asked.add(model)
            return fault
        return None

    async def _broken(self, peer: Peer, record: Record, fault: str) -> None:
        if fault == "loris":
            await peer.begin_events()
            await self._drip(record, peer, 0.2, lambda: peer.chunk(":"))
            return
        if fault == "refusal":
            await self.refuse(peer)
            return
        await peer.begin_events()
        if fault != "cut-early":
            await self.half(peer)
        if fault == "stall-mid":
            record.closed_after = await peer.wait_closed(STALL_SECONDS)
        elif fault == "pings":
            await self._drip(record, peer, 0.1, lambda: self.ping(peer))
        elif fault == "json":
            await peer.event('{"type": "con', self.broken_event)
            await peer.end_events()
        else:
            peer.cut()

    async def _drip(self, record: Record, peer: Peer, seconds: float, send: Callable[[], Awaitable[None]]) -> None:
        """Sends a little again and again until the peer closes."""
        loop = asyncio.get_running_loop()
        start = loop.time()
        with contextlib.suppress(ConnectionError):
            while loop.time() - start < STALL_SECONDS:
                await send()
                if await peer.wait_closed(seconds) is not None:
                    break
            else:
                return
        record.closed_after = loop.time() - start

    async def fail(self, peer: Peer, record: Record, fault: str) -> None:
        kind, _, after = fault.partition("-after-")
        record.status = self.status(kind)
        headers = {"Retry-After": after} if after else {}
        await peer.answer(record.status, self.error(kind, self.words(kind)), headers)

    broken_event: str | None = None

    def words(self, kind: str) -> str:
        return {
            "429": "Too many requests, please slow down.",
            "500": "Internal server error.",
            "529": "Overloaded.",
            # What real services do: a part of the key, or all of it.
            "key": f"Incorrect API key provided: {GOOD_KEY}.",
            "missing": "The model does not exist.",
            "bad": "messages: something is wrong.",
        }.get(kind, kind)

    @abstractmethod
    def key(self, request: Request) -> str: ...
    @abstractmethod
    def model(self, request: Request) -> str: ...
    @abstractmethod
    def check(self, request: Request) -> None: ...
    @abstractmethod
    def status(self, kind: str) -> int: ...
    @abstractmethod
    def error(self, kind: str, message: str) -> Any: ...
    @abstractmethod
    async def good(self, request: Request, peer: Peer, model: str) -> None: ...
    @abstractmethod
    async def half(self, peer: Peer) -> None: ...
    @abstractmethod
    async def ping(self, peer: Peer) -> None: ...
    @abstractmethod
    async def refuse(self, peer: Peer) -> None: ...


def require(condition: object, message: str) -> None:
    if not condition:
        raise Refused(message)

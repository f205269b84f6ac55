"""A chat platform's servers on loopback, in a thread of the test's own: what the tests of all platforms share."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any

from aiohttp import web


class Service:
    """An aiohttp application on a free port. Whoever derives from it adds routes; the test's calls go through `do`."""

    # Where it listens.
    host = "127.0.0.1"

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.port = 0
        self.app = web.Application(client_max_size=64 * 1024 * 1024)
        self._runner: web.AppRunner | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self, port: int = 0) -> None:
        self._thread.start()
        self.do(self._open(port))

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()

    async def _open(self, port: int) -> None:
        self._runner = web.AppRunner(self.app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self.host, port)
        await site.start()
        self.port = site._server.sockets[0].getsockname()[1]

    def stop(self) -> None:
        if self._runner:
            self.do(self._runner.cleanup())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()

    def do(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Runs in the service's thread and returns what comes of it."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(30)

    def call(self, work: Callable[[], Any]) -> Any:
        async def run() -> Any:
            return work()

        return self.do(run())

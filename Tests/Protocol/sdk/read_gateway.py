"""openclaw-sdk from PyPI, as its users use it: connects and reads presence, health and status. Prints one JSON object with
what it got and every frame it sent. The device and its token are where that program keeps them, under HOME.

  read_gateway.py ws://127.0.0.1:18789/gateway
"""

import asyncio
import json
import sys

from openclaw_sdk.gateway.protocol import ProtocolGateway


class Recording(ProtocolGateway):
    """Keeps what it sends."""

    def __init__(self, url: str) -> None:
        super().__init__(url, connect_timeout=15)
        self.sent: list[dict] = []

    async def _send_json(self, payload: dict) -> None:
        self.sent.append(payload)
        await super()._send_json(payload)


async def main() -> None:
    gateway = Recording(sys.argv[1])
    await gateway.connect()
    try:
        found = {
            "healthy": (await gateway.health()).healthy,
            "presence": await gateway.system_presence(),
            "health": await gateway.call("health", {}),
            "status": await gateway.call("status", {}),
            "sent": gateway.sent,
        }
    finally:
        await gateway.close()
    json.dump(found, sys.stdout)


asyncio.run(main())

"""openclaw-sdk from PyPI, as its users use it: sends a message to an agent and waits for the answer, twice. Prints one JSON
object with what it got. The device and its token are where that program keeps them, under HOME.

  send_chat.py ws://127.0.0.1:18789/gateway
"""

import asyncio
import json
import sys

from openclaw_sdk import OpenClawClient


async def main() -> None:
    async with await OpenClawClient.connect(gateway_ws_url=sys.argv[1], timeout=30) as client:
        agent = client.get_agent("main")
        whole = await agent.execute("Hello")
        kinds = [event.event_type.value async for event in await agent.execute_stream("Hello again")]
    json.dump({"success": whole.success, "content": whole.content, "kinds": kinds}, sys.stdout)


asyncio.run(main())

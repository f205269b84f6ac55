#!/usr/bin/env python3
"""A model service for benchmarks: whatever is asked, it streams chunks in the manner of the OpenAI API, each with the time
at which it was sent.

  model.py PORT

The last message of a request says how: "CHUNKS INTERVAL_MS".
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
IDLE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def chunk(delta: dict[str, str], finish: str | None = None) -> bytes:
    body = {"id": "bench", "object": "chat.completion.chunk", "created": 0, "model": "m",
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
    return piece(b"data: " + json.dumps(body, separators=(",", ":")).encode() + b"\n\n")


def piece(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            size = next((int(line.split(b":")[1]) for line in head.split(b"\r\n")
                         if line.lower().startswith(b"content-length:")), 0)
            body = await reader.readexactly(size)
            if not head.startswith(b"POST"):
                writer.write(IDLE)
                continue
            await answer(writer, *plan(json.loads(body)))
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


def plan(request: dict) -> tuple[int, float]:
    content = request["messages"][-1]["content"]
    if isinstance(content, list):
        content = content[-1]["text"]
    words = content.split()
    return int(words[-2]), float(words[-1]) / 1e3


async def answer(writer: asyncio.StreamWriter, chunks: int, interval: float) -> None:
    writer.write(HEAD + chunk({"role": "assistant", "content": ""}))
    loop = asyncio.get_running_loop()
    due = loop.time()
    for _ in range(chunks):
        due += interval
        await asyncio.sleep(max(0.0, due - loop.time()))
        writer.write(chunk({"content": f"t={time.perf_counter_ns()}; "}))
        await writer.drain()
    writer.write(chunk({}, "stop") + piece(b"data: [DONE]\n\n") + b"0\r\n\r\n")
    await writer.drain()


async def main() -> None:
    server = await asyncio.start_server(serve, "127.0.0.1", int(sys.argv[1]), limit=1 << 22)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())

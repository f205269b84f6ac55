"""People in many chats of many bots, and a model that says what it was told: Telegram's API and OpenAI's, as far as the
gateway asks them, on one port of the loopback interface."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections import defaultdict

from .servers import CannotMeasure, Server

CHATS = 10
POLL_SECONDS = 20.0
PATIENCE_SECONDS = 60.0


class Town:
    def __init__(self, bots: int):
        self.bots = bots
        self.port = 0
        self.said: dict[tuple[int, int], list[str]] = defaultdict(list)
        self.answers: dict[tuple[int, int], list[str]] = defaultdict(list)
        self._updates: list[list[dict]] = [[] for _ in range(bots)]
        self._numbers = [1] * bots
        self._polls: set[int] = set()
        self._news = [asyncio.Event() for _ in range(bots)]
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> Town:
        self._thread.start()
        self.port = self._do(self._open())
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _do(self, work):
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_SECONDS * 10)

    async def _open(self) -> int:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def channels(self) -> dict:
        accounts = {f"bot{bot}": {"botToken": f"{1000 + bot}:AAF-a_token_of_the_bench_{bot}"} for bot in range(self.bots)}
        return {"telegram": {"apiRoot": f"http://127.0.0.1:{self.port}", "dmPolicy": "open", "allowFrom": ["*"],
                             "accounts": accounts}}

    # What the benchmark does

    def listened(self) -> bool:
        return len(self._polls) == self.bots

    def say(self, messages: int, seconds: float) -> None:
        """Evenly, in all chats of all bots in turn."""
        self._do(self._say(messages, seconds))

    async def _say(self, messages: int, seconds: float) -> None:
        started = time.monotonic()
        for number in range(messages):
            wait = started + number * seconds / messages - time.monotonic()
            if wait > 0:
                await asyncio.sleep(wait)
            bot, chat = number % self.bots, number // self.bots % CHATS + 1
            text = f"number {number}"
            self.said[bot, chat].append(text)
            update = self._numbers[bot]
            self._numbers[bot] += 1
            person = {"id": chat, "is_bot": False, "first_name": "Ada"}
            self._updates[bot].append({"update_id": update, "message": {
                "message_id": update, "date": int(time.time()), "chat": {"id": chat, "type": "private"}, "from": person,
                "text": text}})
            self._news[bot].set()

    def wait(self) -> None:
        """Until everything is answered."""
        wanted = sum(map(len, self.said.values()))
        finish = time.monotonic() + PATIENCE_SECONDS
        while (there := sum(map(len, self.answers.values()))) < wanted:
            if time.monotonic() > finish:
                raise CannotMeasure(f"{there:,} answers of {wanted:,} after {PATIENCE_SECONDS:.0f} s")
            time.sleep(0.05)

    def check(self) -> None:
        for chat, said in self.said.items():
            expected = [f"echo {text}" for text in said]
            if self.answers[chat] != expected:
                raise CannotMeasure(f"bot {chat[0]}, chat {chat[1]}: answered {self.answers[chat]}, not {expected}")

    # HTTP

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                line, *fields = head.split("\r\n")
                length = next((int(field.split(":")[1]) for field in fields if field.lower().startswith("content-length:")), 0)
                body = json.loads(await reader.readexactly(length) or b"{}") if length else {}
                path = line.split(" ")[1]
                kind, answer = (("text/event-stream", self._model(body)) if path.endswith("/chat/completions")
                                else ("application/json", json.dumps(await self._telegram(path, body)).encode()))
                writer.write(f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(answer)}\r\n\r\n".encode() + answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            writer.close()

    def _model(self, body: dict) -> bytes:
        content = next(m["content"] for m in reversed(body["messages"]) if m["role"] == "user")
        text = content if isinstance(content, str) else content[-1]["text"]
        common = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
        chunks = [{**common, "choices": [{"index": 0, "delta": {"role": "assistant", "content": f"echo {text}"},
                                          "finish_reason": None}]},
                  {**common, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}]
        return "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks).encode() + b"data: [DONE]\n\n"

    async def _telegram(self, path: str, body: dict) -> dict:
        token, method = path.removeprefix("/bot").split("/")
        bot = int(token.split(":")[0]) - 1000
        if method == "getMe":
            return {"ok": True, "result": {"id": 1000 + bot, "is_bot": True, "first_name": "Bot", "username": f"bot{bot}"}}
        if method == "getUpdates":
            return {"ok": True, "result": await self._poll(bot, body)}
        if method == "sendMessage":
            answers = self.answers[bot, int(body["chat_id"])]
            answers.append(body["text"])
            return {"ok": True, "result": {"message_id": 1_000_000 + len(answers), "date": 1, "chat": {"id": body["chat_id"]}}}
        return {"ok": True, "result": True}

    async def _poll(self, bot: int, body: dict) -> list[dict]:
        self._polls.add(bot)
        updates = self._updates[bot]
        while updates and updates[0]["update_id"] < body.get("offset", 0):
            updates.pop(0)
        if not updates:
            self._news[bot].clear()
            try:
                await asyncio.wait_for(self._news[bot].wait(), min(body.get("timeout", 0), POLL_SECONDS))
            except TimeoutError:
                pass
        return updates[:100]


def attended(town: Town, server: Server) -> None:
    """Returns when every bot listens."""
    finish = time.monotonic() + PATIENCE_SECONDS
    while not town.listened():
        if time.monotonic() > finish:
            raise CannotMeasure(f"the bots do not listen: {server.said()}")
        time.sleep(0.02)

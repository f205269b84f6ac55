"""All fakes on a loop of their own thread, for tests that are not asynchronous."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from typing import Any

from .anthropic import Anthropic
from .gemini import Gemini
from .openai import OpenAI
from .service import GOOD_KEY, Service


class Fakes:
    """`providers()` is how a gateway is told of them."""

    def __init__(self) -> None:
        self.chat, self.responses, self.anthropic, self.gemini = OpenAI(), OpenAI(), Anthropic(), Gemini()
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        for fake in self.all:
            self.run(fake.start()).result(10)

    @property
    def all(self) -> list[Service]:
        return [self.chat, self.responses, self.anthropic, self.gemini]

    def run(self, step: Any) -> Future[Any]:
        return asyncio.run_coroutine_threadsafe(step, self.loop)

    def stop(self) -> None:
        for fake in self.all:
            self.run(fake.stop()).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)

    def providers(self) -> dict[str, Any]:
        kinds = {
            "chat": ("openai-completions", f"{self.chat.url}/v1"),
            "responses": ("openai-responses", f"{self.responses.url}/v1"),
            "claude": ("anthropic-messages", self.anthropic.url),
            "gem": ("google-generative-ai", f"{self.gemini.url}/v1beta"),
        }
        return {
            name: {"api": api, "baseUrl": url, "apiKey": GOOD_KEY, "timeoutSeconds": 3}
            for name, (api, url) in kinds.items()
        }

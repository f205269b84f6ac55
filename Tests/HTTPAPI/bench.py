"""A gateway with fake providers behind it, and the openai package in front of it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parents[1]
sys.path += [str(TESTS / "Protocol"), str(TESTS / "Models")]

import openai  # noqa: E402
from fakes.service import Service  # noqa: E402
from fakes.threaded import Fakes  # noqa: E402
from wire.gateway import Gateway, GatewayTest, merged, until  # noqa: E402, F401

#: How long a fake may take to see that its peer has left.
CLOSE_SECONDS = 3.0


class APITest(GatewayTest):
    """`self.gateway` runs, `self.client` is the openai package's client of it."""

    def setUp(self) -> None:
        super().setUp()
        self.fakes = Fakes()
        self.addCleanup(self.fakes.stop)
        self.gateway = self.begin(merged(self.settings(), self.changes()))
        host, port = self.gateway.address
        self.url = f"http://{host}:{port}"
        self.client = self.sdk()

    def settings(self) -> dict[str, Any]:
        return {
            "models": {"providers": self.fakes.providers()},
            "agents": {
                "defaults": {"model": "chat/plain", "memorySearch": {"provider": "chat", "model": "plain"}},
                "list": [{"id": "main", "default": True}, {"id": "beta"}],
            },
        }

    def changes(self) -> dict[str, Any]:
        return {}

    def sdk(self, **options: Any) -> openai.OpenAI:
        given = {"base_url": f"{self.url}/v1", "api_key": self.token, "max_retries": 0, "timeout": 30.0, **options}
        client = openai.OpenAI(**given)
        self.addCleanup(client.close)
        return client

    def chat(self, text: str = "Hello", model: str = "chat/plain", **more: Any) -> Any:
        """One request; `model` is the backend's."""
        messages = more.pop("messages", [{"role": "user", "content": text}])
        headers = {"x-openclaw-model": model, **more.pop("headers", {})}
        client = more.pop("client", self.client)
        return client.chat.completions.create(
            model="openclaw", messages=messages, extra_headers=headers, **more)

    def respond(self, model: str = "chat/plain", **more: Any) -> Any:
        headers = {"x-openclaw-model": model, **more.pop("headers", {})}
        return self.client.responses.create(
            **{"model": "openclaw", "input": "Hello", **more}, extra_headers=headers)

    def closed(self, fake: Service) -> float:
        """After how many seconds the gateway gave up its connection to the fake."""
        return until(lambda: next((r.closed_after for r in fake.records if r.closed_after is not None), None),
                     "the upstream's connection to close", CLOSE_SECONDS + 10)

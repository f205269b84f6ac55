"""The Messages API, versions 2023-06-01 and 2026-10-21."""

from __future__ import annotations

import base64
from typing import Any

from .http import Peer, Request
from .service import TEXT, THOUGHT, USAGE, Service, pieces, require

SIGNATURE = "sig-anthropic-thought"


class Anthropic(Service):
    broken_event = "content_block_delta"

    def key(self, request: Request) -> str:
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        return request.headers.get("x-api-key") or bearer

    def model(self, request: Request) -> str:
        require(request.path == "/v1/messages", f"no such path: {request.path}")
        return str(request.body.get("model"))

    def status(self, kind: str) -> int:
        return {"429": 429, "500": 500, "529": 529, "key": 401, "missing": 404}.get(kind, 400)

    def words(self, kind: str) -> str:
        if kind == "billing":
            return "Your credit balance is too low to access the Anthropic API."
        if kind == "overflow":
            return "prompt is too long: 1250000 tokens > 1000000 maximum"
        return super().words(kind)

    def error(self, kind: str, message: str) -> Any:
        kinds = {
            "429": "rate_limit_error",
            "500": "api_error",
            "529": "overloaded_error",
            "key": "authentication_error",
            "missing": "not_found_error",
        }
        return {
            "type": "error",
            "error": {"type": kinds.get(kind, "invalid_request_error"), "message": message},
            "request_id": "req_fake",
        }

    def check(self, request: Request) -> None:
        body = request.body
        version = request.headers.get("anthropic-version")
        require(version in ("2023-06-01", "2026-10-21"), f"anthropic-version: {version} is not a version")
        if version == "2026-10-21":
            for name in ("temperature", "top_p", "top_k"):
                require(name not in body, f"{name}: Extra inputs are not permitted")
        require(isinstance(body.get("max_tokens"), int), "max_tokens: Field required")
        thinking = body.get("thinking") or {}
        if thinking.get("type") == "enabled":
            require(1024 <= thinking["budget_tokens"] < body["max_tokens"], "thinking.budget_tokens: out of range")
            require("temperature" not in body, "temperature may only be set to 1 when thinking is enabled")
            choice = (body.get("tool_choice") or {}).get("type", "auto")
            require(choice in ("auto", "none"), "Thinking may not be enabled when tool_choice forces tool use.")
        marks = str(body).count("'cache_control'")
        require(marks <= 4, f"A maximum of 4 blocks with cache_control may be provided. Found {marks}.")
        self._check_messages(body["messages"])

    def _check_messages(self, messages: list[Any]) -> None:
        require(messages and messages[0]["role"] == "user", "messages: first message must use the user role")
        open_calls: list[str] = []
        before = ""
        for message in messages:
            require(message["role"] != before, "messages: roles must alternate")
            before = message["role"]
            blocks = message["content"]
            if isinstance(blocks, str):
                blocks = [{"type": "text", "text": blocks}]
            require(blocks, "messages: content must not be empty")
            results = [block["tool_use_id"] for block in blocks if block["type"] == "tool_result"]
            require(results == open_calls, "tool_use ids were found without tool_result blocks immediately after")
            for block in blocks:
                require(block["type"] != "text" or block["text"], "text content blocks must be non-empty")
                if block["type"] == "thinking":
                    require(block.get("signature") == SIGNATURE, "Invalid `signature` in `thinking` block")
            open_calls = [block["id"] for block in blocks if block["type"] == "tool_use"]

    async def good(self, request: Request, peer: Peer, model: str) -> None:
        blocks, reason = self._answer(request.body, model)
        usage = {
            "input_tokens": USAGE["input"],
            "cache_read_input_tokens": USAGE["read"],
            "cache_creation_input_tokens": USAGE["write"],
            "output_tokens": 1,
        }
        message = {
            "id": "msg_fake", "type": "message", "role": "assistant", "model": model, "content": [],
            "stop_reason": None, "stop_sequence": None, "usage": usage,
        }
        total = {"output_tokens": USAGE["output"], "output_tokens_details": {"thinking_tokens": USAGE["thinking"]}}
        if not request.body.get("stream"):
            await peer.answer(200, {**message, "content": blocks, "stop_reason": reason, "usage": {**usage, **total}})
            return
        await peer.begin_events()
        await peer.event({"type": "message_start", "message": message}, "message_start")
        await self.ping(peer)
        for index, block in enumerate(blocks):
            await self._stream(peer, index, block)
        delta = {"stop_reason": reason, "stop_sequence": None}
        await peer.event({"type": "message_delta", "delta": delta, "usage": total}, "message_delta")
        await peer.event({"type": "message_stop"}, "message_stop")
        await peer.end_events()

    def _answer(self, body: Any, model: str) -> tuple[list[Any], str]:
        last = body["messages"][-1]["content"]
        if model == "tools":
            results = [block for block in last if isinstance(block, dict) and block["type"] == "tool_result"]
            if results:
                said = ", ".join(str(block["content"][0]["text"]) for block in results)
                return [{"type": "text", "text": f"It is {said}."}], "end_turn"
            require(body.get("tools"), "tools: none were given")
            calls = [
                {"type": "tool_use", "id": f"toolu_{n}", "name": "get_weather", "input": {"city": city, "n": n}}
                for n, city in enumerate(["Zürich", "Bern"])
            ]
            return [{"type": "text", "text": "I look."}, *calls], "tool_use"
        if model == "images":
            image = next(block for block in last if block["type"] == "image")["source"]
            require(image["type"] == "base64", "image: not base64")
            size = len(base64.b64decode(image["data"], validate=True))
            return [{"type": "text", "text": f"{image['media_type']}, {size} bytes"}], "end_turn"
        if model == "thinking":
            require(body.get("thinking", {}).get("type") in ("enabled", "adaptive"), "thinking: not asked for")
            thought = {"type": "thinking", "thinking": THOUGHT, "signature": SIGNATURE}
            return [thought, {"type": "text", "text": TEXT}], "end_turn"
        return [{"type": "text", "text": TEXT}], "end_turn"

    async def _stream(self, peer: Peer, index: int, block: Any) -> None:
        import json

        kind = block["type"]
        empty = {"text": {"text": ""}, "thinking": {"thinking": "", "signature": ""}, "tool_use": {"input": {}}}[kind]
        start = {"type": "content_block_start", "index": index, "content_block": {**block, **empty}}
        await peer.event(start, "content_block_start")
        deltas: list[dict[str, str]] = []
        if kind == "text":
            deltas = [{"type": "text_delta", "text": piece} for piece in pieces(block["text"])]
        elif kind == "thinking":
            deltas = [{"type": "thinking_delta", "thinking": piece} for piece in pieces(block["thinking"])]
            deltas.append({"type": "signature_delta", "signature": block["signature"]})
        else:
            text = json.dumps(block["input"], ensure_ascii=False)
            deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in ["", *pieces(text)]]
        for delta in deltas:
            await peer.event({"type": "content_block_delta", "index": index, "delta": delta}, "content_block_delta")
        await peer.event({"type": "content_block_stop", "index": index}, "content_block_stop")

    async def half(self, peer: Peer) -> None:
        message = {
            "id": "msg_half", "type": "message", "role": "assistant", "model": "half", "content": [],
            "stop_reason": None, "stop_sequence": None, "usage": {"input_tokens": 1, "output_tokens": 1},
        }
        await peer.event({"type": "message_start", "message": message}, "message_start")
        block = {"type": "text", "text": ""}
        await peer.event({"type": "content_block_start", "index": 0, "content_block": block}, "content_block_start")
        delta = {"type": "text_delta", "text": "Half an"}
        await peer.event({"type": "content_block_delta", "index": 0, "delta": delta}, "content_block_delta")

    async def ping(self, peer: Peer) -> None:
        await peer.event({"type": "ping"}, "ping")

    async def refuse(self, peer: Peer) -> None:
        await peer.begin_events()
        message = {
            "id": "msg_no", "type": "message", "role": "assistant", "model": "no", "content": [],
            "stop_reason": None, "stop_sequence": None, "usage": {"input_tokens": 1, "output_tokens": 0},
        }
        await peer.event({"type": "message_start", "message": message}, "message_start")
        delta = {"stop_reason": "refusal", "stop_sequence": None}
        await peer.event({"type": "message_delta", "delta": delta, "usage": {"output_tokens": 0}}, "message_delta")
        await peer.event({"type": "message_stop"}, "message_stop")
        await peer.end_events()

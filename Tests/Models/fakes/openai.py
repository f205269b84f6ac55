"""Chat Completions, Responses and Embeddings of OpenAI's API."""

from __future__ import annotations

import base64
import json
import struct
from typing import Any

from .http import Peer, Request
from .service import TEXT, THOUGHT, USAGE, Service, pieces, require

ENCRYPTED = "encrypted-openai-thought"


class OpenAI(Service):
    def __init__(self) -> None:
        super().__init__()
        self.is_responses = False

    def key(self, request: Request) -> str:
        return request.headers.get("authorization", "").removeprefix("Bearer ")

    def model(self, request: Request) -> str:
        require(request.path in ("/v1/chat/completions", "/v1/responses", "/v1/embeddings"), f"path: {request.path}")
        self.is_responses = request.path == "/v1/responses"
        return str(request.body.get("model"))

    def status(self, kind: str) -> int:
        return {"429": 429, "500": 500, "529": 503, "key": 401, "missing": 404, "billing": 429}.get(kind, 400)

    def words(self, kind: str) -> str:
        if kind == "billing":
            return "You exceeded your current quota, please check your plan and billing details."
        if kind == "overflow":
            return "This model's maximum context length is 400000 tokens."
        return super().words(kind)

    def error(self, kind: str, message: str) -> Any:
        codes = {
            "429": "rate_limit_exceeded", "key": "invalid_api_key", "missing": "model_not_found",
            "billing": "insufficient_quota", "overflow": "context_length_exceeded",
        }
        return {"error": {"message": message, "type": "fake_error", "param": None, "code": codes.get(kind)}}

    def check(self, request: Request) -> None:
        body = request.body
        if request.path == "/v1/chat/completions":
            self._check_messages(body["messages"])
        elif request.path == "/v1/responses":
            self._check_items(body["input"])

    def _check_messages(self, messages: list[Any]) -> None:
        open_calls: list[str] = []
        for message in messages:
            if message["role"] == "tool":
                require(message["tool_call_id"] in open_calls, "a tool message must follow its call")
                require(isinstance(message["content"], str), "a tool message holds text")
                open_calls.remove(message["tool_call_id"])
                continue
            require(not open_calls, "tool_calls must be followed by tool messages responding to each tool_call_id")
            for call in message.get("tool_calls") or []:
                json.loads(call["function"]["arguments"])
                open_calls.append(call["id"])
        require(not open_calls, "tool_calls must be followed by tool messages responding to each tool_call_id")

    def _check_items(self, items: Any) -> None:
        if isinstance(items, str):
            return
        calls = [item["call_id"] for item in items if item.get("type") == "function_call"]
        outputs = [item["call_id"] for item in items if item.get("type") == "function_call_output"]
        require(calls == outputs, f"No tool output found for function call {calls}")
        for item in items:
            if item.get("type") == "reasoning":
                require(item.get("encrypted_content") == ENCRYPTED, "the encrypted content could not be verified")

    async def good(self, request: Request, peer: Peer, model: str) -> None:
        if request.path == "/v1/embeddings":
            await self._embed(request.body, peer, model)
        elif request.path == "/v1/responses":
            await self._respond(request.body, peer, model)
        else:
            await self._chat(request.body, peer, model)

    # Embeddings

    async def _embed(self, body: Any, peer: Peer, model: str) -> None:
        texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
        require(len(texts) <= 2048, "at most 2048 inputs")
        data = []
        for index, text in enumerate(texts):
            vector: Any = [float(len(text)), 0.5, -0.25]
            if body.get("encoding_format") == "base64":
                vector = base64.b64encode(struct.pack("<3f", *vector)).decode()
            data.append({"object": "embedding", "index": index, "embedding": vector})
        data.reverse()
        usage = {"prompt_tokens": len(texts), "total_tokens": len(texts)}
        await peer.answer(200, {"object": "list", "data": data, "model": model, "usage": usage})

    # Chat Completions

    async def _chat(self, body: Any, peer: Peer, model: str) -> None:
        message, reason = self._chat_answer(body, model)
        usage = {
            "prompt_tokens": USAGE["input"] + USAGE["read"], "completion_tokens": USAGE["output"],
            "total_tokens": USAGE["input"] + USAGE["read"] + USAGE["output"],
            "prompt_tokens_details": {"cached_tokens": USAGE["read"]},
            "completion_tokens_details": {"reasoning_tokens": USAGE["thinking"]},
        }
        rest = {"id": "chatcmpl-fake", "created": 1, "model": model}
        if not body.get("stream"):
            choice = {"index": 0, "message": message, "finish_reason": reason, "logprobs": None}
            await peer.answer(200, {**rest, "object": "chat.completion", "choices": [choice], "usage": usage})
            return
        await peer.begin_events()
        rest["object"] = "chat.completion.chunk"
        for delta in self._deltas(message):
            await peer.event({**rest, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
        await peer.event({**rest, "choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
        if (body.get("stream_options") or {}).get("include_usage"):
            await peer.event({**rest, "choices": [], "usage": usage})
        await peer.event("[DONE]")
        await peer.end_events()

    def _chat_answer(self, body: Any, model: str) -> tuple[Any, str]:
        message: dict[str, Any] = {"role": "assistant", "content": TEXT, "refusal": None}
        messages = body["messages"]
        if model == "tools":
            results = [entry["content"] for entry in messages if entry["role"] == "tool"]
            if results:
                return {**message, "content": f"It is {', '.join(results)}."}, "stop"
            require(body.get("tools"), "tools: none were given")
            calls = [
                {"id": f"call_{n}", "type": "function", "function": {"name": "get_weather", "arguments": text}}
                for n, text in enumerate(_arguments())
            ]
            return {**message, "content": "I look.", "tool_calls": calls}, "tool_calls"
        if model == "images":
            part = next(part for part in messages[-1]["content"] if part["type"] == "image_url")
            return {**message, "content": _describe(part["image_url"]["url"])}, "stop"
        if model == "thinking":
            require(body.get("reasoning_effort"), "reasoning_effort: not asked for")
            return {**message, "reasoning_content": THOUGHT}, "stop"
        return message, "stop"

    def _deltas(self, message: Any) -> list[Any]:
        deltas: list[Any] = [{"role": "assistant", "content": ""}]
        deltas += [{"reasoning_content": piece} for piece in pieces(message.get("reasoning_content", ""))]
        deltas += [{"content": piece} for piece in pieces(message["content"])]
        for index, call in enumerate(message.get("tool_calls", [])):
            name = {"name": call["function"]["name"], "arguments": ""}
            deltas.append({"tool_calls": [{"index": index, "id": call["id"], "type": "function", "function": name}]})
            for piece in pieces(call["function"]["arguments"]):
                deltas.append({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})
        return deltas

    # Responses

    async def _respond(self, body: Any, peer: Peer, model: str) -> None:
        items = self._items(body, model)
        response: dict[str, Any] = {
            "id": "resp_fake", "object": "response", "created_at": 1, "model": model, "output": [],
            "parallel_tool_calls": True, "tool_choice": "auto", "tools": [], "status": "in_progress",
            "error": None, "incomplete_details": None, "instructions": None, "metadata": {},
        }
        done = {
            **response, "status": "completed", "output": items,
            "usage": {
                "input_tokens": USAGE["input"] + USAGE["read"],
                "input_tokens_details": {"cached_tokens": USAGE["read"], "cache_write_tokens": 0},
                "output_tokens": USAGE["output"],
                "output_tokens_details": {"reasoning_tokens": USAGE["thinking"]},
                "total_tokens": USAGE["input"] + USAGE["read"] + USAGE["output"],
            },
        }
        if not body.get("stream"):
            await peer.answer(200, done)
            return
        await peer.begin_events()
        self._number = 0
        await self._emit(peer, "response.created", response=response)
        for index, item in enumerate(items):
            await self._stream(peer, index, item)
        await self._emit(peer, "response.completed", response=done)
        await peer.end_events()

    async def _emit(self, peer: Peer, kind: str, **fields: Any) -> None:
        await peer.event({"type": kind, "sequence_number": self._number, **fields}, kind)
        self._number += 1

    def _items(self, body: Any, model: str) -> list[Any]:
        items = body["input"]
        if isinstance(items, str):
            items = [{"role": "user", "content": [{"type": "input_text", "text": items}]}]
        if model == "tools":
            results = [item["output"] for item in items if item.get("type") == "function_call_output"]
            if results:
                return [_message(f"It is {', '.join(results)}.")]
            require(body.get("tools"), "tools: none were given")
            return [_message("I look.")] + [
                {
                    "id": f"fc_{n}", "type": "function_call", "call_id": f"call_{n}", "name": "get_weather",
                    "arguments": text, "status": "completed",
                }
                for n, text in enumerate(_arguments())
            ]
        if model == "images":
            part = next(part for part in items[-1]["content"] if part["type"] == "input_image")
            return [_message(_describe(part["image_url"]))]
        if model == "thinking":
            require(body.get("reasoning", {}).get("effort"), "reasoning: not asked for")
            summary = [{"type": "summary_text", "text": THOUGHT}]
            thought = {"id": "rs_fake", "type": "reasoning", "summary": summary, "encrypted_content": ENCRYPTED}
            return [thought, _message(TEXT)]
        return [_message(TEXT)]

    async def _stream(self, peer: Peer, index: int, item: Any) -> None:
        at = {"output_index": index, "item_id": item["id"]}
        empty = {
            "message": {"content": [], "status": "in_progress"},
            "reasoning": {"summary": [], "encrypted_content": None},
            "function_call": {"arguments": "", "status": "in_progress"},
        }[item["type"]]
        await self._emit(peer, "response.output_item.added", output_index=index, item={**item, **empty})
        if item["type"] == "message":
            part = item["content"][0]
            start = {**part, "text": ""}
            await self._emit(peer, "response.content_part.added", **at, content_index=0, part=start)
            for piece in pieces(part["text"]):
                await self._emit(peer, "response.output_text.delta", **at, content_index=0, delta=piece, logprobs=[])
            text = part["text"]
            await self._emit(peer, "response.output_text.done", **at, content_index=0, text=text, logprobs=[])
            await self._emit(peer, "response.content_part.done", **at, content_index=0, part=part)
        elif item["type"] == "reasoning":
            part = item["summary"][0]
            start = {**part, "text": ""}
            await self._emit(peer, "response.reasoning_summary_part.added", **at, summary_index=0, part=start)
            for piece in pieces(part["text"]):
                await self._emit(peer, "response.reasoning_summary_text.delta", **at, summary_index=0, delta=piece)
            await self._emit(peer, "response.reasoning_summary_part.done", **at, summary_index=0, part=part)
        else:
            for piece in pieces(item["arguments"]):
                await self._emit(peer, "response.function_call_arguments.delta", **at, delta=piece)
            done = {"arguments": item["arguments"], "name": item["name"]}
            await self._emit(peer, "response.function_call_arguments.done", **at, **done)
        await self._emit(peer, "response.output_item.done", output_index=index, item=item)

    # Faults

    async def half(self, peer: Peer) -> None:
        if self.is_responses:
            delta = {"output_index": 0, "item_id": "m", "content_index": 0, "delta": "Half an", "logprobs": []}
            await peer.event({"type": "response.output_text.delta", "sequence_number": 0, **delta})
            return
        choice = {"index": 0, "delta": {"content": "Half an"}, "finish_reason": None}
        rest = {"id": "half", "created": 1, "model": "half", "object": "chat.completion.chunk"}
        await peer.event({**rest, "choices": [choice]})

    async def ping(self, peer: Peer) -> None:
        await peer.chunk(": alive\n\n")

    async def refuse(self, peer: Peer) -> None:
        await peer.begin_events()
        if self.is_responses:
            response = {"id": "no", "object": "response", "status": "incomplete", "output": []}
            response["incomplete_details"] = {"reason": "content_filter"}
            await peer.event({"type": "response.incomplete", "sequence_number": 0, "response": response})
        else:
            choice = {"index": 0, "delta": {}, "finish_reason": "content_filter"}
            rest = {"id": "no", "created": 1, "model": "no", "object": "chat.completion.chunk"}
            await peer.event({**rest, "choices": [choice]})
            await peer.event("[DONE]")
        await peer.end_events()


def _arguments() -> list[str]:
    return [json.dumps({"city": city, "n": n}, ensure_ascii=False) for n, city in enumerate(["Zürich", "Bern"])]


def _message(text: str) -> Any:
    content = [{"type": "output_text", "text": text, "annotations": [], "logprobs": []}]
    return {"id": "msg_fake", "type": "message", "role": "assistant", "status": "completed", "content": content}


def _describe(url: str) -> str:
    head, _, data = url.partition(";base64,")
    return f"{head.removeprefix('data:')}, {len(base64.b64decode(data, validate=True))} bytes"

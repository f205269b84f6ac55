#!/usr/bin/env python3
"""Proves the fake services with the vendors' own client libraries: good answers have the meaning that these libraries
give them, and each fault is the exception that it is with the real service."""

from __future__ import annotations

import asyncio
import base64
import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import anthropic
import openai
from google import genai
from google.genai import errors as google_errors
from google.genai import types as google_types

from fakes.anthropic import SIGNATURE, Anthropic
from fakes.gemini import Gemini
from fakes.openai import OpenAI
from fakes.service import GOOD_KEY, TEXT, THOUGHT, USAGE
from tally import Tally, equal, true

PNG = bytes.fromhex("89504e470d0a1a0a") + bytes(60)
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}
STALL = 0.5


async def raises(kinds: type[BaseException] | tuple[type[BaseException], ...], step: Awaitable[Any]) -> Any:
    try:
        await step
    except kinds as error:
        return error
    raise AssertionError(f"no {kinds}")


class AnthropicProof:
    def __init__(self, fake: Anthropic) -> None:
        self.client = anthropic.AsyncAnthropic(base_url=fake.url, api_key=GOOD_KEY, max_retries=0)
        self.bad = self.client.with_options(api_key="sk-fake-wrong-key-0000")
        self.fast = self.client.with_options(timeout=STALL)

    async def ask(self, model: str, messages: Any = None, client: Any = None, **more: Any) -> anthropic.types.Message:
        messages = messages or [{"role": "user", "content": "Hello"}]
        async with (client or self.client).messages.stream(
            model=model, max_tokens=4096, messages=messages, **more
        ) as stream:
            return await stream.get_final_message()

    async def plain(self) -> None:
        hello = [{"role": "user", "content": "Hello"}]
        whole = await self.client.messages.create(model="plain", max_tokens=100, messages=hello)
        for message in (whole, await self.ask("plain")):
            equal(message.content[0].text, TEXT)
            equal(message.stop_reason, "end_turn")
            equal(message.usage.input_tokens, USAGE["input"])
            equal(message.usage.output_tokens, USAGE["output"])
            equal(message.usage.cache_read_input_tokens, USAGE["read"])

    async def first_version(self) -> None:
        old = {"anthropic-version": "2023-06-01"}
        message = await self.ask("plain", extra_headers=old, extra_body={"temperature": 0.5})
        equal(message.content[0].text, TEXT)
        await raises(anthropic.BadRequestError, self.ask("plain", extra_body={"temperature": 0.5}))

    async def tools(self) -> None:
        tools = [{"name": "get_weather", "description": "Weather", "input_schema": SCHEMA}]
        first = await self.ask("tools", tools=tools)
        equal(first.stop_reason, "tool_use")
        calls = [block for block in first.content if block.type == "tool_use"]
        equal([call.input for call in calls], [{"city": "Zürich", "n": 0}, {"city": "Bern", "n": 1}])
        content: Any = [block.model_dump() for block in first.content]
        results = [
            {"type": "tool_result", "tool_use_id": call.id, "content": [{"type": "text", "text": "sunny"}]}
            for call in calls
        ]
        messages = [
            {"role": "user", "content": "Hello"},
            {"role": "assistant", "content": content},
            {"role": "user", "content": results},
        ]
        last = await self.ask("tools", messages, tools=tools)
        equal(last.content[0].text, "It is sunny, sunny.")

    async def images(self) -> None:
        source = {"type": "base64", "media_type": "image/png", "data": base64.b64encode(PNG).decode()}
        message = await self.ask("images", [{"role": "user", "content": [{"type": "image", "source": source}]}])
        equal(message.content[0].text, f"image/png, {len(PNG)} bytes")

    async def thinking(self) -> None:
        message = await self.ask("thinking", thinking={"type": "enabled", "budget_tokens": 2048})
        equal((message.content[0].thinking, message.content[0].signature), (THOUGHT, SIGNATURE))
        equal(message.content[1].text, TEXT)

    async def faults(self) -> None:
        error = await raises(anthropic.RateLimitError, self.ask("fault-429-after-2"))
        equal(error.response.headers["retry-after"], "2")
        error = await raises(anthropic.RateLimitError, self.ask("fault-429"))
        true("retry-after" not in error.response.headers, "an unwanted Retry-After")
        await raises(anthropic.InternalServerError, self.ask("fault-500"))
        equal((await raises(anthropic.APIStatusError, self.ask("fault-529"))).status_code, 529)
        await raises(anthropic.AuthenticationError, self.ask("plain", client=self.bad))
        for fault in ("billing", "overflow", "bad"):
            await raises(anthropic.BadRequestError, self.ask(f"fault-{fault}"))
        await raises(anthropic.NotFoundError, self.ask("fault-missing"))
        equal((await self.ask("fault-refusal")).stop_reason, "refusal")
        await raises(anthropic.APITimeoutError, self.ask("fault-stall-before", client=self.fast))
        for fault in ("stall-mid", "cut", "cut-early", "json"):
            await raises(Exception, self.ask(f"fault-{fault}", client=self.fast))


class OpenAIProof:
    def __init__(self, fake: OpenAI) -> None:
        self.client = openai.AsyncOpenAI(base_url=f"{fake.url}/v1", api_key=GOOD_KEY, max_retries=0)
        self.bad = self.client.with_options(api_key="sk-fake-wrong-key-0000")
        self.fast = self.client.with_options(timeout=STALL)

    async def chat(self, model: str, messages: Any = None, client: Any = None, **more: Any) -> Any:
        messages = messages or [{"role": "user", "content": "Hello"}]
        async with (client or self.client).chat.completions.stream(
            model=model, messages=messages, stream_options={"include_usage": True}, **more
        ) as stream:
            return await stream.get_final_completion()

    async def respond(self, model: str, items: Any = "Hello", client: Any = None, **more: Any) -> Any:
        async with (client or self.client).responses.stream(model=model, input=items, **more) as stream:
            return await stream.get_final_response()

    async def plain(self) -> None:
        hello: Any = [{"role": "user", "content": "Hello"}]
        whole = await self.client.chat.completions.create(model="plain", messages=hello)
        for answer in (whole, await self.chat("plain")):
            equal(answer.choices[0].message.content, TEXT)
            equal(answer.choices[0].finish_reason, "stop")
            equal(answer.usage.prompt_tokens, USAGE["input"] + USAGE["read"])
            equal(answer.usage.prompt_tokens_details.cached_tokens, USAGE["read"])
        whole = await self.client.responses.create(model="plain", input="Hello")
        for response in (whole, await self.respond("plain")):
            equal(response.output_text, TEXT)
            equal(response.usage.output_tokens, USAGE["output"])

    async def tools(self) -> None:
        tool = {"name": "get_weather", "description": "Weather", "parameters": SCHEMA}
        tools: Any = [{"type": "function", "function": tool}]
        first = (await self.chat("tools", tools=tools)).choices[0]
        equal(first.finish_reason, "tool_calls")
        calls = first.message.tool_calls
        cities = [json.loads(call.function.arguments)["city"] for call in calls]
        equal(cities, ["Zürich", "Bern"])
        asked = {"role": "assistant", "content": None, "tool_calls": [call.model_dump() for call in calls]}
        results = [{"role": "tool", "tool_call_id": call.id, "content": "sunny"} for call in calls]
        last = await self.chat("tools", [{"role": "user", "content": "Hello"}, asked, *results], tools=tools)
        equal(last.choices[0].message.content, "It is sunny, sunny.")

    async def response_tools(self) -> None:
        tools: Any = [{"type": "function", "name": "get_weather", "parameters": SCHEMA, "strict": False}]
        first = await self.respond("tools", tools=tools)
        calls = [item for item in first.output if item.type == "function_call"]
        equal([json.loads(call.arguments)["n"] for call in calls], [0, 1])
        items: Any = [{"role": "user", "content": "Hello"}]
        for call in calls:
            name = {"type": "function_call", "name": call.name, "arguments": call.arguments, "call_id": call.call_id}
            items += [name, {"type": "function_call_output", "call_id": call.call_id, "output": "sunny"}]
        equal((await self.respond("tools", items, tools=tools)).output_text, "It is sunny, sunny.")

    async def images(self) -> None:
        url = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
        part = {"type": "image_url", "image_url": {"url": url}}
        answer = await self.chat("images", [{"role": "user", "content": [part]}])
        equal(answer.choices[0].message.content, f"image/png, {len(PNG)} bytes")
        item = {"type": "input_image", "image_url": url, "detail": "auto"}
        response = await self.respond("images", [{"role": "user", "content": [item]}])
        equal(response.output_text, f"image/png, {len(PNG)} bytes")

    async def thinking(self) -> None:
        answer = await self.chat("thinking", reasoning_effort="low")
        equal(answer.choices[0].message.reasoning_content, THOUGHT)
        response = await self.respond("thinking", reasoning={"effort": "low", "summary": "auto"})
        equal(response.output[0].summary[0].text, THOUGHT)

    async def embeddings(self) -> None:
        texts = ["a", "bcd"]
        for form in ("float", "base64"):
            answer = await self.client.embeddings.create(model="plain", input=texts, encoding_format=form)
            found = sorted(answer.data, key=lambda entry: entry.index)
            equal([entry.index for entry in found], [0, 1])
        default = await self.client.embeddings.create(model="plain", input=texts)
        equal(sorted(default.data, key=lambda entry: entry.index)[1].embedding, [3.0, 0.5, -0.25])

    async def faults(self) -> None:
        for ask in (self.chat, self.respond):
            error = await raises(openai.RateLimitError, ask("fault-429-after-2"))
            equal(error.response.headers["retry-after"], "2")
            await raises(openai.RateLimitError, ask("fault-429"))
            equal((await raises(openai.RateLimitError, ask("fault-billing"))).code, "insufficient_quota")
            await raises(openai.InternalServerError, ask("fault-500"))
            equal((await raises(openai.APIStatusError, ask("fault-529"))).status_code, 503)
            await raises(openai.AuthenticationError, ask("plain", client=self.bad))
            await raises(openai.BadRequestError, ask("fault-bad"))
            equal((await raises(openai.BadRequestError, ask("fault-overflow"))).code, "context_length_exceeded")
            await raises(openai.NotFoundError, ask("fault-missing"))
            await raises(openai.APITimeoutError, ask("fault-stall-before", client=self.fast))
            for fault in ("stall-mid", "cut", "json"):
                await raises(Exception, ask(f"fault-{fault}", client=self.fast))
        await raises(openai.ContentFilterFinishReasonError, self.chat("fault-refusal", response_format=_Shape))


import pydantic  # noqa: E402


class _Shape(pydantic.BaseModel):
    """Asked for, so that the library parses the answer and notices that it was withheld."""

    text: str


class GeminiProof:
    def __init__(self, fake: Gemini) -> None:
        self.url = fake.url

    def client(self, key: str = GOOD_KEY, timeout: int | None = None) -> Any:
        options = google_types.HttpOptions(
            base_url=self.url, timeout=timeout, retry_options=google_types.HttpRetryOptions(attempts=1)
        )
        return genai.Client(api_key=key, http_options=options).aio

    async def ask(self, model: str, contents: Any = "Hello", client: Any = None, **config: Any) -> list[Any]:
        stream = await (client or self.client()).models.generate_content_stream(
            model=model, contents=contents, config=google_types.GenerateContentConfig(**config)
        )
        return [chunk async for chunk in stream]

    async def plain(self) -> None:
        whole = await self.client().models.generate_content(model="plain", contents="Hello")
        equal(whole.text, TEXT)
        chunks = await self.ask("plain")
        equal("".join(chunk.text for chunk in chunks), TEXT)
        equal(chunks[-1].candidates[0].finish_reason, google_types.FinishReason.STOP)
        equal(chunks[-1].usage_metadata.prompt_token_count, USAGE["input"] + USAGE["read"])
        equal(chunks[-1].usage_metadata.thoughts_token_count, USAGE["thinking"])

    async def tools(self) -> None:
        tool = google_types.Tool(
            function_declarations=[
                google_types.FunctionDeclaration(name="get_weather", description="W", parameters_json_schema=SCHEMA)
            ]
        )
        chunks = await self.ask("tools", tools=[tool])
        parts = [part for chunk in chunks for part in chunk.candidates[0].content.parts]
        calls = [part for part in parts if part.function_call]
        equal([call.function_call.args["city"] for call in calls], ["Zürich", "Bern"])
        answers = [
            google_types.Part.from_function_response(name="get_weather", response={"output": "sunny"}) for _ in calls
        ]
        contents = [
            google_types.Content(role="user", parts=[google_types.Part(text="Hello")]),
            google_types.Content(role="model", parts=calls),
            google_types.Content(role="user", parts=answers),
        ]
        last = await self.ask("tools", contents, tools=[tool])
        equal("".join(chunk.text for chunk in last), "It is sunny, sunny.")

    async def images(self) -> None:
        chunks = await self.ask("images", [google_types.Part.from_bytes(data=PNG, mime_type="image/png")])
        equal("".join(chunk.text for chunk in chunks), f"image/png, {len(PNG)} bytes")

    async def thinking(self) -> None:
        chunks = await self.ask("thinking", thinking_config=google_types.ThinkingConfig(include_thoughts=True))
        parts = [part for chunk in chunks for part in chunk.candidates[0].content.parts]
        equal("".join(part.text for part in parts if part.thought), THOUGHT)
        equal(parts[-1].thought_signature, b"sig-gemini-thought")

    async def embeddings(self) -> None:
        answer = await self.client().models.embed_content(model="plain", contents=["a", "bcd"])
        equal([entry.values for entry in answer.embeddings], [[1.0, 0.5, -0.25], [3.0, 0.5, -0.25]])

    async def faults(self) -> None:
        for fault, code in (("429", 429), ("429-after-2", 429), ("bad", 400), ("overflow", 400), ("missing", 404)):
            equal((await raises(google_errors.ClientError, self.ask(f"fault-{fault}"))).code, code, fault)
        for fault, code in (("500", 500), ("529", 503)):
            equal((await raises(google_errors.ServerError, self.ask(f"fault-{fault}"))).code, code, fault)
        bad = await raises(google_errors.ClientError, self.ask("plain", client=self.client("wrong-key-0000000")))
        equal(bad.code, 400)
        refused = await self.ask("fault-refusal")
        true(refused[0].prompt_feedback.block_reason is not None, "no reason for the refusal")
        fast = self.client(timeout=int(STALL * 1000))
        for fault in ("stall-before", "stall-mid", "cut", "json"):
            await raises(Exception, self.ask(f"fault-{fault}", client=fast))


async def main() -> int:
    tally = Tally(seconds=30)
    fakes = Anthropic(), OpenAI(), Gemini()
    for fake in fakes:
        await fake.start()
    proofs: list[Any] = [AnthropicProof(fakes[0]), OpenAIProof(fakes[1]), GeminiProof(fakes[2])]
    for proof in proofs:
        steps = [name for name in vars(type(proof)) if name in STEPS]
        for name in steps:
            step: Callable[[], Awaitable[None]] = getattr(proof, name)
            await tally.count(f"{type(proof).__name__} {name}", step())
    for fake in fakes:
        await fake.stop()
    return tally.report("the fakes, with the vendors' libraries")


STEPS = {"plain", "first_version", "tools", "response_tools", "images", "thinking", "embeddings", "faults"}

if __name__ == "__main__":
    sys.exit(asyncio.run(main()))

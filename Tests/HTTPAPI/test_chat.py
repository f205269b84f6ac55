"""Chat Completions, models and embeddings with the openai package."""

from __future__ import annotations

import base64
import time
import unittest

import openai
from bench import APITest, until
from fakes.service import TEXT, USAGE
from openai.types.chat import ChatCompletion, ChatCompletionChunk

PNG = bytes.fromhex("89504e470d0a1a0a") + bytes(60)
WEATHER = {"type": "function", "function": {"name": "get_weather", "parameters": {
    "type": "object", "properties": {"city": {"type": "string"}}}}}
PROMPT_TOKENS = USAGE["input"] + USAGE["read"]


class Chat(APITest):
    def test_models_are_the_agents(self) -> None:
        ids = [model.id for model in self.client.models.list()]
        self.assertEqual(ids, ["openclaw", "openclaw/default", "openclaw/main", "openclaw/beta"])
        model = self.client.models.retrieve("openclaw/beta")
        self.assertEqual((model.id, model.object, model.owned_by, model.created), ("openclaw/beta", "model", "openclaw", 0))
        with self.assertRaises(openai.NotFoundError) as caught:
            self.client.models.retrieve("gpt-4o")
        self.assertIn("Model 'gpt-4o' not found.", str(caught.exception))

    def test_a_whole_answer(self) -> None:
        for model in ("chat/plain", "responses/plain", "claude/plain", "gem/plain"):
            answer = self.chat(model=model)
            ChatCompletion.model_validate(answer.model_dump(), strict=True)
            self.assertEqual(answer.choices[0].message.content, TEXT, model)
            self.assertEqual(answer.choices[0].finish_reason, "stop")
            self.assertEqual(answer.usage.completion_tokens, USAGE["output"], model)
            self.assertGreaterEqual(answer.usage.prompt_tokens, PROMPT_TOKENS)
            self.assertTrue(answer.id.startswith("chatcmpl_"))
            self.assertEqual(answer.id, f"chatcmpl_{answer._request_id}")

    def test_a_stream(self) -> None:
        for model in ("chat/plain", "responses/plain", "claude/plain", "gem/plain"):
            chunks = list(self.chat(model=model, stream=True))
            for chunk in chunks:
                ChatCompletionChunk.model_validate(chunk.model_dump(), strict=True)
            self.assertEqual(len({chunk.id for chunk in chunks}), 1)
            self.assertEqual(chunks[0].choices[0].delta.role, "assistant")
            self.assertEqual("".join(chunk.choices[0].delta.content or "" for chunk in chunks), TEXT, model)
            self.assertEqual([c.choices[0].finish_reason for c in chunks if c.choices[0].finish_reason], ["stop"])
            self.assertTrue(all(chunk.usage is None for chunk in chunks))

    def test_usage_in_the_last_chunk(self) -> None:
        *chunks, last = self.chat(stream=True, stream_options={"include_usage": True})
        self.assertEqual(last.choices, [])
        self.assertEqual((last.usage.prompt_tokens, last.usage.completion_tokens), (PROMPT_TOKENS, USAGE["output"]))
        self.assertEqual(last.usage.prompt_tokens_details.cached_tokens, USAGE["read"])
        self.assertTrue(all(chunk.usage is None for chunk in chunks))

    def test_the_stream_helper_of_the_package(self) -> None:
        with self.client.chat.completions.stream(
            model="openclaw", messages=[{"role": "user", "content": "Hello"}],
            stream_options={"include_usage": True},
        ) as stream:
            kinds = [event.type for event in stream]
            self.assertIn("content.done", kinds)
            self.assertEqual(stream.get_final_completion().choices[0].message.content, TEXT)

    def test_tools_make_their_round_trip(self) -> None:
        for model in ("chat/tools", "responses/tools", "claude/tools", "gem/tools"):
            messages = [{"role": "user", "content": "Weather?"}]
            first = self.chat(model=model, messages=messages, tools=[WEATHER])
            self.assertEqual(first.choices[0].finish_reason, "tool_calls", model)
            calls = first.choices[0].message.tool_calls
            self.assertEqual([call.function.name for call in calls], ["get_weather"] * 2)
            messages.append(first.choices[0].message.model_dump(exclude_none=True))
            messages += [{"role": "tool", "tool_call_id": call.id, "content": "sunny"} for call in calls]
            last = self.chat(model=model, messages=messages, tools=[WEATHER])
            self.assertEqual(last.choices[0].message.content, "It is sunny, sunny.", model)
            chunks = list(self.chat(model=model, messages=messages[:1], tools=[WEATHER], stream=True))
            deltas = [call for chunk in chunks for call in chunk.choices[0].delta.tool_calls or []]
            self.assertEqual([call.index for call in deltas], [0, 1])
            self.assertEqual(chunks[-1].choices[0].finish_reason, "tool_calls")

    def test_a_demanded_tool_that_is_not_called(self) -> None:
        with self.assertRaises(openai.InternalServerError):
            self.chat(tools=[WEATHER], tool_choice="required")

    def test_pictures(self) -> None:
        url = "data:image/png;base64," + base64.b64encode(PNG).decode()
        content = [{"type": "text", "text": "Look"}, {"type": "image_url", "image_url": {"url": url}}]
        for model in ("chat/images", "responses/images", "claude/images", "gem/images"):
            answer = self.chat(model=model, messages=[{"role": "user", "content": content}])
            self.assertEqual(answer.choices[0].message.content, f"image/png, {len(PNG)} bytes", model)
        content[1]["image_url"]["url"] = "https://example.com/a.png"
        with self.assertRaises(openai.BadRequestError):
            self.chat(messages=[{"role": "user", "content": content}])

    def test_the_model_is_told_what_the_client_says(self) -> None:
        self.chat(messages=[
            {"role": "system", "content": "Be brief."}, {"role": "user", "content": "One"},
            {"role": "assistant", "content": "Two"}, {"role": "user", "content": "Three"},
        ], temperature=0.25, max_completion_tokens=77, stop=["END"])
        body = self.fakes.chat.records[-1].body
        said = [(m["role"], m["content"]) for m in body["messages"] if m["role"] not in ("system", "developer")]
        self.assertEqual(said, [("user", "One"), ("assistant", "Two"), ("user", "Three")])
        self.assertIn("Be brief.", str(body["messages"][0]["content"]))
        self.assertEqual(body["temperature"], 0.25)
        self.assertEqual(body.get("max_completion_tokens") or body.get("max_tokens"), 77)
        self.assertEqual(body["stop"], ["END"])

    def test_a_user_is_remembered_and_nobody_else(self) -> None:
        def told() -> list[str]:
            messages = self.fakes.chat.records[-1].body["messages"]
            return [str(m["content"]) for m in messages if m["role"] in ("user", "assistant")]

        self.chat("My name is Anna.", user="anna")
        self.chat("Who am I?", user="anna")
        self.assertIn("My name is Anna.", " ".join(told()))
        self.chat("Who am I?", user="bert")
        self.assertEqual(told(), ["Who am I?"])
        self.chat("Who am I?")
        self.assertEqual(told(), ["Who am I?"])
        # Who brings the conversation along is taken at his word.
        self.chat(user="anna", messages=[
            {"role": "user", "content": "A"}, {"role": "assistant", "content": "B"}, {"role": "user", "content": "C"}])
        self.assertEqual(told(), ["A", "B", "C"])

    def test_a_client_that_leaves_closes_the_upstream(self) -> None:
        stream = self.chat(model="chat/fault-stall-mid", stream=True)
        for chunk in stream:
            if chunk.choices[0].delta.content:
                break
        stream.close()
        self.assertLess(self.closed(self.fakes.chat), 6)
        self.fakes.chat.forget()
        impatient = self.sdk(timeout=0.5)
        with self.assertRaises(openai.APITimeoutError):
            self.chat(model="chat/fault-stall-before", client=impatient)
        self.assertLess(self.closed(self.fakes.chat), 3)
        self.assertEqual(len(self.fakes.chat.records), 1)

    def test_embeddings(self) -> None:
        texts = ["one", "three"]
        answer = self.client.embeddings.create(model="openclaw", input=texts, encoding_format="float")
        self.assertEqual([row.embedding for row in answer.data], [[3.0, 0.5, -0.25], [5.0, 0.5, -0.25]])
        self.assertEqual((answer.usage.prompt_tokens, answer.object), (2, "list"))
        # Without a format the package asks for base64 and decodes it.
        self.assertEqual(self.client.embeddings.create(model="openclaw", input=texts).data[1].embedding, [5.0, 0.5, -0.25])
        with self.assertRaises(openai.BadRequestError):
            self.client.embeddings.create(model="openclaw", input=["x"] * 129)
        with self.assertRaises(openai.RateLimitError):
            self.client.embeddings.create(
                model="openclaw", input="x", extra_headers={"x-openclaw-model": "chat/fault-429"})

    def test_many_at_once(self) -> None:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(32) as pool:
            answers = list(pool.map(lambda n: self.chat(f"Hello {n}").choices[0].message.content, range(64)))
        self.assertEqual(answers, [TEXT] * 64)
        started = time.monotonic()
        until(self.gateway.answers, "health")
        self.assertLess(time.monotonic() - started, 1)


if __name__ == "__main__":
    unittest.main()

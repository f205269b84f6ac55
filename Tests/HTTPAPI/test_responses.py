"""Responses with the openai package."""

from __future__ import annotations

import unittest

import openai
from bench import APITest
from fakes.service import TEXT, USAGE
from openai.types.responses import Response

WEATHER = {"type": "function", "name": "get_weather", "strict": False, "parameters": {
    "type": "object", "properties": {"city": {"type": "string"}}}}
ORDER = [
    "response.created", "response.in_progress", "response.output_item.added", "response.content_part.added",
    "response.output_text.delta", "response.output_text.done", "response.content_part.done",
    "response.output_item.done", "response.completed",
]


class Responses(APITest):
    def test_a_whole_answer(self) -> None:
        answer = self.respond(instructions="Be brief.", metadata={"a": "b"})
        Response.model_validate(answer.model_dump(), strict=True)
        self.assertEqual((answer.output_text, answer.status), (TEXT, "completed"))
        self.assertEqual(answer.usage.output_tokens, USAGE["output"])
        self.assertEqual(answer.metadata, {"a": "b"})
        self.assertIn("Be brief.", str(self.fakes.chat.records[-1].body["messages"][0]))

    def test_a_stream_in_its_order(self) -> None:
        for model in ("chat/plain", "responses/plain", "claude/plain", "gem/plain"):
            events = list(self.respond(model, stream=True))
            kinds = [event.type for event in events]
            self.assertEqual(list(dict.fromkeys(kinds)), ORDER)
            self.assertEqual([event.sequence_number for event in events], list(range(len(events))))
            self.assertEqual("".join(e.delta for e in events if e.type == "response.output_text.delta"), TEXT, model)
            self.assertEqual(events[-1].response.output_text, TEXT)
            Response.model_validate(events[-1].response.model_dump(), strict=True)

    def test_the_stream_helper_of_the_package(self) -> None:
        with self.client.responses.stream(model="openclaw", input="Hello") as stream:
            for _ in stream:
                pass
            self.assertEqual(stream.get_final_response().output_text, TEXT)

    def test_tools_with_items(self) -> None:
        items = [{"role": "user", "content": "Weather?"}]
        first = self.respond("chat/tools", input=items, tools=[WEATHER])
        calls = [item for item in first.output if item.type == "function_call"]
        self.assertEqual([call.name for call in calls], ["get_weather"] * 2)
        self.assertEqual(first.status, "incomplete")
        items += [item.model_dump(exclude_none=True) for item in first.output]
        items += [{"type": "function_call_output", "call_id": call.call_id, "output": "sunny"} for call in calls]
        last = self.respond("chat/tools", input=items, tools=[WEATHER])
        self.assertEqual(last.output_text, "It is sunny, sunny.")

    def test_tools_in_a_stream(self) -> None:
        events = list(self.respond("claude/tools", tools=[WEATHER], stream=True))
        done = [event for event in events if event.type == "response.function_call_arguments.done"]
        self.assertEqual(len(done), 2)
        self.assertEqual(len([item for item in events[-1].response.output if item.type == "function_call"]), 2)

    def test_a_previous_response_is_followed_on(self) -> None:
        first = self.respond(input="My name is Anna.")
        second = self.respond(input="Who am I?", previous_response_id=first.id)
        told = str(self.fakes.chat.records[-1].body["messages"])
        self.assertIn("My name is Anna.", told)
        self.respond(input="And now?", previous_response_id=second.id)
        self.assertIn("Who am I?", str(self.fakes.chat.records[-1].body["messages"]))
        with self.assertRaises(openai.BadRequestError) as caught:
            self.respond(previous_response_id="resp_nobody")
        self.assertEqual(caught.exception.code, "previous_response_not_found")

    def test_tool_results_follow_on_a_previous_response(self) -> None:
        for model in ("chat/tools", "claude/tools", "responses/tools", "gem/tools"):
            first = self.respond(model, input="Weather?", tools=[WEATHER])
            results = [
                {"type": "function_call_output", "call_id": item.call_id, "output": "sunny"}
                for item in first.output if item.type == "function_call"
            ]
            last = self.respond(model, input=results, tools=[WEATHER], previous_response_id=first.id)
            self.assertEqual(last.output_text, "It is sunny, sunny.", model)

    def test_a_failure_in_the_middle_is_an_event(self) -> None:
        events = list(self.respond("chat/fault-cut", stream=True))
        self.assertEqual(events[-1].type, "response.failed")
        self.assertEqual("".join(e.delta for e in events if e.type == "response.output_text.delta"), "Half an")
        self.assertTrue(events[-1].response.error.message)
        with self.assertRaises(openai.BadRequestError):
            self.respond("chat/fault-bad", stream=True)


if __name__ == "__main__":
    unittest.main()

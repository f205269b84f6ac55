"""Requests as other people's programs build them (shapes/*.json names where each was read), answered in what the openai
package's own types take."""

from __future__ import annotations

import base64
import http.client
import json
import unittest
from pathlib import Path
from typing import Any

from bench import APITest
from openai.pagination import SyncPage
from openai.types import CreateEmbeddingResponse, Model
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.responses import Response, ResponseStreamEvent
from fakes.service import TEXT
from pydantic import TypeAdapter

SHAPES = sorted((Path(__file__).resolve().parent / "shapes").glob("*.json"))
EVENT = TypeAdapter(ResponseStreamEvent)


class Shapes(APITest):
    def send(self, request: dict[str, Any]) -> tuple[int, str, bytes]:
        connection = http.client.HTTPConnection(*self.gateway.address, timeout=30)
        self.addCleanup(connection.close)
        body = json.dumps(request["body"]).encode() if "body" in request else None
        connection.request(request["method"], request["path"], body, {**self.bearer(), **request["headers"]})
        answer = connection.getresponse()
        return answer.status, answer.getheader("Content-Type", ""), answer.read()

    def check(self, request: dict[str, Any]) -> None:
        status, kind, data = self.send(request)
        self.assertEqual(status, 200, data)
        if request["answer"] in ("chunks", "events"):
            self.assertEqual(kind, "text/event-stream; charset=utf-8")
            self.stream(request, data.decode())
        else:
            self.assertEqual(kind, "application/json; charset=utf-8")
            getattr(self, request["answer"])(request, data.decode())

    def stream(self, request: dict[str, Any], text: str) -> None:
        blocks = [block for block in text.split("\n\n") if block and not block.startswith(":")]
        datas = [line[6:] for block in blocks for line in block.split("\n") if line.startswith("data: ")]
        self.assertEqual(datas.pop(), "[DONE]")
        wanted = request.get("text", TEXT)
        if request["answer"] == "chunks":
            chunks = [ChatCompletionChunk.model_validate_json(data, strict=True) for data in datas]
            said = "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)
            self.assertEqual(said, wanted)
            self.assertEqual(chunks[-1].usage is not None, request.get("usage", False))
        else:
            names = [line[7:] for block in blocks for line in block.split("\n") if line.startswith("event: ")]
            events = [EVENT.validate_json(data, strict=True) for data in datas]
            self.assertEqual(names, [event.type for event in events])
            self.assertEqual(events[-1].response.output_text, wanted)

    def completion(self, request: dict[str, Any], text: str) -> None:
        answer = ChatCompletion.model_validate_json(text, strict=True)
        self.assertEqual(answer.choices[0].message.content, TEXT)

    def response(self, request: dict[str, Any], text: str) -> None:
        self.assertEqual(Response.model_validate_json(text, strict=True).output_text, TEXT)

    def models(self, request: dict[str, Any], text: str) -> None:
        self.assertIn("openclaw", [model.id for model in SyncPage[Model].model_validate_json(text, strict=True).data])

    def model(self, request: dict[str, Any], text: str) -> None:
        self.assertEqual(Model.model_validate_json(text, strict=True).id, "openclaw/main")

    def embeddings(self, request: dict[str, Any], text: str) -> None:
        answer = CreateEmbeddingResponse.model_validate_json(text, strict=True)
        self.assertEqual([row.embedding[1:] for row in answer.data], [[0.5, -0.25]] * len(request["body"]["input"]))

    def base64(self, request: dict[str, Any], text: str) -> None:
        self.assertEqual(len(base64.b64decode(json.loads(text)["data"][0]["embedding"], validate=True)), 12)

    def test_each_says_where_it_was_read(self) -> None:
        self.assertEqual([path.stem for path in SHAPES], ["librechat", "lobechat", "open-webui", "openai-node"])
        for path in SHAPES:
            for source in json.loads(path.read_text())["read_from"]:
                self.assertRegex(source["repository"], r"^[\w-]+/[\w.-]+$")
                self.assertRegex(source["commit"], r"^[0-9a-f]{40}$")
                self.assertTrue(source["file"])

    def test_each_is_answered(self) -> None:
        for path in SHAPES:
            for request in json.loads(path.read_text())["requests"]:
                with self.subTest(client=path.stem, request=request["name"]):
                    self.check(request)


if __name__ == "__main__":
    unittest.main()

"""The Gemini API: generateContent, streamGenerateContent and batchEmbedContents."""

from __future__ import annotations

import base64
from typing import Any

from .http import Peer, Request
from .service import TEXT, THOUGHT, USAGE, Service, pieces, require

SIGNATURE = base64.b64encode(b"sig-gemini-thought").decode()

# What these hold is the caller's own.
OPAQUE = {"args", "response", "parametersJsonSchema"}


def _camel(value: Any) -> Any:
    """With names in the form of JSON: the API takes those of its protocol buffers as well."""
    if isinstance(value, list):
        return [_camel(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    output = {}
    for key, entry in value.items():
        first, *rest = key.split("_")
        name = first + "".join(word.capitalize() for word in rest)
        output[name] = entry if name in OPAQUE else _camel(entry)
    return output


class Gemini(Service):
    def key(self, request: Request) -> str:
        return request.headers.get("x-goog-api-key", "")

    def model(self, request: Request) -> str:
        version, _, name = request.path.lstrip("/").partition("/models/")
        require(version in ("v1", "v1beta") and ":" in name, f"no such path: {request.path}")
        return name.rsplit(":", 1)[0]

    def status(self, kind: str) -> int:
        return {"429": 429, "500": 500, "529": 503, "missing": 404}.get(kind, 400)

    def words(self, kind: str) -> str:
        if kind == "key":
            return "API key not valid. Please pass a valid API key."
        if kind == "billing":
            return "The project's billing is disabled."
        if kind == "overflow":
            return "The input token count (1250000) exceeds the maximum number of tokens allowed (1048576)."
        return super().words(kind)

    def error(self, kind: str, message: str) -> Any:
        statuses = {
            "429": "RESOURCE_EXHAUSTED", "500": "INTERNAL", "529": "UNAVAILABLE", "missing": "NOT_FOUND",
            "billing": "FAILED_PRECONDITION",
        }
        error: dict[str, Any] = {
            "code": self.status(kind), "message": message, "status": statuses.get(kind, "INVALID_ARGUMENT"),
        }
        if kind == "key":
            error["details"] = [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}]
        return {"error": error}

    def check(self, request: Request) -> None:
        body = request.body = _camel(request.body)
        if request.path.endswith(":batchEmbedContents"):
            require(len(body["requests"]) <= 100, "at most 100 requests can be in one batch")
            return
        open_calls: list[str] = []
        before = ""
        for content in body["contents"]:
            require(content.get("role", "user") in ("user", "model"), "Please use a valid role: user, model.")
            require(content.get("role") != before, "roles must alternate")
            before = content.get("role", "user")
            require(content["parts"], "contents.parts must not be empty.")
            answers = [part["functionResponse"]["name"] for part in content["parts"] if "functionResponse" in part]
            require(answers == open_calls, "the number of function response parts must equal that of the calls")
            calls = [part for part in content["parts"] if "functionCall" in part]
            for part in calls:
                known = part.get("thoughtSignature") in (SIGNATURE, "skip_thought_signature_validator")
                require(known, "Function call is missing a thought_signature in functionCall parts.")
            open_calls = [part["functionCall"]["name"] for part in calls]

    async def good(self, request: Request, peer: Peer, model: str) -> None:
        if request.path.endswith(":batchEmbedContents"):
            texts = [entry["content"]["parts"][0]["text"] for entry in request.body["requests"]]
            await peer.answer(200, {"embeddings": [{"values": [len(text), 0.5, -0.25]} for text in texts]})
            return
        parts = self._answer(request.body, model)
        usage = {
            "promptTokenCount": USAGE["input"] + USAGE["read"],
            "cachedContentTokenCount": USAGE["read"],
            "candidatesTokenCount": USAGE["output"] - USAGE["thinking"],
            "thoughtsTokenCount": USAGE["thinking"],
            "totalTokenCount": USAGE["input"] + USAGE["read"] + USAGE["output"],
        }
        rest = {"usageMetadata": usage, "modelVersion": model, "responseId": "resp-fake"}
        if ":generateContent" in request.path:
            content = {"role": "model", "parts": parts}
            await peer.answer(200, {"candidates": [{"content": content, "finishReason": "STOP", "index": 0}], **rest})
            return
        require(request.query == "alt=sse", "without alt=sse the answer is an array")
        await peer.begin_events()
        small = [piece for part in parts for piece in self._split(part)]
        for number, part in enumerate(small):
            candidate: dict[str, Any] = {"content": {"role": "model", "parts": [part]}, "index": 0}
            if number == len(small) - 1:
                candidate["finishReason"] = "STOP"
            await peer.event({"candidates": [candidate], **rest})
        await peer.end_events()

    def _split(self, part: Any) -> list[Any]:
        if "text" not in part:
            return [part]
        small = [{**part, "text": piece} for piece in pieces(part["text"])]
        for piece in small[:-1]:
            piece.pop("thoughtSignature", None)
        return small

    def _answer(self, body: Any, model: str) -> list[Any]:
        last = body["contents"][-1]["parts"]
        if model == "tools":
            results = [part["functionResponse"] for part in last if "functionResponse" in part]
            if results:
                said = ", ".join(str(result["response"]["output"]) for result in results)
                return [{"text": f"It is {said}."}]
            require(body.get("tools"), "tools: none were given")
            return [{"text": "I look."}] + [
                {"functionCall": {"name": "get_weather", "args": {"city": city, "n": n}}, "thoughtSignature": SIGNATURE}
                for n, city in enumerate(["Zürich", "Bern"])
            ]
        if model == "images":
            data = next(part["inlineData"] for part in last if "inlineData" in part)
            size = len(base64.b64decode(data["data"]))
            return [{"text": f"{data['mimeType']}, {size} bytes"}]
        if model == "thinking":
            config = (body.get("generationConfig") or {}).get("thinkingConfig") or {}
            require(config.get("includeThoughts"), "thinking: not asked for")
            return [{"text": THOUGHT, "thought": True}, {"text": TEXT, "thoughtSignature": SIGNATURE}]
        return [{"text": TEXT}]

    async def half(self, peer: Peer) -> None:
        await peer.event({"candidates": [{"content": {"role": "model", "parts": [{"text": "Half an"}]}, "index": 0}]})

    async def ping(self, peer: Peer) -> None:
        await peer.chunk(": alive\n\n")

    async def refuse(self, peer: Peer) -> None:
        await peer.begin_events()
        await peer.event({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "modelVersion": "no"})
        await peer.end_events()

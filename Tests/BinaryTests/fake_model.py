"""A server that speaks the OpenAI chat protocol as far as the tests need it, and says what it is told to."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class FakeModel:
    def __init__(self) -> None:
        #: The pieces of each answer.
        self.answer = ["Hello from ", "the fake model."]
        #: A tool and its arguments that the first answer calls, before any words.
        self.call: tuple[str, dict[str, object]] | None = None
        #: The models that it lists.
        self.models = ["fake", "other"]
        #: The status of a refusal in place of an answer.
        self.status = 200
        #: The only Authorization that it takes, if one is named.
        self.good = ""
        #: As long as it is not set, an answer stops after its first piece.
        self.go = threading.Event()
        self.go.set()
        self.requests: list[dict[str, object]] = []
        self.keys: list[str] = []
        self.address = ("", 0)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.address[1]}/v1"


@contextmanager
def serving() -> Iterator[FakeModel]:
    model = FakeModel()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            """The list of models."""
            model.keys.append(self.headers.get("Authorization", ""))
            text = json.dumps({"object": "list", "data": [{"id": name} for name in model.models]}).encode()
            self.send_response(200 if self.path == "/v1/models" else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            model.requests.append(body)
            model.keys.append(self.headers.get("Authorization", ""))
            status = 401 if model.good and model.keys[-1] != model.good else model.status
            if status != 200:
                text = json.dumps({"error": {"message": "no such key", "type": "invalid_request_error"}}).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)
                return
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Connection", "close")
            self.end_headers()
            if model.call and not any(message["role"] == "tool" for message in body["messages"]):
                name, arguments = model.call
                function = {"name": name, "arguments": json.dumps(arguments)}
                calls = [{"index": 0, "id": "call_1", "type": "function", "function": function}]
                self.event({"choices": [{"index": 0, "delta": {"tool_calls": calls}, "finish_reason": None}]})
                self.event({"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]})
                self.line("[DONE]")
                self.close_connection = True
                return
            for number, piece in enumerate(model.answer):
                if number == 1:
                    model.go.wait(60)
                self.event({"choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": None}]})
            self.event({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}],
                        "usage": {"prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8}})
            self.line("[DONE]")
            self.close_connection = True

        def event(self, chunk: dict[str, object]) -> None:
            self.line(json.dumps({"id": "c1", "object": "chat.completion.chunk", "model": "fake", **chunk}))

        def line(self, data: str) -> None:
            try:
                self.wfile.write(f"data: {data}\n\n".encode())
                self.wfile.flush()
            except OSError:
                # Who does not want the rest hangs up.
                self.close_connection = True

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    model.address = server.server_address
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield model
    finally:
        model.go.set()
        server.shutdown()
        server.server_close()
        thread.join()

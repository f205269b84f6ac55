"""A model that calls tools: it answers each request with the next of its scripts, in the OpenAI chat protocol."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Script:
    """One answer: pieces of text, then calls of tools as (name, arguments)."""

    texts: list[str] = field(default_factory=list)
    calls: list[tuple[str, dict]] = field(default_factory=list)
    #: Between two pieces.
    pause: float = 0.0
    #: As long as it is not set, the answer stops after its first piece.
    go: threading.Event | None = None


@dataclass
class ScriptedModel:
    scripts: list[Script] = field(default_factory=list)
    requests: list[dict] = field(default_factory=list)
    base: str = ""


@contextmanager
def scripted() -> Iterator[ScriptedModel]:
    model = ScriptedModel()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_POST(self) -> None:
            model.requests.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            script = model.scripts.pop(0) if model.scripts else Script(["No more."])
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            try:
                self.answer(script)
            except (BrokenPipeError, ConnectionResetError):
                pass

        def answer(self, script: Script) -> None:
            for number, text in enumerate(script.texts):
                if number and script.go:
                    script.go.wait(60)
                if number and script.pause:
                    time.sleep(script.pause)
                self.event({"content": text})
            for number, (name, arguments) in enumerate(script.calls):
                call = {"index": number, "id": f"call-{len(model.requests)}-{number}", "type": "function",
                        "function": {"name": name, "arguments": json.dumps(arguments)}}
                self.event({"tool_calls": [call]})
            self.event({}, "tool_calls" if script.calls else "stop")
            self.wfile.write(b"data: [DONE]\n\n")
            self.wfile.flush()

        def event(self, delta: dict, reason: str | None = None) -> None:
            chunk = {"id": "c", "object": "chat.completion.chunk", "model": "scripted",
                     "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}
            self.wfile.write(b"data: " + json.dumps(chunk).encode() + b"\n\n")
            self.wfile.flush()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    model.base = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        yield model
    finally:
        server.shutdown()
        server.server_close()

"""Telegram's Bot API as far as somebody who is set up asks it: who the bot is."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOKEN = "123456:AAF-a_token_of_the_tests"


class FakeTelegram:
    def __init__(self) -> None:
        self.token = TOKEN
        self.address = ("", 0)
        #: Paths that were asked for, in order, without the token.
        self.calls: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.address[1]}"


@contextmanager
def telegram() -> Iterator[FakeTelegram]:
    fake = FakeTelegram()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            _, bot, method = self.path.split("/", 2)
            fake.calls.append(method)
            if bot != f"bot{fake.token}":
                return self.answer(401, {"ok": False, "error_code": 401, "description": "Unauthorized"})
            if method != "getMe":
                return self.answer(404, {"ok": False, "error_code": 404, "description": "Not Found"})
            return self.answer(200, {"ok": True, "result": {
                "id": 123456, "is_bot": True, "first_name": "Molly", "username": "molly_bot",
                "can_read_all_group_messages": False}})

        def answer(self, status: int, body: dict[str, object]) -> None:
            text = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        fake.address = server.server_address
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield fake
        finally:
            server.shutdown()
            thread.join()

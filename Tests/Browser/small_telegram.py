"""As much of Telegram as it takes for somebody to write to a bot. The whole one is in Tests/Channels, with the packages that it needs."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOKEN = "123456:AAF-a_token_of_the_tests"
LONGEST_POLL = 1.0


@dataclass
class SmallTelegram:
    base: str = ""
    updates: list[dict] = field(default_factory=list)
    sent: list[dict] = field(default_factory=list)
    #: How often somebody asked for what is new.
    polls: int = 0
    #: Its token is of no use any more.
    revoked: bool = False
    news: threading.Condition = field(default_factory=threading.Condition)

    def say(self, text: str, name: str = "Ada", sender: int = 7) -> None:
        with self.news:
            number = len(self.updates) + 1
            person = {"id": sender, "is_bot": False, "first_name": name}
            self.updates.append({"update_id": number, "message": {
                "message_id": number, "date": 1_800_000_000 + number, "text": text, "from": person,
                "chat": {"id": sender, "type": "private", "first_name": name}}})
            self.news.notify_all()

    def answer(self, method: str, params: dict) -> object:
        if method == "getMe":
            return {"id": 123456, "is_bot": True, "first_name": "Molly", "username": "molly_bot"}
        if method == "getWebhookInfo":
            return {"url": "", "has_custom_certificate": False, "pending_update_count": 0}
        if method == "getUpdates":
            self.polls += 1
            offset = int(params.get("offset", 0))
            with self.news:
                self.news.wait_for(lambda: any(one["update_id"] >= offset for one in self.updates),
                                   min(float(params.get("timeout", 0)), LONGEST_POLL))
                return [one for one in self.updates if one["update_id"] >= offset]
        if method.startswith("send"):
            self.sent.append(params)
            return {"message_id": 1000 + len(self.sent), "date": 1_800_000_000, "chat": {"id": params.get("chat_id"), "type": "private"},
                    "text": params.get("text", "")}
        return True


@contextmanager
def small_telegram() -> Iterator[SmallTelegram]:
    telegram = SmallTelegram()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            is_json = "json" in self.headers.get("Content-Type", "")
            if telegram.revoked:
                status, answer = 401, {"ok": False, "error_code": 401, "description": "Unauthorized"}
            else:
                method = self.path.rsplit("/", 1)[1].split("?")[0]
                status, answer = 200, {"ok": True, "result": telegram.answer(method, json.loads(body) if body and is_json else {})}
            text = json.dumps(answer).encode()
            # A poll may outlive the gateway that asked.
            with suppress(ConnectionError):
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

        do_GET = do_POST

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    telegram.base = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield telegram
    finally:
        server.shutdown()
        server.server_close()

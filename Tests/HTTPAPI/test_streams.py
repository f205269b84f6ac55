"""Clients that read slowly, leave, or ask for history; one tool without a model."""

from __future__ import annotations

import http.client
import json
import socket
import time
import unittest
from pathlib import Path
from typing import Any

from bench import APITest, until
from fakes.service import TEXT

#: Of an answer that is far larger than all buffers on the way.
LARGE = 24 << 20
PIECE = 32 << 10


class Streams(APITest):
    def settings(self) -> dict[str, Any]:
        settings = super().settings()
        # The whole time of an answer goes on while its reader sleeps.
        settings["models"]["providers"]["chat"]["timeoutSeconds"] = 120
        return settings

    def resident(self) -> int:
        """Bytes."""
        for line in Path(f"/proc/{self.gateway.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) << 10
        raise AssertionError("no VmRSS")

    def open(self, model: str, text: str = "Hello") -> socket.socket:
        """A streamed request whose answer nobody has read yet."""
        body = json.dumps({"model": "openclaw", "stream": True, "messages": [{"role": "user", "content": text}]}).encode()
        peer = socket.socket()
        self.addCleanup(peer.close)
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 << 10)
        peer.settimeout(60)
        peer.connect(self.gateway.address)
        head = (
            f"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {self.token}\r\n"
            f"x-openclaw-model: {model}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        peer.sendall(head.encode() + body)
        return peer

    def test_a_slow_reader_holds_up_the_upstream(self) -> None:
        sent = 0

        async def large(request: object, peer: object, model: str) -> None:
            nonlocal sent
            await peer.begin_events()
            rest = {"id": "x", "created": 1, "model": "m", "object": "chat.completion.chunk"}
            piece = {"choices": [{"index": 0, "delta": {"content": "x" * PIECE}, "finish_reason": None}]}
            for _ in range(LARGE // PIECE):
                await peer.event({**rest, **piece})
                sent += PIECE
            await peer.event({**rest, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
            await peer.event("[DONE]")
            await peer.end_events()

        self.chat()
        self.fakes.chat.good = large
        before = self.resident()
        peer = self.open("chat/plain")
        until(lambda: sent > 0, "the first piece")
        stable, since = sent, time.monotonic()
        while time.monotonic() - since < 2:
            if sent != stable:
                stable, since = sent, time.monotonic()
            self.assertLess(sent, LARGE // 2, "all of it was taken although nobody read")
            time.sleep(0.05)
        self.assertLess(self.resident() - before, 8 << 20)
        self.assertTrue(self.gateway.answers())
        received, end = 0, b""
        while b"data: [DONE]" not in end:
            part = peer.recv(1 << 20)
            self.assertTrue(part, "cut")
            received, end = received + len(part), (end + part)[-64:]
        self.assertGreater(received, LARGE)

    def test_history_is_read_and_followed(self) -> None:
        key = "agent:main:openai-user:anna"
        self.chat(user="anna")
        path = f"/sessions/{key.replace(':', '%3A')}/history"
        status, fields, data = self.fetch(self.gateway, path, self.bearer())
        self.assertEqual(status, 200, data)
        page = json.loads(data)
        self.assertEqual((page["sessionKey"], page["hasMore"]), (key, False))
        self.assertEqual([message["role"] for message in page["messages"]], ["user", "assistant"])
        self.assertEqual(page["items"], page["messages"])
        first = json.loads(self.fetch(self.gateway, path + "?limit=1", self.bearer())[2])
        self.assertTrue(first["hasMore"])
        older = json.loads(self.fetch(self.gateway, f"{path}?limit=1&cursor={first['nextCursor']}", self.bearer())[2])
        self.assertEqual([message["role"] for message in older["messages"]], ["user"])
        connection = http.client.HTTPConnection(*self.gateway.address, timeout=30)
        self.addCleanup(connection.close)
        connection.request("GET", path, headers={**self.bearer(), "Accept": "text/event-stream"})
        stream = connection.getresponse()
        self.assertEqual(stream.readline(), b"retry: 1000\n")
        events = []

        def event() -> tuple[str, dict]:
            name, data = "", ""
            while line := stream.readline().decode().rstrip("\n"):
                if line.startswith("event: "):
                    name = line[7:]
                elif line.startswith("data: "):
                    data = line[6:]
            return name, json.loads(data) if data else {}

        event()
        events.append(event())
        self.assertEqual(events[0][0], "history")
        self.assertEqual(len(events[0][1]["messages"]), 2)
        self.chat("And now?", user="anna")
        name, message = event()
        self.assertEqual((name, message["sessionKey"], message["message"]["role"]), ("message", key, "user"))
        name, message = event()
        self.assertEqual(message["message"]["role"], "assistant")
        self.assertIn(TEXT, json.dumps(message["message"], ensure_ascii=False))

    def test_unknown_sessions(self) -> None:
        self.assertEqual(self.fetch(self.gateway, "/sessions/nobody/history", self.bearer())[0], 404)
        self.assertEqual(self.fetch(self.gateway, "/sessions/nobody/kill", self.bearer(), "POST")[0], 404)
        for path in ("/sessions/..%2F..%2Fetc/history", "/sessions/agent%3Amain%3A..%2Fx/history", "/sessions/%00/history"):
            self.assertEqual(self.fetch(self.gateway, path, self.bearer())[0], 400, path)

    def test_a_session_is_killed(self) -> None:
        peer = self.open("chat/fault-stall-mid")
        received = b""
        while b"Half an" not in received:
            received += peer.recv(65536)
        key = json.loads(received.split(b"data: ")[1].split(b"\n")[0])["id"].replace("chatcmpl_", "agent:main:openai:")
        path = f"/sessions/{key.replace(':', '%3A')}/kill"
        status, _, data = self.fetch(self.gateway, path, self.bearer(), "POST")
        self.assertEqual((status, json.loads(data)), (200, {"ok": True, "killed": True}))
        while b"[DONE]" not in received:
            received += peer.recv(65536)
        self.assertLess(self.closed(self.fakes.chat), 10)


if __name__ == "__main__":
    unittest.main()

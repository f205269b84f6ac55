"""What relaying a model's answer costs: an upstream that streams chunks with the time in them, and a client that looks
at its own clock when each arrives."""

from __future__ import annotations

import json
import re
import socket
import statistics
import threading
import time

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
STAMP = re.compile(rb'"content": ?"<(\d+)>')
ASK = {"model": "openclaw", "stream": True, "messages": [{"role": "user", "content": "Hello"}]}


def chunk(delta: dict, finish: str | None = None) -> bytes:
    event = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m",
             "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}
    data = b"data: " + json.dumps(event).encode() + b"\n\n"
    return b"%x\r\n%s\r\n" % (len(data), data)


class Upstream:
    """Answers every request with `count` chunks, `pause` seconds apart."""

    def __init__(self) -> None:
        self.count, self.pause = 100, 0.0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer: socket.socket) -> None:
        with peer, peer.makefile("rb") as reader:
            while line := reader.readline():
                length = 0
                while (field := reader.readline()) not in (b"\r\n", b""):
                    name, _, value = field.partition(b":")
                    length = int(value) if name.lower() == b"content-length" else length
                reader.read(length)
                if not line.startswith(b"POST"):
                    return
                self._stream(peer)

    def _stream(self, peer: socket.socket) -> None:
        peer.sendall(HEAD + chunk({"role": "assistant", "content": ""}))
        if self.pause:
            for _ in range(self.count):
                time.sleep(self.pause)
                peer.sendall(chunk({"content": f"<{time.monotonic_ns()}>"}))
        else:
            # Twenty at a time, as a network would bring them.
            piece = chunk({"content": "words "}) * 20
            for _ in range(self.count // 20):
                peer.sendall(piece)
        peer.sendall(chunk({}, "stop") + b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n")

    def close(self) -> None:
        self.listener.close()


def config(token: str, port: int, upstream: int) -> dict:
    provider = {"api": "openai-completions", "baseUrl": f"http://127.0.0.1:{upstream}/v1", "apiKey": "none-needed"}
    return {"gateway": {"mode": "local", "port": port, "auth": {"mode": "token", "token": token}},
            "models": {"providers": {"up": provider}}, "agents": {"defaults": {"model": "up/m"}}}


def delays(port: int, path: str, token: str) -> list[float]:
    """Milliseconds from each chunk's time to its arrival."""
    body = json.dumps(ASK).encode()
    found, rest = [], b""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as peer:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        peer.sendall(f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
                     f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        while b"[DONE]" not in rest:
            part = peer.recv(1 << 16)
            now = time.monotonic_ns()
            if not part:
                raise OSError(f"the stream ended early: {rest[-300:]!r}")
            rest += part
            *whole, rest = rest.split(b"\n\n") if b"[DONE]" not in rest else [rest, rest]
            found += [(now - int(stamp)) / 1e6 for piece in whole for stamp in STAMP.findall(piece)]
    return found


def added(port: int, token: str, upstream: Upstream) -> tuple[float, float]:
    """The median of what the gateway adds, and the 99th percentile of all it takes; ms."""
    direct = delays(upstream.port, "/v1/chat/completions", token)
    relayed = sorted(delays(port, "/v1/chat/completions", token))
    return statistics.median(relayed) - statistics.median(direct), relayed[int(len(relayed) * 0.99)]

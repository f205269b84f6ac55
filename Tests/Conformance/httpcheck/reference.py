"""A small HTTP/1.1 server with GET /health that passes every check, or has one named flaw."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import threading
from collections.abc import Iterator

LINE_LIMIT, HEAD_LIMIT, HEADER_LIMIT, BODY_LIMIT = 8192, 32768, 100, 1 << 20
TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
KNOWN = (b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"OPTIONS", b"PATCH")
NAMES = {
    200: "OK",
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    413: "Content Too Large",
    414: "URI Too Long",
    417: "Expectation Failed",
    431: "Request Header Fields Too Large",
    501: "Not Implemented",
    505: "HTTP Version Not Supported",
}


class Refused(Exception):
    def __init__(self, status: int, why: str):
        super().__init__(why)
        self.status = status


class Gone(Exception):
    """The client closed between requests."""


@contextlib.contextmanager
def serving(flaw: str = "") -> Iterator[tuple[str, int]]:
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listener:
        threading.Thread(target=accept_all, args=(listener, flaw), daemon=True).start()
        yield listener.getsockname()
        listener.shutdown(socket.SHUT_RDWR)


def accept_all(listener: socket.socket, flaw: str) -> None:
    with contextlib.suppress(OSError):
        while True:
            sock, _ = listener.accept()
            threading.Thread(target=Server(sock, flaw).run, daemon=True).start()


class Server:
    """One connection."""

    def __init__(self, sock: socket.socket, flaw: str):
        self.sock, self.flaw, self.buffer = sock, flaw, b""

    def run(self) -> None:
        sock = self.sock
        with sock, contextlib.suppress(OSError, Gone):
            sock.settimeout(10)
            try:
                while self.one_request():
                    pass
            except Refused as refused:
                text = "sorry" if self.flaw == "plain-errors" else json.dumps({"error": {"message": str(refused)}})
                self.answer(refused.status, text.encode(), close=self.flaw != "no-close-header")
                while self.flaw == "goes-on":
                    with contextlib.suppress(Refused):
                        self.one_request()
            sock.shutdown(socket.SHUT_WR)
            sock.settimeout(1)
            while sock.recv(1 << 16):
                pass

    def answer(self, status: int, body: bytes, close: bool = False, head: bool = False) -> None:
        lines = [f"HTTP/1.1 {status} {NAMES[status]}", "Content-Type: application/json", f"Content-Length: {len(body)}"]
        lines += ["Connection: close"] if close else []
        self.sock.sendall("\r\n".join(lines + ["", ""]).encode() + (b"" if head else body))

    # Reading

    def fill(self) -> None:
        data = self.sock.recv(1 << 16)
        if not data:
            raise Refused(400, "the request ended early") if self.buffer else Gone
        self.buffer += data

    def line(self, limit: int, status: int) -> bytes:
        """One line without its CRLF. A bare CR, LF or NUL is refused wherever it stands."""
        while b"\n" not in self.buffer[: limit + 2]:
            if len(self.buffer) > limit:
                raise Refused(status, f"a line is longer than {limit} bytes")
            self.fill()
        text, _, self.buffer = self.buffer.partition(b"\n")
        if text.endswith(b"\r"):
            text = text[:-1]
        elif self.flaw != "bare-lf":
            raise Refused(400, "a line ends without CR")
        if re.search(rb"[\r\0]", text) and self.flaw != "control-bytes":
            raise Refused(400, "CR or NUL inside a line")
        return text

    def exactly(self, size: int) -> bytes:
        while len(self.buffer) < size:
            self.fill()
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data

    # Requests

    def one_request(self) -> bool:
        """Serves one request; False if it was the last."""
        text = self.line(LINE_LIMIT, 414) or self.line(LINE_LIMIT, 414)
        method, path, version = self.request_line(text)
        headers = self.headers(HEAD_LIMIT)
        hosts = [value for name, value in headers if name == b"host"]
        if self.flaw != "any-host" and (len(hosts) > 1 or (version == 1 and not hosts)):
            raise Refused(400, "there must be exactly one Host")
        if hosts and re.search(rb"[\s/]", hosts[0]):
            raise Refused(400, "Host is not a host")
        self.body(headers, version)
        close = version == 0 or any(name == b"connection" and value.lower() == b"close" for name, value in headers)
        status = 404 if path != b"/health" else 200 if method in (b"GET", b"HEAD") else 405
        body = b'{"ok":true}' if status == 200 else b'{"error":"there is only GET /health"}'
        self.answer(status, body, close, head=method == b"HEAD" and self.flaw != "head-with-body")
        return not close or self.flaw == "never-closes"

    def request_line(self, text: bytes) -> tuple[bytes, bytes, int]:
        match = re.fullmatch(rb"(" + TOKEN + rb") ([\x21-\x7e]+) HTTP/(\d)\.(\d)", text)
        if self.flaw == "loose-request-line" and not match:
            match = re.fullmatch(rb"\s*(\w+)\s+(\S+)\s*(?:HTTP/(\d)\.(\d))?.*", text, re.S)
        if not match:
            raise Refused(400, "the request line cannot be read")
        method, target = match[1], match[2]
        if match[3] and match[3] != b"1" and self.flaw != "any-version":
            raise Refused(505, "this server speaks HTTP/1.1")
        if method not in KNOWN and self.flaw != "any-method":
            raise Refused(501, "this method is not known here")
        target = re.sub(rb"^http://[^/]*", b"", target)
        if not target.startswith(b"/") and self.flaw != "loose-request-line":
            raise Refused(400, "the target must begin with a slash")
        return method, target.split(b"?")[0], int(match[4] or b"1")

    def headers(self, budget: int) -> list[tuple[bytes, bytes]]:
        found: list[tuple[bytes, bytes]] = []
        while text := self.line(HEAD_LIMIT if self.flaw == "endless-headers" else budget, 431):
            budget -= len(text) + 2
            if (len(found) == HEADER_LIMIT or budget < 0) and self.flaw != "endless-headers":
                raise Refused(431, "too many headers")
            if text[:1] in b" \t" and found and self.flaw == "folds":
                continue
            space = rb"[ \t]*" if self.flaw == "blank-before-colon" else rb""
            match = re.fullmatch(rb"(" + TOKEN + rb")" + space + rb":[ \t]*(.*?)[ \t]*", text, re.S)
            if not match:
                raise Refused(400, "a header line cannot be read")
            found.append((match[1].lower(), match[2]))
        return found

    def body(self, headers: list[tuple[bytes, bytes]], version: int) -> None:
        lengths = [value for name, value in headers if name == b"content-length"]
        codings = [value for name, value in headers if name == b"transfer-encoding"]
        expect = [value for name, value in headers if name == b"expect"]
        if expect and expect[0].lower() != b"100-continue":
            raise Refused(417, "only 100-continue can be expected")
        if self.flaw == "length-wins" and lengths:
            codings = []
        if self.flaw == "first-length" and lengths:
            lengths = [lengths[0].split(b",")[0]]
        if codings:
            if self.flaw != "any-coding" and (
                codings != [codings[0]] or codings[0].lower() != b"chunked" or version == 0
            ):
                raise Refused(501, "only chunked is understood")
            if lengths and self.flaw != "coding-wins":
                raise Refused(400, "both a length and a coding")
            self.chunks()
        elif lengths:
            self.sized(lengths, bool(expect))

    def sized(self, lengths: list[bytes], expected: bool) -> None:
        plain = rb"\d+" if self.flaw != "loose-length" else rb"[+\s]*\d+.*"
        if len(lengths) > 1 or not re.fullmatch(plain, lengths[0]):
            raise Refused(400, "Content-Length must be one number")
        size = int(re.search(rb"\d+", lengths[0])[0])
        if size > BODY_LIMIT:
            raise Refused(413, "the body is too large")
        if expected:
            self.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        self.exactly(0 if self.flaw == "ignores-bodies" else size)

    def chunks(self) -> None:
        total = 0
        while True:
            pattern = (
                rb"0*([0-9A-Fa-f]{1,15})(;.*)?" if self.flaw != "loose-chunks" else rb"[\s+]*(?:0x)?([0-9A-Fa-f]+).*"
            )
            match = re.fullmatch(pattern, self.line(LINE_LIMIT, 400))
            if not match:
                raise Refused(400, "a chunk size cannot be read")
            size = int(match[1], 16)
            if (total := total + size) > BODY_LIMIT:
                raise Refused(413, "the body is too large")
            if size == 0:
                self.headers(HEAD_LIMIT)
                return
            self.exactly(size)
            if self.exactly(2) != b"\r\n" and self.flaw != "loose-chunk-ends":
                raise Refused(400, "a chunk does not end where it should")

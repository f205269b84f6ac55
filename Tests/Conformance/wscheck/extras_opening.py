"""E.3: the opening handshake, good ones in odd shapes and bad ones (RFC 6455, section 4)."""

from __future__ import annotations

import select
import time
from collections.abc import Callable

from . import opening
from .case import OK, Case, Result, conduct, echo_of, one, sends, text
from .frame import Failure, encode
from .link import CHOP_PAUSE, Link

HELLO = b"Hello, world!"
SERVER, CLIENT = frozenset({"server"}), frozenset({"client"})
ENDLESS = 4 << 20
PROTOCOLS = ("chat", "superchat")
ECHO_WANTED = "the handshake succeeds, the message comes back, then a clean close"


def drip(raw, data: bytes, chop: int = 0) -> None:
    """Sends in writes of `chop` bytes. A peer that hangs up early is found out when its answer is read."""
    step = chop or len(data)
    for at in range(0, len(data), step):
        try:
            raw.sock.sendall(data[at : at + step])
        except (BrokenPipeError, ConnectionResetError, TimeoutError):
            return
        if chop:
            time.sleep(CHOP_PAUSE)


# A server under test


def request(raw, **changes: str | list[str] | None) -> tuple[str, bytes]:
    """A good request with some headers replaced, repeated or left out; `line` and `key` are special."""
    key = opening.new_key()
    headers: dict[str, str | list[str] | None] = {
        "Host": raw.host,
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": key,
        "Sec-WebSocket-Version": "13",
    }
    line = changes.pop("line", None) or f"GET {raw.path} HTTP/1.1"
    headers.update(changes)
    lines = [line]
    for name, value in headers.items():
        lines += [f"{name}: {each}" for each in ([value] if isinstance(value, str) else value or [])]
    return key, "\r\n".join(lines + ["", ""]).encode()


def accepted(id: str, about: str, chop: int = 0, glued: bool = False, **changes) -> Case:
    """A handshake the server must accept; then it must echo."""

    def run(case: Case, raw) -> Result:
        key, data = request(raw, **changes)
        first = encode(text(HELLO), masked=True)
        drip(raw, data + (first if glued else b""), chop)
        head = opening.read_head(raw.sock, raw.deadline)
        if extensions := opening.check_response(head, key, PROTOCOLS):
            raise Failure(f"the server accepted extensions nobody offered: {extensions!r}")
        link = Link(raw.sock, False, raw.seconds, rest=head.rest)
        if not glued:
            link.send(first)
        return conduct(case, link)

    return Case(id, about, ECHO_WANTED, sends(), one(echo_of(HELLO)), raw=run, roles=SERVER)


def refused(id: str, about: str, statuses: tuple[int, ...], version: bool = False, **changes) -> Case:
    """A handshake the server must refuse with one of these statuses."""

    def run(case: Case, raw) -> Result:
        _, data = request(raw, **changes)
        drip(raw, data)
        head = opening.read_head(raw.sock, raw.deadline)
        if head.status not in statuses:
            raise Failure(f"the server answered {head.line!r}, expected {' or '.join(map(str, statuses))}")
        if version and "13" not in opening.tokens(head.joined("sec-websocket-version")):
            raise Failure("the answer does not name version 13 in Sec-WebSocket-Version (section 4.4)")
        return Result(case, OK, close_code=None)

    return Case(id, about, f"status {' or '.join(map(str, statuses))}", sends(), one(), raw=run, roles=SERVER)


def server_cases() -> list[Case]:
    bad = (400,)
    cases = [
        ("a good request, one byte at a time", accepted, {"chop": 1}),
        ("the first message in the same write as the request", accepted, {"glued": True}),
        ("the same, one byte at a time", accepted, {"glued": True, "chop": 1}),
        (
            "header values in another case and in lists",
            accepted,
            {"Upgrade": "WebSocket", "Connection": "keep-alive, UPGRADE"},
        ),
        (
            "an unknown extension and a subprotocol offered",
            accepted,
            {"Sec-WebSocket-Extensions": "x-unknown; level=9", "Sec-WebSocket-Protocol": ", ".join(PROTOCOLS)},
        ),
        ("version 8", refused, {"statuses": (426, 400), "version": True, "Sec-WebSocket-Version": "8"}),
        ("no version", refused, {"statuses": (426, 400), "Sec-WebSocket-Version": None}),
        ("no key", refused, {"statuses": bad, "Sec-WebSocket-Key": None}),
        ("a key of 15 bytes", refused, {"statuses": bad, "Sec-WebSocket-Key": "MDEyMzQ1Njc4OWFiY2Rl"}),
        ("a key that is not base64", refused, {"statuses": bad, "Sec-WebSocket-Key": "not*base64*at*all*====="}),
        ("two keys", refused, {"statuses": bad, "Sec-WebSocket-Key": [opening.new_key(), opening.new_key()]}),
        ("POST", refused, {"statuses": (400, 405), "line": "POST / HTTP/1.1", "Content-Length": "0"}),
        ("HTTP/1.0", refused, {"statuses": (400, 426, 505), "line": "GET / HTTP/1.0"}),
        ("Connection without Upgrade", refused, {"statuses": (400, 426), "Connection": "keep-alive"}),
        ("Upgrade to something else", refused, {"statuses": (400, 426), "Upgrade": "h2c"}),
    ]
    return [
        make(f"E.3.{number}", "a request: " + about, **options)
        for number, (about, make, options) in enumerate(cases, 1)
    ]


# A client under test


def answered(id: str, about: str, chop: int = 0, glued: bool = False, shape: Callable[[bytes], bytes] = bytes) -> Case:
    """An answer the client must accept; then it must echo."""

    def run(case: Case, raw) -> Result:
        head = opening.read_head(raw.sock, raw.deadline)
        key, _ = opening.check_request(head)
        first = encode(text(HELLO), masked=False)
        drip(raw, shape(opening.response(key)) + (first if glued else b""), chop)
        link = Link(raw.sock, True, raw.seconds, rest=head.rest)
        if not glued:
            link.send(first)
        return conduct(case, link)

    return Case(id, about, ECHO_WANTED, sends(), one(echo_of(HELLO)), raw=run, roles=CLIENT)


def rejected(id: str, about: str, shape: Callable[[bytes], bytes], end: bool = False) -> Case:
    """An answer after which the client must hang up without sending a single frame, and say so by its status."""

    def run(case: Case, raw) -> Result:
        key, _ = opening.check_request(opening.read_head(raw.sock, raw.deadline))
        drip(raw, shape(opening.response(key)))
        if end:
            raw.sock.shutdown(1)
        while select.select([raw.sock], [], [], max(0, raw.deadline - time.monotonic()))[0]:
            try:
                data = raw.sock.recv(4096)
            except ConnectionError:
                data = b""
            if not data:
                return Result(case, OK)
            raise Failure(f"the client sent {data[:16].hex(' ')} after a handshake that failed")
        raise Failure(f"the client still holds the connection after {raw.seconds:g} s")

    return Case(
        id,
        about,
        "the client hangs up and exits with an error",
        sends(),
        one(),
        raw=run,
        roles=CLIENT,
        must_exit_nonzero=True,
    )


def swap(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    def shape(answer: bytes) -> bytes:
        assert old in answer
        return answer.replace(old, new)

    return shape


def add(line: bytes) -> Callable[[bytes], bytes]:
    return lambda answer: answer[:-2] + line + b"\r\n\r\n"


def drop(name: bytes) -> Callable[[bytes], bytes]:
    return lambda answer: b"\r\n".join(line for line in answer.split(b"\r\n") if not line.startswith(name + b":"))


def client_cases() -> list[Case]:
    status, accept = b"HTTP/1.1 101 Switching Protocols", b"Sec-WebSocket-Accept: "
    cases = [
        ("good, one byte at a time", answered, {"chop": 1}),
        ("the first message in the same write", answered, {"glued": True}),
        ("the same, one byte at a time", answered, {"glued": True, "chop": 1}),
        (
            "header names and values in another case",
            answered,
            {
                "shape": lambda answer: answer.replace(b"Upgrade: websocket", b"UPGRADE: WebSocket").replace(
                    b"Connection: Upgrade", b"connection: keep-alive, upgrade"
                )
            },
        ),
        ("another reason phrase", answered, {"shape": swap(b"Switching Protocols", b"Fine by me")}),
        ("a wrong Sec-WebSocket-Accept", rejected, {"shape": swap(accept, accept + b"A")}),
        ("no Sec-WebSocket-Accept", rejected, {"shape": drop(b"Sec-WebSocket-Accept")}),
        ("no Upgrade", rejected, {"shape": drop(b"Upgrade")}),
        ("an Upgrade to something else", rejected, {"shape": swap(b"Upgrade: websocket", b"Upgrade: h2c")}),
        ("no Connection", rejected, {"shape": drop(b"Connection")}),
        ("status 200", rejected, {"shape": swap(status, b"HTTP/1.1 200 OK\r\nContent-Length: 0")}),
        (
            "status 302 elsewhere",
            rejected,
            {"shape": swap(status, b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0")},
        ),
        (
            "status 503 with a body",
            rejected,
            {"shape": lambda _: b"HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy"},
        ),
        ("an extension that was not offered", rejected, {"shape": add(b"Sec-WebSocket-Extensions: x-unknown")}),
        ("a subprotocol that was not offered", rejected, {"shape": add(b"Sec-WebSocket-Protocol: chat")}),
        ("not HTTP", rejected, {"shape": lambda _: b"220 mail.test ESMTP\r\n\r\n"}),
        ("an end before the empty line", rejected, {"shape": lambda answer: answer[:-2], "end": True}),
        (f"a head of {ENDLESS >> 20} MiB", rejected, {"shape": add(b"X-Long: " + b"a" * ENDLESS)}),
    ]
    return [
        make(f"E.3.{number}", "an answer: " + about, **options)
        for number, (about, make, options) in enumerate(cases, 31)
    ]


def cases() -> list[Case]:
    return server_cases() + client_cases()

"""Section E: what the RFCs demand and the numbered sections leave out.

E.1 masking and lengths, E.2 closing, E.3 the opening handshake, E.4 compressed frames, E.5 compression parameters.
"""

from __future__ import annotations

import socket

from . import extras_deflate, extras_opening
from .case import (
    CLEAN,
    NON_STRICT,
    OK,
    PROTOCOL_ERROR,
    TOO_BIG,
    Case,
    Outcome,
    Script,
    answers,
    echo_of,
    fails,
    one,
    ping,
    sends,
    text,
)
from .frame import CLOSE, TEXT, Failure, Frame, close_frame, encode
from .limits import expect_echo
from .link import Link

HELLO = b"Hello, world!"
REFUSED = "the connection is failed with 1002"
ECHO_COUNT = 64


def wrongly_masked(link: Link) -> None:
    """A client that does not mask, or a server that does (section 5.1)."""
    link.send(encode(text(HELLO), masked=link.server))


def announced(size: int) -> Script:
    """A frame header that promises `size` bytes; only a few of them come."""

    def script(link: Link) -> None:
        mask = b"" if link.server else b"\x01\x02\x03\x04"
        top = 0x80 if mask else 0
        link.send(bytes((0x80 | TEXT, top | 127)) + size.to_bytes(8, "big") + mask + HELLO)

    return script


def long_control(link: Link) -> None:
    """A Ping of 5 bytes whose length is written in the 16-bit form that control frames cannot have."""
    link.send(encode(ping(b"abcde", width=16), masked=not link.server))


def masking_keys(link: Link) -> None:
    for number in range(ECHO_COUNT):
        link.frame(text(b"%d" % number))
        expect_echo(link, "text", b"%d" % number)
    keys = set(link.reader.keys)
    if link.server and len(keys) < ECHO_COUNT - 1:
        raise Failure(
            f"{len(keys)} different masking keys in {ECHO_COUNT} frames: they must be unpredictable (section 5.3)"
        )


def shut(link: Link) -> None:
    """The stream ends inside a frame, without a Close."""
    link.send(encode(text(HELLO), masked=not link.server)[:8])
    link.sock.shutdown(socket.SHUT_WR)
    link.until(lambda: False, "ending a connection whose other half is gone")


def longer_form(id: str, size: int, width: int) -> Case:
    payload = b"*" * size
    about = f"a text message of {size} bytes whose length takes {width} bits, more than needed"
    outcomes = Outcome(OK, (), fails(PROTOCOL_ERROR)), Outcome(NON_STRICT, (echo_of(payload),), CLEAN)
    return Case(id, about, REFUSED + ", or not strictly an echo", sends(text(payload, width=width)), outcomes)


def masking() -> list[Case]:
    failing = one(closing=fails(PROTOCOL_ERROR))
    too_big = one(closing=fails(TOO_BIG))
    return [
        Case(
            "E.1.1",
            "a frame masked although a server sends it, or not masked although a client does",
            REFUSED,
            wrongly_masked,
            failing,
        ),
        longer_form("E.1.2", 125, 16),
        longer_form("E.1.3", 125, 64),
        longer_form("E.1.4", 126, 64),
        Case("E.1.5", "a Ping with a 16-bit length", REFUSED, long_control, failing),
        Case(
            "E.1.6",
            "a length with the highest bit set",
            "failed with 1002 or 1009",
            announced(1 << 63 | 5),
            one(closing=fails(PROTOCOL_ERROR, TOO_BIG)),
        ),
        Case("E.1.7", "a header that announces 2^62 bytes", "failed with 1009 at once", announced(1 << 62), too_big),
        Case(
            "E.1.8",
            f"{ECHO_COUNT} messages; a client must mask each echo with a new key",
            "every message comes back",
            masking_keys,
            one(),
        ),
        Case(
            "E.1.9",
            "a Close in two fragments",
            REFUSED,
            sends(Frame(CLOSE, b"\x03\xe8", fin=False), Frame(0, b"bye")),
            failing,
        ),
    ]


def closing() -> list[Case]:
    found = []
    for number, code in enumerate((1012, 1013, 1014), 1):
        found.append(
            Case(
                f"E.2.{number}",
                f"a Close with the registered code {code}",
                "a clean close",
                sends(close_frame(code)),
                one(closing=answers(1000, code, clean=True)),
            )
        )
    found.append(
        Case(
            "E.2.4",
            "a Close with code 1015, which only stands for a failed TLS handshake",
            "a Close with 1002",
            sends(close_frame(1015)),
            one(closing=answers(PROTOCOL_ERROR)),
        )
    )
    found.append(
        Case(
            "E.2.5",
            "the end of the stream inside a frame",
            "the peer ends its side as well",
            shut,
            one(closing=fails(PROTOCOL_ERROR)),
        )
    )
    return found


def cases() -> list[Case]:
    return masking() + closing() + extras_opening.cases() + extras_deflate.cases()

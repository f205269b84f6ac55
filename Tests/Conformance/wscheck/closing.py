"""Section 7: the closing handshake (RFC 6455, sections 5.5.1 and 7)."""

from __future__ import annotations

from .case import BAD_DATA, PROTOCOL_ERROR, Case, Script, answers, echo_of, more, one, ping, sends, text
from .frame import CLOSE, Frame, close_frame
from .limits import repeated

HELLO = b"Hello World!"
VALID = (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999)
INVALID = (0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999)
NOT_UTF8 = "κ\u1f79σμε".encode() + b"\xed\xa0\x80" + b"edited"


def clean(id: str, about: str, *frames: Frame, codes: tuple[int, ...] = (1000,)) -> Case:
    return Case(id, about, "nothing but a clean close", sends(*frames), one(closing=answers(*codes, clean=True)))


def refused(id: str, about: str, frame: Frame, *codes: int) -> Case:
    wanted = f"a Close with {' or '.join(map(str, codes))}, or TCP dropped"
    return Case(id, about, wanted, sends(frame), one(closing=answers(*codes)))


def unspecified(id: str, about: str, script: Script) -> Case:
    return Case(
        id,
        about,
        "left open by the RFC; the connection must only come to an end",
        script,
        one(closing=answers(1000, 1002)),
        informational=True,
    )


def cases() -> list[Case]:
    close = close_frame(1000)
    found = [
        Case(
            "7.1.1",
            "a text message, then a Close",
            "the echo, then a clean close",
            sends(text(HELLO)),
            one(echo_of(HELLO)),
        ),
        clean("7.1.2", "two Close frames", close, close_frame(None)),
        clean("7.1.3", "a Ping behind the Close", close, ping()),
        clean("7.1.4", "a text message behind the Close", close, text(HELLO)),
        clean(
            "7.1.5",
            "a text fragment, a Close, the second fragment",
            text(b"fragment1", fin=False),
            close,
            more(b"fragment2"),
        ),
        unspecified(
            "7.1.6",
            "a message of 256 KiB, a short one, a Close and a Ping",
            sends(text(repeated(b"BAsd7&jh23", 256 << 10)), text(HELLO), close, ping()),
        ),
        clean("7.3.1", "a Close without payload", close_frame(None)),
        refused("7.3.2", "a Close with a payload of one byte", Frame(CLOSE, b"a"), PROTOCOL_ERROR),
        clean("7.3.3", "a Close with a code", close),
        clean("7.3.4", "a Close with code and reason", close_frame(1000, HELLO)),
        clean("7.3.5", "a Close with the longest reason, 123 bytes", close_frame(1000, b"*" * 123)),
        refused("7.3.6", "a Close with a reason of 124 bytes", close_frame(1000, b"*" * 124), PROTOCOL_ERROR),
        refused(
            "7.5.1", "a Close with a reason that is not UTF-8", close_frame(1000, NOT_UTF8), PROTOCOL_ERROR, BAD_DATA
        ),
    ]
    for number, code in enumerate(VALID, 1):
        codes = (1000,) if code == 1000 else (1000, code)
        found.append(clean(f"7.7.{number}", f"a Close with the valid code {code}", close_frame(code), codes=codes))
    for number, code in enumerate(INVALID, 1):
        found.append(
            refused(f"7.9.{number}", f"a Close with the invalid code {code}", close_frame(code), PROTOCOL_ERROR)
        )
    for number, code in enumerate((5000, 65535), 1):
        found.append(unspecified(f"7.13.{number}", f"a Close with code {code}", sends(close_frame(code))))
    return found

"""E.4 and E.5: the fine print of permessage-deflate (RFC 7692), in frames and in parameters."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import replace

from . import payloads
from .case import (
    BAD_DATA,
    NON_STRICT,
    OK,
    PROTOCOL_ERROR,
    TOO_BIG,
    UNIMPLEMENTED,
    Case,
    Negotiation,
    Result,
    Script,
    conduct,
    echo_of,
    fails,
    more,
    one,
    ping,
    pong_of,
    sends,
    text,
)
from .compression import HINTS, Parameters, answer, offer
from .deflate import TAIL, Codec, answer_to
from .extras_opening import SERVER, add, rejected, request
from .frame import BINARY, TEXT, Failure, Frame, encode, fragments
from .inflate import Inflater
from .limits import expect_echo
from .link import Link
from .opening import check_response, read_head

HELLO = b"Hello, world! Hello, world! Hello, world!"
ECHOED = "the message comes back, then a clean close"
DEFAULT = Negotiation((offer(),), answer(), required=True)
PLAIN = Negotiation(({},), answer(), required=True)
BOMB_MIB = 256
WINDOW_MESSAGES, WINDOW_BYTES = 4, 3000


def raw_deflate(data: bytes, mode: int = zlib.Z_SYNC_FLUSH, level: int = 6) -> bytes:
    stream = zlib.compressobj(level, zlib.DEFLATED, -15)
    return stream.compress(data) + stream.flush(mode)


def squeezed(data: bytes) -> bytes:
    return raw_deflate(data)[: -len(TAIL)]


def compressed(id: str, about: str, wanted: str, script: Script, outcomes, seconds: float = 5) -> Case:
    return Case(id, about, wanted, script, outcomes, seconds, deflate=DEFAULT)


def good(id: str, about: str, payload: bytes, *frames: Frame, chop: int = 0) -> Case:
    return compressed(id, about, ECHOED, sends(*frames, chop=chop), one(echo_of(payload)))


def bad(id: str, about: str, codes: tuple[int, ...], *frames: Frame) -> Case:
    wanted = f"the connection is failed with {' or '.join(map(str, codes))}"
    return compressed(id, about, wanted, sends(*frames), one(closing=fails(*codes)))


def takeover(link: Link) -> None:
    """The second message consists of references into the first, so only a kept context can read it."""
    message = payloads.records()[:2000].encode()
    for _ in range(3):
        data = link.codec.compress(message)
        link.frame(text(data, rsv=4))
        expect_echo(link, "text", message)
    if len(data) > 100 and not link.codec.out_fresh:
        raise Failure(f"the repeated message took {len(data)} bytes, so context takeover was not tested")


def bomb(link: Link) -> None:
    """A small message that inflates to hundreds of MiB: each block after the first is the same few bytes."""
    stream, block = zlib.compressobj(9, zlib.DEFLATED, -15), bytes(1 << 20)
    start, repeat = (stream.compress(block) + stream.flush(zlib.Z_SYNC_FLUSH) for _ in range(2))
    data = start + repeat * (BOMB_MIB - 1)
    link.frame(Frame(BINARY, data, rsv=4))


def framing() -> list[Case]:
    wrong, unreadable = (PROTOCOL_ERROR,), (PROTOCOL_ERROR, BAD_DATA)
    data = squeezed(HELLO)
    half = len(data) // 2
    bytewise = fragments(TEXT, data, 1, rsv=4)
    cases: list[Callable[[str], Case]] = [
        lambda id: bad(
            id, "RSV1 on a continuation", wrong, text(data[:half], fin=False, rsv=4), more(data[half:], rsv=4)
        ),
        lambda id: bad(id, "RSV1 on a Ping", wrong, ping(b"", rsv=4)),
        lambda id: bad(id, "RSV1 and RSV2 on a message", wrong, text(data, rsv=6)),
        lambda id: good(id, "a message that is not compressed", HELLO, text(HELLO)),
        lambda id: good(id, "an empty message, compressed", b"", text(b"\x00", rsv=4)),
        lambda id: compressed(
            id,
            "a compressed message in frames of one byte with a Ping among them",
            "the Pong, then the echo",
            sends(*bytewise[:3], ping(b"now"), *bytewise[3:]),
            one(pong_of(b"now"), echo_of(HELLO)),
        ),
        lambda id: good(
            id,
            "empty frames before, inside and after a compressed message",
            HELLO,
            text(b"", fin=False, rsv=4),
            more(data[:half], fin=False),
            more(b"", fin=False),
            more(data[half:], fin=False),
            more(b""),
        ),
        lambda id: good(
            id,
            "a message of several blocks with empty ones between",
            HELLO * 2,
            text(raw_deflate(HELLO) + raw_deflate(b"") + squeezed(HELLO), rsv=4),
        ),
        lambda id: good(
            id, "a block that is only stored", HELLO, text(raw_deflate(HELLO, level=0)[: -len(TAIL)], rsv=4)
        ),
        lambda id: good(
            id,
            "a message whose last block is marked final",
            HELLO,
            text(raw_deflate(HELLO, zlib.Z_FINISH) + b"\x00", rsv=4),
        ),
        lambda id: compressed(
            id,
            "a final block, then another message",
            "both come back",
            sends(text(raw_deflate(HELLO, zlib.Z_FINISH) + b"\x00", rsv=4), text(data, rsv=4)),
            one(echo_of(HELLO), echo_of(HELLO)),
        ),
        lambda id: replace(
            compressed(id, "three equal messages with context takeover", "each comes back", takeover, one()),
            deflate=PLAIN,
        ),
        lambda id: good(id, "a compressed message, one byte at a time", HELLO, text(data, rsv=4), chop=1),
        lambda id: good(
            id,
            "characters cut by the frames of a compressed message",
            "Grüße, 世界!".encode() * 3,
            *fragments(TEXT, squeezed("Grüße, 世界!".encode() * 3), 2, rsv=4),
        ),
        lambda id: bad(id, "a block of the reserved type", unreadable, text(b"\x07", rsv=4)),
        lambda id: bad(id, "a reference to before the first byte", unreadable, text(b"\x02\x06\x00\x00", rsv=4)),
        lambda id: bad(
            id, "a stored block whose length is garbled", unreadable, text(b"\x00\x05\x00\x05\x00hello", rsv=4)
        ),
        lambda id: bad(id, "compressed text that is not UTF-8", (BAD_DATA,), text(squeezed(b"caf\xe9 au lait"), rsv=4)),
        lambda id: bad(
            id, "compressed text that ends inside a character", (BAD_DATA,), text(squeezed(b"caf\xc3"), rsv=4)
        ),
        lambda id: compressed(
            id,
            f"a small message that inflates to {BOMB_MIB} MiB",
            "failed with 1009",
            bomb,
            one(closing=fails(TOO_BIG)),
            seconds=20,
        ),
    ]
    return [make(f"E.4.{number}") for number, make in enumerate(cases, 1)]


def window_script(limit: Callable[[Link], int]) -> Script:
    """Echoes text whose repetitions lie at many distances and measures how far back the peer's compressor refers."""

    def script(link: Link) -> None:
        source = payloads.records().encode()
        for number in range(WINDOW_MESSAGES):
            message = source[number * 1000 :][:WINDOW_BYTES]
            message = message.decode(errors="ignore").encode()
            link.frame(text(link.codec.compress(message), rsv=4))
            expect_echo(link, "text", message)
        check_distances(link, 1 << limit(link))

    return script


def check_distances(link: Link, window: int) -> None:
    inflater = Inflater()
    for payload in link.raw:
        if link.codec.in_fresh:
            inflater = Inflater()
        inflater.message(payload)
        if inflater.farthest > window:
            raise Failure(f"the peer refers {inflater.farthest} bytes back, a window of {window} was agreed")


def windows() -> list[Case]:
    """E.5.8 to E.5.15 and E.5.28 to E.5.35: the number's end is the window of the peer, then of us."""
    cases = []
    for bits in range(8, 16):
        value = str(bits)
        peers = Negotiation((HINTS | {"server_max_window_bits": value},), answer(bits=bits), required=False)
        cases.append(
            Case(
                f"E.5.{bits}",
                f"the peer is to compress with a window of 2^{bits}",
                ECHOED + "; no reference is longer",
                window_script(lambda link: link.codec.in_bits),
                one(),
                deflate=peers,
            )
        )
        ours = Negotiation(({"client_max_window_bits": value},), own_window(value), required=False)
        cases.append(
            Case(
                f"E.5.{bits + 20}",
                f"we compress with a window of at most 2^{bits}",
                ECHOED,
                window_script(lambda link: link.codec.in_bits),
                one(),
                deflate=ours,
            )
        )
    return cases


def own_window(value: str) -> Callable[[Parameters], Parameters]:
    """A server may narrow its own window unasked (section 7.1.2.1)."""
    return lambda offered: answer()(offered) | {"server_max_window_bits": value}


GARBLED = (
    "server_max_window_bits=7",
    "server_max_window_bits=16",
    "server_max_window_bits",
    "server_max_window_bits=abc",
    "server_max_window_bits=08",
    "client_max_window_bits=0",
    "client_max_window_bits=16",
    "server_no_context_takeover=1",
    "client_no_context_takeover=true",
    "unknown_parameter",
    "server_no_context_takeover; server_no_context_takeover",
    "server_max_window_bits=10; server_max_window_bits=10",
)


def garbled_offer(id: str, parameters: str, fallback: bool) -> Case:
    """An offer the server must decline (section 7), alone or before one that is fine."""

    def run(case: Case, raw) -> Result:
        value = f"permessage-deflate; {parameters}" + (", permessage-deflate" if fallback else "")
        key, data = request(raw, **{"Sec-WebSocket-Extensions": value})
        raw.sock.sendall(data)
        head = read_head(raw.sock, raw.deadline)
        if head.status == 400:
            return Result(case, NON_STRICT, "the server refused the whole request")
        accepted = check_response(head, key)
        if accepted and not fallback:
            raise Failure(f"the server accepted the invalid offer {value!r} as {accepted!r}")
        params = answer_to([{}], accepted)
        link = Link(raw.sock, False, raw.seconds, params and Codec(params, client=True), head.rest)
        link.send(encode(text(squeezed(HELLO), rsv=4) if params else text(HELLO), masked=True))
        result = conduct(case, link)
        if fallback and not params and result.verdict == OK:
            return Result(case, UNIMPLEMENTED, "the valid second offer was not taken")
        return result

    about = f"the invalid offer {parameters!r}" + (" before a valid one" if fallback else "")
    wanted = "the second offer is taken" if fallback else "the server goes on without compression"
    return Case(id, about, wanted, sends(), one(echo_of(HELLO)), raw=run, roles=SERVER, deflate=DEFAULT)


def garbled_answer(id: str, extension: str) -> Case:
    return replace(
        rejected(id, f"an answer with {extension!r}", add(b"Sec-WebSocket-Extensions: " + extension.encode())),
        deflate=DEFAULT,
    )


def parameters() -> list[Case]:
    cases = windows()
    for number, parameters in enumerate(GARBLED, 51):
        cases.append(garbled_offer(f"E.5.{number}", parameters, fallback=False))
    cases.append(garbled_offer(f"E.5.{51 + len(GARBLED)}", GARBLED[0], fallback=True))
    answers = [f"permessage-deflate; {parameters}" for parameters in GARBLED + ("client_max_window_bits",)]
    answers += ["permessage-deflate, permessage-deflate", "permessage-deflate; server_max_window_bits=15;;"]
    cases += [garbled_answer(f"E.5.{number}", extension) for number, extension in enumerate(answers, 71)]
    return cases


def cases() -> list[Case]:
    return framing() + parameters()

"""Sections 12 and 13: permessage-deflate with different payloads and different parameters."""

from __future__ import annotations

from collections.abc import Callable

from . import payloads
from .case import Case, Negotiation, Script, one
from .frame import BINARY, NAMES, TEXT, encode, fragments
from .limits import expect_echo
from .link import Link

#: (message length, seconds, frame length); a text payload is counted in characters.
MESSAGES = [(16, 60, 0), (64, 60, 0), (256, 120, 0), (1024, 240, 0)]
MESSAGES += [(1 << power, 480, 0) for power in range(12, 18)]
MESSAGES += [(1 << power, 480, 256) for power in range(13, 18)]
MESSAGES += [(131072, 480, size) for size in (1024, 4096, 32768)]
COUNT = 1000

PAYLOADS = (
    ("JSON", payloads.records, TEXT),
    ("a picture", payloads.picture, BINARY),
    ("prose", payloads.prose, BINARY),
    ("HTML", payloads.page, TEXT),
    ("a document", payloads.document, BINARY),
)

Parameters = dict[str, str | None]
HINTS: Parameters = {"client_no_context_takeover": None, "client_max_window_bits": None}


def offer(fresh: bool = False, bits: int = 0) -> Parameters:
    """A client's offer: it can follow every wish of the server, and wants this of it."""
    parameters = dict(HINTS)
    if fresh:
        parameters["server_no_context_takeover"] = None
    if bits:
        parameters["server_max_window_bits"] = str(bits)
    return parameters


def answer(fresh: bool = False, bits: int = 0) -> Callable[[Parameters], Parameters | None]:
    """A server's answer: it grants what was asked, and wants this of the client."""

    def choose(offered: Parameters) -> Parameters | None:
        chosen = {name: value for name, value in offered.items() if name.startswith("server_")}
        if fresh:
            chosen["client_no_context_takeover"] = None
        if bits:
            if bits > int(offered.get("client_max_window_bits", "0") or 15):
                return None
            chosen["client_max_window_bits"] = str(bits)
        return chosen

    return choose


def first_of(*answers: Callable[[Parameters], Parameters | None]) -> Callable[[Parameters], Parameters | None]:
    return lambda offered: next((chosen for choose in answers if (chosen := choose(offered)) is not None), None)


PARAMETERS = (
    ("default", Negotiation((offer(),), answer(), required=True)),
    ("no context takeover", Negotiation((offer(True),), answer(True), required=False)),
    ("window 9", Negotiation((offer(bits=9),), answer(bits=9), required=False)),
    ("window 15", Negotiation((offer(bits=15),), answer(bits=15), required=False)),
    ("no context takeover, window 9", Negotiation((offer(True, 9),), answer(True, 9), required=False)),
    ("no context takeover, window 15", Negotiation((offer(True, 15),), answer(True, 15), required=False)),
    (
        "the strictest of three that the peer takes",
        Negotiation(
            (offer(True, 9), offer(True), offer()), first_of(answer(True, 9), answer(True), answer()), required=True
        ),
    ),
)


def stream(source: Callable[[], str | bytes], opcode: int, size: int, fragment: int, count: int) -> Script:
    """Sends `count` messages, each the next `size` characters or bytes of the payload, one at a time."""

    def script(link: Link) -> None:
        payload, at = source(), 0
        for _ in range(count):
            end = at + size
            part = payload[at:end] + payload[: max(0, end - len(payload))]
            at = end % len(payload)
            message = part.encode() if isinstance(part, str) else part
            compressed = link.codec.compress(message)
            frames = fragments(opcode, compressed, fragment or len(compressed), rsv=4)
            link.send(b"".join(encode(frame, masked=not link.server) for frame in frames))
            expect_echo(link, NAMES[opcode], message)

    return script


def build(prefix: str, name: str, source: Callable, opcode: int, deflate: Negotiation, budget: int) -> list[Case]:
    cases = []
    for number, (size, seconds, fragment) in enumerate(MESSAGES, 1):
        count = min(COUNT, max(10, budget // size)) if budget else COUNT
        about = f"{count} compressed messages of {size} from {name}" + (f" in frames of {fragment}" if fragment else "")
        cases.append(
            Case(
                f"{prefix}.{number}",
                about,
                "every message comes back, then a clean close",
                stream(source, opcode, size, fragment, count),
                one(),
                seconds,
                weight=count * (0.0004 + size * 8e-8),
                deflate=deflate,
            )
        )
    return cases


def cases(budget: int = 0) -> list[Case]:
    """All cases; with a `budget` each sends at most about that many bytes."""
    found: list[Case] = []
    for number, (name, source, opcode) in enumerate(PAYLOADS, 1):
        found += build(f"12.{number}", name, source, opcode, PARAMETERS[0][1], budget)
    name, source, opcode = PAYLOADS[0]
    for number, (wish, deflate) in enumerate(PARAMETERS, 1):
        found += build(f"13.{number}", f"{name}, {wish}", source, opcode, deflate, budget)
    return found

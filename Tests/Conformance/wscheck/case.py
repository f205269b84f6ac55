"""What a case is: what it sends, which outcomes are right, and how an outcome becomes a verdict."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from .frame import BINARY, CLOSE, CONTINUATION, PING, TEXT, Failure, Frame, encode
from .link import Event, Link, show

OK, NON_STRICT, FAILED = "OK", "NON-STRICT", "FAILED"
INFORMATIONAL, UNIMPLEMENTED = "INFORMATIONAL", "UNIMPLEMENTED"
PROTOCOL_ERROR, BAD_DATA, TOO_BIG = 1002, 1007, 1009
BOTH = frozenset({"server", "client"})
APART = 0.002

Script = Callable[[Link], None]


@dataclass(frozen=True)
class Closing:
    """How the connection must end: `by` us or the peer, with which codes in the peer's Close.

    A peer that must fail the connection may also just drop TCP (RFC 6455, section 7.1.7), unless `clean`.
    """

    by: str
    codes: tuple[int, ...]
    clean: bool


CLEAN = Closing("us", (1000,), True)


def fails(*codes: int) -> Closing:
    """The peer must fail the connection."""
    return Closing("peer", codes, False)


def answers(*codes: int, clean: bool = False) -> Closing:
    """Our Close is part of the script; the peer answers it so, or may drop TCP if not `clean`."""
    return Closing("us", codes, clean)


@dataclass(frozen=True)
class Outcome:
    """One way a case may end, and what it is worth."""

    verdict: str
    events: tuple[Event, ...]
    closing: Closing


@dataclass(frozen=True)
class Negotiation:
    """permessage-deflate in a case: what we offer as a client, and what we answer as a server.

    `answer` gets the parameters of one offer and gives back the answer's, or None to go on to the next offer.
    With `required` the peer must agree, otherwise declining counts as unimplemented.
    """

    offers: tuple[dict[str, str | None], ...]
    answer: Callable[[dict[str, str | None]], dict[str, str | None] | None]
    required: bool


@dataclass(frozen=True)
class Case:
    """One case. `about` says what is sent, `wanted` what must come back; `weight` is a rough cost in seconds."""

    id: str
    about: str
    wanted: str
    script: Script
    outcomes: tuple[Outcome, ...]
    seconds: float = 5
    weight: float = 0
    deflate: Negotiation | None = None
    roles: frozenset[str] = BOTH
    informational: bool = False
    #: Does the opening handshake as well: gets the case and the runner's Raw, gives back a Result.
    raw: Callable[..., Result] | None = None
    #: In client mode: the client must report by its exit status that it got no connection.
    must_exit_nonzero: bool = False

    @property
    def section(self) -> str:
        return self.id.split(".")[0]

    @property
    def group(self) -> str:
        return ".".join(self.id.split(".")[:2])


@dataclass
class Result:
    """How a case went."""

    case: Case
    verdict: str
    reason: str = ""
    notes: list[str] = field(default_factory=list)
    close_code: int | None = None
    took: float = 0


# Building scripts


def sends(*frames: Frame, chop: int = 0, apart: bool = False) -> Script:
    """Sends the frames in one write, in writes of `chop` bytes, or each in a write of its own."""

    def script(link: Link) -> None:
        chunks = [encode(frame, masked=not link.server) for frame in frames]
        if any(frame.opcode == CLOSE and frame.fin and not frame.rsv for frame in frames):
            link.note_close()
        if apart:
            for chunk in chunks:
                link.send(chunk)
                time.sleep(APART)
        else:
            link.send(b"".join(chunks), chop)

    return script


def text(payload: bytes, **options) -> Frame:
    return Frame(TEXT, payload, **options)


def binary(payload: bytes, **options) -> Frame:
    return Frame(BINARY, payload, **options)


def more(payload: bytes, **options) -> Frame:
    return Frame(CONTINUATION, payload, **options)


def ping(payload: bytes = b"", **options) -> Frame:
    return Frame(PING, payload, **options)


def echo_of(payload: bytes, kind: str = "text") -> Event:
    return ("message", kind, payload)


def pong_of(payload: bytes = b"") -> Event:
    return ("pong", payload)


def one(*events: Event, closing: Closing = CLEAN) -> tuple[Outcome, ...]:
    return (Outcome(OK, events, closing),)


# Running and judging


def conduct(case: Case, link: Link) -> Result:
    """Runs the script, brings the connection to its end and judges what happened."""
    try:
        case.script(link)
        if not link.close_sent:
            ours = [outcome.events for outcome in case.outcomes if outcome.closing.by == "us"]
            link.until(lambda: link.peer_close or tuple(link.events) in ours or astray(case, link), waited_for(case))
            if not (link.ended or link.peer_close or astray(case, link)):
                link.close()
        link.until(lambda: link.peer_close or astray(case, link), "answering the Close")
        if not astray(case, link):
            finish(link)
        return judge(case, link)
    except Failure as failure:
        return Result(case, FAILED, str(failure), close_code=code_of(link))


def waited_for(case: Case) -> str:
    outcome = case.outcomes[0]
    if outcome.closing.by == "peer":
        return f"failing the connection with {codes_of(outcome.closing)}"
    return f"done with {show(list(outcome.events))}"


def astray(case: Case, link: Link) -> bool:
    """Whether what came can no longer become any of the outcomes."""
    seen = tuple(link.events)
    return all(seen != outcome.events[: len(seen)] for outcome in case.outcomes)


def finish(link: Link) -> None:
    """The server closes TCP first (section 7.1.1); the client then must as well."""
    if link.ended:
        return
    if link.server:
        with contextlib.suppress(OSError):  # the client may be faster
            link.sock.shutdown(socket.SHUT_WR)
    link.until(lambda: False, "closing TCP after the closing handshake")


def code_of(link: Link) -> int | None:
    return link.peer_close[0] if link.peer_close else None


def codes_of(closing: Closing) -> str:
    return " or ".join(str(code) for code in closing.codes)


def judge(case: Case, link: Link) -> Result:
    code = code_of(link)
    outcome = next((outcome for outcome in case.outcomes if outcome.events == tuple(link.events)), None)
    if case.informational:
        return Result(case, INFORMATIONAL, link.state(), close_code=code)
    if outcome is None:
        return Result(case, FAILED, difference(case.outcomes[0], link), close_code=code)
    notes: list[str] = []
    if objection := misclosed(outcome.closing, link, notes):
        return Result(case, FAILED, f"{objection}; {link.state()}", notes, close_code=code)
    if outcome.verdict != OK:
        return Result(
            case, outcome.verdict, f"expected {show(list(case.outcomes[0].events))}; {link.state()}", notes, code
        )
    if code is None and link.peer_close and not outcome.closing.clean:
        return Result(case, NON_STRICT, f"the Close should say {codes_of(outcome.closing)}, it says nothing", notes)
    return Result(case, OK, "", notes, close_code=code)


def misclosed(closing: Closing, link: Link, notes: list[str]) -> str | None:
    """What was wrong with the end of the connection. What is merely unusual goes to the notes."""
    if closing.by == "us" and link.closed_first != "us":
        return "the peer ended the connection that we were to close"
    if closing.by == "peer" and link.closed_first == "us":
        return "the peer did not fail the connection"
    if link.reader.residue and link.ended == "closed":
        return f"TCP was closed inside a frame, which began {link.reader.residue[:16].hex(' ')}"
    if link.peer_close is None:
        if closing.clean:
            return f"TCP was {link.ended} without a Close frame"
        notes.append("TCP dropped without a Close frame")
        return None
    if link.peer_close[0] is None:
        notes.append("the Close frame had no code")
    elif link.peer_close[0] not in closing.codes:
        return f"the Close code should have been {codes_of(closing)}"
    if link.ended == "reset":
        notes.append("TCP was reset after the Close frame")
    return None


def difference(outcome: Outcome, link: Link) -> str:
    """The first event that is not as expected, down to the byte."""
    for index, wanted in enumerate(outcome.events):
        if index >= len(link.events):
            break
        got = link.events[index]
        if got == wanted:
            continue
        if got[:-1] != wanted[:-1]:
            return f"expected {show([wanted])}, got {show([got])}"
        return f"{' '.join(wanted[:-1])} differs: {first_difference(wanted[-1], got[-1])}"
    if len(link.events) > len(outcome.events):
        return f"unexpected {show(link.events[len(outcome.events) :])}"
    return f"expected {show(list(outcome.events))}; {link.state()}"


def first_difference(wanted: bytes, got: bytes) -> str:
    limit = min(len(wanted), len(got))
    at = (
        next((index for index in range(limit) if wanted[index] != got[index]), limit)
        if wanted[:limit] != got[:limit]
        else limit
    )
    return (
        f"{len(wanted)} B expected, {len(got)} B came, first difference at byte {at}: "
        f"{wanted[at : at + 8].hex(' ') or 'end'} expected, {got[at : at + 8].hex(' ') or 'end'} came"
    )

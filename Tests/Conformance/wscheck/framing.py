"""Sections 1 to 5: framing, pings and pongs, reserved bits, opcodes, fragmentation."""

from __future__ import annotations

from .case import (
    NON_STRICT,
    OK,
    PROTOCOL_ERROR,
    Case,
    Outcome,
    Script,
    binary,
    echo_of,
    fails,
    more,
    one,
    ping,
    pong_of,
    sends,
    text,
)
from .frame import CLOSE, PONG, Frame, close_frame
from .link import Event, Link

HELLO = b"Hello, world!"
BYTES = bytes.fromhex("00 ff fe fd fc fb 00 ff")
FAILS = fails(PROTOCOL_ERROR)
ECHOED = "the same message comes back, then a clean close"
REFUSED = "the connection is failed with 1002"


def echo(id: str, about: str, payload: bytes, script: Script, kind: str = "text", seconds: float = 5) -> Case:
    return Case(id, about, ECHOED, script, one(echo_of(payload, kind)), seconds)


def refuse(id: str, about: str, script: Script) -> Case:
    return Case(id, about, REFUSED, script, one(closing=FAILS))


def refuse_after(id: str, about: str, before: Event, script: Script) -> Case:
    """The message before the offence is to be echoed; a peer that fails first is correct but not strict."""
    outcomes = (Outcome(OK, (before,), FAILS), Outcome(NON_STRICT, (), FAILS))
    return Case(id, about, "what came before is echoed, then " + REFUSED, script, outcomes)


def section1() -> list[Case]:
    cases = []
    sizes = [(0, 0), (125, 0), (126, 0), (127, 0), (128, 0), (65535, 0), (65536, 0), (65536, 997)]
    for group, kind, make, byte in ((1, "text", text, b"*"), (2, "binary", binary, b"\xfe")):
        for number, (size, chop) in enumerate(sizes, 1):
            about = f"a {kind} message of {size} bytes" + (f" in chops of {chop} bytes" if chop else "")
            payload = byte * size
            cases.append(echo(f"1.{group}.{number}", about, payload, sends(make(payload), chop=chop), kind))
    return cases


def answered(id: str, about: str, *frames: Frame, pongs: tuple[bytes, ...], chop: int = 0) -> Case:
    return Case(
        id,
        about,
        "a Pong for each Ping with its payload, then a clean close",
        sends(*frames, chop=chop),
        one(*(pong_of(payload) for payload in pongs)),
    )


def section2() -> list[Case]:
    full, series = b"\xfe" * 125, tuple(b"payload-%d" % number for number in range(10))
    unasked = b"unsolicited pong payload"
    pings = [ping(payload) for payload in series]
    return [
        answered("2.1", "a Ping without payload", ping(), pongs=(b"",)),
        answered("2.2", "a Ping with text", ping(HELLO), pongs=(HELLO,)),
        answered("2.3", "a Ping with bytes that are not UTF-8", ping(BYTES), pongs=(BYTES,)),
        answered("2.4", "a Ping of 125 bytes", ping(full), pongs=(full,)),
        refuse("2.5", "a Ping of 126 bytes, one more than control frames may have", sends(ping(b"\xfe" * 126))),
        answered("2.6", "a Ping of 125 bytes, one byte at a time", ping(full), pongs=(full,), chop=1),
        silent("2.7", "an unasked Pong without payload, then a Close", b""),
        silent("2.8", "an unasked Pong with payload, then a Close", unasked),
        answered(
            "2.9", "an unasked Pong, then a Ping", Frame(PONG, unasked), ping(b"ping payload"), pongs=(b"ping payload",)
        ),
        answered("2.10", "ten Pings at once", *pings, pongs=series),
        answered("2.11", "ten Pings, one byte at a time", *pings, pongs=series, chop=1),
    ]


def silent(id: str, about: str, payload: bytes) -> Case:
    script = sends(Frame(PONG, payload), close_frame(1000))
    return Case(id, about, "nothing but a clean close", script, one())


def section3() -> list[Case]:
    def three(rsv: int, **how) -> Script:
        return sends(text(HELLO), text(HELLO, rsv=rsv), ping(), **how)

    before = echo_of(HELLO)
    return [
        refuse("3.1", "a text message with RSV 1", sends(text(HELLO, rsv=1))),
        refuse_after("3.2", "a good text message, one with RSV 2, a Ping", before, three(2)),
        refuse_after("3.3", "the same with RSV 3, each frame by itself", before, three(3, apart=True)),
        refuse_after("3.4", "the same with RSV 4, one byte at a time", before, three(4, chop=1)),
        refuse("3.5", "a binary message with RSV 5", sends(binary(BYTES, rsv=5))),
        refuse("3.6", "a Ping with RSV 6", sends(ping(HELLO, rsv=6))),
        refuse("3.7", "a Close with RSV 7", sends(Frame(CLOSE, rsv=7))),
    ]


def section4() -> list[Case]:
    cases = []
    for group, first in ((1, 3), (2, 11)):
        kind = "non-control" if group == 1 else "control"
        for number in range(1, 6):
            opcode, id = first + number - 1, f"4.{group}.{number}"
            filled = number in (2, 4, 5)
            odd = f"a frame with the reserved {kind} opcode {opcode} {'with' if filled else 'without'} payload"
            if number <= 2:
                frame = Frame(opcode, b"reserved opcode payload" if filled else b"")
                cases.append(refuse(id, odd, sends(frame)))
                continue
            script = sends(text(HELLO), Frame(opcode, HELLO if filled else b""), ping(), chop=number == 5)
            about = f"a good text message, {odd}, a Ping{', one byte at a time' if number == 5 else ''}"
            cases.append(refuse_after(id, about, echo_of(HELLO), script))
    return cases


HOWS: tuple[tuple[str, dict], ...] = (
    ("at once", {}),
    ("each frame by itself", {"apart": True}),
    ("one byte at a time", {"chop": 1}),
)
ONE, TWO, THREE, FOUR = b"fragment1", b"fragment2", b"fragment3", b"fragment4"


def section5() -> list[Case]:
    cases = []
    for number, name, opcode in ((1, "Ping", 9), (2, "Pong", 10)):
        script = sends(Frame(opcode, ONE, fin=False), more(TWO))
        cases.append(refuse(f"5.{number}", f"a {name} in two fragments", script))
    for offset, (how, options) in enumerate(HOWS):
        script = sends(text(ONE, fin=False), more(TWO), **options)
        cases.append(echo(f"5.{3 + offset}", f"a text message in two fragments, {how}", ONE + TWO, script))
        script = sends(text(ONE, fin=False), ping(b"ping payload"), more(TWO), **options)
        cases.append(
            Case(
                f"5.{6 + offset}",
                f"a Ping between two text fragments, {how}",
                "the Pong, then the echo",
                script,
                one(pong_of(b"ping payload"), echo_of(ONE + TWO)),
            )
        )
        for base, fin in ((9, True), (12, False)):
            script = sends(more(b"non-continuation payload", fin=fin), text(HELLO), **options)
            about = f"a continuation of nothing with FIN {int(fin)}, then a text message, {how}"
            cases.append(refuse(f"5.{base + offset}", about, script))
    cases.append(
        refuse_after(
            "5.15",
            "a text message in two fragments, a continuation of nothing, a text message",
            echo_of(ONE + TWO),
            sends(text(ONE, fin=False), more(TWO), more(THREE, fin=False), text(FOUR)),
        )
    )
    for number, fin in ((16, False), (17, True)):
        script = sends(*[more(ONE, fin=fin), text(TWO, fin=False), more(THREE)] * 2)
        about = f"twice: a continuation of nothing with FIN {int(fin)}, then a text message in two fragments"
        cases.append(refuse(f"5.{number}", about, script))
    cases.append(
        refuse(
            "5.18",
            "a text message in two fragments that both have the opcode of text",
            sends(text(ONE, fin=False), text(TWO)),
        )
    )
    for number, apart in ((19, False), (20, True)):
        cases.append(
            Case(
                f"5.{number}",
                "five text fragments with two Pings among them and a pause after the first"
                + (", each frame by itself" if apart else ""),
                "the first Pong within the pause, the second Pong, then the echo",
                interrupted(apart),
                one(pong_of(b"pongme 1!"), pong_of(b"pongme 2!"), echo_of(ONE + TWO + THREE + FOUR + b"fragment5")),
            )
        )
    return sorted(cases, key=lambda case: int(case.id[2:]))


def interrupted(apart: bool) -> Script:
    def script(link: Link) -> None:
        sends(text(ONE, fin=False), more(TWO, fin=False), ping(b"pongme 1!"), apart=apart)(link)
        link.until(lambda: link.events or link.peer_close, "answering the Ping before the message is complete")
        sends(more(THREE, fin=False), more(FOUR, fin=False), ping(b"pongme 2!"), more(b"fragment5"), apart=apart)(link)

    return script


def cases() -> list[Case]:
    return section1() + section2() + section3() + section4() + section5()

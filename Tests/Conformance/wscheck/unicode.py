"""Section 6: text must be UTF-8, and a peer should see at the first wrong byte that it is not.

The byte sequences of 6.5 on follow Markus Kuhn's UTF-8 decoder stress test, group by group.
"""

from __future__ import annotations

from .case import BAD_DATA, NON_STRICT, OK, Case, Outcome, Script, echo_of, fails, more, one, sends, text
from .frame import TEXT, encode, fragments
from .link import Event, Link

FAILS = fails(BAD_DATA)
KOSME = "κ\u1f79σμε".encode()  # with the oxia of the stress test, three bytes
MIXED = "Hello-µ@ßöäüàá-UTF-8!!".encode()
SURROGATE = KOSME + b"\xed\xa0\x80" + b"edited"
TOO_HIGH = KOSME + b"\xf4\x90\x80\x80" + b"edited"

#: How long a peer is left alone with a message that is still good, and with one that cannot become good any more.
GOOD_PAUSE, BAD_PAUSE = 0.5, 1.5


def echo(id: str, about: str, payload: bytes, script: Script) -> Case:
    return Case(id, about, "the same message comes back, then a clean close", script, one(echo_of(payload)))


def refuse(id: str, about: str, script: Script) -> Case:
    return Case(id, about, "the connection is failed with 1007", script, one(closing=FAILS))


def whole() -> list[Case]:
    split = len("Hello-µ@ßöä".encode())
    return [
        echo("6.1.1", "an empty text message", b"", sends(text(b""))),
        echo(
            "6.1.2",
            "a text message of three empty fragments",
            b"",
            sends(text(b"", fin=False), more(b"", fin=False), more(b"")),
        ),
        echo(
            "6.1.3",
            "a text fragment between two empty ones",
            b"middle frame payload",
            sends(text(b"", fin=False), more(b"middle frame payload", fin=False), more(b"")),
        ),
        echo("6.2.1", "valid text in one frame", MIXED, sends(text(MIXED))),
        echo(
            "6.2.2",
            "valid text in two frames, cut between characters",
            MIXED,
            sends(text(MIXED[:split], fin=False), more(MIXED[split:])),
        ),
        echo("6.2.3", "valid text in frames of one byte", MIXED, sends(*fragments(TEXT, MIXED, 1))),
        echo("6.2.4", "valid Greek in frames of one byte", KOSME, sends(*fragments(TEXT, KOSME, 1))),
        refuse("6.3.1", "a surrogate inside text, in one frame", sends(text(SURROGATE))),
        refuse("6.3.2", "a surrogate inside text, in frames of one byte", sends(*fragments(TEXT, SURROGATE, 1))),
    ]


def fail_fast() -> list[Case]:
    """The middle part spoils the text: U+110000 does not exist, which its second byte already shows."""
    cases = []
    for number, (one_frame, cuts) in enumerate(
        [(False, (11, 15)), (False, (12, 13)), (True, (11, 15)), (True, (12, 13))], 1
    ):
        parts = [TOO_HIGH[: cuts[0]], TOO_HIGH[cuts[0] : cuts[1]], TOO_HIGH[cuts[1] :]]
        unit = "writes of one frame" if one_frame else "frames"
        about = (
            f"text that the second of three {unit} spoils, with pauses between: {' | '.join(p.hex() for p in parts)}"
        )
        script = in_writes(parts) if one_frame else in_frames(parts)
        first: tuple[Event, ...] = (("open", "first part"),)
        outcomes = Outcome(OK, first, FAILS), Outcome(NON_STRICT, first + (("open", "second part"),), FAILS)
        cases.append(
            Case(
                f"6.4.{number}",
                about,
                "failed with 1007 at the second part, or not strictly at the third",
                script,
                outcomes,
                seconds=8,
            )
        )
    return cases


def in_frames(parts: list[bytes]) -> Script:
    def script(link: Link) -> None:
        sends(text(parts[0], fin=False))(link)
        if link.pause(GOOD_PAUSE, "first part"):
            sends(more(parts[1], fin=False))(link)
            if link.pause(BAD_PAUSE, "second part"):
                sends(more(parts[2]))(link)

    return script


def in_writes(parts: list[bytes]) -> Script:
    def script(link: Link) -> None:
        frame = encode(text(b"".join(parts)), masked=not link.server)
        start = len(frame) - sum(map(len, parts))
        second = start + len(parts[0])
        third = second + len(parts[1])
        with link.holding():
            link.send(frame[:second])
            if link.pause(GOOD_PAUSE, "first part"):
                link.send(frame[second:third])
                if link.pause(BAD_PAUSE, "second part"):
                    link.send(frame[third:])

    return script


def kuhn() -> list[tuple[str, list[bytes]]]:
    """Name and sequences of the groups 6.5 to 6.23. Which are valid, Python's own decoder says."""
    lonely = [(0xC0, 0xDF), (0xE0, 0xEF), (0xF0, 0xF7), (0xF8, 0xFB), (0xFC, 0xFD)]
    cut = [
        bytes.fromhex(h)
        for h in ("c0", "e080", "f08080", "f8808080", "fc80808080", "df", "efbf", "f7bfbf", "fbbfbfbf", "fdbfbfbfbf")
    ]
    planes = [chr(plane << 16 | low) for plane in range(1, 17) for low in (0xFFFE, 0xFFFF)]
    return [
        ("valid text", [b"hello" + c.encode() + b"world" for c in "$\u00a2\u20ac\U00024b62"] + [KOSME]),
        ("every prefix of valid text", [KOSME[:size] for size in range(1, len(KOSME) + 1)]),
        ("the first sequence of each length", [c.encode() for c in "\0\x80\u0800\U00010000"]),
        ("the first sequences of five and six bytes", hexes("f888808080 fc8480808080")),
        ("the last sequence of each length", [c.encode() for c in "\x7f\u07ff\uffff\U0010ffff"]),
        ("the last sequences of four, five and six bytes", hexes("f7bfbfbf fbbfbfbfbf fdbfbfbfbfbf")),
        ("other edges", [c.encode() for c in "\ud7ff\ue000\ufffd\U0010ffff"] + hexes("f4908080")),
        (
            "continuation bytes without a start",
            hexes("80 bf 80bf 80bf80 80bf80bf 80bf80bf80 80bf80bf80bf") + [bytes(range(0x80, 0xBF))],
        ),
        ("start bytes without continuation", [b"".join(bytes((b, 0x20)) for b in range(*span)) for span in lonely]),
        ("the last byte missing", cut),
        ("incomplete sequences in a row", [b"".join(cut)]),
        ("bytes that never occur", hexes("fe ff fefeffff")),
        ("an overlong slash", hexes("c0af e080af f08080af f8808080af fc80808080af")),
        ("the largest overlong sequences", hexes("c1bf e09fbf f08fbfbf f887bfbfbf fc83bfbfbfbf")),
        ("an overlong NUL", hexes("c080 e08080 f0808080 f880808080 fc8080808080")),
        ("single surrogates", hexes("eda080 edadbf edae80 edafbf edb080 edbe80 edbfbf")),
        (
            "paired surrogates",
            [high + low for high in hexes("eda080 edadbf edae80 edafbf") for low in hexes("edb080 edbfbf")],
        ),
        ("noncharacters, which are valid", [c.encode() for c in ["\ufffe", "\uffff"] + planes]),
        ("specials, which are valid", [chr(code).encode() for code in range(0xFFF9, 0x10000)]),
    ]


def hexes(words: str) -> list[bytes]:
    return [bytes.fromhex(word) for word in words.split()]


def is_valid(sequence: bytes) -> bool:
    try:
        sequence.decode()
    except UnicodeDecodeError:
        return False
    return True


def sequences() -> list[Case]:
    cases = []
    for group, (name, payloads) in enumerate(kuhn(), 5):
        for number, payload in enumerate(payloads, 1):
            id, about, script = f"6.{group}.{number}", f"{name}: {payload.hex()}", sends(text(payload))
            cases.append(echo(id, about, payload, script) if is_valid(payload) else refuse(id, about, script))
    return cases


def cases() -> list[Case]:
    return whole() + fail_fast() + sequences()

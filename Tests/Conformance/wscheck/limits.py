"""Sections 9 and 10: large messages, many frames, many writes, many round trips."""

from __future__ import annotations

from .case import Case, echo_of, first_difference, one
from .frame import BINARY, NAMES, TEXT, Failure, Frame, encode, fragments
from .link import Link

KIB, MIB = 1 << 10, 1 << 20
SIZES = (64 * KIB, 256 * KIB, MIB, 4 * MIB, 8 * MIB, 16 * MIB)
FRAGMENTS = (64, 256, KIB, 4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB, MIB, 4 * MIB)
CHOPS = (64, 128, 256, 512, KIB, 2 * KIB)
ROUNDS = ((0, 60), (16, 60), (64, 60), (256, 120), (KIB, 240), (4 * KIB, 480))
ROUND_COUNT = 1000
KINDS = ((TEXT, b"BAsd7&jh23", b"*"), (BINARY, bytes.fromhex("00 fe 23 fa f0"), b"\xfe"))


def repeated(pattern: bytes, size: int) -> bytes:
    return (pattern * (size // len(pattern) + 1))[:size]


def measure(size: int) -> str:
    for unit, name in ((MIB, "MiB"), (KIB, "KiB")):
        if size >= unit and size % unit == 0:
            return f"{size // unit} {name}"
    return f"{size} bytes"


def large(
    id: str, opcode: int, pattern: bytes, size: int, *, fragment: int = 0, chop: int = 0, seconds: float, weight: float
) -> Case:
    """One large message. Its bytes are made when the case runs, so that a table of cases costs no memory."""
    kind = NAMES[opcode]
    about = f"a {kind} message of {measure(size)}"
    about += f" in frames of {measure(fragment)}" if fragment else ""
    about += f" in chops of {measure(chop)}" if chop else ""

    def script(link: Link) -> None:
        payload = repeated(pattern, size)
        frames = fragments(opcode, payload, fragment or size)
        link.send(b"".join(encode(frame, masked=not link.server) for frame in frames), chop)
        expect_echo(link, kind, payload)

    return Case(id, about, "the same message comes back, then a clean close", script, one(), seconds, weight)


def expect_echo(link: Link, kind: str, payload: bytes) -> None:
    """Takes one event off the link, which must be this message."""
    link.until(lambda: link.events or link.peer_close, f"echoing a message of {len(payload)} bytes")
    if not link.events:
        raise Failure(f"the connection ended before the echo; {link.state()}")
    event = link.events.pop(0)
    if event[:-1] != ("message", kind):
        raise Failure(f"expected a {kind} message, got {' '.join(map(str, event[:-1]))}")
    if event[-1] != payload:
        raise Failure(f"the echo differs: {first_difference(payload, event[-1])}")


def round_trips(id: str, opcode: int, byte: bytes, size: int, seconds: float) -> Case:
    kind, payload = NAMES[opcode], byte * size

    def script(link: Link) -> None:
        for _ in range(ROUND_COUNT):
            link.frame(Frame(opcode, payload))
            expect_echo(link, kind, payload)
        if link.server and len(set(link.reader.keys)) < ROUND_COUNT * 0.99:
            raise Failure(
                f"only {len(set(link.reader.keys))} different masking keys in {ROUND_COUNT} frames (section 5.3)"
            )

    about = f"{ROUND_COUNT} {kind} messages of {size} bytes, each after the echo of the one before"
    return Case(id, about, "every message comes back, then a clean close", script, one(), seconds, weight=0.4)


def section9() -> list[Case]:
    cases = []
    for offset, (opcode, pattern, byte) in enumerate(KINDS):
        for number, size in enumerate(SIZES, 1):
            cases.append(
                large(
                    f"9.{1 + offset}.{number}",
                    opcode,
                    pattern,
                    size,
                    seconds=100 if size > 64 * KIB else 10,
                    weight=size / (16 * MIB),
                )
            )
        for number, size in enumerate(FRAGMENTS, 1):
            cases.append(
                large(
                    f"9.{3 + offset}.{number}",
                    opcode,
                    byte,
                    4 * MIB,
                    fragment=size,
                    seconds=100,
                    weight=0.3 + 64 / size,
                )
            )
        for number, size in enumerate(CHOPS, 1):
            cases.append(
                large(f"9.{5 + offset}.{number}", opcode, pattern, MIB, chop=size, seconds=100, weight=0.1 + 32 / size)
            )
        for number, (size, seconds) in enumerate(ROUNDS, 1):
            cases.append(round_trips(f"9.{7 + offset}.{number}", opcode, byte, size, seconds))
    return cases


def section10() -> list[Case]:
    payload = b"*" * 65536
    frames = fragments(TEXT, payload, 1300)

    def script(link: Link) -> None:
        if (len(frames), len(frames[-1].payload)) != (51, 536):
            raise Failure(f"{len(frames)} frames were sent, 51 should have been")
        link.send(b"".join(encode(frame, masked=not link.server) for frame in frames))

    about = "a text message of 65536 bytes cut into 51 frames of at most 1300 bytes"
    return [
        Case(
            "10.1.1",
            about,
            "the same message comes back, then a clean close",
            script,
            one(echo_of(payload)),
            seconds=10,
        )
    ]


def cases() -> list[Case]:
    return sorted(section9(), key=lambda case: [int(part) for part in case.id.split(".")]) + section10()

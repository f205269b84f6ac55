"""permessage-deflate (RFC 7692): reading and judging its negotiation, and a codec that keeps exactly to it."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass

from .frame import Failure

NAME = "permessage-deflate"
TAIL = b"\x00\x00\xff\xff"
TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
PARAMETER = re.compile(rf'\s*;\s*({TOKEN})(?:\s*=\s*(?:({TOKEN})|"({TOKEN})"))?')
ELEMENT = re.compile(rf"\s*({TOKEN})")
KNOWN = {"server_no_context_takeover", "client_no_context_takeover", "server_max_window_bits", "client_max_window_bits"}

Extension = tuple[str, dict[str, str | None]]


@dataclass(frozen=True, slots=True)
class Params:
    """What both sides agreed on."""

    server_no_takeover: bool = False
    client_no_takeover: bool = False
    server_bits: int = 15
    client_bits: int = 15


def parse(value: str) -> list[Extension]:
    """A Sec-WebSocket-Extensions value (RFC 6455, section 9.1), in order."""
    found: list[Extension] = []
    at = 0
    while True:
        match = ELEMENT.match(value, at)
        if not match:
            raise Failure(f"Sec-WebSocket-Extensions cannot be read at offset {at}: {value!r}")
        name, at, parameters = match[1], match.end(), {}
        while match := PARAMETER.match(value, at):
            known = match[1] in parameters  # a repeated parameter makes the element invalid, not the whole header
            parameters[f"{match[1]} (repeated)" if known else match[1]] = match[2] or match[3]
            at = match.end()
        found.append((name, parameters))
        rest = value[at:].lstrip()
        if not rest:
            return found
        if not rest.startswith(","):
            raise Failure(f"Sec-WebSocket-Extensions cannot be read at offset {at}: {value!r}")
        at = len(value) - len(rest) + 1


def bits(name: str, value: str | None) -> int:
    """A window size: a decimal from 8 to 15 without leading zeros (RFC 7692, section 7.1.2)."""
    if value is None or not re.fullmatch(r"[89]|1[0-5]", value):
        raise Failure(f"{name} must be a number from 8 to 15, the peer sent {value!r}")
    return int(value)


def check_parameters(parameters: dict[str, str | None], offer: bool) -> None:
    for name, value in parameters.items():
        if name not in KNOWN:
            raise Failure(f"unknown permessage-deflate parameter {name}")
        if name.endswith("_bits"):
            if not (offer and name == "client_max_window_bits" and value is None):
                bits(name, value)
        elif value is not None:
            raise Failure(f"{name} takes no value, the peer sent {value!r}")


def answer_to(offers: list[dict[str, str | None]], value: str | None) -> Params | None:
    """What a server's answer means for a client that made these offers. None: it declined (section 7.1)."""
    if value is None:
        return None
    extensions = parse(value)
    if len(extensions) != 1 or extensions[0][0] != NAME:
        raise Failure(f"the server accepted what was not offered: {value!r}")
    answer = extensions[0][1]
    check_parameters(answer, offer=False)
    refusals = [why for offer in offers if (why := objection(offer, answer))]
    if len(refusals) == len(offers):
        raise Failure(f"the server's answer {value!r} fits no offer: {'; '.join(refusals)}")
    return params_of(answer)


def params_of(answer: dict[str, str | None]) -> Params:
    """The agreement that a server's answer states."""
    return Params(
        "server_no_context_takeover" in answer,
        "client_no_context_takeover" in answer,
        int(answer.get("server_max_window_bits") or 15),
        int(answer.get("client_max_window_bits") or 15),
    )


def objection(offer: dict[str, str | None], answer: dict[str, str | None]) -> str | None:
    """Why this answer does not correspond to this offer, if it does not (section 7.1.1 and 7.1.2)."""
    if "server_no_context_takeover" in offer and "server_no_context_takeover" not in answer:
        return "server_no_context_takeover was demanded and is missing"
    if wanted := offer.get("server_max_window_bits"):
        if "server_max_window_bits" not in answer:
            return f"server_max_window_bits={wanted} was demanded and is missing"
        if int(answer["server_max_window_bits"] or 15) > int(wanted):
            return f"server_max_window_bits is larger than the {wanted} demanded"
    if "client_max_window_bits" in answer:
        if "client_max_window_bits" not in offer:
            return "client_max_window_bits was not offered"
        if int(answer["client_max_window_bits"] or 15) > int(offer["client_max_window_bits"] or 15):
            return "client_max_window_bits is larger than the client offered"
    return None


def offers_in(value: str | None) -> list[dict[str, str | None]]:
    """The permessage-deflate offers of a client's request, each checked to be well-formed."""
    found = [parameters for name, parameters in parse(value) if name == NAME] if value else []
    for parameters in found:
        check_parameters(parameters, offer=True)
    return found


def render(parameters: dict[str, str | None]) -> str:
    return "; ".join([NAME] + [name if value is None else f"{name}={value}" for name, value in parameters.items()])


class Codec:
    """Compresses and decompresses messages for one side (section 7.2), never with more context than was agreed."""

    def __init__(self, params: Params, client: bool):
        if client:
            self.out_bits, self.out_fresh = params.client_bits, params.client_no_takeover
            self.in_bits, self.in_fresh = params.server_bits, params.server_no_takeover
        else:
            self.out_bits, self.out_fresh = params.server_bits, params.server_no_takeover
            self.in_bits, self.in_fresh = params.client_bits, params.client_no_takeover
        self.params = params
        self.compressor = self.decompressor = None

    def make_compressor(self):
        # zlib makes no raw stream of 256 bytes: without matches, any window is large enough.
        strategy = zlib.Z_HUFFMAN_ONLY if self.out_bits == 8 else zlib.Z_DEFAULT_STRATEGY
        return zlib.compressobj(6, zlib.DEFLATED, -max(9, self.out_bits), 8, strategy)

    def compress(self, message: bytes) -> bytes:
        if self.compressor is None or self.out_fresh:
            self.compressor = self.make_compressor()
        if not message:
            return b"\x00"  # section 7.2.3.6
        data = self.compressor.compress(message) + self.compressor.flush(zlib.Z_SYNC_FLUSH)
        return data[: -len(TAIL)]

    def decompress(self, data: bytes) -> bytes:
        if self.decompressor is None or self.in_fresh:
            self.decompressor = zlib.decompressobj(-max(9, self.in_bits))
        # Small portions make zlib look into a window of the agreed size and not into what it just wrote.
        portion = 0 if self.in_bits == 15 else 1 << max(9, self.in_bits)
        try:
            message = self.inflate(data + TAIL, portion)
        except zlib.error as error:
            raise Failure(
                f"compressed data cannot be read with a window of {self.in_bits} bits: {error}; "
                f"it begins {data[:24].hex(' ')}"
            ) from None
        return message

    def inflate(self, data: bytes, portion: int) -> bytes:
        stream = self.decompressor
        if not portion:
            message = stream.decompress(data)
        else:
            parts = [stream.decompress(data, portion)]
            while stream.unconsumed_tail or len(parts[-1]) == portion:
                parts.append(stream.decompress(stream.unconsumed_tail, portion))
            message = b"".join(parts)
        if stream.eof:  # a final block ends the stream, the next message needs a new one (section 7.2.3.4)
            self.decompressor = None
        return message

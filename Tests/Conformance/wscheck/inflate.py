"""Reads DEFLATE (RFC 1951) symbol by symbol, to tell how far back a compressor refers.

zlib accepts references into what it wrote in the same call, so it cannot prove that a peer keeps to a small window.
"""

from __future__ import annotations

import itertools

from .frame import Failure


def bases(first: int, extras: list[int]) -> list[int]:
    """Where each code's range begins: behind the range of the code before it (section 3.2.5)."""
    return list(itertools.accumulate((1 << extra for extra in extras[:-1]), initial=first))


LENGTH_EXTRA = [max(0, code // 4 - 1) for code in range(28)] + [0]
LENGTH_BASE = bases(3, LENGTH_EXTRA)[:28] + [258]
DISTANCE_EXTRA = [max(0, code // 2 - 1) for code in range(30)]
DISTANCE_BASE = bases(1, DISTANCE_EXTRA)
CODE_ORDER = bytes.fromhex("10 11 12 00 08 07 09 06 0a 05 0b 04 0c 03 0d 02 0e 01 0f")

Tree = dict[tuple[int, int], int]


def tree(lengths: list[int]) -> Tree:
    """Canonical Huffman codes (section 3.2.2): (length, code) to symbol."""
    codes: Tree = {}
    code = 0
    for length in range(1, 16):
        code <<= 1
        for symbol, wanted in enumerate(lengths):
            if wanted == length:
                codes[length, code] = symbol
                code += 1
    return codes


FIXED = tree([8] * 144 + [9] * 112 + [7] * 24 + [8] * 8), tree([5] * 30)


class Inflater:
    """Inflates the messages of one direction and remembers the farthest reference seen."""

    def __init__(self):
        self.output = bytearray()
        self.farthest = 0

    def message(self, data: bytes) -> bytes:
        """One message payload (RFC 7692, section 7.2.2)."""
        self.data, self.at = data + b"\x00\x00\xff\xff", 0
        start = len(self.output)
        while len(self.data) * 8 - self.at >= 3:
            final, kind = self.bits(1), self.bits(2)
            if kind == 0:
                self.stored()
            elif kind == 3:
                raise Failure("a DEFLATE block of the reserved type 3")
            else:
                self.compressed(*(FIXED if kind == 1 else self.dynamic()))
            if final:
                break
        return bytes(self.output[start:])

    def bits(self, count: int) -> int:
        value = 0
        for index in range(count):
            byte = self.data[self.at >> 3] if self.at >> 3 < len(self.data) else None
            if byte is None:
                raise Failure("DEFLATE data ends inside a block")
            value |= (byte >> (self.at & 7) & 1) << index
            self.at += 1
        return value

    def symbol(self, codes: Tree) -> int:
        code = 0
        for length in range(1, 16):
            code = code << 1 | self.bits(1)
            if (length, code) in codes:
                return codes[length, code]
        raise Failure("a bit pattern that is no DEFLATE code")

    def stored(self) -> None:
        self.at = (self.at + 7) & ~7
        size, inverse = self.bits(16), self.bits(16)
        if size != inverse ^ 0xFFFF:
            raise Failure("a stored DEFLATE block whose length does not match its complement")
        self.output += self.data[self.at >> 3 : (self.at >> 3) + size]
        self.at += size * 8

    def dynamic(self) -> tuple[Tree, Tree]:
        literals, distances, count = self.bits(5) + 257, self.bits(5) + 1, self.bits(4) + 4
        lengths = [0] * 19
        for symbol in CODE_ORDER[:count]:
            lengths[symbol] = self.bits(3)
        codes, found = tree(lengths), []
        while len(found) < literals + distances:
            symbol = self.symbol(codes)
            if symbol < 16:
                found.append(symbol)
            elif symbol == 16:
                found += found[-1:] * (3 + self.bits(2))
            else:
                found += [0] * (3 + self.bits(3) if symbol == 17 else 11 + self.bits(7))
        return tree(found[:literals]), tree(found[literals:])

    def compressed(self, literals: Tree, distances: Tree) -> None:
        output = self.output
        while (symbol := self.symbol(literals)) != 256:
            if symbol < 256:
                output.append(symbol)
                continue
            length = LENGTH_BASE[symbol - 257] + self.bits(LENGTH_EXTRA[symbol - 257])
            code = self.symbol(distances)
            distance = DISTANCE_BASE[code] + self.bits(DISTANCE_EXTRA[code])
            if distance > len(output):
                raise Failure(f"a reference {distance} bytes back where only {len(output)} exist")
            self.farthest = max(self.farthest, distance)
            for _ in range(length):
                output.append(output[-distance])

"""Seeded stand-ins for the files the compression cases send: as long, and about as compressible, as those."""

from __future__ import annotations

import functools
import html
import itertools
import json
import random
import zlib

SEED = 7692
SIDE = 512


def generator(name: str) -> random.Random:
    return random.Random(f"{SEED}/{name}")


@functools.cache
def records() -> str:
    """A table of results in JSON: compresses about twenty times."""
    rng, table = generator("json"), {}
    for number in range(1700):
        table[f"{number // 40 + 1}.{number // 8 % 5 + 1}.{number % 8 + 1}"] = {
            "behaviour": "NON-STRICT" if rng.random() < 0.02 else "OK",
            "duration": rng.choice([1, 2, 2, 3]) if rng.random() < 0.97 else rng.randrange(4000),
            "remoteCloseCode": 1000 if rng.random() < 0.9 else rng.choice([1002, 1007]),
            "place": rng.choice(["Köln", "東京"]) if rng.random() < 0.03 else "local",
            "report": f"agent_case_{number // 40 + 1}_{number // 8 % 5 + 1}_{number % 8 + 1}.json",
        }
    return json.dumps({"agent/0.6.0": table}, indent=3, ensure_ascii=False)


@functools.cache
def words(name: str, count: int) -> list[str]:
    rng = generator(name)
    syllables = [
        "ge",
        "schau",
        "mei",
        "ler",
        "ent",
        "wand",
        "rüh",
        "stern",
        "tal",
        "le",
        "ver",
        "sin",
        "gro",
        "ßen",
        "an",
        "da",
        "win",
        "ter",
        "nis",
        "be",
        "kla",
        "gen",
        "hö",
        "ren",
        "ich",
        "zu",
        "faul",
        "tra",
        "gö",
        "die",
    ]
    return ["".join(rng.choices(syllables, k=rng.choice([1, 1, 2, 2, 2, 3]))) for _ in range(count)]


@functools.cache
def prose() -> bytes:
    """Verse of invented words, the frequent ones far more frequent: compresses two to three times."""
    rng, vocabulary = generator("prose"), words("vocabulary", 9000)
    weights = list(itertools.accumulate((rank + 2) ** -0.8 for rank in range(len(vocabulary))))
    lines: list[str] = []
    while len(lines) < 5200:
        line = " ".join(rng.choices(vocabulary, cum_weights=weights, k=rng.randint(4, 8)))
        lines.append(line[0].upper() + line[1:] + rng.choice([",", ",", ".", ";", "!", "", ""]))
        if rng.random() < 0.04:
            lines.append("")
    return "\r\n".join(lines).encode()


@functools.cache
def page() -> str:
    """A long table in HTML: compresses almost twenty times."""
    rng, vocabulary = generator("page"), words("page words", 60)
    rows = []
    for number in range(1500):
        state = "case_ok" if rng.random() < 0.96 else "case_failed"
        label = html.escape(rng.choice(vocabulary)) if rng.random() < 0.3 else "Pass"
        rows.append(
            f'         <tr class="agent_case_result_row">\n            <td class="case"><a href="#case_{number}">Case '
            f'{number // 30}.{number % 30}</a></td>\n            <td class="{state}">{label}</td>\n         </tr>\n'
        )
    return f"<!DOCTYPE html>\n<html>\n   <body>\n      <table>\n{''.join(rows)}      </table>\n   </body>\n</html>\n"


@functools.cache
def picture() -> bytes:
    """A grey bitmap of soft shapes with grain: compresses by a sixth."""
    rng, pixels, above = generator("picture"), bytearray(), [128.0] * SIDE
    for _ in range(SIDE):
        left, row = above[0], []
        for x in range(SIDE):
            left = 0.5 * left + 0.48 * above[x] + 2.56 + rng.gauss(0, 13)
            row.append(left)
            pixels.append(min(255, max(0, int(left))))
        above = row
    head = b"BM" + (1078 + len(pixels)).to_bytes(4, "little") + bytes(8)
    return head + b"".join(bytes((level, level, level, 0)) for level in range(256)) + bytes(pixels)


@functools.cache
def document() -> bytes:
    """Compressed streams between plain objects, as in a PDF: compresses by a quarter."""
    rng, vocabulary, parts = generator("document"), words("document words", 900), [b"%PDF-1.2\n"]
    size = number = 0
    while size < 400_000:
        number += 1
        plain = " ".join(rng.choices(vocabulary, k=900)).encode()
        stream = zlib.compress(plain) if number % 4 else b"<</Font /F1>> [" + plain[:3000] + b"] TJ"
        parts.append(b"%d 0 obj\n<</Length %d>>\nstream\n%s\nendstream\nendobj\n" % (number, len(stream), stream))
        size += len(parts[-1])
    return b"".join(parts)
